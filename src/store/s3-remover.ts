/** Removing old backups from S3, with an identity that can do that and cannot write. */
import {
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ListMultipartUploadsCommandOutput,
  type ListObjectVersionsCommandOutput,
} from "@aws-sdk/client-s3";
import { Fault } from "../fault.ts";
import type { Hold, OpenUpload, Remover, StoredPiece } from "./object-store.ts";
import { openS3Bucket, type S3Bucket, type S3Config, type S3Surroundings } from "./s3-client.ts";
import { storeClock } from "./s3-clock.ts";
import { abortUpload } from "./s3-multipart.ts";
import { getRetention, isUnlocked } from "./s3-read-back.ts";
import { codeOf } from "./s3-sent.ts";
import { listObjects } from "./s3-source.ts";

/**
 * Opens the bucket for removing; sends nothing yet. Rights needed: s3:ListBucket, s3:ListBucketVersions,
 * s3:ListBucketMultipartUploads, s3:GetObjectRetention, s3:GetObjectLegalHold, s3:DeleteObjectVersion (s3:DeleteObject
 * where the store keeps no versions), s3:AbortMultipartUpload.
 */
export function openS3Remover(config: S3Config, surroundings: S3Surroundings = {}): Remover {
  const bucket = openS3Bucket(config, surroundings);
  return {
    name: config.name,
    now: (signal) => storeTime(bucket, signal),
    pieces: (prefix, signal) => pieces(bucket, prefix, signal),
    hold: (piece, signal) => holdOf(bucket, piece, signal),
    remove: (piece, signal) => remove(bucket, piece, signal),
    uploads: (prefix, signal) => uploads(bucket, prefix, signal),
    abort: ({ key, uploadId }, signal) =>
      abortUpload(bucket, { destination: config.name, key, uploadId }, signal),
  };
}

/** The Date of an answer of the store's. Throws STORE_FAILED when it tells none. */
async function storeTime(bucket: S3Bucket, signal: AbortSignal): Promise<Date> {
  const date = await storeClock(bucket, signal);
  if (date !== undefined) return date;
  throw new Fault(
    "STORE_FAILED",
    `destination ${bucket.config.name}: the store does not say what time it is`,
    "Nothing can be called old without the store's clock; ask its provider for the Date header.",
  );
}

async function* pieces(bucket: S3Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<StoredPiece> {
  let from: Place | undefined = {};
  while (from !== undefined) {
    const page = await versionsFrom(bucket, prefix, from, signal);
    if (page === undefined) {
      for await (const object of listObjects(bucket, prefix, signal))
        yield { ...object, versionId: undefined, marker: false };
      return;
    }
    for (const [list, marker] of [
      [page.Versions ?? [], false],
      [page.DeleteMarkers ?? [], true],
    ] as const)
      for (const one of list) {
        const size = "Size" in one ? (one.Size ?? 0) : 0;
        if (one.Key !== undefined && one.LastModified !== undefined)
          yield { key: one.Key, versionId: one.VersionId, size, modified: one.LastModified, marker };
      }
    from = nextPlace(bucket, page, page.NextVersionIdMarker);
  }
}

/** Where a page of a list begins; empty: at its start. */
interface Place {
  key?: string;
  id?: string | undefined;
}

function nextPlace(
  bucket: S3Bucket,
  { IsTruncated, NextKeyMarker }: { IsTruncated?: boolean | undefined; NextKeyMarker?: string | undefined },
  id: string | undefined,
): Place | undefined {
  if (IsTruncated !== true) return undefined;
  if (NextKeyMarker !== undefined) return { key: NextKeyMarker, id };
  throw new Fault(
    "STORE_FAILED",
    `destination ${bucket.config.name}: the store cut its list short and named no next page`,
    "Report this to the store's provider.",
  );
}

/** One page of versions; undefined where the store knows no such list, since it keeps no versions. */
function versionsFrom(
  bucket: S3Bucket,
  prefix: string,
  { key, id }: Place,
  signal: AbortSignal,
): Promise<ListObjectVersionsCommandOutput | undefined> {
  const request = {
    Bucket: bucket.config.bucket,
    Prefix: prefix,
    ...(key === undefined ? {} : { KeyMarker: key }),
    ...(id === undefined ? {} : { VersionIdMarker: id }),
  };
  return orUnknown(
    bucket.ask({
      action: "s3:ListBucketVersions",
      signal,
      send: (client, options) => client.send(new ListObjectVersionsCommand(request), options),
    }),
  );
}

async function holdOf(bucket: S3Bucket, piece: StoredPiece, signal: AbortSignal): Promise<Hold | undefined> {
  const { key, versionId, marker } = piece;
  if (marker) return undefined;
  try {
    const lock = await getRetention(bucket, key, versionId, signal);
    if (await hasLegalHold(bucket, piece, signal)) return { until: undefined };
    return lock === undefined || lock.until <= (await storeTime(bucket, signal))
      ? undefined
      : { until: lock.until };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function hasLegalHold(
  bucket: S3Bucket,
  { key, versionId }: StoredPiece,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { LegalHold } = await bucket.ask({
      action: "s3:GetObjectLegalHold",
      key,
      signal,
      send: (client, options) =>
        client.send(
          new GetObjectLegalHoldCommand({ Bucket: bucket.config.bucket, Key: key, ...version(versionId) }),
          options,
        ),
    });
    return LegalHold?.Status === "ON";
  } catch (error) {
    if (isUnlocked(error)) return false;
    throw error;
  }
}

async function remove(bucket: S3Bucket, piece: StoredPiece, signal: AbortSignal): Promise<Hold | undefined> {
  const { key, versionId } = piece;
  try {
    await bucket.ask({
      action: versionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion",
      key,
      signal,
      send: (client, options) =>
        client.send(
          new DeleteObjectCommand({ Bucket: bucket.config.bucket, Key: key, ...version(versionId) }),
          options,
        ),
    });
    return undefined;
  } catch (error) {
    if (isGone(error)) return undefined;
    // S3 says the same to a key without the right and about a version that is locked.
    const denied = error instanceof Fault && error.code === "STORE_DENIED";
    const hold = denied ? await holdOf(bucket, piece, signal).catch(() => undefined) : undefined;
    if (hold === undefined) throw error;
    return hold;
  }
}

async function* uploads(bucket: S3Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<OpenUpload> {
  let from: Place | undefined = {};
  while (from !== undefined) {
    const page = await uploadsFrom(bucket, prefix, from, signal);
    if (page === undefined) return;
    for (const { Key: key, UploadId: uploadId, Initiated: begun } of page.Uploads ?? [])
      // Some stores do not narrow this list by the prefix.
      if (key?.startsWith(prefix) === true && uploadId !== undefined && begun !== undefined)
        yield { key, uploadId, begun };
    from = nextPlace(bucket, page, page.NextUploadIdMarker);
  }
}

/** One page of uploads; undefined where the store knows no such list. */
function uploadsFrom(
  bucket: S3Bucket,
  prefix: string,
  { key, id }: Place,
  signal: AbortSignal,
): Promise<ListMultipartUploadsCommandOutput | undefined> {
  const request = {
    Bucket: bucket.config.bucket,
    Prefix: prefix,
    ...(key === undefined ? {} : { KeyMarker: key }),
    ...(id === undefined ? {} : { UploadIdMarker: id }),
  };
  return orUnknown(
    bucket.ask({
      action: "s3:ListBucketMultipartUploads",
      signal,
      send: (client, options) => client.send(new ListMultipartUploadsCommand(request), options),
    }),
  );
}

function version(versionId: string | undefined): { VersionId?: string } {
  return versionId === undefined ? {} : { VersionId: versionId };
}

/** Undefined when the store does not know the operation. */
async function orUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (["NotImplemented", "MethodNotAllowed"].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Somebody else, perhaps another prune, was quicker. */
function isGone(error: unknown): boolean {
  return error instanceof Fault && error.code === "STORE_NOT_FOUND" && codeOf(error) !== "NoSuchBucket";
}
