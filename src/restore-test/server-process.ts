/** Adapter: the child processes of a scratch cluster, initdb and postgres. */
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Fault, firstLine } from "../fault.ts";
import { confined, type Confinement } from "./confinement.ts";
import type { ServerAccount } from "./server-account.ts";

/** What initdb and postgres both need to know about the cluster. */
export interface Cluster {
  /** Folder of the programs. */
  programs: string;
  account: ServerAccount | undefined;
  data: string;
  user: string;
  password: string;
  durability: boolean;
  signal: AbortSignal;
}

/**
 * Starts one of PostgreSQL's programs in the data folder, in a process group of its own: Ctrl-C is for us, and
 * we end what we started when nobody needs it any more. `hide`: what it must not see, and the folder of its socket, which
 * stays. Throws PROGRAM_MISSING when it cannot be run.
 */
export async function startProgram(
  { programs, account, data }: Cluster,
  name: "initdb" | "postgres",
  args: readonly string[],
  stdio: StdioOptions,
  hide?: { confinement: Confinement; socket: string },
): Promise<ChildProcess> {
  // Nothing of PG* from outside, and messages in English because some are recognised.
  const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: process.env["TZ"] ?? "UTC" };
  const program = join(programs, name);
  const [file, own] =
    hide === undefined
      ? [program, args]
      : confined(program, args, { data, socket: hide.socket }, hide.confinement);
  const child = spawn(file, own, { ...account, cwd: data, env, stdio, detached: true });
  try {
    await once(child, "spawn");
    return child;
  } catch (cause) {
    throw new Fault(
      "PROGRAM_MISSING",
      `cannot run ${name} in ${programs}`,
      "Install PostgreSQL's server programs.",
      {
        cause,
      },
    );
  }
}

/** Whether the process is gone, by itself or by a signal. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Returns when the process is gone; at once when it already is. */
export async function gone(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, "exit");
}

/** PG_FAILED with the first line of a program's output that tells of an error. */
export function programFailed(what: string, output: string): Fault {
  const telling = output.split("\n").find((line) => /\b(FATAL|PANIC|ERROR|error|invalid)\b/.test(line));
  return new Fault(
    "PG_FAILED",
    `${what}: ${firstLine(telling ?? output)}`,
    "Read the message, set it right on this machine, and run again.",
  );
}

/** Throws the signal's own Fault, or INTERRUPTED. */
export function stopIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof Fault) throw signal.reason;
  throw new Fault("INTERRUPTED", "stopped while a scratch server was starting", "Run again.", {
    cause: signal.reason,
  });
}
