/** Databases that are named oddly, hold next to nothing, or are not there: they come back as they were. */
import t from "tap";
import { segmentOf } from "../../src/seal/backup-name.ts";
import { backupHost, objectsOf } from "../fixtures/backup-host.ts";
import { plainDump, plainGlobals } from "../fixtures/everything.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const source = await withPostgres(t);
const host = await backupHost(t, source);
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const NAMES = [
  `it's "quoted"`,
  " two  spaces ",
  "dot.dot",
  "..",
  "a/b\\c",
  "ő🗝",
  "host=nowhere",
  "--create",
  "x".repeat(63),
  `${"ű".repeat(31)}!`,
];
const EMPTY = "empty";

for (const name of NAMES) {
  const database = await source.freshDatabase(name);
  await database.query(`
    CREATE SCHEMA ${quoted(name)};
    CREATE TABLE ${quoted(name)}.${quoted(name)} (${quoted(name)} int);
    INSERT INTO ${quoted(name)}.${quoted(name)} SELECT generate_series(1, 3);
    CREATE TABLE columnless (); INSERT INTO columnless DEFAULT VALUES; INSERT INTO columnless SELECT FROM columnless;
    COMMENT ON DATABASE ${quoted(name)} IS 'it''s one'`);
}
await source.freshDatabase(EMPTY);
// Closed to everybody, or a template: not among those that are backed up.
await source.freshDatabase("shut");
await source.freshDatabase("pattern");
await source.database("postgres").query(`
  ALTER DATABASE shut ALLOW_CONNECTIONS false;
  ALTER DATABASE pattern IS_TEMPLATE true`);

t.test("every name", async (t) => {
  const left = await host.backup({ change: (config) => (config.postgres["only"] = [EMPTY]) });
  t.equal(left.exit, 0, "what was not asked for is not missed");
  const told = await host.backup();
  t.equal(told.exit, 3, told.stderr);
  t.match(told.json["findings"], [
    { code: "DUMP_WARNING", what: /^database pattern is a template/ },
    { code: "DUMP_WARNING", what: /^database shut is a template or accepts no connections/ },
  ]);
  const ran = await host.backup({ change: (config) => (config.postgres["except"] = ["pattern", "shut"]) });
  t.equal(ran.exit, 0, ran.stderr);
  t.strictSame([...(ran.json["databases"] as string[])].sort(), [...NAMES, EMPTY, "postgres"].sort());
  const objects = objectsOf(await host.inFolder(), ran.json["backupId"]);
  for (const name of NAMES) t.ok(objects.includes(`${segmentOf(name)}/pre-data.dump.zst.age`), name);
  t.notOk(objects.some((name) => /\.\.|[ '"\\]/.test(name)));
  t.match(await host.run(["backup", "verify", "--json"], { as: "reader" }), { exit: 0 });

  const target = await withPostgres(t);
  const restored = await host.run(
    ["restore", "--json", "--identity", host.x25519.file, "--to", target.database("").uri],
    { as: "reader" },
  );
  t.equal(restored.exit, 0, restored.stderr);
  t.equal(await plainGlobals(target), await plainGlobals(source));
  for (const name of [...NAMES, EMPTY]) {
    const [before, after] = [await plainDump(source, name), await plainDump(target, name)];
    t.ok(before === after, `${name} dumps the same`);
    if (name !== EMPTY)
      t.equal(
        (await target.database(name).query("SELECT FROM columnless")).rowCount,
        2,
        "rows without columns",
      );
  }
});

t.test("a cluster without a database of its own", async (t) => {
  await host.reset();
  const none = await host.backup({
    change: (config) => (config.postgres["except"] = [...NAMES, EMPTY, "postgres", "pattern", "shut"]),
  });
  t.equal(none.exit, 0, none.stderr);
  t.match(none.json, { databases: [] });
  t.strictSame(objectsOf(host.inBucket(), none.json["backupId"]), [
    "globals.sql.zst.age",
    "inventory.json.age",
    "key.age",
    "manifest.json",
  ]);
  const target = await withPostgres(t);
  const restored = await host.run(
    ["restore", "--json", "--identity", host.rsa.file, "--to", target.database("").uri],
    { as: "reader" },
  );
  t.match(restored, { exit: 0, json: { databases: [] } });
});
