/** The canary's table, made by the SQL that is printed, and what may not be in its place. */
import pg from "pg";
import t from "tap";
import { writeCanary } from "../../src/backup/canary.ts";
import { roleSql } from "../../src/backup/role.ts";
import type { Finding } from "../../src/fault.ts";
import { openCanary, signCanary } from "../../src/seal/canary.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { run } from "../fixtures/programs.ts";
import { withPostgres, type Database } from "../fixtures/postgres.ts";

// With a standby asked for that never comes, a commit that waits for it never ends.
const postgres = await withPostgres(t, { settings: { synchronous_standby_names: "nobody" } });
const signingKey = newSigningKey();
const at = new Date("2026-11-23T01:02:05Z");
const ID = "20261123T010203Z-0123abcd";
const BEFORE = "20261122T010203Z-0123abcd";
const server = "7301234567890123456";
let databases = 0;

async function psql(sql: string): Promise<void> {
  const env = Object.entries(postgres.env).map(([name, value]) => `${name}=${value}`);
  await run("env", [...env, `${postgres.programs}/psql`, "-Xq"], Buffer.from(sql));
}

/** A database whose table was made by the SQL of the dump role. */
async function prepared(): Promise<Database> {
  const database = await postgres.freshDatabase(`db "${databases++}`);
  await psql(roleSql("lakat", [], database.name));
  await database.query("ALTER ROLE lakat PASSWORD 'p'; ALTER ROLE lakat SET synchronous_commit = on");
  return database;
}

function as(user: string, database: Database): pg.Client {
  const { host, port } = postgres;
  return new pg.Client({ host, port, user, password: "p", database: database.name });
}

async function queryAs(user: string, database: Database, sql: string): Promise<unknown[]> {
  const client = as(user, database);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function write(database: Database, change: object = {}, lockWait = 10_000): Promise<Finding | undefined> {
  const { host, port } = postgres;
  const plan = { cluster: "crm", backupId: ID, systemIdentifier: server, database: database.name };
  return writeCanary(
    { host, port, user: "lakat", password: "p" },
    { ...plan, signingKey, now: () => at, ...change },
    { signal: new AbortController().signal, lockWait },
  );
}

t.test("one row for each cluster, of the newest backup", async (t) => {
  const database = await prepared();
  t.equal(await write(database, { backupId: BEFORE }), undefined);
  t.equal(await write(database, { cluster: "other" }), undefined);
  t.equal(await write(database), undefined);
  const { rows } = await database.query("SELECT * FROM lakat.canary ORDER BY cluster");
  t.match(rows, [
    { cluster: "crm", backup_id: ID, written_at: at },
    { cluster: "other", backup_id: ID },
  ]);
  t.strictSame(openCanary(Buffer.from(String(rows[0]?.["envelope"])), [signingKey]), {
    cluster: "crm",
    backupId: ID,
    systemIdentifier: server,
    database: database.name,
    writtenAt: at.toISOString(),
  });
});

t.test("the role may write that row and nothing else, and nobody else may", async (t) => {
  await postgres.database("postgres").query("CREATE ROLE app LOGIN PASSWORD 'p'");
  const database = await postgres.freshDatabase("shared");
  await database.query(`CREATE TABLE public.t (n int); CREATE ROLE watcher;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC`);
  const sql = roleSql("lakat", ["shared"], "shared");
  await psql(sql);
  await psql(sql);
  const { rows } = await database.query(
    "SELECT relacl::text[] AS acl FROM pg_class WHERE oid = 'lakat.canary'::regclass",
  );
  t.strictSame(
    (rows[0]?.["acl"] as string[]).sort(),
    ["app=r/postgres", "lakat=arw/postgres", "postgres=arwdDxt/postgres"].sort(),
  );
  for (const refused of [
    "DELETE FROM lakat.canary",
    "TRUNCATE lakat.canary",
    "DROP TABLE lakat.canary",
    "ALTER TABLE lakat.canary ADD n int",
    "CREATE TRIGGER x AFTER INSERT ON lakat.canary EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE TABLE lakat.t ()",
    "INSERT INTO public.t VALUES (1)",
    "CREATE TABLE public.u ()",
  ])
    await t.rejects(queryAs("lakat", database, refused), /permission denied|must be owner/, refused);
  await t.rejects(
    queryAs("app", database, "INSERT INTO lakat.canary VALUES ('crm', '', now(), '')"),
    /permission denied/,
  );
  const plain = roleSql("lakat", ["shared"]);
  t.notMatch(plain, /canary/, "none is made unless it is asked for");
  t.equal(sql.split("\\connect").length, 2, "its database is not connected to twice");
});

t.test("what is not ours is not written to, and no code of it runs", async (t) => {
  await postgres.database("postgres").query("CREATE ROLE mallory LOGIN PASSWORD 'p'");
  const code = `CREATE TABLE public.called (who text); GRANT INSERT ON public.called TO PUBLIC;
    CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.called VALUES (current_user); RETURN NEW; END $$;`;
  const renamed = "ALTER TABLE lakat.canary RENAME TO was;";
  const cases: Record<string, string> = {
    "the table of another": "ALTER TABLE lakat.canary OWNER TO mallory",
    "the schema of another": "ALTER SCHEMA lakat OWNER TO mallory",
    "a trigger": "CREATE TRIGGER t BEFORE INSERT ON lakat.canary FOR EACH ROW EXECUTE FUNCTION public.trap()",
    "a rule":
      "CREATE RULE r AS ON INSERT TO lakat.canary DO ALSO INSERT INTO public.called VALUES (current_user)",
    "a view": `${renamed} CREATE VIEW lakat.canary AS SELECT * FROM lakat.was;
      CREATE TRIGGER t INSTEAD OF INSERT ON lakat.canary FOR EACH ROW EXECUTE FUNCTION public.trap();
      GRANT ALL ON lakat.canary TO lakat`,
    "row security": "ALTER TABLE lakat.canary ENABLE ROW LEVEL SECURITY",
    "a referencing table": "CREATE TABLE public.r (c text REFERENCES lakat.canary ON UPDATE CASCADE)",
    "a partitioned table": `${renamed} CREATE TABLE lakat.canary (LIKE lakat.was) PARTITION BY LIST (cluster);
      GRANT ALL ON lakat.canary TO lakat`,
    "a child": "CREATE TABLE public.child () INHERITS (lakat.canary)",
  };
  for (const [name, sql] of Object.entries(cases)) {
    const database = await prepared();
    await database.query(`${code} ${sql}`);
    t.match(
      await write(database),
      { code: "CANARY_NOT_WRITTEN", what: /lakat\.canary is no plain table of a superuser's/ },
      name,
    );
    t.strictSame((await database.query("SELECT * FROM public.called")).rows, [], name);
    const there = await database.query("SELECT FROM pg_class WHERE relname = 'canary' AND relkind = 'r'");
    if (there.rowCount === 1)
      t.strictSame((await database.query("SELECT * FROM lakat.canary")).rows, [], name);
  }
});

t.test("the SQL of the role refuses the same", async (t) => {
  for (const [sql, message] of [
    ["CREATE SCHEMA lakat; CREATE VIEW lakat.canary AS SELECT 1", /no plain table/],
    [
      "CREATE SCHEMA lakat; CREATE TABLE lakat.canary (); ALTER TABLE lakat.canary OWNER TO mallory",
      /no plain/,
    ],
    ["CREATE SCHEMA lakat AUTHORIZATION mallory", /belongs to mallory/],
  ] as const) {
    const database = await postgres.freshDatabase();
    await database.query(sql);
    await t.rejects(psql(roleSql("lakat", [], database.name)), message);
  }
});

t.test("why it was not written is said in one line", async (t) => {
  const bare = await postgres.freshDatabase();
  t.match(await write(bare), {
    code: "CANARY_NOT_WRITTEN",
    what: /there is no table lakat\.canary$/,
    todo: /lakat backup role --canary/,
  });
  const database = await prepared();
  await database.query("REVOKE UPDATE ON lakat.canary FROM lakat");
  t.match(await write(database), { what: /permission denied/ });
  await database.query(
    "GRANT UPDATE ON lakat.canary TO lakat; ALTER TABLE lakat.canary DROP COLUMN envelope",
  );
  t.match(await write(database), { what: /column "envelope" does not exist/ });
  t.match(await write({ ...database, name: "nowhere" }), { what: /database "nowhere" does not exist/ });
});

t.test("somebody's lock is not waited for longer than lock_wait", async (t) => {
  const database = await prepared();
  t.equal(await write(database), undefined);
  const { host, port, user, password } = postgres;
  const other = new pg.Client({ host, port, user, password, database: database.name });
  await other.connect();
  t.teardown(() => other.end());
  for (const held of ["LOCK TABLE lakat.canary", "SELECT FROM lakat.canary FOR UPDATE"]) {
    await other.query(`BEGIN; ${held}`);
    t.match(await write(database, {}, 50), { code: "CANARY_NOT_WRITTEN", what: /timeout/ }, held);
    await other.query("ROLLBACK");
  }
  t.equal(await write(database), undefined);
});

t.test("a run that is ended ends it, and that is no finding", async (t) => {
  const database = await prepared();
  const { host, port } = postgres;
  const plan = { cluster: "crm", backupId: ID, systemIdentifier: server, database: database.name };
  const reason = new Error("enough");
  const writing = writeCanary(
    { host, port, user: "lakat", password: "p" },
    { ...plan, signingKey, now: () => at },
    { signal: AbortSignal.abort(reason), lockWait: 1000 },
  );
  await t.rejects(writing, reason);
});

t.test(
  "on a copy of the server it is not written until somebody has said that this is meant so",
  async (t) => {
    const database = await prepared();
    t.equal(await write(database), undefined);
    const elsewhere = { systemIdentifier: "7309999999999999999", backupId: "20261124T010203Z-0123abcd" };
    t.match(await write(database, elsewhere), {
      code: "CANARY_NOT_WRITTEN",
      what: /written on another server \(system identifier 7301234567890123456/,
      todo: /DELETE FROM lakat\.canary/,
    });
    t.match((await database.query("SELECT * FROM lakat.canary")).rows, [{ backup_id: ID }]);
    await database.query("DELETE FROM lakat.canary");
    t.equal(await write(database, elsewhere), undefined);

    const content = { cluster: "crm", backupId: ID, database: "x", writtenAt: at.toISOString() };
    const forged = signCanary({ ...content, systemIdentifier: "1" }, newSigningKey()).toString();
    for (const text of [forged, "", "x".repeat(200_000)]) {
      await database.query("UPDATE lakat.canary SET envelope = $1", [text]);
      t.equal(await write(database), undefined, "what somebody else put there is replaced");
    }
  },
);
