/**
 * What the whole program builds on: PostgreSQL's own programs reproduce a database that has one of everything,
 * also when its data is spread over several dumps of one snapshot.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import t from "tap";
import { loadEverything, plainDump, plainGlobals, program } from "../fixtures/everything.ts";
import { withPostgres, type Postgres } from "../fixtures/postgres.ts";

const NAME = `every"thing' =\\ ő`;
const source = await withPostgres(t);
const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
t.teardown(() => rm(folder, { recursive: true }));
await loadEverything(source, NAME);
const original = { globals: await plainGlobals(source), dump: await plainDump(source, NAME) };

/** A server that has the source's roles and nothing else. */
async function other(test: Parameters<typeof withPostgres>[0]): Promise<Postgres> {
  const target = await withPostgres(test);
  const file = join(folder, "globals.sql");
  // The role that makes all others is there already.
  await writeFile(file, original.globals.replace(/^CREATE ROLE postgres;$/m, ""));
  await program(target, "psql", ["-Xq", "-v", "ON_ERROR_STOP=1", "-f", file]);
  return target;
}

async function differences(target: Postgres): Promise<(string | undefined)[]> {
  return [
    firstDifference(original.globals, await plainGlobals(target)),
    firstDifference(original.dump, await plainDump(target, NAME)),
  ];
}

/** Of two megabytes only the lines that matter. */
function firstDifference(before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const [a, b] = [before.split("\n"), after.split("\n")];
  const at = a.findIndex((line, n) => line !== b[n]);
  return `line ${at + 1}: ${String(a[at])} → ${String(b[at])}`;
}

t.test("a plain dump", async (t) => {
  const target = await other(t);
  const file = join(folder, "plain.sql");
  await writeFile(file, original.dump);
  await program(target, "psql", ["-Xq", "-v", "ON_ERROR_STOP=1", "-f", file]);
  t.same(await differences(target), [undefined, undefined]);
});

t.test("parts: sections, and every table's data in one of several dumps of one snapshot", async (t) => {
  const session = new pg.Client({ ...connection(source), database: NAME });
  await session.connect();
  t.teardown(() => session.end());
  await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const { rows: snapshots } = await session.query<{ id: string }>("SELECT pg_export_snapshot() AS id");
  const { rows: tables } = await session.query<{ schema: string; name: string }>(
    `SELECT nspname AS schema, relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind = 'r' AND relpersistence <> 't' AND nspname !~ '^pg_|^information_schema$'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2`,
  );
  // A row that came after the snapshot must be in none of the parts.
  await source.database(NAME).query("INSERT INTO plain.no_rows VALUES (1, 'late'); SELECT lo_create(7005)");

  const pattern = ({ schema, name }: { schema: string; name: string }) =>
    [schema, name].map((one) => `"${one.replaceAll('"', '""')}"`).join(".");
  const streams = [0, 1, 2].map((n) => tables.filter((_, i) => i % 4 === n).map(pattern));
  t.ok(streams.every((stream) => stream.length > 20));
  const dump = async (part: string, args: string[]): Promise<string> => {
    const file = join(folder, part);
    const snapshot = `--snapshot=${String(snapshots[0]?.id)}`;
    await program(source, "pg_dump", ["-Fc", "-Z0", "-f", file, snapshot, ...args], { PGDATABASE: NAME });
    return file;
  };
  const preData = await dump("pre-data", ["--section=pre-data"]);
  const data = await Promise.all([
    ...streams.map((stream, n) =>
      dump(`data-${n}`, ["--section=data", ...stream.map((one) => `--table=${one}`)]),
    ),
    dump("data-rest", ["--section=data", ...streams.flat().map((one) => `--exclude-table-data=${one}`)]),
  ]);
  const postData = await dump("post-data", ["--section=post-data"]);

  const target = await other(t);
  await program(target, "pg_restore", ["--exit-on-error", "--create", "--dbname=postgres", preData]);
  const database = `dbname='${NAME.replace(/['\\]/g, "\\$&")}'`;
  for (const part of [...data, postData]) {
    await program(target, "pg_restore", ["--exit-on-error", `--dbname=${database}`, part]);
  }
  t.same(await differences(target), [undefined, undefined]);
});

function connection({ host, port, user, password }: Postgres): pg.ClientConfig {
  return { host, port, user, password };
}
