/** Reading backups back from a local folder. */
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { errno } from "../fault.ts";
import { directoryFault } from "./directory-fault.ts";
import { directoryPath, insideRoot, UNFINISHED_PREFIX } from "./directory-path.ts";
import type { Listed, Source } from "./object-store.ts";

const READ_SIZE = 256 * 1024;

/** Opens the directory for reading. Throws nothing by itself: every method answers for its own use. */
export function openDirectorySource(config: { name: string; path: string }): Source {
  const { name, path: root } = config;
  return {
    name,

    async *list(prefix, signal) {
      try {
        await stat(root);
        const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
        for await (const listed of walk(root, folder, prefix)) {
          signal.throwIfAborted();
          yield listed;
        }
      } catch (error) {
        throw directoryFault(error, name, join(root, prefix));
      }
    },

    async *get(key, { signal }) {
      try {
        const path = await insideRoot(root, directoryPath(root, key));
        const file = await open(path, "r");
        try {
          for (;;) {
            signal.throwIfAborted();
            // A buffer of its own for each chunk: the reader may still hold the last one.
            const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_SIZE), 0, READ_SIZE);
            if (bytesRead === 0) return;
            yield buffer.subarray(0, bytesRead);
          }
        } finally {
          await file.close();
        }
      } catch (error) {
        throw directoryFault(error, name, join(root, key));
      }
    },

    async retention(key) {
      try {
        await stat(await insideRoot(root, directoryPath(root, key)));
        return undefined;
      } catch (error) {
        throw directoryFault(error, name, join(root, key));
      }
    },
  };
}

/** Plain files below `folder` (empty or ending with `/`) whose key begins with `prefix`, in the order of keys. */
async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<Listed> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (errno(error) === "ENOENT" || errno(error) === "ENOTDIR") return [];
    throw error;
  });
  const names = entries
    .filter((entry) => !entry.name.startsWith(UNFINISHED_PREFIX) && (entry.isFile() || entry.isDirectory()))
    .map((entry) => folder + entry.name + (entry.isDirectory() ? "/" : ""))
    .filter((key) => key.startsWith(prefix) || (key.endsWith("/") && prefix.startsWith(key)));
  for (const key of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    if (key.endsWith("/")) yield* walk(root, key, prefix);
    else {
      const found = await stat(join(root, key)).catch((error: unknown) => {
        // Removed since the folder was read.
        if (errno(error) === "ENOENT") return undefined;
        throw error;
      });
      if (found !== undefined) yield { key, size: found.size, modified: found.mtime };
    }
  }
}
