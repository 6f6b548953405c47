/**
 * Opens a backup into a folder: plain dumps, and a script that loads them with nothing but PostgreSQL's own
 * programs. For the machine that shall never see this program.
 */
import { createWriteStream } from "node:fs";
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { Fault } from "../fault.ts";
import { openBytes, openStream } from "../seal/age.ts";
import type { Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";
import { loadScript } from "./load-script.ts";
import { sealedBytes, sealedObject, theObject } from "./sealed-object.ts";

/**
 * Writes every part, opened, below `folder` (made when missing, refused when not empty: TARGET_NOT_EMPTY; USAGE when it cannot be made). On a
 * fault what was written is removed. Resolves to the paths, relative to the folder.
 */
export async function openIntoDirectory(
  source: Source,
  backup: Backup,
  backupKey: string,
  folder: string,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string[]> {
  await demandEmpty(folder);
  const written: string[] = [];
  try {
    for (const object of backup.manifest.objects) {
      if (object.role === "key" || object.role === "proof" || object.role === "inventory") continue;
      const name = object.name.replace(/\.zst\.age$/, "");
      await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
      const sealed = sealedObject(source, backup, object, signal);
      const measured = async function* (): AsyncGenerator<Buffer> {
        for await (const chunk of sealed) {
          progress(chunk.length);
          yield chunk;
        }
      };
      await pipeline(
        Readable.from(openStream(measured(), [backupKey])),
        createZstdDecompress(),
        createWriteStream(join(folder, name), { mode: 0o600, flags: "wx" }),
        { signal },
      );
      written.push(name);
    }
    const inventory = await openBytes(
      await sealedBytes(source, backup, theObject(backup, "inventory"), signal),
      [backupKey],
    );
    await writeFile(join(folder, "inventory.json"), inventory, { mode: 0o600, flag: "wx" });
    await writeFile(join(folder, "load.sh"), loadScript(backup.manifest), { mode: 0o700, flag: "wx" });
    await chmod(join(folder, "load.sh"), 0o700);
    return [...written, "inventory.json", "load.sh"];
  } catch (error) {
    await Promise.all(
      (await readdir(folder)).map((entry) => rm(join(folder, entry), { recursive: true, force: true })),
    );
    if (error instanceof Error && "code" in error && error.code === "ENOSPC")
      throw new Fault(
        "STORE_FULL",
        `there is no room in ${folder}`,
        "Name a folder on a larger disk: dumps take several times the size of the backup.",
        { cause: error },
      );
    throw error;
  }
}

async function demandEmpty(folder: string): Promise<void> {
  let entries: string[];
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    entries = await readdir(folder);
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new Fault("USAGE", `the folder ${folder} cannot be made or used (${why})`, "Name another folder.", {
      cause: error,
    });
  }
  if (entries.length > 0)
    throw new Fault("TARGET_NOT_EMPTY", `the folder ${folder} is not empty`, "Name a new folder.");
}
