/** Adapter: what has not gone out yet, one file for each report and channel: `<id>.<channel>.json`, mode 0600. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { errno } from "../fault.ts";
import { CHANNELS, type Entry, type Outbox } from "../report/deliver.ts";
import { parseBackupId } from "../seal/backup-name.ts";
import { fileFault, UNFINISHED, writeWhole } from "../files/whole-file.ts";

const stored = z.strictObject({
  version: z.literal(1),
  report: z.string().refine((id) => parseBackupId(id) !== undefined, "not a report id"),
  channel: z.enum(CHANNELS),
  since: z.iso.datetime(),
  parcel: z.record(z.string(), z.string()),
});

/**
 * @param folder `<state_directory>/outbox`; made when the first entry is put
 * @param write how a file gets onto the disk; tests hand in a disk that is full
 */
export function openOutbox(folder: string, write = writeWhole): Outbox {
  return {
    async put({ since, ...entry }) {
      const content = { version: 1, ...entry, since: since.toISOString() };
      await write(join(folder, fileOf(entry)), JSON.stringify(stored.parse(content)));
    },

    async list() {
      const entries: Entry[] = [];
      const damaged: string[] = [];
      for (const name of (await listed(folder)).sort()) {
        const entry = await read(join(folder, name), name);
        if (entry === undefined) damaged.push(name);
        else entries.push(entry);
      }
      return { entries, damaged };
    },

    remove: (entry) => remove(join(folder, fileOf(entry))),
    discard: (name) => remove(join(folder, name)),
  };
}

function fileOf({ report, channel }: Pick<Entry, "report" | "channel">): string {
  return `${report}.${channel}.json`;
}

async function listed(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(".json") && !name.startsWith(UNFINISHED));
  } catch (error) {
    if (errno(error) === "ENOENT") return [];
    throw fileFault(error, folder, "listed");
  }
}

/** Undefined for what is no entry; throws for what cannot be read now and may be one. */
async function read(path: string, name: string): Promise<Entry | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw fileFault(error, path, "read");
  }
  try {
    const { report, channel, since, parcel } = stored.parse(JSON.parse(text));
    const entry: Entry = { report, channel, since: new Date(since), parcel };
    return fileOf(entry) === name ? entry : undefined;
  } catch {
    return undefined;
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw fileFault(error, path, "removed");
  });
}
