/**
 * Adapter: key files on disk. A private one is created readable by its owner alone, and one that others can
 * read is refused, for then nobody knows who else has it.
 */
import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { errno, Fault } from "../fault.ts";
import { signingKeyFromPem, verifyKeyFromPem, type SigningKey, type VerifyKey } from "../seal/signing-key.ts";

/** Keys and certificates are a few kilobytes; what is larger was named by mistake. */
const MAX_BYTES = 1024 * 1024;

/** Creates a file with mode 0600, on disk when this returns. Throws KEY_FILE_EXISTS and KEY_FILE_UNREADABLE. */
export async function writePrivateFile(path: string, content: string | Buffer): Promise<void> {
  await create(path, content, 0o600);
}

/** Creates a file with mode 0644, for what may be shown to anyone. Throws KEY_FILE_EXISTS, KEY_FILE_UNREADABLE. */
export async function writePublicFile(path: string, content: string | Buffer): Promise<void> {
  await create(path, content, 0o644);
}

/** Throws KEY_FILE_EXISTS when one of the files is there already: asked before a set of them is made. */
export async function demandAbsent(paths: string[]): Promise<void> {
  for (const path of paths) {
    const there = await lstat(path).then(
      () => true,
      () => false,
    );
    if (there) throw exists(path);
  }
}

/**
 * Reads a secret. A symlink is followed; what it leads to is judged. Throws KEY_FILE_EXPOSED when group or
 * others may do anything with it, or when it belongs neither to us nor to root; KEY_FILE_UNREADABLE.
 */
export async function readPrivateFile(path: string): Promise<Buffer> {
  return read(path, true);
}

/** Reads a certificate or public key. Throws KEY_FILE_UNREADABLE. */
export async function readPublicFile(path: string): Promise<Buffer> {
  return read(path, false);
}

/** This host's own signing key. Throws KEY_FILE_…. */
export async function readSigningKey(path: string): Promise<SigningKey> {
  return signingKeyFromPem((await readPrivateFile(path)).toString("utf8"));
}

/** The public key of a host whose signature counts. Throws KEY_FILE_…. */
export async function readVerifyKey(path: string): Promise<VerifyKey> {
  return verifyKeyFromPem((await readPublicFile(path)).toString("utf8"));
}

/** Those of several hosts, in the order of their files. Throws KEY_FILE_…. */
export async function readVerifyKeys(paths: readonly string[]): Promise<VerifyKey[]> {
  return Promise.all(paths.map(readVerifyKey));
}

async function create(path: string, content: string | Buffer, mode: number): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  let file: FileHandle;
  try {
    file = await open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  } catch (error) {
    if (errno(error) === "EEXIST") {
      throw exists(path, error);
    }
    throw unreadable(path, "created", error);
  }
  try {
    // The umask may have taken rights away, never added any; 0600 must come out as 0600.
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    throw unreadable(path, "written", error);
  } finally {
    await file.close();
  }
}

async function read(path: string, secret: boolean): Promise<Buffer> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK a FIFO named by mistake would hang the command.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, "read", error);
  }
  try {
    // Judged on the open file, so that it cannot be exchanged between the check and the reading.
    const stat = await file.stat();
    if (!stat.isFile()) throw unreadable(path, "read", new Error("it is not a regular file"));
    if (stat.size > MAX_BYTES) throw unreadable(path, "read", new Error("it is larger than 1 MiB"));
    if (secret) refuseExposed(path, stat.mode, stat.uid);
    return await file.readFile();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw unreadable(path, "read", error);
  } finally {
    await file.close();
  }
}

function exists(path: string, cause?: unknown): Fault {
  return new Fault(
    "KEY_FILE_EXISTS",
    `${path} exists already and is not replaced`,
    "Choose another name, or move the old file away if you are sure that nothing needs it.",
    { cause },
  );
}

function refuseExposed(path: string, mode: number, uid: number): void {
  const rights = mode & 0o777;
  if ((rights & 0o077) !== 0) {
    throw new Fault(
      "KEY_FILE_EXPOSED",
      `${path} is open to others than its owner (mode ${rights.toString(8).padStart(4, "0")})`,
      `Run chmod 600 ${path}, and make a new key if somebody may have read this one.`,
    );
  }
  const self = process.geteuid?.();
  if (uid !== 0 && uid !== self) {
    throw new Fault(
      "KEY_FILE_EXPOSED",
      `${path} belongs to user ${uid}, neither to root nor to the user lakat runs as (${self ?? "unknown"})`,
      `Run chown ${self ?? "root"} ${path}, and make a new key if its owner may have read this one.`,
    );
  }
}

function unreadable(path: string, verb: string, cause: unknown): Fault {
  const code = errno(cause);
  const why =
    code === "ENOENT"
      ? "no such file or folder"
      : code === "EACCES"
        ? "permission denied"
        : (code ?? (cause instanceof Error ? cause.message : "unknown error"));
  return new Fault(
    "KEY_FILE_UNREADABLE",
    `${path} cannot be ${verb}: ${why}`,
    "Check the path and who owns the file and its folder.",
    { cause },
  );
}
