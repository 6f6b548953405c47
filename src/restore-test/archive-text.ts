/** Adapter: rows as SQL text, out of an archive and out of a database, by PostgreSQL's own programs. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Fault, firstLine } from "../fault.ts";
import { ended, plainEnvironment, programEnvironment, zstdFault } from "../postgres/child-process.ts";
import { conninfo } from "../postgres/connection.ts";
import { DECOMPRESS, feed, refused, type Loader } from "./pg-restore.ts";

/**
 * An archive's rows as pg_restore writes them. `open` yields the archive compressed by zstd; when its signal is aborted, no
 * more is wanted of it, and it has to end. Ends only when the stream and both programs ended well; throws what the stream threw,
 * RESTORE_FAILED, PROGRAM_MISSING, or the signal's reason.
 */
export async function* archiveText(
  programs: string,
  subject: string,
  open: (signal: AbortSignal) => AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const zstd = spawn("zstd", DECOMPRESS, { stdio: ["pipe", "pipe", "pipe"], env: plainEnvironment() });
  const child = spawn(join(programs, "pg_restore"), ["--data-only", "--file=-"], {
    stdio: [zstd.stdout, "pipe", "pipe"],
    // It connects to nothing, so it is given no secrets.
    env: { ...plainEnvironment(), LC_MESSAGES: "C", LANG: "C.UTF-8" },
  });
  zstd.stdout.destroy();
  const written = ended(child, child.stderr);
  const opened = ended(zstd, zstd.stderr);
  const enough = new AbortController();
  const stop = (): void => {
    enough.abort();
    // pg_restore first: the end of its input is not to pass for that of the dump.
    kill(child);
    kill(zstd);
  };
  signal.addEventListener("abort", stop);
  let broken: { error: unknown } | undefined;
  const fed = feed(zstd.stdin, open(AbortSignal.any([signal, enough.signal]))).catch((error: unknown) => {
    if (!enough.signal.aborted) broken = { error };
    stop();
  });
  try {
    yield* output(child.stdout);
    const end = await written;
    // zstd may wait for more of what nobody reads any longer.
    if (end.failure !== undefined) stop();
    await fed;
    const zstdEnd = await opened;
    signal.throwIfAborted();
    if (broken !== undefined) throw broken.error;
    // zstd first when it is not there at all: pg_restore then only failed for want of a dump.
    if (zstdEnd.missing) throw zstdFault(zstdEnd, "RESTORE_FAILED", subject);
    if (end.failure !== undefined) throw refused({ subject }, end.failure, end.stderr);
    if (zstdEnd.failure !== undefined) throw zstdFault(zstdEnd, "RESTORE_FAILED", subject);
  } finally {
    stop();
    await Promise.all([written, opened, fed]);
    signal.removeEventListener("abort", stop);
  }
}

export interface DatabaseText {
  /** Encoding of the text; undefined: the database's own. */
  encoding: string | undefined;
  /** Settings of the session, by name. */
  settings: Readonly<Record<string, string>>;
}

/**
 * A database's rows as pg_dump writes them, times in UTC. Ends only when the program ended well; throws CHECK_FAILED,
 * PROGRAM_MISSING, or the signal's reason.
 */
export async function* databaseText(
  { connection, programs }: Loader,
  database: string,
  { encoding, settings }: DatabaseText,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const set = { ...settings, default_transaction_read_only: "off", idle_session_timeout: "0" };
  const child = spawn(
    join(programs, "pg_dump"),
    [
      "--section=data",
      "--no-password",
      ...(encoding === undefined ? [] : [`--encoding=${encoding}`]),
      `--dbname=${conninfo(connection, database)}`,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...programEnvironment(connection),
        PGTZ: "UTC",
        PGOPTIONS: Object.entries(set)
          .map(([name, value]) => `-c ${name}=${value.replace(/[\s\\]/g, "\\$&")}`)
          .join(" "),
      },
    },
  );
  const dumped = ended(child, child.stderr);
  const stop = (): void => kill(child);
  signal.addEventListener("abort", stop);
  try {
    yield* output(child.stdout);
    const { failure, missing, stderr } = await dumped;
    signal.throwIfAborted();
    if (failure === undefined) return;
    const said = stderr.split("\n").filter((line) => /error:|detail:/.test(line));
    throw new Fault(
      missing ? "PROGRAM_MISSING" : "CHECK_FAILED",
      `pg_dump of the restored database ${database} ${failure}: ${firstLine(said.join(" ") || stderr)}`,
      missing
        ? "Install PostgreSQL's client programs."
        : "Look at the message and at the scratch server's log.",
    );
  } finally {
    stop();
    await dumped;
    signal.removeEventListener("abort", stop);
  }
}

/** What a program writes. Its end is told by how it ended, not by a pipe that breaks. */
async function* output(stdout: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stdout as AsyncIterable<Buffer>;
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
  }
}

/** At once, since it only reads. */
function kill(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
}
