/** A PostgreSQL connection URI as people write it for psql. Pure. */
import { Fault } from "../fault.ts";
import type { Connection } from "../postgres/connection.ts";

const SSLMODES = ["disable", "require", "verify-ca", "verify-full"] as const;
/** libpq's weaker ones ask for nothing: the connection's own default, which is stricter, stands. */
const NO_SSLMODE = ["prefer", "allow"];
const PARAMETERS = ["host", "port", "sslmode", "sslrootcert"];
/** Stands where a URI has no host, which the URL standard does not allow. */
const NO_HOST = "socket.invalid";

/**
 * `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…&host=/socket/folder`; what is left out
 * comes from PGHOST, PGPORT, PGUSER and PGPASSWORD, as libpq does it. Throws USAGE, without repeating the URI,
 * which may hold a password.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function connectionFromUri(
  uri: string,
  env: NodeJS.ProcessEnv,
): { connection: Connection; database: string | undefined } {
  const url = urlOf(uri);
  const decoded = (text: string): string | undefined => {
    try {
      return text === "" ? undefined : decodeURIComponent(text);
    } catch {
      throw refuse("has a % that begins no character");
    }
  };
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw refuse(`has a parameter other than ${PARAMETERS.join(", ")}`);

  const named = url.hostname === NO_HOST ? undefined : decoded(url.hostname)?.replace(/^\[|\]$/g, "");
  const host = parameter("host") ?? named ?? env["PGHOST"] ?? "/var/run/postgresql";
  if (host.includes(",")) throw refuse("names several hosts");
  const port = Number(url.port || (parameter("port") ?? env["PGPORT"] ?? 5432));
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw refuse("has no port from 1 to 65535");
  const wanted = parameter("sslmode") ?? env["PGSSLMODE"];
  const sslmode = SSLMODES.find((mode) => mode === wanted);
  if (wanted !== undefined && sslmode === undefined && !NO_SSLMODE.includes(wanted))
    throw refuse(`has another sslmode than ${SSLMODES.join(", ")}`);
  return {
    connection: {
      host,
      port,
      user: decoded(url.username) ?? env["PGUSER"] ?? "postgres",
      password: decoded(url.password) ?? env["PGPASSWORD"],
      sslmode,
      sslrootcert: parameter("sslrootcert"),
    },
    database: decoded(url.pathname.replace(/^\//, "")),
  };
}

function urlOf(uri: string): URL {
  const [, credentials = "", rest] = /^postgres(?:ql)?:\/\/([^@/?]*@)?(.*)$/s.exec(uri) ?? [];
  const url =
    rest === undefined
      ? null
      : URL.parse(`postgres://${credentials}${/^([:/?]|$)/.test(rest) ? NO_HOST : ""}${rest}`);
  if (url === null) throw refuse("is not a postgres:// URI");
  return url;
}

function refuse(what: string): Fault {
  return new Fault(
    "USAGE",
    `the target ${what}`,
    "Write postgres://user@host:port, with /database for a single one.",
  );
}
