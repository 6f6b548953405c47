/** A PostgreSQL connection URI as people write it for psql. Pure. */
import { Fault } from "../fault.ts";
import type { Connection } from "../postgres/connection.ts";

const SSLMODES = ["disable", "require", "verify-ca", "verify-full"] as const;

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
  const refuse = (what: string): Fault =>
    new Fault(
      "USAGE",
      `the target ${what}`,
      "Write postgres://user@host:port, with /database for a single one.",
    );
  if (!/^postgres(ql)?:\/\//.test(uri)) throw refuse("is not a postgres:// URI");
  let url: URL;
  try {
    url = new URL(uri.replace(/^postgres(ql)?:\/\/([^@/]*@)?(?=[/?]|$)/, "postgres://$2socket.invalid"));
  } catch {
    throw refuse("is not a postgres:// URI");
  }
  const host =
    url.searchParams.get("host") ??
    (url.hostname === "socket.invalid"
      ? (env["PGHOST"] ?? "/var/run/postgresql")
      : decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ""));
  const port = Number(url.port || url.searchParams.get("port") || env["PGPORT"] || 5432);
  const sslmode = url.searchParams.get("sslmode") ?? env["PGSSLMODE"];
  const known = SSLMODES.find((mode) => mode === sslmode);
  if (sslmode !== undefined && known === undefined && !/^(prefer|allow)$/.test(sslmode))
    throw refuse(`has sslmode ${sslmode}`);
  const database = decodeURIComponent(url.pathname.replace(/^\//, ""));
  return {
    connection: {
      host,
      port,
      user: decodeURIComponent(url.username) || (env["PGUSER"] ?? "postgres"),
      password: decodeURIComponent(url.password) || env["PGPASSWORD"],
      sslmode: known,
      sslrootcert: url.searchParams.get("sslrootcert") ?? undefined,
    },
    database: database === "" ? undefined : database,
  };
}
