import fc from "fast-check";
import t from "tap";
import { planParts, tablePattern, type TableSize } from "../../src/backup/parts.ts";
import { program } from "../fixtures/everything.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const MIB = 2 ** 20;
const anyTables = fc
  .array(fc.oneof(fc.nat(4 * MIB), fc.nat(100 * MIB), fc.nat(2 ** 40)), { maxLength: 60 })
  .map((sizes) => sizes.map((bytes, n): TableSize => ({ schema: "s", name: `t${n}`, bytes })));

t.test("every table goes into exactly one stream", async () => {
  fc.assert(
    fc.property(anyTables, fc.nat(2 ** 32), fc.integer({ min: 1, max: 64 }), (tables, restBytes, streams) => {
      const parts = planParts(tables, restBytes, streams);
      const [rest, ...others] = parts.filter((part) => part.rest);
      const dedicated = parts.filter((part) => !part.rest);
      const alone = dedicated.flatMap((part) => part.tables.map(({ name }) => name));
      return (
        parts.length <= streams &&
        others.length === 0 &&
        // pg_dump takes a list without any -t for the whole database.
        dedicated.every((part) => part.tables.length > 0) &&
        new Set(alone).size === alone.length &&
        alone.every((name) => tables.some((table) => table.name === name)) &&
        rest?.tables
          .map(({ name }) => name)
          .sort()
          .join() === alone.sort().join()
      );
    }),
  );
});

t.test("names count up, and the estimates add up", async () => {
  fc.assert(
    fc.property(anyTables, fc.nat(2 ** 32), fc.integer({ min: 1, max: 64 }), (tables, restBytes, streams) => {
      const parts = planParts(tables, restBytes, streams);
      const total = tables.reduce((sum, { bytes }) => sum + bytes, restBytes);
      return (
        parts.every(({ name }, i) => name === `data-${String(i + 1).padStart(2, "0")}`) &&
        parts.reduce((sum, { bytes }) => sum + bytes, 0) === total
      );
    }),
  );
});

t.test("streams are balanced: none is longer than the average and one table", async () => {
  fc.assert(
    fc.property(anyTables, fc.nat(2 ** 32), fc.integer({ min: 1, max: 64 }), (tables, restBytes, streams) => {
      const total = tables.reduce((sum, { bytes }) => sum + bytes, restBytes);
      const largest = Math.max(0, ...tables.map(({ bytes }) => bytes));
      const unmovable = tables.reduce((sum, { bytes }) => sum + (bytes < 4 * MIB ? bytes : 0), restBytes);
      return planParts(tables, restBytes, streams).every(
        ({ bytes }) => bytes <= Math.max(unmovable, total / streams + largest),
      );
    }),
  );
});

t.test("a small database is one stream", async (t) => {
  const tables = [{ schema: "s", name: "t", bytes: 4 * MIB - 1 }];
  t.match(planParts(tables, 5, 4), [{ name: "data-01", rest: true, tables: [], bytes: 4 * MIB + 4 }]);
  t.match(planParts([], 0, 4), [{ name: "data-01", rest: true, tables: [], bytes: 0 }]);
  const large = [{ schema: "s", name: "t", bytes: 4 * MIB }];
  t.match(planParts(large, 9, 2), [
    { name: "data-01", rest: false, tables: large },
    { name: "data-02", rest: true, tables: large, bytes: 9 },
  ]);
});

t.test("patterns mean the very table to pg_dump, whatever it is called", async (t) => {
  const postgres = await withPostgres(t);
  const database = await postgres.freshDatabase();
  const names = [
    "plain",
    "Upper Case",
    'quo"te',
    '"',
    "a.b",
    "a*",
    "a?",
    "ab",
    "a|b",
    "(x)",
    "[a-z]",
    "$",
    "^a$",
    "back\\slash",
    "it's",
    "űrlap ț",
    "{2}",
    "a+",
    " lead",
    "--table",
    "new\nline",
    "x".repeat(63),
  ];
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const tables = [...names, ...names.slice(0, 9)].map((name, n) => ({
    schema: n < names.length ? "odd.*schema" : "other",
    name,
    bytes: 8 * MIB,
  }));
  await database.query(
    [`CREATE SCHEMA "odd.*schema"; CREATE SCHEMA other;`]
      .concat(
        tables.map(({ schema, name }) => `CREATE TABLE ${quoted(schema)}.${quoted(name)} AS SELECT 1 AS n`),
      )
      .join(";"),
  );
  const dumped = async (args: string[]): Promise<string[]> => {
    const dump = await program(postgres, "pg_dump", ["--section=data", "--inserts", ...args], database.env);
    return dump
      .split("\nINSERT INTO ")
      .slice(1)
      .map((insert) => insert.slice(0, insert.indexOf(" VALUES (")));
  };
  const all = tables.map(({ schema, name }) => {
    const plain = /^[a-z]+$/.test(schema) ? schema : quoted(schema);
    return `${plain}.${/^[a-z]+$/.test(name) ? name : quoted(name)}`;
  });
  t.strictSame((await dumped([])).sort(), [...all].sort(), "the way this test reads a dump");
  for (const [n, table] of tables.entries()) {
    t.strictSame(await dumped([`--table=${tablePattern(table)}`]), [all[n]]);
  }
  for (const odd of [0, 1]) {
    const excluded = tables.filter((_, n) => n % 2 === odd);
    const rest = await dumped(excluded.map((table) => `--exclude-table-data=${tablePattern(table)}`));
    t.strictSame(rest.sort(), all.filter((_, n) => n % 2 !== odd).sort());
  }
});
