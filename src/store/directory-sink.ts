/**
 * Backups into a local folder: a second copy beside the one in the bucket, or a place to try things out. An
 * object appears under its name whole and on disk, or not at all. A directory keeps neither locks nor versions.
 */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, open, readdir, rm, stat, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errno, Fault } from "../fault.ts";
import type { Finding } from "../fault.ts";
import { directoryFault } from "./directory-fault.ts";
import { directoryPath, insideRoot, UNFINISHED_PREFIX } from "./directory-path.ts";
import { bodyOf } from "./object-store.ts";
import type { PutRequest, Receipt, Sink, Upload, UploadJournal } from "./object-store.ts";
import { untilAborted } from "./until-aborted.ts";

/** Bytes gathered before one write: fewer, larger system calls. */
const WRITE_SIZE = 1024 * 1024;

export interface DirectoryConfig {
  name: string;
  /** Absolute path of an existing directory; it is not created, since it may be a disk that is not mounted. */
  path: string;
  /** ISO 3166-1 alpha-2 country in which the machine stands. */
  country: string;
}

/** Opens the directory for backups. Throws nothing by itself: every method answers for its own use. */
export function openDirectorySink(config: DirectoryConfig, journal: UploadJournal): Sink {
  const { name, path: root, country } = config;
  const guarded = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw directoryFault(error, name, join(root, key));
    }
  };

  return {
    name,
    country: () => Promise.resolve(country),

    async probe(probeKey, signal) {
      const twice = async () => {
        await put({ key: probeKey, body: bodyOf(Buffer.from("lakat\n")), retention: undefined, signal });
      };
      await twice().catch(ignoreExisting);
      try {
        await twice();
      } catch (error) {
        ignoreExisting(error);
        return [];
      }
      return [writeOnceNotKept(name)];
    },

    put,

    read: (key, maxBytes, signal) =>
      guarded(key, async () => {
        const path = directoryPath(root, key);
        try {
          await insideRoot(root, path);
          const bytes: AsyncIterable<Buffer> = createReadStream(path, { end: maxBytes, signal });
          return Buffer.concat(await Array.fromAsync(bytes));
        } catch (error) {
          if (errno(error) === "ENOENT") return undefined;
          throw error;
        }
      }),

    discard: (upload) => guarded(upload.key, () => remove(unfinishedPath(root, upload))),

    discardUnfinished: (folder, commitName) =>
      guarded(folder, async () => {
        const path = directoryPath(root, folder);
        const names = await readdir(path).catch((error: unknown) => {
          if (errno(error) === "ENOENT") return undefined;
          throw error;
        });
        if (names === undefined) return true;
        if (names.includes(commitName)) return false;
        await insideRoot(root, path);
        await rm(path, { recursive: true, force: true });
        await syncFolder(dirname(path));
        return true;
      }),
  };

  async function put({ key, body, retention, signal }: PutRequest): Promise<Receipt> {
    const target = directoryPath(root, key);
    const uploadId = `${UNFINISHED_PREFIX}${randomBytes(8).toString("hex")}`;
    const upload: Upload = { destination: name, key, uploadId };
    const unfinished = unfinishedPath(root, upload);
    await guarded(key, () => makeFolder(root, dirname(target)));
    await journal.begun(upload);
    try {
      const size = await writeWhole(unfinished, body, signal, (work) => guarded(key, work));
      await guarded(key, async () => {
        await link(unfinished, target);
        await unlink(unfinished);
        await syncFolder(dirname(target));
      });
      const findings = retention === undefined ? [] : [lockNotKept(name, key)];
      await journal.ended(upload);
      return { key, size, versionId: undefined, findings };
    } catch (error) {
      // Nothing of the object may remain. What cannot be removed now stays in the journal for the next run.
      await remove(unfinished).then(
        () => journal.ended(upload),
        () => undefined,
      );
      throw error;
    }
  }
}

function unfinishedPath(root: string, { key, uploadId }: Upload): string {
  if (!/^\.lakat-[0-9a-f]{16}$/.test(uploadId)) {
    throw new Fault(
      "STORE_FAILED",
      `${JSON.stringify(uploadId)} is no unfinished file`,
      "Report this as a defect of lakat.",
    );
  }
  return join(dirname(directoryPath(root, key)), uploadId);
}

/** Writes the body into a new file and waits until it is on disk; returns its length in bytes. */
async function writeWhole(
  path: string,
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
  guarded: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<number> {
  const file = await guarded(() => open(path, "wx", 0o600));
  try {
    let size = 0;
    let gathered: Buffer[] = [];
    let bytes = 0;
    const flush = async () => {
      const full = gathered;
      gathered = [];
      bytes = 0;
      await guarded(() => writeAll(file, full));
    };
    for await (const chunk of untilAborted(body, signal)) {
      gathered.push(chunk);
      size += chunk.length;
      bytes += chunk.length;
      if (bytes >= WRITE_SIZE) await flush();
    }
    signal.throwIfAborted();
    await flush();
    await guarded(() => file.sync());
    const stored = (await guarded(() => file.stat())).size;
    if (stored !== size) throw wrongSize(path, size, stored);
    return size;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, buffers: Buffer[]): Promise<void> {
  let rest = buffers;
  while (rest.length > 0) {
    // A full disk may take a part of what it is given before it says so.
    let { bytesWritten } = await file.writev(rest);
    while (rest[0] !== undefined && bytesWritten >= rest[0].length) {
      bytesWritten -= rest[0].length;
      rest = rest.slice(1);
    }
    if (rest[0] !== undefined) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)];
  }
}

/** Makes the folder and those above it, each one's entry on disk, and none of them outside the root. */
async function makeFolder(root: string, folder: string): Promise<void> {
  await stat(root);
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  await insideRoot(root, folder);
  if (first === undefined) return;
  for (let path = folder; path.length >= first.length; path = dirname(path)) await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Fault) || error.code !== "STORE_EXISTS") throw error;
}

function lockNotKept(name: string, key: string): Finding {
  return {
    code: "LOCK_NOT_KEPT",
    what: `destination ${name}: a lock was asked for ${key}, and a directory cannot keep one`,
    todo: "Ask for no lock on a directory, and keep the locked copy in an S3 bucket.",
  };
}

function writeOnceNotKept(name: string): Finding {
  return {
    code: "WRITE_ONCE_NOT_KEPT",
    what: `destination ${name}: the file system replaced a file that must not be replaced`,
    todo: "Use a file system with hard links, for example ext4 or xfs.",
  };
}

function wrongSize(path: string, sent: number, stored: number): Fault {
  return new Fault(
    "STORE_CHECKSUM",
    `${path} has ${stored} bytes after ${sent} were written`,
    "Check the disk and the file system.",
  );
}
