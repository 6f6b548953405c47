/** How PostgreSQL's programs and zstd are watched and ended, the same in both directions. */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { environmentOf, type Connection } from "./connection.ts";

export interface ChildEnd {
  /** "exited with 1", "was ended by SIGKILL", "could not be started"; undefined when all was well. */
  failure: string | undefined;
  /** The program is not installed. */
  missing: boolean;
  /** The last 64 KiB of what it said. */
  stderr: string;
}

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
