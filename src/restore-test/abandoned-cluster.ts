/** Adapter: puts an end to scratch clusters whose makers were killed before they could do it. */
import { realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { errno, Fault } from "../fault.ts";
import { birthOf, runningIn } from "./proc.ts";
import { abandonedFolders, removeScratchFolder } from "./scratch-folder.ts";

const PROGRAMS = ["postgres", "initdb"];

/**
 * Stops and removes the scratch clusters below `root`, and below the system's temporary folder, whose owner
 * process is gone. Clusters of running processes stay. The folder must not be shared by machines or
 * containers that do not see each other's processes.
 *
 * @returns the folders removed
 * @throws PG_FAILED when a server does not end; its folder is left alone
 */
export async function destroyAbandoned(root: string): Promise<string[]> {
  const roots = new Set(await Promise.all([root, tmpdir()].map((one) => realpath(one).catch(() => one))));
  const removed: string[] = [];
  for (const one of roots) {
    for (const folder of await abandonedFolders(one)) {
      await endServersIn(folder);
      await removeScratchFolder(folder);
      removed.push(folder);
    }
  }
  return removed;
}

async function endServersIn(folder: string): Promise<void> {
  const running = await runningIn(folder, PROGRAMS);
  const born = await Promise.all(running.map(async ({ pid }) => ({ pid, birth: await birthOf(pid) })));
  const pids = new Set(running.map(({ pid }) => pid));
  for (const { pid, parent } of running) {
    // The postmaster ends its own children; SIGQUIT is its immediate shutdown, and nothing here is to be kept.
    if (!pids.has(parent)) quit(pid);
  }
  for (let tries = 0; tries < 400; tries++) {
    const alive = await Promise.all(
      born.map(async ({ pid, birth }) => birth !== undefined && (await birthOf(pid)) === birth),
    );
    if (!alive.includes(true)) return;
    await pause(25);
  }
  throw new Fault(
    "PG_FAILED",
    `an abandoned scratch server in ${folder} does not end`,
    "End its postgres process by hand and remove the folder.",
  );
}

function quit(pid: number): void {
  try {
    process.kill(pid, "SIGQUIT");
  } catch (error) {
    if (errno(error) !== "ESRCH") throw error;
  }
}
