/**
 * Checks a backup without any private key: every object present, of the signed size and SHA-256, and locked as
 * the manifest says.
 */
import { asFault, type Fault } from "../fault.ts";
import type { ManifestObject } from "../seal/manifest.ts";
import type { Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";
import { inOrder } from "../concurrency/in-order.ts";
import { copyIn, sealedObject } from "./sealed-object.ts";

export interface Verified {
  object: ManifestObject;
  /** undefined: as the manifest says. */
  fault: Fault | undefined;
  /** What is not right with the lock, in one sentence; undefined when nothing is or none was asked for. */
  lock: string | undefined;
}

/** Reads every object of the backup once; `progress` is told of bytes read. Yields in the manifest's order. */
export async function* verifyBackup(
  source: Source,
  backup: Backup,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): AsyncGenerator<Verified> {
  yield* inOrder(backup.manifest.objects, 4, async (object) => ({
    object,
    fault: await damage(source, backup, object, signal, progress),
    lock: await unlocked(source, backup, object, signal),
  }));
}

async function damage(
  source: Source,
  backup: Backup,
  object: ManifestObject,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<Fault | undefined> {
  try {
    for await (const chunk of sealedObject(source, backup, object, signal)) progress(chunk.length);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return asFault(error);
  }
}

async function unlocked(
  source: Source,
  backup: Backup,
  object: ManifestObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const copy = copyIn(source, backup.manifest);
  if (copy?.retainUntil === undefined) return undefined;
  try {
    const versionId = copy.versions[object.name];
    const lock = await source.retention(`${backup.folder}/${object.name}`, { signal, versionId });
    if (lock === undefined) return "is not locked";
    if (lock.mode !== copy.mode) return `is locked in mode ${lock.mode}, not ${copy.mode ?? ""}`;
    // S3 keeps seconds; a lock that someone prolonged is none the worse.
    if (lock.until.getTime() < Date.parse(copy.retainUntil) - 1000)
      return `is locked only until ${lock.until.toISOString()}`;
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `has a lock that cannot be read (${asFault(error).code})`;
  }
}
