/** Adapter: loads roles, memberships and tablespaces, and says plainly what stands in their way. */
import pg from "pg";
import { Fault, firstLine } from "../fault.ts";
import { asPgFault, connect, disconnect, type Connection } from "../postgres/connection.ts";
import { chooseGlobals } from "./globals-sql.ts";

/** SQLSTATE duplicate_object: a role or tablespace that the target has already. */
const EXISTS = "42710";
/** SQLSTATE undefined_file, and what else a folder on the server can lack. */
const NO_FOLDER = /^(58P01|42501|42P17|55006)$/;

/**
 * Loads what pg_dumpall wrote. With `keepRoles`, roles that the target has are left as they are; without, they
 * get the attributes of the backup, as on a server that is built anew. Each statement goes to the server by itself
 * and not through psql, which also obeys commands to the host it runs on, such as `\!`, and that may be the host
 * with the recovery key. Throws RESTORE_FAILED.
 */
export async function loadGlobals(
  connection: Connection,
  database: string,
  sql: string,
  {
    keepRoles,
    ...tablespaces
  }: { keepRoles: boolean; noTablespaces: boolean; inPlace?: boolean | undefined },
  signal: AbortSignal,
): Promise<void> {
  const kept = keepRoles
    ? await names(connection, database, "SELECT rolname AS name FROM pg_roles", signal)
    : [];
  const client = await connect(connection, database, { signal });
  try {
    for (const statement of chooseGlobals(sql, { keepRoles: kept, ...tablespaces }))
      await client.query(statement).catch(passExisting);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof pg.DatabaseError ? refused(error) : asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}

function passExisting(error: unknown): void {
  if (!(error instanceof pg.DatabaseError && error.code === EXISTS)) throw error;
}

function refused({ code = "", message }: pg.DatabaseError): Fault {
  const folder = NO_FOLDER.test(code) && /director|tablespace/.test(message);
  return new Fault(
    "RESTORE_FAILED",
    `roles and tablespaces: ${firstLine(message)} (${code})`,
    folder
      ? "Make that folder on the target's host, empty and owned by its server's account, or give --no-tablespaces."
      : "Mend what the server names and restore again, or give --no-globals if the roles are there already.",
  );
}

/** Roles that may sign in and have no password, which no backup brings along; the one that asks is left out. */
export async function rolesWithoutPassword(
  connection: Connection,
  database: string,
  signal: AbortSignal,
): Promise<string[]> {
  return names(
    connection,
    database,
    `SELECT rolname AS name FROM pg_authid
     WHERE rolcanlogin AND rolpassword IS NULL AND rolname <> current_user ORDER BY rolname`,
    signal,
  );
}

/** Subscriptions in these databases, as `database.subscription`: a dump brings them back without their connection. */
export async function disabledSubscriptions(
  connection: Connection,
  database: string,
  within: string[],
  signal: AbortSignal,
): Promise<string[]> {
  return names(
    connection,
    database,
    `SELECT format('%I.%I', datname, subname) AS name FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
     WHERE NOT subenabled AND datname = ANY ($1) ORDER BY 1`,
    signal,
    [within],
  );
}

async function names(
  connection: Connection,
  database: string,
  sql: string,
  signal: AbortSignal,
  values: unknown[] = [],
): Promise<string[]> {
  const client = await connect(connection, database, { signal });
  try {
    const { rows } = await client.query<{ name: string }>(sql, values);
    return rows.map(({ name }) => name);
  } catch (error) {
    signal.throwIfAborted();
    throw asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}
