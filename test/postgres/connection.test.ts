import { execFile } from "node:child_process";
import { chown, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import t from "tap";
import { Fault } from "../../src/fault.ts";
import {
  conninfo,
  connect,
  environmentOf,
  sslmodeOf,
  type Connection,
} from "../../src/postgres/connection.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const run = promisify(execFile);
const postgres = await withPostgres(t);
const plain: Connection = {
  host: postgres.host,
  port: postgres.port,
  user: postgres.user,
  password: postgres.password,
};

/** A server certificate for localhost by an authority of the test's own, in PEM. */
async function certificates(folder: string): Promise<{ ca: string; crt: string; key: string }> {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<unknown> => run("openssl", args);
  await openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=test authority",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.crt"),
  );
  await openssl(
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    "/CN=localhost",
    "-keyout",
    at("server.key"),
    "-out",
    at("server.csr"),
  );
  await writeFile(at("ext"), "subjectAltName=DNS:localhost");
  await openssl(
    "x509",
    "-req",
    "-in",
    at("server.csr"),
    "-CA",
    at("ca.crt"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("ext"),
    "-out",
    at("server.crt"),
  );
  return { ca: at("ca.crt"), crt: at("server.crt"), key: at("server.key") };
}

const psql = async (connection: Connection): Promise<string> => {
  const { stdout } = await run(
    join(postgres.programs, "psql"),
    [
      "-X",
      "-A",
      "-t",
      "-d",
      conninfo(connection, "postgres"),
      "-c",
      "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    ],
    { env: { ...process.env, ...environmentOf(connection) } },
  );
  return stdout.trim();
};

const ours = async (connection: Connection): Promise<string> => {
  const client = await connect(connection, "postgres");
  try {
    const { rows } = await client.query<{ ssl: boolean }>(
      "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    return rows[0]?.ssl === true ? "t" : "f";
  } finally {
    await client.end();
  }
};

await t.test("TLS is judged alike by our session and by PostgreSQL's programs", async (t) => {
  const folder = t.testdir({});
  const { ca, crt, key } = await certificates(folder);
  const data = join(postgres.folder, "data");
  const { uid, gid } = await stat(data);
  for (const [from, to] of [
    [crt, "lakat.crt"],
    [key, "lakat.key"],
  ] as const) {
    await writeFile(join(data, to), await readFile(from), { mode: 0o600 });
    await chown(join(data, to), uid, gid);
  }
  const admin = postgres.database("postgres");
  await admin.query("ALTER SYSTEM SET ssl_cert_file = 'lakat.crt'");
  await admin.query("ALTER SYSTEM SET ssl_key_file = 'lakat.key'");
  await admin.query("ALTER SYSTEM SET ssl = on");
  await admin.query("SELECT pg_reload_conf()");
  // The reload is noticed by new sessions; the server answers each with what it has by then.
  while ((await admin.query("SHOW ssl")).rows[0]?.["ssl"] !== "on");

  const trusted: Connection = { ...plain, host: "localhost", sslmode: "verify-full", sslrootcert: ca };
  for (const [who, ask] of [
    ["our session", ours],
    ["psql", psql],
  ] as const) {
    t.equal(await ask(trusted), "t", `${who}: verify-full with the right authority and name`);
    t.equal(
      await ask({ ...trusted, host: "127.0.0.1", sslmode: "verify-ca" }),
      "t",
      `${who}: verify-ca takes any name`,
    );
    t.equal(
      await ask({ ...plain, sslmode: "require" }),
      "t",
      `${who}: require encrypts without asking who it is`,
    );
    t.equal(await ask({ ...plain, sslmode: "disable" }), "f", `${who}: disable`);
    await t.rejects(ask({ ...trusted, host: "127.0.0.1" }), `${who}: verify-full refuses another name`);
    await t.rejects(
      ask({ ...plain, host: "localhost", sslmode: "verify-full" }),
      `${who}: the system's authorities did not sign it`,
    );
  }
});

t.test("without a word on TLS another machine must prove itself, this one need not encrypt", (t) => {
  const mode = (host: string): string => sslmodeOf({ ...plain, host });
  for (const host of ["/var/run/postgresql", "localhost", "127.0.0.1", "127.1.2.3", "::1"])
    t.equal(mode(host), "disable", host);
  for (const host of ["db.example", "10.0.0.1", "localhost.example", "1127.0.0.1", "127.0.0.1.example"])
    t.equal(mode(host), "verify-full", host);
  t.end();
});

await t.test("any name of a database is taken literally", async (t) => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((text) => !text.includes("\0"));
  const odd = [...fc.sample(name, 6), "it's", "a\\b", "a b=c", "postgres://x", "host=/tmp"].filter(
    (text) => Buffer.byteLength(text) < 64,
  );
  for (const database of new Set(odd)) {
    const fresh = await postgres.freshDatabase(database);
    const { stdout } = await run(
      join(postgres.programs, "psql"),
      ["-X", "-A", "-t", "-d", conninfo(plain, fresh.name), "-c", "SELECT current_database()"],
      { env: { ...process.env, ...environmentOf(plain) } },
    );
    t.equal(stdout.slice(0, -1), database);
  }
});

await t.test("a server that cannot be reached, or refuses us, is named without the password", async (t) => {
  const code = async (connection: Connection, database = "postgres"): Promise<string> => {
    try {
      const client = await connect(connection, database);
      await client.end();
      return "connected";
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      t.notMatch(`${error.message} ${error.todo}`, plain.password ?? "", "no password in the message");
      return error.code;
    }
  };
  t.equal(await code({ ...plain, port: 1 }), "PG_UNREACHABLE");
  t.equal(await code({ ...plain, host: "/nonexistent" }), "PG_UNREACHABLE");
  t.equal(await code({ ...plain, password: "wrong" }), "PG_AUTH");
  t.equal(await code({ ...plain, user: "nobody-here" }), "PG_AUTH");
  t.equal(await code(plain, "no-such-database"), "PG_AUTH");
});

await t.test("what a server sets against idle or writing sessions does not hold for ours", async (t) => {
  const limits = ["idle_session_timeout", "idle_in_transaction_session_timeout", "statement_timeout"];
  const database = await postgres.freshDatabase();
  for (const name of limits) await database.query(`ALTER DATABASE "${database.name}" SET ${name} = '1h'`);
  await database.query(`ALTER DATABASE "${database.name}" SET default_transaction_read_only = on`);
  const client = await connect(plain, database.name);
  t.teardown(() => client.end());
  for (const name of limits) t.strictSame((await client.query(`SHOW ${name}`)).rows, [{ [name]: "0" }]);
  await client.query("CREATE TABLE public.t ()");
});
