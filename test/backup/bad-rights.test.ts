/** A role that may not read everything: never a quiet partial backup. */
import { join } from "node:path";
import t, { type Test } from "tap";
import { backupHost, type HostConfig, type Ran } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { run } from "../fixtures/programs.ts";

const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const DATABASE = "crm";
const crm = await postgres.freshDatabase(DATABASE);
await crm.query(`
  CREATE ROLE reader LOGIN PASSWORD 'p';
  CREATE TABLE open (n int); GRANT SELECT ON open TO reader;
  CREATE TABLE closed (n int);
  CREATE TABLE "half ""open" (n int, m int); GRANT SELECT (n) ON "half ""open" TO reader;
  CREATE SCHEMA "Inner.1"; CREATE TABLE "Inner.1".deep (id serial PRIMARY KEY);
  GRANT SELECT ON "Inner.1".deep TO reader;
  CREATE SCHEMA reachable; GRANT USAGE ON SCHEMA reachable TO reader;
  CREATE SEQUENCE reachable.counter;
  CREATE TABLE reachable.parted (n int) PARTITION BY LIST (n);
  CREATE TABLE reachable.part PARTITION OF reachable.parted FOR VALUES IN (1);
  GRANT SELECT ON reachable.parted TO reader;
  CREATE TABLE policed (n int); ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
  CREATE POLICY over_one ON policed FOR SELECT USING (n > 1); GRANT SELECT ON policed TO reader;
  SELECT lo_from_bytea(4711, 'a document'), lo_from_bytea(4712, 'another');
  GRANT SELECT ON LARGE OBJECT 4712 TO reader`);

const as =
  (user: string) =>
  (config: HostConfig): void => {
    Object.assign(config.postgres, { user, password: { env: "PASSWORD" }, only: [DATABASE] });
    config.destinations.pop();
  };
const backupAs = (user: string): Promise<Ran> => host.backup({ change: as(user), env: { PASSWORD: "p" } });

async function nothingSent(t: Test): Promise<void> {
  t.strictSame(
    host.inBucket().filter((key) => key !== "crm/probe"),
    [],
    "nothing is left in the bucket",
  );
}

t.test("everything that cannot be read is named at once", async (t) => {
  const ran = await backupAs("reader");
  t.match(ran, { exit: 1, json: { code: "PG_RIGHTS", todo: /lakat backup role.* superuser/ } });
  const named = /the role reader cannot read (.*)$/.exec(String(ran.json["what"]))?.[1]?.split(", ");
  t.strictSame(named?.sort(), [
    "large object 4711",
    "rows behind row security of public.policed",
    'schema "Inner.1"',
    'sequence "Inner.1".deep_id_seq',
    "sequence reachable.counter",
    'table public."half ""open"',
    "table public.closed",
    "table reachable.part",
  ]);
  await nothingSent(t);
});

t.test("of very many a few are named and the rest counted", async (t) => {
  await crm.query(
    `DO $$ BEGIN FOR n IN 1..40 LOOP EXECUTE format('CREATE TABLE many_%s ()', n); END LOOP; END $$`,
  );
  const ran = await backupAs("reader");
  t.match(ran.json["what"], / and 28 more$/);
  await crm.query(
    `DO $$ BEGIN FOR n IN 1..40 LOOP EXECUTE format('DROP TABLE many_%s', n); END LOOP; END $$`,
  );
});

t.test("an owner is not above row security that is forced", async (t) => {
  const database = await postgres.freshDatabase("owned");
  await database.query(`
    CREATE ROLE owner LOGIN PASSWORD 'p'; GRANT ALL ON SCHEMA public TO owner; SET SESSION AUTHORIZATION owner;
    CREATE TABLE mine (n int); ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
    CREATE TABLE forced (n int); ALTER TABLE forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
  const ran = await host.backup({
    env: { PASSWORD: "p" },
    change: (config) => {
      as("owner")(config);
      config.postgres["only"] = ["owned"];
    },
  });
  t.match(ran, {
    exit: 1,
    json: { code: "PG_RIGHTS", what: /cannot read rows behind row security of public\.forced$/ },
  });
});

t.test("after the SQL of `lakat backup role` the role reads everything", async (t) => {
  const sql = await host.run(["backup", "role", "--name", "dumper", "--database", DATABASE]);
  const env = Object.entries(postgres.env).map(([name, value]) => `${name}=${value}`);
  await run("env", [...env, join(postgres.programs, "psql"), "-Xq"], Buffer.from(sql.stdout));
  await crm.query("ALTER ROLE dumper PASSWORD 'p'");
  const first = await backupAs("dumper");
  t.equal(first.exit, 0, first.stderr);

  await t.test("also large objects made later", async (t) => {
    await crm.query("SELECT lo_from_bytea(4713, 'made since')");
    const ran = await backupAs("dumper");
    t.equal(ran.exit, 0, ran.stderr);
  });

  await t.test("and what it dumped is everything", async (t) => {
    const target = await withPostgres(t);
    const restored = await host.run(
      ["restore", "--json", "--identity", host.x25519.file, "--to", target.database("").uri],
      { as: "reader" },
    );
    t.equal(restored.exit, 0, restored.stderr);
    const { rows } = await target
      .database(DATABASE)
      .query(
        "SELECT m.oid::int, convert_from(lo_get(m.oid), 'UTF8') AS text FROM pg_largeobject_metadata m ORDER BY 1",
      );
    t.strictSame(
      rows.map(({ oid, text }) => [oid, text]),
      [
        [4711, "a document"],
        [4712, "another"],
        [4713, "made since"],
      ],
    );
  });

  await t.test("but not once somebody else owns the function: it is not called", async (t) => {
    await crm.query(`
      CREATE ROLE mallory; CREATE TABLE trap (n int);
      CREATE OR REPLACE FUNCTION lakat.grant_large_objects() RETURNS void LANGUAGE sql SECURITY DEFINER
        AS 'INSERT INTO public.trap VALUES (1)';
      GRANT ALL ON trap TO mallory; ALTER FUNCTION lakat.grant_large_objects() OWNER TO mallory;
      SELECT lo_from_bytea(4714, 'made since')`);
    const ran = await backupAs("dumper");
    t.match(ran, { exit: 1, json: { code: "PG_RIGHTS", what: /cannot read large object 4714$/ } });
    t.strictSame((await crm.query("SELECT * FROM trap")).rows, []);
  });
});
