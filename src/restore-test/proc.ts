/** Adapter: what Linux's /proc tells about processes. See proc_pid_stat(5). */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

/**
 * When a process was started, in clock ticks since boot: together with its id it names one process for good,
 * where the id alone is given to another one later. Undefined when there is no such process.
 */
export async function birthOf(pid: number): Promise<string | undefined> {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = (await statOf(pid))?.replace(/^.*\)\s/s, "").split(" ");
  // A zombie has ended; only its parent has not asked yet.
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

export interface Running {
  pid: number;
  parent: number;
}

/**
 * Processes of the named programs that work inside a folder (their current directory is there), which for
 * PostgreSQL's server and its children is always the data folder.
 *
 * @param folder absolute and free of symbolic links
 */
export async function runningIn(folder: string, programs: readonly string[]): Promise<Running[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const running = await Promise.all(pids.map((pid) => runningAt(pid, folder, programs)));
  return running.filter((one) => one !== undefined);
}

async function runningAt(
  pid: number,
  folder: string,
  programs: readonly string[],
): Promise<Running | undefined> {
  try {
    const cwd = await readlink(`/proc/${pid}/cwd`);
    if (cwd !== folder && !cwd.startsWith(`${folder}/`)) return undefined;
    // A package upgrade replaces the file under a running program.
    const program = basename((await readlink(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, ""));
    if (!programs.includes(program)) return undefined;
    const parent = (await statOf(pid))?.replace(/^.*\)\s/s, "").split(" ")[1];
    return parent === undefined ? undefined : { pid, parent: Number(parent) };
  } catch {
    // Ended meanwhile, or somebody else's.
    return undefined;
  }
}

async function statOf(pid: number): Promise<string | undefined> {
  return readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
}
