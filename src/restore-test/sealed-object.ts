/** Reads one object of a backup and holds it to what the signed manifest says of it. */
import { createHash } from "node:crypto";
import { Fault } from "../fault.ts";
import type { Manifest, ManifestObject } from "../seal/manifest.ts";
import type { Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";

/**
 * The sealed bytes of an object. Ends cleanly only when size and SHA-256 are those of the manifest; throws
 * BACKUP_DAMAGED otherwise. Reads the very version the manifest names, so that an overwritten object is no loss.
 */
export async function* sealedObject(
  source: Source,
  backup: Backup,
  object: ManifestObject,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const key = `${backup.folder}/${object.name}`;
  const hash = createHash("sha256");
  let size = 0;
  let missing = false;
  const versions = versionsOf(source, backup.manifest, object.name);
  try {
    for await (const chunk of readVersion(source, key, versions, signal)) {
      hash.update(chunk);
      size += chunk.length;
      if (size > object.size) break;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "STORE_NOT_FOUND") throw error;
    missing = true;
  }
  const damage = missing
    ? "is missing"
    : size !== object.size
      ? `has ${size > object.size ? "more than " : ""}${Math.min(size, object.size)} bytes instead of ${object.size}`
      : hash.digest("hex") === object.sha256
        ? undefined
        : "has another SHA-256 than the manifest says";
  if (damage !== undefined)
    throw new Fault(
      "BACKUP_DAMAGED",
      `${key} ${damage}`,
      "Use another backup or another destination, and find out who changed this one.",
    );
}

/** An object that is small by nature, whole. Throws BACKUP_DAMAGED, also when the manifest says it is large. */
export async function sealedBytes(
  source: Source,
  backup: Backup,
  object: ManifestObject,
  signal: AbortSignal,
): Promise<Buffer> {
  if (object.size > 256 * 2 ** 20)
    throw new Fault(
      "BACKUP_DAMAGED",
      `${object.name} of ${backup.folder} is said to be ${object.size} bytes`,
      "It was not written by lakat.",
    );
  return Buffer.concat(await Array.fromAsync(sealedObject(source, backup, object, signal)));
}

/** The one object with this role. Throws BACKUP_DAMAGED when the manifest lists none. */
export function theObject(backup: Backup, role: ManifestObject["role"]): ManifestObject {
  const object = backup.manifest.objects.find((candidate) => candidate.role === role);
  if (object === undefined)
    throw new Fault(
      "BACKUP_DAMAGED",
      `the manifest of ${backup.folder} lists no ${role} object`,
      "Use another backup.",
    );
  return object;
}

/**
 * The copy of the backup that lies in this store. Someone who has only the bucket may not know what it was
 * called in the configuration; where there is but one copy, it is that.
 */
export function copyIn(source: Source, { copies }: Manifest): Manifest["copies"][number] | undefined {
  return (
    copies.find((copy) => copy.destination === source.name) ?? (copies.length === 1 ? copies[0] : undefined)
  );
}

/** The versions under which the object may lie here: that of this store's copy, or, of a store by another name, any. */
function versionsOf(source: Source, manifest: Manifest, name: string): string[] {
  const copy = copyIn(source, manifest);
  const copies = copy === undefined ? manifest.copies : [copy];
  return copies.flatMap(({ versions }) => versions[name] ?? []);
}

/** The first version that is there; when the store has none of them (a copied bucket), the current one. */
async function* readVersion(
  source: Source,
  key: string,
  versions: string[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const versionId of versions) {
    let began = false;
    try {
      for await (const chunk of source.get(key, { signal, versionId })) {
        began = true;
        yield chunk;
      }
      return;
    } catch (error) {
      if (began || !(error instanceof Fault)) throw error;
      // A store may call another store's version not unknown but wrong in form.
      const foreign = error.code === "STORE_FAILED" && versions.length > 1;
      if (error.code !== "STORE_NOT_FOUND" && !foreign) throw error;
    }
  }
  yield* source.get(key, { signal });
}
