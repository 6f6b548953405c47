/**
 * PostgreSQL's own loader, fed through the zstd program: two children joined by a pipe, so the readable dump
 * touches no disk on its way.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { Fault, firstLine } from "../fault.ts";
import {
  endChild,
  ended,
  loadingEnvironment,
  plainEnvironment,
  throughChild,
  zstdFault,
} from "../postgres/child-process.ts";
import { conninfo, type Connection } from "../postgres/connection.ts";

export const DECOMPRESS = ["-d", "-q", "-c", "--no-progress"];

export interface Loader {
  connection: Connection;
  /** Folder of pg_restore and psql. */
  programs: string;
  /** Told of each warning of a loader that otherwise ended well. */
  warn?: ((subject: string, line: string) => void) | undefined;
}

export interface LoadCommand {
  args: string[];
  /** For messages: what is loaded. */
  subject: string;
}

/** One section of a database; `create` makes the database itself, connected to through `database`. */
export function loadSection(
  connection: Connection,
  database: string,
  subject: string,
  options: { create?: boolean; noTablespaces?: boolean },
): LoadCommand {
  const args = [
    "--exit-on-error",
    "--no-password",
    ...(options.create === true ? ["--create"] : []),
    ...(options.noTablespaces === true ? ["--no-tablespaces"] : []),
    `--dbname=${conninfo(connection, database)}`,
  ];
  return { args, subject };
}

/**
 * Feeds a compressed dump to a loader. Resolves only when the stream ended cleanly and both programs did too;
 * throws what the stream threw (then the loader is ended before it could take the rest for whole), or
 * RESTORE_FAILED. `dump` yields zstd-compressed bytes.
 */
export async function load(
  command: LoadCommand,
  loader: Loader,
  dump: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const zstd = spawn("zstd", DECOMPRESS, { stdio: ["pipe", "pipe", "pipe"], env: plainEnvironment() });
  const child = spawn(join(loader.programs, "pg_restore"), command.args, {
    stdio: [zstd.stdout, "ignore", "pipe"],
    env: loadingEnvironment(loader.connection),
  });
  zstd.stdout.destroy();
  const loaded = ended(child, child.stderr);
  const opened = ended(zstd, zstd.stderr);
  const stop = (): void => {
    // The loader first: were it to see the end of its input before, it might take a part for the whole.
    child.kill("SIGKILL");
    zstd.kill("SIGKILL");
  };
  signal.addEventListener("abort", stop);
  try {
    await feed(zstd.stdin, dump);
  } catch (error) {
    stop();
    await Promise.all([loaded, opened]);
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.addEventListener("abort", stop);
  const [end, zstdEnd] = await Promise.all([loaded, opened]);
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  // zstd first when it is not there at all: the loader then only failed for want of a dump.
  if (zstdEnd.missing) throw zstdFault(zstdEnd, "RESTORE_FAILED", command.subject);
  if (end.failure !== undefined) throw refused(command, end.failure, end.stderr);
  if (zstdEnd.failure !== undefined) throw zstdFault(zstdEnd, "RESTORE_FAILED", command.subject);
  tellWarnings(command, loader, end.stderr);
}

/**
 * Loads indexes, constraints and triggers with several workers. These need a file they can seek in; it holds
 * definitions only, no rows, lies in a folder of its own closed to others, and is removed whatever happens.
 */
export async function loadParallel(
  command: LoadCommand,
  loader: Loader,
  dump: Buffer,
  jobs: number,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "lakat-"));
  try {
    const file = join(folder, "post-data.dump");
    await writeFile(file, dump, { mode: 0o600, flag: "wx" });
    const child = spawn(join(loader.programs, "pg_restore"), [...command.args, `--jobs=${jobs}`, file], {
      stdio: ["ignore", "ignore", "pipe"],
      env: loadingEnvironment(loader.connection),
    });
    const stop = (): void => endChild(child);
    signal.addEventListener("abort", stop);
    const end = await ended(child, child.stderr);
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    if (end.failure !== undefined) throw refused(command, end.failure, end.stderr);
    tellWarnings(command, loader, end.stderr);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The SQL of definitions as pg_restore writes it, `--create` included, in the encoding of the database they are
 * of; `dump` is not compressed any more.
 */
export async function definitionsSql(
  loader: Loader,
  subject: string,
  dump: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  const args = ["--create", "--no-tablespaces", "--file=-"];
  const program = join(loader.programs, "pg_restore");
  const { output, end } = await throughChild(
    program,
    args,
    dump,
    loadingEnvironment(loader.connection),
    signal,
  );
  if (end.failure !== undefined) throw refused({ subject }, end.failure, end.stderr);
  return output;
}

/** Decompresses what is small enough to hold, with the zstd program. Throws RESTORE_FAILED, PROGRAM_MISSING. */
export async function decompress(compressed: Buffer, subject: string, signal: AbortSignal): Promise<Buffer> {
  const { output, end } = await throughChild("zstd", DECOMPRESS, compressed, plainEnvironment(), signal);
  if (end.failure !== undefined) throw zstdFault(end, "RESTORE_FAILED", subject);
  return output;
}

/** Writes everything, at the reader's pace. A reader that died is told of by its own end, not by EPIPE. */
export async function feed(stdin: Writable, dump: AsyncIterable<Buffer>): Promise<void> {
  let wake: (() => void) | undefined;
  for (const event of ["drain", "close", "error"]) stdin.on(event, () => wake?.());
  for await (const chunk of dump) {
    if (!stdin.writable) break;
    if (!stdin.write(chunk))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  stdin.end();
}

/** A publication is only kept here, never served: that the server could not serve it is no matter. */
const NO_MATTER = /wal_level is insufficient to publish logical changes/;

function tellWarnings({ subject }: LoadCommand, { warn }: Loader, stderr: string): void {
  for (const line of stderr.split("\n"))
    if (/warning:|WARNING:/.test(line) && !NO_MATTER.test(line)) warn?.(subject, firstLine(line));
}

export function refused({ subject }: Pick<LoadCommand, "subject">, failure: string, stderr: string): Fault {
  return new Fault(
    "RESTORE_FAILED",
    `pg_restore of ${subject} ${failure}: ${firstLine(errorLines(stderr))}`,
    /tablespace .* does not exist/.test(stderr)
      ? "Make the tablespace on the target, or give --no-tablespaces."
      : "Mend what the server names and restore again; if it lies in the backup itself, open that with --to-directory and let pg_restore go on after errors.",
  );
}

function errorLines(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => /error:|ERROR|FATAL/.test(line));
  return lines.length > 0 ? lines.slice(0, 2).join(" ") : stderr;
}
