/** The dump role, made by the SQL that is printed, on a real server. */
import pg from "pg";
import t from "tap";
import { grantLargeObjects } from "../../src/backup/large-objects.ts";
import { roleSql } from "../../src/backup/role.ts";
import { program } from "../fixtures/everything.ts";
import { run } from "../fixtures/programs.ts";
import { withPostgres, type Database } from "../fixtures/postgres.ts";

const postgres = await withPostgres(t);

function asRole(role: string, password: string, database: string): Database["query"] {
  return async (sql, values) => {
    const client = new pg.Client({
      host: postgres.host,
      port: postgres.port,
      user: role,
      password,
      database,
    });
    await client.connect();
    try {
      return await client.query<Record<string, unknown>>(sql, values);
    } finally {
      await client.end();
    }
  };
}

async function pipeThroughPsql(sql: string): Promise<void> {
  const env = Object.entries(postgres.env).map(([name, value]) => `${name}=${value}`);
  await run("env", [...env, `${postgres.programs}/psql`, "-Xq"], Buffer.from(sql));
}

t.test("names that PostgreSQL would cut are refused", async (t) => {
  for (const name of ["", "x".repeat(64), "ő".repeat(32)])
    t.throws(() => roleSql(name, []), { code: "USAGE" });
  // A line break would end psql's \connect and begin a command of its own.
  for (const database of ["a\n\\! touch /tmp/x", "a\rb", "a\0b"])
    t.throws(() => roleSql("lakat", [database]), { code: "USAGE", message: /line break/ });
  t.match(roleSql("ő".repeat(31), []), /BYPASSRLS/);
});

t.test("odd names of role and database are taken literally, and it may be run again", async (t) => {
  const role = `dump "role" o'x \\ ő`;
  const databases = [`data"base' \\ = x`, "plain"];
  for (const name of databases) {
    const database = await postgres.freshDatabase(name);
    await database.query(
      "CREATE SCHEMA closed; CREATE TABLE closed.t AS SELECT 1 AS n; SELECT lo_create(4711)",
    );
  }
  const sql = roleSql(role, databases);
  await pipeThroughPsql(sql);
  await pipeThroughPsql(sql);
  const { rows } = await postgres
    .database("postgres")
    .query("SELECT * FROM pg_roles WHERE rolname = $1", [role]);
  t.match(rows, [
    {
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: true,
      rolcanlogin: true,
    },
  ]);
  await postgres.database("postgres").query(`ALTER ROLE "${role.replaceAll('"', '""')}" PASSWORD 'p'`);
  for (const name of databases) {
    const query = asRole(role, "p", name);
    t.match((await query("SELECT n FROM closed.t")).rows, [{ n: 1 }]);
    await t.rejects(query("SELECT lo_get(4711)"), /permission denied/);
    const connection = { host: postgres.host, port: postgres.port, user: role, password: "p" };
    await grantLargeObjects(connection, name, {});
    t.match((await query("SELECT lo_get(4711)")).rows, [{ lo_get: Buffer.alloc(0) }]);
    await t.rejects(query("INSERT INTO closed.t VALUES (2)"), /permission denied/);
    await t.rejects(query("CREATE SCHEMA mine"), /permission denied/);
    await t.rejects(query("CREATE TABLE lakat.t ()"), /permission denied/);
    await t.rejects(query("SELECT lo_unlink(4711)"), /must be owner/);
  }
});

t.test("a server named on psql's command line is not left for another", async (t) => {
  await postgres.freshDatabase("elsewhere");
  const { PGPASSWORD = "", PGHOST = "", PGPORT = "", PGUSER = "" } = postgres.env;
  const server = [`--host=${PGHOST}`, `--port=${PGPORT}`, `--username=${PGUSER}`, "--dbname=postgres"];
  const sql = `${roleSql("lakat", ["elsewhere"])}\n\\echo :PORT :DBNAME\n`;
  const env = [`PGPASSWORD=${PGPASSWORD}`, "PGHOST=/nowhere", "PGPORT=1"];
  const said = await run("env", [...env, `${postgres.programs}/psql`, "-Xq", ...server], Buffer.from(sql));
  t.match(said.toString(), `${PGPORT} elsewhere`);
});

t.test("nobody else may call the function, and it grants to nobody else", async (t) => {
  const database = await postgres.freshDatabase("shared");
  await pipeThroughPsql(roleSql("lakat", ["shared"]));
  await database.query("CREATE ROLE other LOGIN PASSWORD 'p'; SELECT lo_create(1)");
  const other = asRole("other", "p", "shared");
  await t.rejects(other("SELECT lakat.grant_large_objects()"), /permission denied/);
  await database.query("SELECT lakat.grant_large_objects()");
  await t.rejects(other("SELECT lo_get(1)"), /permission denied/);
  const { rows } = await database.query("SELECT lomacl::text AS acl FROM pg_largeobject_metadata");
  t.match(rows, [{ acl: "{postgres=rw/postgres,lakat=r/postgres}" }]);
});

t.test("a function that somebody else put there is never called", async (t) => {
  const database = await postgres.freshDatabase("trap");
  await database.query(`
    CREATE ROLE mallory LOGIN PASSWORD 'p';
    CREATE SCHEMA lakat AUTHORIZATION mallory;
    CREATE TABLE called (who text); GRANT INSERT ON called TO PUBLIC`);
  const define = (options: string): string =>
    `CREATE OR REPLACE FUNCTION lakat.grant_large_objects() RETURNS void LANGUAGE sql ${options}
     AS $$ INSERT INTO public.called VALUES (current_user) $$; GRANT USAGE ON SCHEMA lakat TO PUBLIC`;
  const mallory = asRole("mallory", "p", "trap");
  const { host, port, user, password } = postgres;
  for (const options of ["", "SECURITY DEFINER"]) {
    await mallory(define(options));
    await grantLargeObjects({ host, port, user, password }, "trap", {});
    t.strictSame((await database.query("SELECT * FROM called")).rows, []);
  }
  await t.rejects(pipeThroughPsql(roleSql("lakat", ["trap"])), /belongs to mallory, who is no superuser/);
  await database.query(`ALTER FUNCTION lakat.grant_large_objects() OWNER TO postgres`);
  await grantLargeObjects({ host, port, user, password }, "trap", {});
  t.strictSame((await database.query("SELECT * FROM called")).rows, [], "its place is mallory's");
  await t.rejects(pipeThroughPsql(roleSql("lakat", ["trap"])), /belongs to mallory, who is no superuser/);
  await database.query(`ALTER SCHEMA lakat OWNER TO postgres`);
  await grantLargeObjects({ host, port, user, password }, "trap", {});
  t.match((await database.query("SELECT * FROM called")).rows, [{ who: "postgres" }], "a superuser's is");
  await database.query(`ALTER FUNCTION lakat.grant_large_objects() SECURITY INVOKER`);
  await grantLargeObjects({ host, port, user, password }, "trap", {});
  t.equal((await database.query("SELECT * FROM called")).rowCount, 1, "but only with the superuser's rights");
});

t.test("an owner of a database cannot slip functions under the superuser", async (t) => {
  await postgres.database("postgres").query("CREATE ROLE owner LOGIN PASSWORD 'p'");
  const database = await postgres.freshDatabase("owned");
  await postgres.database("postgres").query("ALTER DATABASE owned OWNER TO owner");
  await postgres.database("postgres").query("REVOKE CONNECT ON DATABASE owned FROM PUBLIC");
  await asRole(
    "owner",
    "p",
    "owned",
  )(`
    CREATE FUNCTION public.has_database_privilege(text, name, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
    CREATE FUNCTION public.format(text, name, text) RETURNS text LANGUAGE sql
    AS $$ SELECT 'ALTER ROLE owner SUPERUSER' $$`);
  await pipeThroughPsql(roleSql("lakat", ["owned"]));
  t.match((await database.query("SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'")).rows, [
    { rolsuper: false },
  ]);
});

t.test("a large object that changes at the same moment does not end the grant", async (t) => {
  const database = await postgres.freshDatabase("busy");
  await pipeThroughPsql(roleSql("lakat", ["busy"]));
  await database.query("CREATE ROLE reader; SELECT lo_create(1); SELECT lo_create(2)");
  const { host, port, user, password } = postgres;
  const owner = new pg.Client({ host, port, user, password, database: "busy" });
  await owner.connect();
  await owner.query("BEGIN; GRANT SELECT ON LARGE OBJECT 1 TO reader");
  const granting = grantLargeObjects({ host, port, user, password }, "busy", {});
  const blocked = "SELECT FROM pg_stat_activity WHERE datname = 'busy' AND wait_event_type = 'Lock'";
  while ((await database.query(blocked)).rowCount === 0);
  await owner.query("COMMIT");
  await owner.end();
  await granting;
  const { rows } = await database.query(
    "SELECT lomacl::text LIKE '%lakat=r/%' AS granted FROM pg_largeobject_metadata",
  );
  t.match(rows, [{ granted: true }, { granted: true }]);
});

t.test("psql stops at the first mistake", async (t) => {
  const psql = program(postgres, "psql", ["-Xq", "-c", "SELECT 1"], { PGDATABASE: "nowhere" });
  await t.rejects(psql, /does not exist/);
  await t.rejects(pipeThroughPsql(roleSql("lakat2", ["nowhere"])), /does not exist/);
});
