/** Adapter: the private halves of the day keys in their folder on the restore-test host. */
import { readdir, rm, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { errno, Fault } from "../fault.ts";
import type { DayKey } from "../seal/day-key.ts";
import { readPrivateFile, writePrivateFile } from "./key-files.ts";

const stored = z.strictObject({
  day: z.iso.date(),
  recipient: z.string(),
  identity: z.string(),
  createdAt: z.iso.datetime(),
  notAfter: z.iso.datetime(),
});

/**
 * Every day key held here, oldest day first; none when there is no such folder yet. Throws KEY_FILE_UNREADABLE for
 * a folder that cannot be listed, since keys in it would outlive their days unseen; KEY_FILE_EXPOSED and
 * KEY_FILE_INVALID.
 */
export async function readDayKeys(folder: string): Promise<DayKey[]> {
  const names = (await listed(folder)).filter((name) => /^\d{4}-\d\d-\d\d\.json$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const parsed = stored.safeParse(jsonOf((await readPrivateFile(file)).toString("utf8")));
      if (!parsed.success)
        throw new Fault(
          "KEY_FILE_INVALID",
          `${file} is no day key`,
          "Remove it and run `lakat keys day publish` again.",
        );
      return parsed.data;
    }),
  );
}

/** Stores a private half, 0600, on disk before its public half may be published. */
export async function writeDayKey(folder: string, dayKey: DayKey): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writePrivateFile(join(folder, `${dayKey.day}.json`), `${JSON.stringify(dayKey, null, 2)}\n`);
}

/** Removes a private half: what was sealed to it opens only with a recovery key from now on. */
export async function removeDayKey(folder: string, day: string): Promise<void> {
  await rm(join(folder, `${day}.json`));
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = errno(error);
    if (code === "ENOENT") return [];
    throw new Fault(
      "KEY_FILE_UNREADABLE",
      `the folder of day keys ${folder} cannot be listed (${code ?? "unknown"})`,
      "Check day_keys.directory and who owns that folder.",
      { cause: error },
    );
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
