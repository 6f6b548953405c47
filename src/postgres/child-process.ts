/** How PostgreSQL's programs and zstd are watched and ended, the same in both directions. */
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { Fault, firstLine } from "../fault.ts";
import { environmentOf, type Connection } from "./connection.ts";

export interface ChildEnd {
  /** "exited with 1", "was ended by SIGKILL", "could not be started"; undefined when all was well. */
  failure: string | undefined;
  /** The program is not installed. */
  missing: boolean;
  /** The last 64 KiB of what it said. */
  stderr: string;
}

/** Definitions and globals are some megabytes, of ten thousand tables some dozen; what unpacks to more is a trap. */
const MOST_OUTPUT = 2 ** 30;

/** How a child ended. Never rejects. */
export function ended(child: ChildProcess, stderr: Readable): Promise<ChildEnd> {
  let text = "";
  stderr.setEncoding("utf8");
  stderr.on("data", (chunk: string) => {
    text = (text + chunk).slice(-64 * 1024);
  });
  return new Promise((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const failure = `could not be started (${error.code ?? error.message})`;
      resolve({ failure, missing: error.code === "ENOENT", stderr: text });
    });
    child.on("close", (code, killed) => {
      const failure = killed ? `was ended by ${killed}` : code === 0 ? undefined : `exited with ${code}`;
      resolve({ failure, missing: false, stderr: text });
    });
  });
}

/** A polite end first; a child that does not listen is killed after five seconds, since nothing may hang. */
export function endChild(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), 5000);
  child.once("close", () => clearTimeout(kill));
}

/**
 * What a program makes of `input`, both small enough to hold, and how it ended. An aborted signal ends it and
 * throws the signal's reason.
 */
export async function throughChild(
  file: string,
  args: readonly string[],
  input: Buffer,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ output: Buffer; end: ChildEnd }> {
  signal.throwIfAborted();
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], env });
  const stop = (): void => endChild(child);
  signal.addEventListener("abort", stop);
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MOST_OUTPUT) chunks.push(chunk);
    else endChild(child);
  });
  // A child that ends early breaks the pipe; why it ended is in how it ended.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const end = await ended(child, child.stderr);
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  const tooMuch = size > MOST_OUTPUT ? { failure: "made more than 1 GiB of what is small by nature" } : {};
  return { output: Buffer.concat(chunks), end: { ...end, ...tooMuch } };
}

/** What a zstd that did not end well comes to; `code` says which way it was working. */
export function zstdFault(end: ChildEnd, code: "COMPRESS_FAILED" | "RESTORE_FAILED", subject: string): Fault {
  if (end.missing)
    return new Fault("PROGRAM_MISSING", "the zstd program was not found", "Install the package zstd.");
  const what = `zstd ${end.failure ?? "failed"} on ${subject}: ${firstLine(end.stderr)}`;
  return new Fault(code, what, "Check that the zstd program works on this host, and its memory.");
}

/** Environment for zstd: where to find it. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"] ?? "" };
}

/** Environment of PostgreSQL's programs: English messages, the connection's secrets, nothing else of ours. */
export function programEnvironment(connection: Connection): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"] ?? "", LC_MESSAGES: "C", LANG: "C.UTF-8", ...environmentOf(connection) };
}

/**
 * The same for programs that load. A database may be set to read only, or to end idle sessions, and has these
 * settings from the moment it is made: its own restore must be above them.
 */
export function loadingEnvironment(connection: Connection): NodeJS.ProcessEnv {
  const settings = "-c default_transaction_read_only=off -c idle_session_timeout=0";
  return { ...programEnvironment(connection), PGOPTIONS: settings };
}
