/**
 * Checks a backup without any private key: every object present, of the signed size and SHA-256, and locked as
 * the manifest says.
 */
import { asFault, type Fault } from "../fault.ts";
import { MANIFEST_NAME, type ManifestObject } from "../seal/manifest.ts";
import type { Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";
import { inOrder } from "../concurrency/in-order.ts";
import { copyIn, sealedObject } from "./sealed-object.ts";

export interface Verified {
  object: ManifestObject;
  /** undefined: as the manifest says. */
  damage: Fault | undefined;
  /** As lockTrouble says. */
  lock: string | undefined;
}

/**
 * Reads every object of the backup once; `progress` is told of bytes read. Yields in the manifest's order. Throws
 * the store's own faults: a store that cannot be read says nothing about the backup in it.
 */
export async function* verifyBackup(
  source: Source,
  backup: Backup,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): AsyncGenerator<Verified> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  try {
    yield* inOrder(backup.manifest.objects, 4, async (object) => ({
      object,
      damage: await damageOf(source, backup, object, either, progress),
      lock: await lockTrouble(source, backup, object.name, either),
    }));
  } finally {
    // The objects that are read ahead must not go on for gigabytes after one ended it all.
    stop.abort();
  }
}

async function damageOf(
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
    const fault = asFault(error);
    if (fault.code !== "BACKUP_DAMAGED") throw fault;
    return fault;
  }
}

/**
 * What is not right with the lock of one of the backup's objects or of its manifest, in a few words; undefined
 * when nothing is, or none was asked for.
 */
export async function lockTrouble(
  source: Source,
  backup: Backup,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const copy = copyIn(source, backup.manifest);
  const asked = backup.manifest.copies.some(({ retainUntil }) => retainUntil !== undefined);
  if (copy === undefined && asked)
    return `with a lock that cannot be read, since none of the manifest's copies is called ${source.name}`;
  if (copy?.retainUntil === undefined) return undefined;
  try {
    const versionId = name === MANIFEST_NAME ? backup.versionId : copy.versions[name];
    const lock = await source.retention(`${backup.folder}/${name}`, { signal, versionId });
    if (lock === undefined) return "not locked";
    if (lock.mode !== copy.mode) return `locked in mode ${lock.mode}, not ${copy.mode ?? ""}`;
    // S3 keeps seconds; a lock that someone prolonged is none the worse.
    if (lock.until.getTime() < Date.parse(copy.retainUntil) - 1000)
      return `locked only until ${lock.until.toISOString()}, not ${copy.retainUntil}`;
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `with a lock that cannot be read (${asFault(error).code})`;
  }
}
