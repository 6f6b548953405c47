/**
 * Adapter: signed documents that the gateway's board has not taken yet, one file for each: `<id>.json`, the envelope
 * as it was signed. An id begins with its time, so that names are in order.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { errno } from "../fault.ts";
import { fileFault, UNFINISHED, writeWhole } from "../files/whole-file.ts";
import { parseBackupId } from "../seal/backup-name.ts";

export interface EvidenceOutbox {
  /** On disk when it resolves. Throws STORE_FULL, STORE_DENIED, STORE_FAILED. */
  put(id: string, envelope: Buffer): Promise<void>;
  /** Ids of what waits, oldest first. */
  list(): Promise<string[]>;
  /** Undefined when another run has sent it meanwhile. */
  read(id: string): Promise<Buffer | undefined>;
  remove(id: string): Promise<void>;
}

/** @param folder `<state_directory>/evidence`; made when the first is put */
export function openEvidenceOutbox(folder: string): EvidenceOutbox {
  const pathOf = (id: string): string => join(folder, `${id}.json`);
  const orMissing = async <T>(path: string, verb: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (errno(error) === "ENOENT") return undefined;
      throw fileFault(error, path, verb);
    }
  };
  return {
    put: (id, envelope) => writeWhole(pathOf(id), envelope),
    async list() {
      const names = (await orMissing(folder, "listed", readdir(folder))) ?? [];
      return names
        .filter((name) => name.endsWith(".json") && !name.startsWith(UNFINISHED))
        .map((name) => name.slice(0, -".json".length))
        .filter((id) => parseBackupId(id) !== undefined)
        .sort();
    },
    read: (id) => orMissing(pathOf(id), "read", readFile(pathOf(id))),
    async remove(id) {
      await orMissing(pathOf(id), "removed", rm(pathOf(id), { force: true }));
    },
  };
}
