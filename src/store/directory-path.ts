/** Where a key of the store lies below a directory. */
import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { Fault } from "../fault.ts";

/** Unfinished files begin with this; no key may, so that a list never shows half an object. */
export const UNFINISHED_PREFIX = ".lakat-";

/**
 * The absolute path of `key` below `root`. Throws STORE_FAILED for a key that would leave the root, name a
 * folder, or collide with an unfinished file: keys come from names in a database, which anyone may choose.
 */
export function directoryPath(root: string, key: string): string {
  const segments = key.split("/");
  const bad = segments.some(
    (s) => s === "" || s === "." || s === ".." || s.includes("\0") || s.startsWith(UNFINISHED_PREFIX),
  );
  if (bad) {
    throw new Fault(
      "STORE_FAILED",
      `${JSON.stringify(key)} cannot be the name of an object in a directory`,
      "Report this as a defect of lakat.",
    );
  }
  return join(root, ...segments);
}

/**
 * The real path of `path`, which has to exist. Throws STORE_FAILED when a symbolic link below `root` leads out of
 * it, and the file system's own error (ENOENT, …) when there is nothing.
 */
export async function insideRoot(root: string, path: string): Promise<string> {
  const [realRoot, real] = await Promise.all([realpath(root), realpath(path)]);
  if (real === realRoot || real.startsWith(realRoot + sep)) return real;
  throw new Fault(
    "STORE_FAILED",
    `${path} leads out of ${root}`,
    "Remove the symbolic link below the backup directory.",
  );
}
