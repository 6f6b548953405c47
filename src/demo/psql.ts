/** Adapter: psql, which runs SQL and takes COPY's data on its standard input. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Fault, firstLine } from "../fault.ts";
import { endChild, ended, programEnvironment } from "../postgres/child-process.ts";
import { conninfo, describe, type Connection } from "../postgres/connection.ts";

export interface Target {
  connection: Connection;
  database: string;
  /** Folder of psql. */
  programs: string;
}

/**
 * Runs psql, feeds it, and returns when all of it is done; it stops at the first error.
 *
 * @param args what to run: `-f file` or `-c command`
 * @throws PROGRAM_MISSING, PG_UNREACHABLE, PG_AUTH, TARGET_NOT_EMPTY, PG_FAILED, or what the signal was aborted with
 */
export async function psql(
  target: Target,
  args: readonly string[],
  input: Iterable<string | Buffer>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { connection, database, programs } = target;
  const always = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", conninfo(connection, database)];
  const child = spawn(join(programs, "psql"), [...always, ...args], {
    env: { ...programEnvironment(connection), PGCLIENTENCODING: "UTF8" },
    stdio: ["pipe", "ignore", "pipe"],
  });
  const end = ended(child, child.stderr);
  const abort = () => endChild(child);
  signal.addEventListener("abort", abort, { once: true });
  // A child that ends early breaks the pipe; why it ended is in what it said.
  child.stdin.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => child.stdin.once("close", resolve));
  for (const chunk of input) {
    if (signal.aborted || child.stdin.destroyed) break;
    if (child.stdin.write(chunk)) continue;
    await Promise.race([new Promise((resolve) => child.stdin.once("drain", resolve)), gone]);
  }
  child.stdin.end();
  const { failure, missing, stderr } = await end;
  signal.removeEventListener("abort", abort);
  signal.throwIfAborted();
  if (failure !== undefined) throw faultOf(target, missing, failure, stderr);
}

function faultOf(target: Target, missing: boolean, failure: string, stderr: string): Fault {
  const where = describe(target.connection, target.database);
  const said = firstLine(stderr.split("\n").find((line) => /ERROR|FATAL|error:/.test(line)) ?? stderr);
  if (missing) {
    return new Fault("PROGRAM_MISSING", "psql is not installed", "Install PostgreSQL's client programs.");
  }
  if (/schema "crm" already exists/.test(stderr)) {
    return new Fault(
      "TARGET_NOT_EMPTY",
      `${where} has a schema crm already`,
      "Load the sample into a fresh database.",
    );
  }
  if (/password authentication failed|no password supplied|no pg_hba.conf entry/.test(stderr)) {
    return new Fault("PG_AUTH", `${where} refused us: ${said}`, "Check the user and its password.");
  }
  if (/connection to server|could not translate host name/.test(stderr)) {
    return new Fault("PG_UNREACHABLE", `cannot reach ${where}: ${said}`, "Check address, port and database.");
  }
  return new Fault(
    "PG_FAILED",
    `psql ${failure} on ${where}: ${said}`,
    "Drop the database, which holds half a sample, and run again.",
  );
}
