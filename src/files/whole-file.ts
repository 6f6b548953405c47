/** Adapter: a file that appears whole under its name, or not at all. */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errno, Fault } from "../fault.ts";

/** Begins the name of what is not finished yet; whoever lists such a folder leaves these out. */
export const UNFINISHED = ".lakat-new-";

/**
 * Writes a file and waits until it is on disk, with its name, replacing one that is there. The folder is made with
 * mode 0700 when missing. Throws STORE_FULL when there is no room, STORE_DENIED, STORE_FAILED; then nothing of
 * it remains.
 */
export async function writeWhole(
  path: string,
  content: string | Buffer | AsyncIterable<string>,
  mode = 0o600,
): Promise<void> {
  const unfinished = join(dirname(path), `${UNFINISHED}${basename(path)}`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      // Others may write to the folder of the metrics: a link that they put here would lead to a file of ours.
      await rm(unfinished, { force: true });
      const file = await open(unfinished, "wx", mode);
      try {
        // The umask may have taken rights away.
        await file.chmod(mode);
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw fileFault(error, path, "written");
  }
}

/** Makes a Fault of a failed system call on `path`; other errors pass as they are. */
export function fileFault(error: unknown, path: string, verb: string): unknown {
  const code = errno(error);
  if (error instanceof Fault || code === undefined) return error;
  const what = `${path} could not be ${verb} (${code})`;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new Fault("STORE_FULL", what, "Free space on that disk, then run the command again.", {
      cause: error,
    });
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return new Fault("STORE_DENIED", what, "Give the user that runs lakat the right to write there.", {
      cause: error,
    });
  return new Fault("STORE_FAILED", what, "Check the folder, and the disk it lies on.", { cause: error });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
