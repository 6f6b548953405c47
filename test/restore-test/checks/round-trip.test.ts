/**
 * The round trip of a database with one of everything, between servers that write rows in other ways: green as
 * restored and after rows were moved about, red after each change of what they say.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { dumpCompressed, dumpSection } from "../../../src/backup/pg-dump.ts";
import { openSnapshot } from "../../../src/backup/snapshot.ts";
import type { ArchivePart } from "../../../src/restore-test/check-restored.ts";
import type { Checked } from "../../../src/restore-test/check.ts";
import { roundTripCheck } from "../../../src/restore-test/checks/round-trip.ts";
import { load, loadParallel, loadSection, decompress } from "../../../src/restore-test/pg-restore.ts";
import type { DatabaseInventory } from "../../../src/seal/inventory.ts";
import { loadEverything, plainGlobals, program } from "../../fixtures/everything.ts";
import { withPostgres, type Postgres } from "../../fixtures/postgres.ts";
import { chunked, never } from "../../fixtures/store-conformance.ts";

const NAME = `every"thing' =\\ ő`;
const OWN = `
  ALTER DATABASE "every""thing' =\\ ő" RESET TimeZone; ALTER DATABASE "every""thing' =\\ ő" RESET bytea_output;
  CREATE SCHEMA own;
  DO $$ DECLARE one text; BEGIN
    FOREACH one IN ARRAY '{here,changed,lost,doubled,one,other,gone}'::text[] LOOP
      EXECUTE format($f$ CREATE TABLE own.%I AS
        SELECT n, '2026-03-29 02:30Z'::timestamptz + n * '1 h'::interval AS at FROM generate_series(1, 2000) n $f$, one);
    END LOOP; END $$;
  UPDATE own.other SET n = n + 1;
  CREATE TABLE own.parent (n int); CREATE TABLE own.child (own text) INHERITS (own.parent);
  ALTER TABLE own.parent ADD later text; INSERT INTO own.child VALUES (1, 'a', 'b'), (2, 'c', NULL);
  CREATE TABLE own.second_child (own text) INHERITS (own.parent); INSERT INTO own.second_child VALUES (1, 'a', 'b');
  CREATE TABLE own.bytes AS SELECT sha256('x') AS b;
  CREATE TABLE own.of_extension (n int); INSERT INTO own.of_extension VALUES (1)`;

const connectionOf = ({ host, port, user, password }: Postgres) => ({ host, port, user, password });
const source = await withPostgres(t, {
  settings: { timezone: "Europe/Budapest", bytea_output: "escape", extra_float_digits: "0" },
});
const target = await withPostgres(t, { settings: { timezone: "Asia/Tokyo" } });
const original = await loadEverything(source, NAME);
await original.query(OWN);
const parts = await restored();
const copy = target.database(NAME);

/** Dumps as a backup does, in two parts, loads it into the target, and returns the parts. */
async function restored(): Promise<ArchivePart[]> {
  const connection = connectionOf(source);
  const snapshot = await openSnapshot(connection, NAME, {});
  const tools = {
    connection,
    programs: { bin: source.programs, major: 15, version: "15" },
    stdbuf: false,
    compressionLevel: 1,
    lockWait: 1000,
    warn: () => undefined,
  };
  const dump = async (section: "pre-data" | "data" | "post-data", rest?: boolean): Promise<Buffer> => {
    const tables = [{ schema: "own", name: "here", bytes: 0 }];
    const part = rest === undefined ? undefined : { name: section, tables, rest, bytes: 0 };
    const command = dumpSection(tools, snapshot, section, part);
    return Buffer.concat(await Array.fromAsync(dumpCompressed(command, tools, never())));
  };
  const [preData, here, others, postData] = [
    await dump("pre-data"),
    await dump("data", false),
    await dump("data", true),
    await dump("post-data"),
  ];
  await snapshot.close();

  const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const globals = join(folder, "globals.sql");
  await writeFile(globals, (await plainGlobals(source)).replace(/^CREATE ROLE postgres;$/m, ""));
  await program(target, "psql", ["-Xq", "-v", "ON_ERROR_STOP=1", "-f", globals]);
  const loader = { connection: connectionOf(target), programs: target.programs };
  const section = (database: string, create: boolean) =>
    loadSection(loader.connection, database, "", { create });
  await load(section("template1", true), loader, chunked(preData), never());
  for (const data of [here, others]) await load(section(NAME, false), loader, chunked(data), never());
  const definitions = await decompress(postData, "", never());
  await loadParallel(section(NAME, false), loader, definitions, 1, never());
  // They would write rows of their own about what is changed below.
  await target.database(NAME).query(`DO $$ DECLARE one name; BEGIN
    FOR one IN SELECT evtname FROM pg_event_trigger LOOP EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', one);
    END LOOP; END $$`);
  return [here, others].map((data, n) => ({ name: `data-0${n + 1}`, open: () => chunked(data) }));
}

const INVENTORY: DatabaseInventory = {
  name: NAME,
  encoding: "UTF8",
  collate: "C.UTF-8",
  ctype: "C.UTF-8",
  tables: [{ schema: "own", name: "of_extension", rows: 1, bytes: 8192, ofExtension: true }],
  largeObjects: 5,
  extensions: [],
};

async function check(from = parts): Promise<Checked> {
  return roundTripCheck(from, { settings: [{ name: "bytea_output", value: "escape" }] }).run({
    connection: connectionOf(target),
    programs: target.programs,
    inventory: INVENTORY,
    database: NAME,
    snapshotAt: new Date(0),
    signal: never(),
  });
}

t.test("green as it was restored, although the servers' time zones and settings differ", async (t) => {
  const { outcome, problems, facts } = await check();
  t.strictSame(problems, []);
  t.equal(outcome, "passed");
  t.ok(Number(facts["tables"]) > 100, JSON.stringify(facts));
  t.ok(Number(facts["rows"]) > 5000);
  t.ok(Number(facts["bytes"]) > 2_000_000);
});

t.test("green when settings of the database or of the superuser come with the backup", async (t) => {
  await copy.query(`ALTER ROLE postgres SET bytea_output = 'hex'; ALTER ROLE postgres SET TimeZone = 'Asia/Kabul';
    ALTER ROLE postgres SET client_encoding = 'LATIN2'; ALTER ROLE postgres SET DateStyle = 'German'`);
  t.strictSame((await check()).problems, []);
  await copy.query("ALTER ROLE postgres RESET ALL");
});

t.test("green when rows lie in another order, and in the table of an extension", async (t) => {
  await copy.query(`CREATE TEMP TABLE again AS SELECT * FROM own.here; DELETE FROM own.here;
    INSERT INTO own.here SELECT * FROM again ORDER BY n DESC; UPDATE own.of_extension SET n = 2`);
  t.strictSame((await check()).problems, []);
});

t.test("the archive of a standby lacks unlogged tables, which come back empty", async (t) => {
  await copy.query("CREATE UNLOGGED TABLE own.unlogged (n int)");
  t.strictSame((await check()).problems, []);
  await copy.query("INSERT INTO own.unlogged VALUES (1)");
  t.strictSame((await check()).problems, ["table own.unlogged: restored, but not in the archive"]);
  await copy.query("DROP TABLE own.unlogged");
});

const NOT_THE_SAME = "2000 rows as in the archive, but not the same ones";
const RED: [what: string, change: string, problems: string[]][] = [
  [
    "a value changed",
    "UPDATE own.changed SET at = at + '1 microsecond' WHERE n = 1000",
    [`table own.changed: ${NOT_THE_SAME}`],
  ],
  [
    "a row lost and another doubled",
    "DELETE FROM own.doubled WHERE n = 7; INSERT INTO own.doubled SELECT * FROM own.doubled WHERE n = 8",
    [`table own.doubled: ${NOT_THE_SAME}`],
  ],
  [
    "a row lost",
    "DELETE FROM own.lost WHERE n = 7",
    ["table own.lost: 1999 rows instead of the archive's 2000"],
  ],
  [
    "rows of two tables exchanged",
    "UPDATE own.one SET n = n + 1 WHERE n = 5; UPDATE own.other SET n = n - 1 WHERE n = 6",
    [`table own.one: ${NOT_THE_SAME}`, `table own.other: ${NOT_THE_SAME}`],
  ],
  [
    "a sequence set",
    "SELECT setval('counters.used', 26)",
    ["sequence counters.used: set to another value than in the archive"],
  ],
  [
    "a large object changed",
    "SELECT lo_put(7003, 70000, sha256('x'))",
    ["large objects: 5 objects as in the archive, but not the same ones"],
  ],
  [
    "two columns of a row exchanged where they have another order than at the source",
    "UPDATE own.child SET own = later, later = own WHERE n = 1",
    ["table own.child: 2 rows as in the archive, but not the same ones"],
  ],
  [
    "a table gone and another there",
    "ALTER TABLE own.gone RENAME TO unknown",
    [
      "table own.gone: in the archive, but not restored",
      "table own.unknown: restored, but not in the archive",
    ],
  ],
];

t.test("red, for each change its own line", async (t) => {
  for (const [, change] of RED) await copy.query(change);
  const { outcome, problems } = await check();
  t.equal(outcome, "failed");
  for (const [what, , lines] of RED)
    for (const line of lines) t.ok(problems.includes(line), what, { problems });
  t.equal(problems.length, RED.flatMap(([, , lines]) => lines).length, "and no other", { problems });
});
