/** Adapter: loads roles, memberships and tablespaces with psql, and says plainly what stands in their way. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Fault, firstLine } from "../fault.ts";
import { ended, programEnvironment } from "../postgres/child-process.ts";
import { asPgFault, conninfo, connect, type Connection } from "../postgres/connection.ts";
import { chooseGlobals } from "./globals-sql.ts";
import type { Loader } from "./pg-restore.ts";

/** SQLSTATE duplicate_object: a role or tablespace that the target has already. */
const EXISTS = /(ERROR|FATAL): +42710:/;
/** SQLSTATE undefined_file, and what else a folder on the server can lack. */
const NO_FOLDER = /(ERROR|FATAL): +(58P01|42501|42P17|55006):.*(director|tablespace)/;

/**
 * Loads what pg_dumpall wrote. With `keepRoles`, roles that the target has are left as they are; without, they
 * get the attributes of the backup, as on a server that is built anew. Throws RESTORE_FAILED.
 */
export async function loadGlobals(
  { connection, programs }: Loader,
  database: string,
  sql: string,
  { keepRoles, noTablespaces }: { keepRoles: boolean; noTablespaces: boolean },
  signal: AbortSignal,
): Promise<void> {
  const kept = keepRoles ? await rolesOf(connection, database) : [];
  signal.throwIfAborted();
  const args = ["--no-psqlrc", "--quiet", "--no-password", "--set=VERBOSITY=verbose", "--output=/dev/null"];
  const child = spawn(
    join(programs, "psql"),
    [...args, "--file=-", `--dbname=${conninfo(connection, database)}`],
    { stdio: ["pipe", "ignore", "pipe"], env: programEnvironment(connection) },
  );
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  const end = ended(child, child.stderr);
  // A psql that ends early is told of by its own end, not by a broken pipe.
  child.stdin.on("error", () => undefined);
  child.stdin.end(chooseGlobals(sql, { keepRoles: kept, noTablespaces }));
  const { failure, stderr } = await end;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
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

async function rolesOf(connection: Connection, database: string): Promise<string[]> {
  const client = await connect(connection, database);
  try {
    const { rows } = await client.query<{ name: string }>("SELECT rolname AS name FROM pg_roles");
    return rows.map(({ name }) => name);
  } catch (error) {
    throw asPgFault(error, connection, database);
  } finally {
    await client.end().catch(() => undefined);
  }
}
