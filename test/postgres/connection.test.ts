import { createServer } from "node:net";
import fc from "fast-check";
import t from "tap";
import {
  asPgFault,
  conninfo,
  connect,
  describe,
  environmentOf,
  sslmodeOf,
  type Connection,
} from "../../src/postgres/connection.ts";
import { program } from "../fixtures/everything.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { until } from "../fixtures/processes.ts";

const local: Connection = { host: "127.0.0.1", port: 5432, user: "dumper", password: "secret" };
const postgres = await withPostgres(t);
const here: Connection = {
  host: postgres.host,
  port: postgres.port,
  user: postgres.user,
  password: postgres.password,
};

t.test("TLS is verified to any other machine, and not needed on this one", async (t) => {
  const here = ["/var/run/postgresql", "@abstract", "localhost", "127.0.0.1", "127.1.2.3", "::1"];
  const elsewhere = ["db.example", "10.0.0.1", "localhost.example", "localhosts", "2001:db8::1"];
  for (const host of here) t.equal(sslmodeOf({ ...local, host }), "disable", host);
  for (const host of elsewhere) t.equal(sslmodeOf({ ...local, host }), "verify-full", host);
  t.equal(sslmodeOf({ ...local, host: "db.example", sslmode: "require" }), "require");
  t.equal(sslmodeOf({ ...local, sslmode: "verify-ca" }), "verify-ca");
});

t.test("the password goes by the environment alone", async (t) => {
  t.match(environmentOf({ ...local, sslmode: "verify-full", sslrootcert: "/ca.pem" }), {
    PGPASSWORD: "secret",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: "/ca.pem",
  });
  t.notOk("PGPASSWORD" in environmentOf({ host: "/run", port: 1, user: "u" }));
  t.notMatch(conninfo(local, "crm") + describe(local, "crm"), "secret");
  t.equal(describe(local, "crm"), "PostgreSQL at 127.0.0.1:5432 as dumper, database crm");
  t.equal(describe({ ...local, host: "/run" }), "PostgreSQL at /run (port 5432) as dumper");
});

t.test("libpq reads from a connection string just the name that went in", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), async (name) => {
      fc.pre(!name.includes("\0") && Buffer.byteLength(name) < 64);
      const error: unknown = await program(
        postgres,
        "psql",
        ["-X", `--dbname=${conninfo(here, name)}`, "-c", ""],
        { LC_MESSAGES: "C" },
      ).catch((thrown: unknown) => thrown);
      // A name that somebody else's test would have to have made is not there, and the server says it back.
      return error instanceof Error && error.message.includes(`database "${name}" does not exist`);
    }),
    { numRuns: 25 },
  );
  t.pass();
});

t.test("errors get their codes", async (t) => {
  const error = (message: string, code?: string): Error => Object.assign(new Error(message), { code });
  const cases: [Error | string, string][] = [
    [error("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED"), "PG_UNREACHABLE"],
    [error("getaddrinfo ENOTFOUND x", "ENOTFOUND"), "PG_UNREACHABLE"],
    [error("the database system is starting up", "57P03"), "PG_UNREACHABLE"],
    [error("timeout expired"), "PG_UNREACHABLE"],
    [error('password authentication failed for user "x"', "28P01"), "PG_AUTH"],
    [error("no pg_hba.conf entry for host", "28000"), "PG_AUTH"],
    [error('database "x" does not exist', "3D000"), "PG_AUTH"],
    [error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"), "PG_AUTH"],
    [error("permission denied for table t", "42501"), "PG_RIGHTS"],
    [error("terminating connection due to administrator command", "57P01"), "PG_CONNECTION_LOST"],
    [error("Connection terminated unexpectedly"), "PG_CONNECTION_LOST"],
    [error("read ECONNRESET", "ECONNRESET"), "PG_CONNECTION_LOST"],
    [error("out of shared memory", "53200"), "PG_FAILED"],
    [error("canceling statement due to lock timeout", "55P03"), "PG_FAILED"],
    [error("division by zero", "22012"), "PG_FAILED"],
    ["a string", "PG_FAILED"],
  ];
  for (const [thrown, code] of cases) {
    const fault = asPgFault(thrown, local, "crm");
    t.equal(fault.code, code, fault.message);
    t.match(fault.message, "PostgreSQL at 127.0.0.1:5432 as dumper, database crm");
    t.notMatch(fault.message + fault.todo, /secret|\n/);
  }
  const silent = asPgFault(
    error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"),
    local,
  );
  t.match(silent.message, /asks for a password, and none was given/);
  t.match(silent.todo, "PGPASSWORD");
  const fault = asPgFault(error("first line\nDETAIL: row data", "22012"), local);
  t.notMatch(fault.message, "row data");
  t.equal(asPgFault(fault, local), fault, "a fault passes as it is");
});

t.test("a session outlives the settings that are meant for applications", async (t) => {
  const database = postgres.database("postgres");
  await database.query(
    "ALTER ROLE postgres SET statement_timeout = '1ms'; ALTER ROLE postgres SET search_path = evil; ALTER ROLE postgres SET row_security = on",
  );
  t.teardown(() => database.query("ALTER ROLE postgres RESET ALL"));
  const client = await connect(here, "postgres", { lockWait: 1234.5 });
  t.teardown(() => client.end());
  const { rows } = await client.query(
    "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock, current_setting('search_path') AS path, current_setting('row_security') AS rls",
  );
  t.strictSame({ ...rows[0] }, { statement: "0", lock: "1235ms", path: "pg_catalog", rls: "off" });
});

t.test("an aborted signal ends a session at once, in the middle of a query", async (t) => {
  const stop = new AbortController();
  const client = await connect(here, "postgres", { signal: stop.signal });
  const query = client.query("SELECT pg_sleep(60)");
  const refused = t.rejects(query, /terminated/i);
  await until("the query to run", async () => {
    const { rowCount } = await postgres
      .database("postgres")
      .query("SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'");
    return rowCount === 1;
  });
  const reason = new Error("enough");
  stop.abort(reason);
  await refused;
  await t.rejects(connect(here, "postgres", { signal: stop.signal }), { message: "enough" });
});

await t.test("a signal ends the wait for a server that takes connections and says nothing", async (t) => {
  const mute = createServer((socket) => void socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  t.teardown(() => mute.close());
  const address = mute.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const stop = new AbortController();
  const connecting = connect({ host: "127.0.0.1", port: address.port, user: "lakat" }, "postgres", {
    signal: stop.signal,
  });
  mute.once("connection", () => stop.abort(new Error("enough")));
  await t.rejects(
    connecting.then(() => undefined),
    { message: "enough" },
  );
});

await t.test("what a server sets against idle or writing sessions does not hold for ours", async (t) => {
  const limits = ["idle_session_timeout", "idle_in_transaction_session_timeout", "statement_timeout"];
  const database = await postgres.freshDatabase();
  for (const name of limits) await database.query(`ALTER DATABASE "${database.name}" SET ${name} = '1h'`);
  await database.query(`ALTER DATABASE "${database.name}" SET default_transaction_read_only = on`);
  const client = await connect(here, database.name);
  t.teardown(() => client.end());
  for (const name of limits) t.strictSame((await client.query(`SHOW ${name}`)).rows, [{ [name]: "0" }]);
  await client.query("CREATE TABLE public.t ()");
});
