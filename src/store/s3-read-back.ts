/** What the store says it holds, compared with what was sent and asked for. */
import { GetObjectRetentionCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { Fault } from "../fault.ts";
import type { Finding } from "../fault.ts";
import type { Retention } from "./object-store.ts";
import type { S3Bucket } from "./s3-client.ts";
import { httpStatus } from "./s3-fault.ts";
import { codeOf } from "./s3-sent.ts";
import type { Sent } from "./s3-sent.ts";

/** What one run has learnt about a destination, so that it asks and reports once and not for every object. */
export interface StoreMemory {
  mayHead: boolean;
  mayReadRetention: boolean;
  /** False for a store that refuses requests with `If-None-Match` as not implemented. */
  conditional: boolean;
  /** True once the store was seen to compare the CRC-32 of a part whose payload is not signed. */
  unsignedParts: boolean;
  /** Codes of the findings that concern the store rather than one object, once told. */
  told: Set<Finding["code"]>;
}

/** What a run knows of a destination at its beginning. */
export function newStoreMemory(): StoreMemory {
  return { mayHead: true, mayReadRetention: true, conditional: true, unsignedParts: false, told: new Set() };
}

/**
 * Looks at an object just stored, as far as the key's rights allow. Returns its version and what was asked for
 * and not kept; throws STORE_CHECKSUM when size or checksum differ from what was sent.
 */
export async function readBack(
  bucket: S3Bucket,
  memory: StoreMemory,
  sent: Sent,
  retention: Retention | undefined,
  signal: AbortSignal,
): Promise<{ versionId: string | undefined; findings: Finding[] }> {
  const { name } = bucket.config;
  const head = memory.mayHead
    ? await look(() => headObject(bucket, sent.key, sent.versionId, signal))
    : DENIED;
  if (head === DENIED) memory.mayHead = false;
  if (head === ABSENT) throw vanished(name, sent.key);
  const seen = typeof head === "symbol" ? undefined : head;
  compare(name, sent, seen);

  const findings: Finding[] = [];
  const once = (finding: Finding) => {
    if (!memory.told.has(finding.code)) findings.push(finding);
    memory.told.add(finding.code);
  };
  const versionId = sent.versionId ?? seen?.VersionId;
  if (
    sent.crc32 !== undefined &&
    seen !== undefined &&
    (seen.ChecksumCRC32 ?? sent.echoedCrc32) === undefined
  ) {
    once(checksumNotKept(name, sent.key));
  }
  if (retention === undefined) return { versionId, findings };

  // A lost answer took the version's name with it; only a look can tell that there is none.
  const versionKnown = sent.etag !== undefined || seen !== undefined;
  if (versionKnown && (versionId === undefined || versionId === "null")) once(versionNotKept(name, sent.key));
  const kept = await readLock(bucket, memory, { ...sent, versionId }, seen, signal);
  if (kept === DENIED) once(lockUnconfirmed(name));
  else if (!fulfils(kept, retention)) findings.push(lockNotKept(name, sent.key, retention, kept));
  return { versionId, findings };
}

/**
 * Whose object lies under a key after an answer was lost. "somebody's": there is one, and this access key may not
 * look at it closely. "unknown": it may not even know whether there is one. `sent.etag` is what S3 would call
 * the object that we sent.
 */
export async function whoseIsIt(
  bucket: S3Bucket,
  sent: Sent,
  signal: AbortSignal,
): Promise<"ours" | "another's" | "nobody's" | "somebody's" | "unknown"> {
  const head = await look(() => headObject(bucket, sent.key, undefined, signal));
  if (head === ABSENT) return "nobody's";
  if (head !== DENIED) {
    if (head.ChecksumCRC32 !== undefined && sent.crc32 !== undefined && isComparable(head, sent.crc32)) {
      return head.ChecksumCRC32 === sent.crc32 ? "ours" : "another's";
    }
    return head.ETag === sent.etag ? "ours" : "another's";
  }
  try {
    const lock = await look(() => askRetention(bucket, sent.key, undefined, signal));
    if (lock === ABSENT) return "nobody's";
    return lock === DENIED ? "unknown" : "somebody's";
  } catch (error) {
    return codeOf(error) === "NoSuchObjectLockConfiguration" ? "somebody's" : "unknown";
  }
}

/** The lock of one object, undefined when it has none. Throws STORE_DENIED, STORE_NOT_FOUND and the like. */
export async function getRetention(
  bucket: S3Bucket,
  key: string,
  versionId: string | undefined,
  signal: AbortSignal,
): Promise<Retention | undefined> {
  try {
    return await askRetention(bucket, key, versionId, signal);
  } catch (error) {
    if (isUnlocked(error)) return undefined;
    throw error;
  }
}

async function askRetention(
  bucket: S3Bucket,
  key: string,
  versionId: string | undefined,
  signal: AbortSignal,
): Promise<Retention | undefined> {
  const { Retention: lock } = await bucket.ask({
    action: "s3:GetObjectRetention",
    key,
    signal,
    send: (client, options) =>
      client.send(
        new GetObjectRetentionCommand({
          Bucket: bucket.config.bucket,
          Key: key,
          ...(versionId === undefined ? {} : { VersionId: versionId }),
        }),
        options,
      ),
  });
  return asRetention(lock?.Mode, lock?.RetainUntilDate);
}

/** Whether a question about a lock was answered with: there is none. */
export function isUnlocked(error: unknown): boolean {
  return UNLOCKED.has(codeOf(error));
}

/** Answers of stores whose object or bucket has no lock, or that know none at all. */
const UNLOCKED = new Set([
  "NoSuchObjectLockConfiguration",
  "ObjectLockConfigurationNotFoundError",
  "InvalidRequest",
  "NotImplemented",
  "MethodNotAllowed",
]);

const DENIED: unique symbol = Symbol("no right to look");
const ABSENT: unique symbol = Symbol("nothing there");

async function look<T>(at: () => Promise<T>): Promise<T | typeof DENIED | typeof ABSENT> {
  try {
    return await at();
  } catch (error) {
    if (error instanceof Fault && error.code === "STORE_NOT_FOUND") return ABSENT;
    const status = error instanceof Fault ? httpStatus(error.cause) : undefined;
    // 403 to HeadObject has no body, hence no code; the other answers mean that the store cannot tell.
    if (status === 403 || status === 401 || status === 405 || status === 501) return DENIED;
    throw error;
  }
}

async function headObject(
  bucket: S3Bucket,
  key: string,
  versionId: string | undefined,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput> {
  return bucket.ask({
    action: "s3:GetObject",
    key,
    signal,
    send: (client, options) =>
      client.send(
        new HeadObjectCommand({
          Bucket: bucket.config.bucket,
          Key: key,
          ...(bucket.config.checksum === "crc32" ? { ChecksumMode: "ENABLED" } : {}),
          ...(versionId === undefined ? {} : { VersionId: versionId }),
        }),
        options,
      ),
  });
}

async function readLock(
  bucket: S3Bucket,
  memory: StoreMemory,
  sent: Sent,
  seen: HeadObjectCommandOutput | undefined,
  signal: AbortSignal,
): Promise<Retention | undefined | typeof DENIED> {
  const shown = asRetention(seen?.ObjectLockMode, seen?.ObjectLockRetainUntilDate);
  if (shown !== undefined) return shown;
  // HeadObject leaves the lock out when the key may not read it, so its silence proves nothing.
  if (!memory.mayReadRetention) return DENIED;
  const lock = await look(() => getRetention(bucket, sent.key, sent.versionId, signal));
  if (lock === ABSENT) throw vanished(bucket.config.name, sent.key);
  if (lock === DENIED) memory.mayReadRetention = false;
  return lock;
}

function asRetention(mode: string | undefined, until: Date | undefined): Retention | undefined {
  return (mode === "COMPLIANCE" || mode === "GOVERNANCE") && until !== undefined
    ? { mode, until }
    : undefined;
}

function fulfils(kept: Retention | undefined, asked: Retention): boolean {
  if (kept === undefined) return false;
  const strong = kept.mode === "COMPLIANCE" || kept.mode === asked.mode;
  return strong && kept.until.getTime() >= Math.floor(asked.until.getTime() / 1000) * 1000;
}

/** A store may keep a multipart object's checksum over the whole instead of over its parts; those differ rightly. */
function isComparable(head: HeadObjectCommandOutput, crc32: string): boolean {
  return (head.ChecksumType === "FULL_OBJECT") !== crc32.includes("-");
}

function compare(name: string, sent: Sent, seen: HeadObjectCommandOutput | undefined): void {
  const differs = (what: string) =>
    new Fault(
      "STORE_CHECKSUM",
      `destination ${name}: the store holds ${sent.key} with ${what}`,
      "Run the backup again; when it happens again, this store damages what it is given.",
    );
  if (seen?.ContentLength !== undefined && seen.ContentLength !== sent.size) {
    throw differs(`${seen.ContentLength} bytes, ${sent.size} were sent`);
  }
  if (sent.crc32 === undefined) return;
  for (const crc32 of [sent.echoedCrc32, seen?.ChecksumCRC32]) {
    if (crc32 === undefined || crc32.includes("-") !== sent.crc32.includes("-")) continue;
    if (crc32 !== sent.crc32) throw differs(`CRC32 ${crc32}, ${sent.crc32} was sent`);
  }
}

function vanished(name: string, key: string): Fault {
  return new Fault(
    "STORE_FAILED",
    `destination ${name}: the store took ${key} and now says that it does not exist`,
    "Do not rely on this store; ask its provider, and name another destination.",
  );
}

function checksumNotKept(name: string, key: string): Finding {
  return {
    code: "CHECKSUM_NOT_KEPT",
    what: `destination ${name}: the store keeps no checksum, asked for with ${key}`,
    todo: "Use a store that keeps x-amz-checksum-crc32, or set checksum: when-required and rely on the signed requests.",
  };
}

function versionNotKept(name: string, key: string): Finding {
  return {
    code: "VERSION_NOT_KEPT",
    what: `destination ${name}: a lock was asked for, and the store gave ${key} no version`,
    todo: "Turn on versioning and Object Lock for this bucket.",
  };
}

function lockUnconfirmed(name: string): Finding {
  return {
    code: "LOCK_UNCONFIRMED",
    what: `destination ${name}: locks were asked for, and this access key may not see whether they are kept`,
    todo: "Grant s3:GetObjectRetention to this access key; it gives no right to read an object.",
  };
}

function lockNotKept(name: string, key: string, asked: Retention, kept: Retention | undefined): Finding {
  const has = kept === undefined ? "no lock" : `${kept.mode} until ${kept.until.toISOString()}`;
  return {
    code: "LOCK_NOT_KEPT",
    what: `destination ${name}: ${asked.mode} until ${asked.until.toISOString()} was asked for ${key}, the store kept ${has}`,
    todo: "Until this is mended anyone with the right to delete can delete this backup: ask the provider or change the store.",
  };
}
