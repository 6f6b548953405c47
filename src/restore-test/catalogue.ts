/** Which backups a store holds. A backup is what has a manifest signed by a trusted host; nothing else is. */
import { asFault, Fault } from "../fault.ts";
import { openEnvelope } from "../seal/envelope.ts";
import { MANIFEST_TYPE, parseManifest, type Manifest } from "../seal/manifest.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Listed, Source } from "../store/object-store.ts";
import { inOrder } from "../concurrency/in-order.ts";

export interface Backup {
  /** Key prefix of its objects, without a slash at the end. */
  folder: string;
  /** The store's own time of the commit. */
  committed: Date;
  manifest: Manifest;
}

/** Something with a manifest's name that is not a backup to be trusted, and why. */
export interface Refused {
  folder: string;
  committed: Date;
  fault: Fault;
}

const MANIFEST = "/manifest.json";
const MOST_MANIFEST_BYTES = 16 * 2 ** 20;

/** Every backup of `cluster` (of all clusters when undefined), oldest first, with those that are refused. */
export async function* listBackups(
  source: Source,
  cluster: string | undefined,
  trusted: readonly VerifyKey[],
  signal: AbortSignal,
): AsyncGenerator<Backup | Refused> {
  const manifests: Listed[] = [];
  for await (const object of source.list(cluster === undefined ? "" : `${cluster}/`, signal))
    if (object.key.endsWith(MANIFEST)) manifests.push(object);
  yield* inOrder(manifests, 8, async ({ key, modified }) => {
    const at = { folder: key.slice(0, -MANIFEST.length), committed: modified };
    try {
      return { ...at, manifest: await readManifest(source, at.folder, trusted, signal) };
    } catch (error) {
      signal.throwIfAborted();
      return { ...at, fault: asFault(error) };
    }
  });
}

/**
 * The newest trusted backup of `cluster`, or the one whose id is or begins with `id`. Throws BACKUP_NOT_FOUND,
 * or the fault of the one asked for when it is refused.
 */
export async function findBackup(
  source: Source,
  wanted: { cluster?: string | undefined; id?: string | undefined },
  trusted: readonly VerifyKey[],
  signal: AbortSignal,
): Promise<Backup> {
  let found: Backup | Refused | undefined;
  for await (const backup of listBackups(source, wanted.cluster, trusted, signal)) {
    const id = backup.folder.slice(backup.folder.lastIndexOf("/") + 1);
    if (wanted.id === undefined ? "manifest" in backup : id.startsWith(wanted.id))
      found = newer(found, backup);
  }
  if (found === undefined) {
    const what = wanted.id ?? `a backup${wanted.cluster === undefined ? "" : ` of ${wanted.cluster}`}`;
    throw new Fault(
      "BACKUP_NOT_FOUND",
      `${source.name} holds no ${what} that is signed by a trusted host`,
      "See `lakat backup list`; check the store's name, prefix and the trusted keys.",
    );
  }
  if ("fault" in found) throw found.fault;
  return found;
}

function newer(a: Backup | Refused | undefined, b: Backup | Refused): Backup | Refused {
  return a !== undefined && a.committed > b.committed ? a : b;
}

/** The manifest of the backup in `folder`, checked to belong there: one moved elsewhere is SIGNATURE_INVALID. */
async function readManifest(
  source: Source,
  folder: string,
  trusted: readonly VerifyKey[],
  signal: AbortSignal,
): Promise<Manifest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.get(folder + MANIFEST, { signal })) {
    size += chunk.length;
    if (size > MOST_MANIFEST_BYTES)
      throw new Fault(
        "MANIFEST_INVALID",
        `the manifest in ${folder} is larger than 16 MiB`,
        "It was not written by lakat.",
      );
    chunks.push(chunk);
  }
  const manifest = parseManifest(openEnvelope(Buffer.concat(chunks), MANIFEST_TYPE, trusted));
  if (!folder.startsWith(`${manifest.cluster}/`) || !folder.endsWith(`/${manifest.backupId}`))
    throw new Fault(
      "SIGNATURE_INVALID",
      `the manifest in ${folder} is that of ${manifest.cluster} ${manifest.backupId}`,
      "Somebody copied it there; use the backup it belongs to.",
    );
  return manifest;
}
