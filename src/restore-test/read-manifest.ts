/**
 * Reads the manifest that says what a backup is. One that a trusted host did not sign is refused; where the store
 * keeps versions, the one the host had signed is looked for behind it.
 */
import { asFault, Fault, type Code, type Finding } from "../fault.ts";
import { openEnvelope, readUnverifiedEnvelope } from "../seal/envelope.ts";
import {
  backupFolder,
  MANIFEST_NAME,
  MANIFEST_TYPE,
  parseManifest,
  type Manifest,
} from "../seal/manifest.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Source, StoredVersion } from "../store/object-store.ts";

/** Whose signature counts. */
export interface Trust {
  keys: readonly VerifyKey[];
  /** A manifest that nobody trusted has signed is read too, with a finding that says so. */
  acceptUnverified: boolean;
}

export interface FoundManifest {
  manifest: Manifest;
  /** The store's own time of the version that was read. */
  committed: Date;
  /** The version that was read; undefined: the current one. */
  versionId: string | undefined;
  /** False: anybody who can write to the store may have made it. */
  verified: boolean;
  findings: Finding[];
}

const MOST_MANIFEST_BYTES = 16 * 2 ** 20;
/** Whoever overwrites a manifest comes after the host that wrote it: the right one is among the first. */
const MOST_VERSIONS_TRIED = 10;

/**
 * Faults of what lies there now, which an earlier version need not have. Whoever can write may also put something
 * there that nobody can read: under a key of his own (SSE-C), or in a storage class that has to be thawed.
 */
const OF_THE_OBJECT: ReadonlySet<Code> = new Set<Code>([
  "SIGNATURE_INVALID",
  "MANIFEST_INVALID",
  "STORE_DENIED",
  "STORE_FAILED",
]);

/**
 * The manifest of the backup in `folder`, whose current version the store dates `modified`. Throws
 * SIGNATURE_INVALID (also for one that belongs to another folder), MANIFEST_INVALID, and the store's own faults.
 */
export async function readManifest(
  source: Source,
  { folder, modified }: { folder: string; modified: Date },
  trust: Trust,
  signal: AbortSignal,
): Promise<FoundManifest> {
  const read = (verified: boolean, versionId?: string): Promise<Manifest> =>
    manifestIn(source, folder, verified ? trust.keys : undefined, { signal, versionId });
  let refusal: Fault;
  try {
    const manifest = await read(true);
    return { manifest, committed: modified, versionId: undefined, verified: true, findings: [] };
  } catch (error) {
    signal.throwIfAborted();
    refusal = asFault(error);
    if (!OF_THE_OBJECT.has(refusal.code)) throw refusal;
  }
  const versions = await firstVersions(source, `${folder}/${MANIFEST_NAME}`, signal);
  const signed = await firstReadable(versions, (id) => read(true, id), signal);
  if (signed !== undefined) return { ...signed, verified: true, findings: [replaced(folder, refusal)] };
  if (!trust.acceptUnverified) throw refusal;
  const unsigned = (await firstReadable(versions, (id) => read(false, id), signal)) ?? {
    manifest: await read(false),
    committed: modified,
    versionId: undefined,
  };
  return { ...unsigned, verified: false, findings: [unverified(folder, unsigned.manifest, refusal)] };
}

async function manifestIn(
  source: Source,
  folder: string,
  keys: readonly VerifyKey[] | undefined,
  options: { signal: AbortSignal; versionId?: string | undefined },
): Promise<Manifest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.get(`${folder}/${MANIFEST_NAME}`, options)) {
    size += chunk.length;
    if (size > MOST_MANIFEST_BYTES)
      throw new Fault(
        "MANIFEST_INVALID",
        `the manifest in ${folder} is larger than 16 MiB`,
        "It was not written by lakat.",
      );
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const payload =
    keys === undefined
      ? readUnverifiedEnvelope(bytes, MANIFEST_TYPE)
      : openEnvelope(bytes, MANIFEST_TYPE, keys);
  const manifest = parseManifest(payload);
  if (folder !== backupFolder(undefined, manifest.cluster, manifest.backupId))
    throw new Fault(
      "SIGNATURE_INVALID",
      `the manifest in ${folder} is that of ${manifest.cluster} ${manifest.backupId}`,
      "Somebody copied it there; use the backup it belongs to.",
    );
  return manifest;
}

/** The first versions of the object, oldest first; none where the store keeps none or does not show them. */
async function firstVersions(source: Source, key: string, signal: AbortSignal): Promise<StoredVersion[]> {
  const versions: StoredVersion[] = [];
  try {
    for await (const version of source.versions?.(key, signal) ?? []) {
      versions.push(version);
      if (versions.length > MOST_VERSIONS_TRIED) versions.shift();
    }
  } catch {
    signal.throwIfAborted();
    // Without the right to see versions, or on a store that knows none, what was refused stays refused.
    return [];
  }
  return versions.reverse();
}

async function firstReadable(
  versions: StoredVersion[],
  read: (versionId: string) => Promise<Manifest>,
  signal: AbortSignal,
): Promise<Pick<FoundManifest, "manifest" | "committed" | "versionId"> | undefined> {
  for (const { versionId, modified } of versions) {
    try {
      return { manifest: await read(versionId), committed: modified, versionId };
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

function replaced(folder: string, { code, message }: Fault): Finding {
  return {
    code: "MANIFEST_REPLACED",
    what: `somebody overwrote the manifest of ${folder} (${code}: ${message}); the version that its host signed is used`,
    todo: "Take away the write key of that backup host and find out who used it.",
  };
}

function unverified(folder: string, manifest: Manifest, { message }: Fault): Finding {
  return {
    code: "MANIFEST_UNVERIFIED",
    what: `NOBODY VOUCHES for the backup in ${folder} (it names ${manifest.host} as its host; ${message}): whoever can write to the store may have made it, with SQL of his own in it`,
    todo: "Restore it only into a server that holds nothing else and reaches no network, and look through what comes out before anybody uses it.",
  };
}
