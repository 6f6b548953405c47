/** What went to S3 as one object, and the fields every upload shares. */
import { Fault } from "../fault.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { Retention, UploadJournal } from "./object-store.ts";
import type { S3Bucket } from "./s3-client.ts";
import { errorCode } from "./s3-fault.ts";

/** What was sent, and what the store answered to it; what is read back is compared with this. */
export interface Sent {
  key: string;
  /** Bytes. */
  size: number;
  /** CRC-32 of the object in S3's form (composite with the number of parts when multipart); undefined when none. */
  crc32: string | undefined;
  /** What the store's answer to the upload said it is. */
  echoedCrc32?: string | undefined;
  etag?: string | undefined;
  versionId?: string | undefined;
}

/** What an upload needs besides the request. */
export interface UploadMeans {
  bucket: S3Bucket;
  budget: MemoryBudget;
  journal: UploadJournal;
  /** False for a store that refuses requests with `If-None-Match` as not implemented. */
  conditional: () => boolean;
  /** True for a store that was seen to compare the CRC-32 of parts whose payload is not signed. */
  unsignedParts: () => boolean;
}

/** Write-once: the store refuses the request when the key exists. */
export function condition(means: UploadMeans) {
  return means.conditional() ? { IfNoneMatch: "*" } : {};
}

/** Object Lock's fields of a PutObject or CreateMultipartUpload. */
export function lockFields(retention: Retention | undefined) {
  if (retention === undefined) return {};
  return { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: retention.until };
}

/** S3's error code behind a Fault; empty when there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Fault && error.cause !== undefined ? errorCode(error.cause) : "";
}
