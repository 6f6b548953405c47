/** A database with one of everything comes back the same from `lakat backup run` and `lakat restore`. */
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Manifest } from "../../src/seal/manifest.ts";
import { backupHost } from "../fixtures/backup-host.ts";
import { loadEverything, plainDump, plainGlobals } from "../fixtures/everything.ts";
import { run } from "../fixtures/programs.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const NAME = `every"thing' =\\ ő`;
const source = await withPostgres(t);
const host = await backupHost(t, source);
const everything = await loadEverything(source, NAME);
// Large enough for streams of their own: a partition with an odd name, and one side of a foreign key.
await everything.query(
  `
  CREATE SCHEMA "large Ű.";
  CREATE TABLE "large Ű."."par""ted" (id int, body text, twice int GENERATED ALWAYS AS (id * 2) STORED, PRIMARY KEY (id))
    PARTITION BY RANGE (id);
  CREATE TABLE "large Ű."."first.part" PARTITION OF "large Ű."."par""ted" FOR VALUES FROM (0) TO (50000);
  CREATE TABLE "large Ű."."second*" PARTITION OF "large Ű."."par""ted" FOR VALUES FROM (50000) TO (100001);
  INSERT INTO "large Ű."."par""ted" SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, 99999) n;
  CREATE TABLE "large Ű.".referring (id int GENERATED ALWAYS AS IDENTITY, part int REFERENCES "large Ű."."par""ted")`,
);
await everything.query(`INSERT INTO "large Ű.".referring (part) SELECT n FROM generate_series(1, 1000) n`);
// The dump role, as the operator makes it, and what it changes.
const roleSql = await host.run(["backup", "role", "--database", NAME, "--database", "postgres"]);
const psql = Object.entries(source.env).map(([name, value]) => `${name}=${value}`);
await run("env", [...psql, join(source.programs, "psql"), "-Xq"], Buffer.from(roleSql.stdout));
await everything.query("ALTER ROLE lakat PASSWORD 'only a reader'; SELECT lakat.grant_large_objects()");
const original = { globals: await plainGlobals(source), dump: await plainDump(source, NAME) };

/** Of megabytes only the first line that differs. */
function firstDifference(before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const [a, b] = [before.split("\n"), after.split("\n")];
  const at = a.findIndex((line, n) => line !== b[n]);
  return `line ${at + 1}: ${String(a[at])} → ${String(b[at])}`;
}

async function comesBack(t: Test, readable: (dump: string) => string): Promise<void> {
  const target = await withPostgres(t);
  const server = target.database("").uri;
  const restored = await host.run(["restore", "--json", "--identity", host.rsa.file, "--to", server], {
    as: "reader",
  });
  t.equal(restored.exit, 0, restored.stderr);
  t.equal(firstDifference(original.globals, await plainGlobals(target)), undefined);
  const dump = await plainDump(target, NAME);
  t.equal(firstDifference(readable(original.dump), readable(dump)), undefined);
}

t.test("dumped by a superuser", async (t) => {
  const ran = await host.backup({ change: (config) => void config.destinations.pop() });
  t.equal(ran.exit, 0, ran.stderr);
  t.ok(
    host.inBucket().some((key) => /data-02\.dump/.test(key)),
    "in more than one stream",
  );
  await comesBack(t, (dump) => dump);
});

/** A dump without what PostgreSQL shows to superusers only. */
function shownToAll(dump: string): string {
  return dump
    .replace(/^(CREATE USER MAPPING FOR \S+ SERVER \S+) OPTIONS \([^]*?\n\);/gm, "$1;")
    .split(/^(?=--\n-- Name: )/m)
    .filter((section) => !/^-- Name: .*(Type: SUBSCRIPTION|SUBSCRIPTION .*Type: COMMENT)/m.test(section))
    .join("");
}

t.test("dumped by the role that `lakat backup role` makes", async (t) => {
  const ran = await host.backup({
    env: { PASSWORD: "only a reader" },
    change: (config) => {
      config.destinations.pop();
      Object.assign(config.postgres, { user: "lakat", password: { env: "PASSWORD" } });
    },
  });
  t.equal(ran.exit, 3, ran.stderr);
  t.match(ran.json["findings"], [
    { code: "DUMP_WARNING", what: /every"thing.* user mappings .*every_reader at elsewhere/ },
    { code: "DUMP_WARNING", what: /subscriptions not dumped because current user is not a superuser/ },
  ]);
  t.strictSame((ran.json["findings"] as unknown[]).slice(2), [], "each said once");
  const { json } = await host.run(["backup", "show", "--json"], { as: "reader" });
  const { findings } = json["manifest"] as Manifest;
  t.match(findings, [{ code: "DUMP_WARNING", what: /^\d warnings of the dump/ }]);
  t.notMatch(JSON.stringify(findings), /elsewhere|subscriptions/, "no names in the clear");
  t.not(shownToAll(original.dump), original.dump);
  await comesBack(t, shownToAll);
});
