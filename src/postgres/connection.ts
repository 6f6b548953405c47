/** How this program and PostgreSQL's own programs reach a server: one description, three renderings. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import pg from "pg";
import { errno, Fault, firstLine } from "../fault.ts";

export interface Connection {
  /** Host name, address, or the folder of the Unix socket. */
  host: string;
  port: number;
  user: string;
  password?: string | undefined;
  /** undefined: no TLS on this machine, `verify-full` to any other. */
  sslmode?: "disable" | "require" | "verify-ca" | "verify-full" | undefined;
  /** Path of the CA certificates; undefined: the system's. */
  sslrootcert?: string | undefined;
}

/** Where and as whom, without the password. */
export type Server = Omit<Connection, "password">;

/** A server that vanished is noticed after about this long (keepalives of client and of libpq). */
const KEEPALIVE_IDLE_SECONDS = 30;

/** The mode asked for, or the default: no TLS on this machine, full verification to any other. */
export function sslmodeOf(connection: Server): NonNullable<Connection["sslmode"]> {
  const local = /^(\/|@|localhost$|127\.\d+\.\d+\.\d+$|::1$)/.test(connection.host);
  return connection.sslmode ?? (local ? "disable" : "verify-full");
}

/** Names the server in messages: never with the password. */
export function describe(connection: Server, database?: string): string {
  const where = connection.host.startsWith("/")
    ? `${connection.host} (port ${connection.port})`
    : `${connection.host}:${connection.port}`;
  return `PostgreSQL at ${where} as ${connection.user}${database === undefined ? "" : `, database ${database}`}`;
}

/** Where Debian and its kin, and Red Hat and its kin, keep the certificates of public authorities. */
const SYSTEM_ROOTS = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

function verifies(connection: Server): boolean {
  return sslmodeOf(connection).startsWith("verify-");
}

/**
 * The file of trusted authorities, the same for this program and for PostgreSQL's own, which left alone would
 * look in different places. Throws CONFIG_INVALID when none is named and the system has none.
 */
function rootCertificates(connection: Server): string {
  const file = connection.sslrootcert ?? SYSTEM_ROOTS.find((path) => existsSync(path));
  if (file === undefined)
    throw new Fault(
      "CONFIG_INVALID",
      `no certificates are known to verify ${describe(connection)} with`,
      "Name the authority's file in postgres.sslrootcert, or install the package ca-certificates.",
    );
  return file;
}

/**
 * Environment for PostgreSQL's programs. The password goes this way since arguments are visible to all. No
 * encoding is asked for: pg_dump then keeps the database's own, and what lies in it needs no conversion, which
 * fails for bytes that are no valid text, as any may be in SQL_ASCII.
 */
export function environmentOf(connection: Connection): Record<string, string> {
  return {
    ...(connection.password === undefined ? {} : { PGPASSWORD: connection.password }),
    PGSSLMODE: sslmodeOf(connection),
    ...(verifies(connection) ? { PGSSLROOTCERT: rootCertificates(connection) } : {}),
    PGCONNECT_TIMEOUT: "20",
    PGAPPNAME: "lakat",
  };
}

/**
 * libpq connection string for `--dbname`, so that odd database names are taken literally.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */
export function conninfo(connection: Connection, database: string): string {
  const pairs = {
    host: connection.host,
    port: String(connection.port),
    user: connection.user,
    dbname: database,
    keepalives_idle: String(KEEPALIVE_IDLE_SECONDS),
  };
  return Object.entries(pairs)
    .map(([key, value]) => `${key}='${value.replace(/[\\']/g, "\\$&")}'`)
    .join(" ");
}

/** How long a server may take to say goodbye. One that is stopped would take for ever. */
const GOODBYE_MS = 2000;

const sockets = new WeakMap<pg.Client, Socket>();

/** Ends a session that `connect` opened, in two seconds at most, whatever the server does. Never rejects. */
export async function disconnect(client: pg.Client): Promise<void> {
  const { promise: enough, resolve } = Promise.withResolvers<undefined>();
  const impatient = setTimeout(() => {
    sockets.get(client)?.destroy();
    resolve(undefined);
  }, GOODBYE_MS);
  await Promise.race([client.end().catch(() => undefined), enough]);
  clearTimeout(impatient);
}

/** What ends a session's waiting; without them it waits as long as the server lets it. */
export interface Patience {
  /** Ends the session at once, also in the middle of a query, which then fails with PG_CONNECTION_LOST. */
  signal?: AbortSignal | undefined;
  /** Milliseconds a query waits for a lock that somebody else holds; then it fails with PG_FAILED. */
  lockWait?: number | undefined;
}

/**
 * Opens one session with timeouts of the server's switched off, so that a long dump is not cut by a
 * setting meant for applications. Throws PG_UNREACHABLE or PG_AUTH, or the signal's reason.
 */
export async function connect(
  connection: Connection,
  database: string,
  { signal, lockWait = 0 }: Patience = {},
): Promise<pg.Client> {
  signal?.throwIfAborted();
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    database,
    application_name: "lakat",
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_IDLE_SECONDS * 1000,
    connectionTimeoutMillis: 20_000,
    ssl: await tlsOptions(connection),
  });
  sockets.set(client, socket);
  // Without a listener a connection that breaks between two queries would end the process.
  client.on("error", () => undefined);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  // With a query under way this closes the socket rather than wait for the answer.
  const leave = (): void => {
    reject(signal?.reason);
    void disconnect(client);
  };
  signal?.addEventListener("abort", leave, { once: true });
  client.once("end", () => signal?.removeEventListener("abort", leave));
  try {
    // Ended while it connects, the client would leave this unsettled.
    await Promise.race([client.connect(), aborted]);
    // transaction_timeout is not known before PostgreSQL 17.
    await client.query(
      `SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0;
       SET lock_timeout = ${Math.ceil(lockWait)}; SET row_security = off; SET search_path = pg_catalog;
       SET default_transaction_read_only = off;
       SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'`,
    );
    return client;
  } catch (error) {
    await disconnect(client);
    signal?.throwIfAborted();
    throw asPgFault(error, connection, database);
  }
}

/** TLS as the `pg` package takes it. Throws CONFIG_INVALID when no authority is known. */
export async function tlsOptions(connection: Server): Promise<pg.ClientConfig["ssl"]> {
  const mode = sslmodeOf(connection);
  if (mode === "disable") return false;
  return {
    rejectUnauthorized: mode !== "require",
    ...(verifies(connection) ? { ca: await readFile(rootCertificates(connection), "utf8") } : {}),
    ...(mode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
  };
}

const LOST =
  /terminat|ECONNRESET|EPIPE|closed the connection|Connection ended|not queryable|timeout expired/i;

/** Gives an error of the `pg` package (or libpq's text) its code. SQLSTATEs: PostgreSQL's Appendix A. */
export function asPgFault(error: unknown, connection: Server, database?: string): Fault {
  if (error instanceof Fault) return error;
  const code = errno(error) ?? "";
  const message = error instanceof Error ? error.message || code : String(error);
  const where = describe(connection, database);
  const because = firstLine(message);
  if (
    /^(ECONNREFUSED|ENOENT|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|EAI_AGAIN|EACCES|57P03)$/.test(code) ||
    /^timeout expired/i.test(because)
  )
    return new Fault(
      "PG_UNREACHABLE",
      `cannot reach ${where}: ${because}`,
      "Start the server, or correct postgres.host and postgres.port.",
      { cause: error },
    );
  if (/client password must be a string/.test(because))
    return new Fault(
      "PG_AUTH",
      `${where} asks for a password, and none was given`,
      "Give it: postgres.password in the configuration, PGPASSWORD for --to.",
      { cause: error },
    );
  if (/^(28P01|28000|3D000)$/.test(code) || /SASL/.test(because))
    return new Fault(
      "PG_AUTH",
      `${where} refused the sign-in: ${because}`,
      "Check database, user and password (postgres.… in the configuration, or the URI and PGPASSWORD), and the server's pg_hba.conf.",
      { cause: error },
    );
  if (code === "42501")
    return new Fault(
      "PG_RIGHTS",
      `${where}: ${because}`,
      "Run the SQL that `lakat backup role` prints as a superuser.",
      { cause: error },
    );
  if (/^(57P0[12]|08|XX000)/.test(code) || LOST.test(because))
    return new Fault(
      "PG_CONNECTION_LOST",
      `the connection to ${where} broke: ${because}`,
      "Look at the server's log; the next run starts anew.",
      { cause: error },
    );
  if (code === "53300")
    return new Fault(
      "PG_FAILED",
      `${where}: ${because}`,
      "Wait until connections are free, or raise the limit that the message names: of the server, the role or the database.",
      { cause: error },
    );
  if (code === "55P03")
    return new Fault(
      "PG_FAILED",
      `${where}: a table stayed locked for too long: ${because}`,
      "Look in pg_locks for the session that holds it, such as an ALTER TABLE left open; or raise postgres.lock_wait.",
      { cause: error },
    );
  if (code === "53200" && /shared memory/.test(because))
    return new Fault(
      "PG_FAILED",
      `${where} has no room for more locks: ${because}`,
      "Raise max_locks_per_transaction on the server.",
      { cause: error },
    );
  return new Fault("PG_FAILED", `${where}: ${because}`, "Look at the server's log.", { cause: error });
}
