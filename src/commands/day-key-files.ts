/** Adapter: the private halves of the day keys in their folder on the restore-test host. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { asFault, errno, Fault, firstLine, type Finding } from "../fault.ts";
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
  return Promise.all((await keyFiles(folder)).map(readDayKey));
}

/**
 * The same for work that one bad file must not stop: a key that is exposed, damaged or unreadable is not used, and a
 * finding says so. Throws KEY_FILE_UNREADABLE for the folder alone.
 */
export async function usableDayKeys(folder: string): Promise<{ keys: DayKey[]; findings: Finding[] }> {
  const keys: DayKey[] = [];
  const findings: Finding[] = [];
  for (const file of await keyFiles(folder))
    try {
      keys.push(await readDayKey(file));
    } catch (error) {
      const { code, message, todo } = asFault(error);
      const what = `a day key is not used, and its day's backups stay closed here (${code}: ${message})`;
      findings.push({ code: "DAY_KEY_UNUSABLE", what, todo });
    }
  return { keys, findings };
}

async function keyFiles(folder: string): Promise<string[]> {
  const names = (await listed(folder)).filter((name) => /^\d{4}-\d\d-\d\d\.json$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

async function readDayKey(file: string): Promise<DayKey> {
  const parsed = stored.safeParse(jsonOf((await readPrivateFile(file)).toString("utf8")));
  if (parsed.success) return parsed.data;
  throw new Fault(
    "KEY_FILE_INVALID",
    `${file} is no day key`,
    "Remove it and run `lakat keys day publish` again.",
  );
}

/** Stores a private half, 0600, on disk before its public half may be published. */
export async function writeDayKey(folder: string, dayKey: DayKey): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writePrivateFile(join(folder, `${dayKey.day}.json`), `${JSON.stringify(dayKey, null, 2)}\n`);
}

/**
 * Destroys a private half: what was sealed to it opens only with a recovery key from now on. The file is written
 * over with random bytes, which are on disk before it is unlinked, and the folder is synced after. So the key is
 * gone from that place of the file system; no program can promise more. A file system that journals data or copies
 * on write, the spare blocks of an SSD, a snapshot, a backup of this host and swap may each keep what was there
 * before: hence the folder belongs on an encrypted or memory-backed file system.
 *
 * Throws KEY_FILE_UNREADABLE, which names the file, when it cannot be written over; it is then left where it is, so
 * that the next run says it again.
 */
export async function removeDayKey(folder: string, day: string): Promise<void> {
  const path = join(folder, `${day}.json`);
  try {
    // A link would lead the random bytes elsewhere and leave the key; without O_NONBLOCK a FIFO would hang.
    const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Error("it is not a regular file");
      const noise = randomBytes(stat.size);
      for (let at = 0; at < noise.length;)
        at += (await file.write(noise, at, noise.length - at, at)).bytesWritten;
      await file.sync();
    } finally {
      await file.close();
    }
    await unlink(path);
    const parent = await open(folder, constants.O_RDONLY);
    await parent.sync().finally(() => parent.close());
  } catch (error) {
    throw new Fault(
      "KEY_FILE_UNREADABLE",
      `the day key ${path} cannot be written over and removed (${errno(error) ?? firstLine(String(error))})`,
      "It still opens that day's backups: find out what holds it, then destroy it with `lakat keys day destroy`.",
      { cause: error },
    );
  }
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
