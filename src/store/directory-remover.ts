/** Removing old backups from a local folder. A folder keeps neither locks nor versions. */
import { readdir, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { errno } from "../fault.ts";
import { directoryFault } from "./directory-fault.ts";
import { directoryPath, insideRoot, UNFINISHED_PREFIX } from "./directory-path.ts";
import { openDirectorySource } from "./directory-source.ts";
import type { OpenUpload, Remover } from "./object-store.ts";

/**
 * Opens the directory for removing. Its clock is `now`, this machine's; an upload's begin is when it was last written to.
 * Throws nothing by itself: every method answers for its own use.
 */
export function openDirectoryRemover(
  config: { name: string; path: string },
  now: () => Date = () => new Date(),
): Remover {
  const { name, path: root } = config;
  const source = openDirectorySource(config);
  const guarded = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw directoryFault(error, name, join(root, key));
    }
  };

  return {
    name,
    now: () => Promise.resolve(now()),

    async *pieces(prefix, signal) {
      for await (const object of source.list(prefix, signal))
        yield { ...object, versionId: undefined, marker: false };
    },

    hold: () => Promise.resolve(undefined),

    remove: ({ key }) =>
      guarded(key, async () => {
        await removeFile(root, directoryPath(root, key));
        return undefined;
      }),

    async *uploads(prefix, signal) {
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      try {
        for await (const upload of unfinished(root, folder)) {
          signal.throwIfAborted();
          if (upload.key.startsWith(prefix)) yield upload;
        }
      } catch (error) {
        throw directoryFault(error, name, join(root, prefix));
      }
    },

    abort: ({ key }) => guarded(key, () => removeFile(root, join(root, key))),
  };
}

/** Removes the file and the folders that it leaves empty. One that is gone is no fault. */
async function removeFile(root: string, path: string): Promise<void> {
  try {
    await insideRoot(root, path);
    await unlink(path);
    for (let folder = dirname(path); folder !== root && folder.startsWith(root); folder = dirname(folder))
      await rmdir(folder);
  } catch (error) {
    // A run may have made something in the folder just now: then it is not empty, and stays.
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(errno(error) ?? "")) throw error;
  }
}

/** Files that a put has not finished, by the key they lie at. */
async function* unfinished(root: string, folder: string): AsyncGenerator<OpenUpload> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (errno(error) === "ENOENT" || errno(error) === "ENOTDIR") return [];
    throw error;
  });
  for (const entry of entries) {
    const path = join(root, folder, entry.name);
    if (entry.isDirectory()) yield* unfinished(root, `${folder}${entry.name}/`);
    else if (entry.isFile() && entry.name.startsWith(UNFINISHED_PREFIX)) {
      const stats = await stat(path).catch((error: unknown) => {
        if (errno(error) === "ENOENT") return undefined;
        throw error;
      });
      if (stats !== undefined) yield { key: relative(root, path), uploadId: entry.name, begun: stats.mtime };
    }
  }
}
