/**
 * PostgreSQL's own dumper, its output compressed by the zstd program: two children joined by a pipe, so the
 * readable dump never passes through this process, let alone a disk.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Fault, firstLine } from "../fault.ts";
import {
  endChild,
  ended,
  plainEnvironment,
  programEnvironment,
  zstdFault,
  type ChildEnd,
} from "../postgres/child-process.ts";
import { conninfo, describe, type Connection } from "../postgres/connection.ts";
import type { PostgresPrograms } from "../postgres/find-programs.ts";
import { tablePattern, type Part } from "./parts.ts";
import type { Snapshot } from "./snapshot.ts";

export interface DumpCommand {
  program: "pg_dump" | "pg_dumpall";
  args: string[];
  /** For messages: what is dumped. */
  subject: string;
  /** For warnings, which every stream of a database repeats. */
  database: string | undefined;
  env: Record<string, string>;
}

/** Roles (without passwords) and tablespaces of the cluster. */
export function dumpGlobals(
  { connection, lockWait }: Pick<DumpTools, "connection" | "lockWait">,
  database: string,
): DumpCommand {
  const args = [
    "--globals-only",
    "--no-role-passwords",
    "--no-password",
    `--lock-wait-timeout=${lockWait}`,
    `--dbname=${conninfo(connection, database)}`,
  ];
  // Names of roles come from databases of any encoding, and a restore reads this text as UTF-8.
  const env = { PGCLIENTENCODING: "UTF8" };
  return { program: "pg_dumpall", args, subject: "globals", database: undefined, env };
}

/** One section of a database; `part` says which tables' rows when it is the data section. */
export function dumpSection(
  { connection, lockWait }: Pick<DumpTools, "connection" | "lockWait">,
  snapshot: Pick<Snapshot, "database" | "id">,
  section: "pre-data" | "data" | "post-data",
  part?: Part,
): DumpCommand {
  const option = part?.rest === false ? "--table" : "--exclude-table-data";
  const args = [
    "--format=custom",
    "--compress=0",
    `--section=${section}`,
    `--snapshot=${snapshot.id}`,
    "--no-password",
    `--lock-wait-timeout=${lockWait}`,
    ...(part?.tables ?? []).map((table) => `${option}=${tablePattern(table)}`),
    `--dbname=${conninfo(connection, snapshot.database)}`,
  ];
  const { database } = snapshot;
  // Times of rows in UTC: a restore test dumps them again on a host of another time zone, or with newer rules for it.
  const env: Record<string, string> = section === "data" ? { PGTZ: "UTC" } : {};
  return { program: "pg_dump", args, subject: `${database}/${part?.name ?? section}`, database, env };
}

export interface DumpTools {
  connection: Connection;
  programs: PostgresPrograms;
  /** Whether coreutils' stdbuf is there: it spares about a quarter of pg_dump's processor time (docs/benchmarks.md). */
  stdbuf: boolean;
  compressionLevel: number;
  /** Milliseconds: an ALTER TABLE in the way makes the stream fail and start again rather than wait all night. */
  lockWait: number;
  /** Told of what the dump of a database, or of the globals, may lack; the same may be said several times. */
  warn(subject: string, line: string): void;
}

/**
 * Runs a dump and yields it compressed. Ends only when both programs ended well; otherwise throws
 * DUMP_FAILED, COMPRESS_FAILED or a PG_… fault, so that what was yielded is never taken for a dump.
 * An aborted signal ends both children and throws the signal's reason.
 */
export async function* dumpCompressed(
  command: DumpCommand,
  tools: DumpTools,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const zstd = spawn("zstd", [`-${tools.compressionLevel}`, "--single-thread", "--no-progress", "-q", "-c"], {
    stdio: ["pipe", "pipe", "pipe"],
    env: plainEnvironment(),
  });
  const program = join(tools.programs.bin, command.program);
  // pg_dump writes pieces of 4 KiB into a pipe. stdbuf gives it a larger buffer and then becomes it, by exec.
  const [file, args] = tools.stdbuf
    ? ["stdbuf", ["--output=256K", program, ...command.args]]
    : [program, command.args];
  const dump = spawn(file, args, {
    // The kernel joins the two; our copy of zstd's end is closed below, so that it sees the end of the dump.
    stdio: ["ignore", zstd.stdin, "pipe"],
    env: { ...programEnvironment(tools.connection), ...command.env },
  });
  zstd.stdin.destroy();
  const children = [dump, zstd];
  const end = (): void => children.forEach(endChild);
  signal.addEventListener("abort", end);
  const dumped = ended(dump, dump.stderr);
  const compressed = ended(zstd, zstd.stderr);
  try {
    yield* zstd.stdout as AsyncIterable<Buffer>;
    const [dumpEnd, zstdEnd] = [await dumped, await compressed];
    signal.throwIfAborted();
    // zstd first: when it dies, the dump only fails for want of a reader.
    if (zstdEnd.failure !== undefined) throw zstdFault(zstdEnd, "COMPRESS_FAILED", command.subject);
    if (dumpEnd.failure !== undefined) throw dumpFault(command, tools, dumpEnd);
    for (const line of dumpEnd.stderr.split("\n"))
      if (/warning:/.test(line)) tools.warn(command.database ?? command.subject, firstLine(line));
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}

/** Gives what pg_dump said its code; its own words stay in the message, since they name the object. */
function dumpFault(command: DumpCommand, tools: DumpTools, end: ChildEnd): Fault {
  const said = end.stderr.split("\n").filter((line) => /error:|detail:|DETAIL:/.test(line));
  const detail = firstLine(said.map((line) => line.replace(/^pg_dump(all)?: /, "")).join(" ") || end.stderr);
  const what = `${command.program} of ${command.subject} ${end.failure ?? "failed"}${detail === "" ? "" : `: ${detail}`}`;
  const fault = (
    code:
      | "PROGRAM_MISSING"
      | "PG_UNREACHABLE"
      | "PG_AUTH"
      | "PG_RIGHTS"
      | "PG_DUMP_TOO_OLD"
      | "PG_CONNECTION_LOST"
      | "DUMP_FAILED",
    todo: string,
  ): Fault => new Fault(code, what, todo);
  if (end.missing) return fault("PROGRAM_MISSING", "Install PostgreSQL's client programs.");
  if (/password authentication failed|no password supplied/.test(detail))
    return fault("PG_AUTH", "Check postgres.password.");
  if (/permission denied/.test(detail))
    return fault("PG_RIGHTS", "Run the SQL that `lakat backup role` prints as a superuser.");
  if (/server version mismatch/.test(detail))
    return fault("PG_DUMP_TOO_OLD", "Install the client programs of the server's version.");
  if (/out of shared memory/.test(detail))
    return fault(
      "DUMP_FAILED",
      "Raise max_locks_per_transaction on the server: a dump locks every table once.",
    );
  if (/invalid memory alloc request size|out of memory/.test(detail))
    return fault(
      "DUMP_FAILED",
      "A value is too large for PostgreSQL's own COPY (1 GB as text, 512 MB as bytea); shorten or split it.",
    );
  if (
    /server closed the connection|terminating connection|connection to server was lost|no connection to the server/.test(
      detail,
    )
  )
    return fault("PG_CONNECTION_LOST", "Look at the server's log; the next run starts anew.");
  if (/connection to server .* failed/.test(detail))
    return fault("PG_UNREACHABLE", `Check that ${describe(tools.connection)} answers.`);
  return fault("DUMP_FAILED", "Look at the message and the server's log; the next run starts anew.");
}
