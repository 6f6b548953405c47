/** Adapter: loads roles, memberships and tablespaces with psql, and says plainly what stands in their way. */
import { Fault, firstLine } from "../fault.ts";
import { asPgFault, connect, type Connection } from "../postgres/connection.ts";
import { chooseGlobals } from "./globals-sql.ts";
import type { Loader } from "./pg-restore.ts";
import { runPsql } from "./psql.ts";

/** SQLSTATE duplicate_object: a role or tablespace that the target has already. */
const EXISTS = /(ERROR|FATAL): +42710:/;
/** SQLSTATE undefined_file, and what else a folder on the server can lack. */
const NO_FOLDER = /(ERROR|FATAL): +(58P01|42501|42P17|55006):.*(director|tablespace)/;

/**
 * Loads what pg_dumpall wrote. With `keepRoles`, roles that the target has are left as they are; without, they
 * get the attributes of the backup, as on a server that is built anew. Throws RESTORE_FAILED.
 */
export async function loadGlobals(
  loader: Loader,
  database: string,
  sql: string,
  { keepRoles, noTablespaces }: { keepRoles: boolean; noTablespaces: boolean },
  signal: AbortSignal,
): Promise<void> {
  const kept = keepRoles
    ? await names(loader.connection, database, "SELECT rolname AS name FROM pg_roles")
    : [];
  const chosen = chooseGlobals(sql, { keepRoles: kept, noTablespaces });
  const { failure, stderr } = await runPsql(loader, database, chosen, false, signal);
  const complaint = stderr
    .split("\n")
    .find((line) => /ERROR:|FATAL:|error:/.test(line) && !EXISTS.test(line));
  if (complaint === undefined && failure === undefined) return;
  const why = firstLine(complaint ?? `psql ${failure ?? ""}`).replace(/^psql:<stdin>:\d+: /, "");
  throw new Fault(
    "RESTORE_FAILED",
    `roles and tablespaces: ${why}`,
    NO_FOLDER.test(why)
      ? "Make that folder on the target's host, empty and owned by its server's account, or give --no-tablespaces."
      : "Mend what the server names and restore again, or give --no-globals if the roles are there already.",
  );
}

/** Roles that may sign in and have no password, which no backup brings along; the one that asks is left out. */
export async function rolesWithoutPassword(connection: Connection, database: string): Promise<string[]> {
  return names(
    connection,
    database,
    `SELECT rolname AS name FROM pg_authid
     WHERE rolcanlogin AND rolpassword IS NULL AND rolname <> current_user ORDER BY rolname`,
  );
}

async function names(connection: Connection, database: string, sql: string): Promise<string[]> {
  const client = await connect(connection, database);
  try {
    const { rows } = await client.query<{ name: string }>(sql);
    return rows.map(({ name }) => name);
  } catch (error) {
    throw asPgFault(error, connection, database);
  } finally {
    await client.end().catch(() => undefined);
  }
}
