/** FLOW pre-data → data → post-data of one database, from the store into a server. */
import { inParallel } from "../concurrency/in-parallel.ts";
import { Fault } from "../fault.ts";
import { openBytes, openStream } from "../seal/age.ts";
import { parseInventory, type Inventory } from "../seal/inventory.ts";
import type { ManifestObject } from "../seal/manifest.ts";
import { bodyOf, type Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";
import type { RestoreTarget } from "./restore.ts";
import { sealedBytes, sealedObject, theObject } from "./sealed-object.ts";

/** What it takes to read a backup's objects in clear. */
export interface Opening {
  source: Source;
  backup: Backup;
  backupKey: string;
  watch: { phase(name: string): void; stream(change: 1 | -1): void; bytes(count: number): void };
  signal: AbortSignal;
}

/** What the backup says it holds. Throws BACKUP_DAMAGED, AGE_INVALID, MANIFEST_INVALID. */
export async function openInventory({
  source,
  backup,
  backupKey,
  signal,
}: Omit<Opening, "watch">): Promise<Inventory> {
  const sealed = await sealedBytes(source, backup, theObject(backup, "inventory"), signal);
  return parseInventory(await openBytes(sealed, [backupKey]));
}

/**
 * Loads one database; `create` makes it first, with owner, locale and settings of its own. `jobs`: streams at once. Throws
 * BACKUP_DAMAGED, AGE_INVALID, RESTORE_FAILED; what was loaded until then stays.
 */
export async function loadDatabase(
  request: Opening & { target: RestoreTarget; jobs: number },
  { database, into, create }: { database: string; into: string; create: boolean },
): Promise<void> {
  const { backup, target, watch, signal } = request;
  watch.phase("pre-data");
  for (const object of partsOf(backup, database, "pre-data"))
    await target.preData(into, create, bodyOf(await openedBytes(request, object)), signal);
  watch.phase("data");
  const data = partsOf(backup, database, "data").sort((a, b) => b.size - a.size);
  const load = data.map((object) => (one: AbortSignal) => target.data(into, opened(request, object), one));
  await inParallel(load, request.jobs, signal);
  watch.phase("post-data");
  for (const object of partsOf(backup, database, "post-data"))
    await target.postData(into, await openedBytes(request, object), signal);
}

/**
 * Loads, and once more from the beginning when pg_restore's own workers got into each other's way: that depends on their
 * pace and says nothing about the backup. `undo` removes what was loaded.
 */
export async function againAfterDeadlock(
  load: () => Promise<void>,
  undo: () => Promise<void>,
): Promise<void> {
  try {
    await load();
  } catch (error) {
    if (!(error instanceof Fault && /deadlock detected/.test(error.message))) throw error;
    await undo();
    await load();
  }
}

/** The objects of one section of a database. */
export function partsOf(backup: Backup, database: string, role: ManifestObject["role"]): ManifestObject[] {
  return backup.manifest.objects.filter((object) => object.database === database && object.role === role);
}

/** A small object's compressed dump, whole: definitions, of which nothing is run before all of it is verified. */
export async function openedBytes(request: Opening, object: ManifestObject): Promise<Buffer> {
  const sealed = await sealedBytes(request.source, request.backup, object, request.signal);
  request.watch.bytes(sealed.length);
  return openBytes(sealed, [request.backupKey]);
}

/**
 * An object's compressed dump, opened with the backup key as it comes. It is held to the manifest at its end only, so
 * whoever has the backup key and can write to the store could have SQL of his run before (ARCHITECTURE.md, threats).
 */
export async function* opened(request: Opening, object: ManifestObject): AsyncGenerator<Buffer> {
  const { source, backup, signal, watch } = request;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of sealedObject(source, backup, object, signal)) {
      watch.bytes(chunk.length);
      yield chunk;
    }
  }
  watch.stream(1);
  try {
    yield* openStream(counted(), [request.backupKey]);
  } finally {
    watch.stream(-1);
  }
}
