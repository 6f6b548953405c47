/** The uploads a host has begun and not ended, on disk, so that the run after a crash can discard them. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { errno, Fault } from "../fault.ts";
import type { Upload, UploadJournal } from "./object-store.ts";

export interface UploadJournalFile extends UploadJournal {
  /** Uploads that were begun, by this run or an earlier one, and have not ended. */
  unfinished(): Upload[];
  close(): Promise<void>;
}

/**
 * Opens the journal at `path`, made with its folder when missing: one JSON line for each event, on disk before the
 * method returns. Opening also leaves out what has ended, so the file stays small. One process at a time may
 * have it open (the lock that allows one run per cluster sees to it). Throws CONFIG_INVALID when the file
 * cannot be written, STORE_FULL when there is no room for it (so do the methods; of other trouble, STORE_FAILED). A last line cut short by a crash is ignored: its upload was not begun yet, or is named
 * as unfinished though it had ended, which discarding takes in its stride.
 */
export async function openUploadJournal(path: string): Promise<UploadJournalFile> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const pending = replay(await readFile(path, "utf8").catch(absentAsEmpty));
    await rewrite(path, [...pending.values()]);
    const file = await open(path, "a", 0o600);
    return journalOn(path, file, pending);
  } catch (error) {
    throw (
      full(path, error) ??
      new Fault(
        "CONFIG_INVALID",
        `the upload journal ${path} cannot be used (${error instanceof Error ? error.message : "unknown"})`,
        "Give the user that runs lakat the right to write its state folder.",
        { cause: error },
      )
    );
  }
}

function journalOn(path: string, file: FileHandle, pending: Map<string, Upload>): UploadJournalFile {
  const append = async (event: "begun" | "ended", upload: Upload) => {
    try {
      await file.appendFile(line(event, upload));
      await file.datasync();
    } catch (error) {
      throw (
        full(path, error) ??
        new Fault(
          "STORE_FAILED",
          `the upload journal ${path} cannot be written (${error instanceof Error ? error.message : "unknown"})`,
          "Check the disk that state_directory lies on.",
          { cause: error },
        )
      );
    }
  };
  return {
    async begun(upload) {
      pending.set(id(upload), upload);
      await append("begun", upload);
    },
    async ended(upload) {
      await append("ended", upload);
      pending.delete(id(upload));
    },
    unfinished: () => [...pending.values()],
    close: () => file.close(),
  };
}

/** Undefined for any other trouble than a full disk or quota. */
function full(path: string, error: unknown): Fault | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOSPC" && code !== "EDQUOT") return undefined;
  return new Fault(
    "STORE_FULL",
    `there is no room for the upload journal ${path} (${code})`,
    "Free space on the disk that state_directory lies on, then run the backup again.",
    { cause: error },
  );
}

/** Begins with a line's end: a line before that was cut short, by a full disk, must not swallow this one. */
function line(event: "begun" | "ended", { destination, key, uploadId }: Upload): string {
  return `\n${JSON.stringify({ event, destination, key, uploadId })}\n`;
}

function id({ destination, key, uploadId }: Upload): string {
  return JSON.stringify([destination, key, uploadId]);
}

function replay(text: string): Map<string, Upload> {
  const pending = new Map<string, Upload>();
  for (const written of text.split("\n")) {
    const entry = parse(written);
    if (entry?.event === "begun") pending.set(id(entry.upload), entry.upload);
    else if (entry?.event === "ended") pending.delete(id(entry.upload));
  }
  return pending;
}

function parse(written: string): { event: unknown; upload: Upload } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { event, destination, key, uploadId } = value as Record<string, unknown>;
  if (typeof destination !== "string" || typeof key !== "string" || typeof uploadId !== "string")
    return undefined;
  return { event, upload: { destination, key, uploadId } };
}

async function rewrite(path: string, uploads: Upload[]): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(uploads.map((upload) => line("begun", upload)).join(""));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function absentAsEmpty(error: unknown): string {
  if (errno(error) === "ENOENT") return "";
  throw error;
}
