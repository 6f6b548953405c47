/** Reading backups back from S3, with a key that cannot write. */
import { GetObjectCommand, ListObjectsV2Command, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import { Fault } from "../fault.ts";
import type { GetOptions, Listed, Source } from "./object-store.ts";
import { storeClock } from "./s3-clock.ts";
import { openS3Bucket } from "./s3-client.ts";
import type { S3Bucket, S3Config, S3Surroundings } from "./s3-client.ts";
import { isTransient, s3Fault } from "./s3-fault.ts";
import { getRetention } from "./s3-read-back.ts";
import { codeOf } from "./s3-sent.ts";

/** Opens the bucket for reading; sends nothing yet. Rights needed: s3:ListBucket, s3:GetObject(Version), s3:GetObjectRetention; for versions() s3:ListBucketVersions. */
export function openS3Source(config: S3Config, surroundings: S3Surroundings = {}): Source {
  const bucket = openS3Bucket(config, surroundings);
  return {
    name: config.name,
    list: (prefix, signal) => listObjects(bucket, prefix, signal),
    get: (key, options) => getObject(bucket, key, options),
    versions: (key, signal) => versions(bucket, key, signal),
    retention: (key, { signal, versionId }) => getRetention(bucket, key, versionId, signal),
    clock: (signal) => storeClock(bucket, signal),
  };
}

/** Every current object below the prefix. */
export async function* listObjects(
  bucket: S3Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<Listed> {
  let token: string | undefined;
  do {
    const page = await bucket.ask({
      action: "s3:ListBucket",
      signal,
      send: (client, options) =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket.config.bucket,
            Prefix: prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          options,
        ),
    });
    for (const { Key: key, Size: size, LastModified: modified } of page.Contents ?? []) {
      if (key !== undefined && size !== undefined && modified !== undefined) yield { key, size, modified };
    }
    token = page.NextContinuationToken;
    if (page.IsTruncated === true && token === undefined) {
      throw new Fault(
        "STORE_FAILED",
        `destination ${bucket.config.name}: the store cut its list short and named no next page`,
        "Report this to the store's provider.",
      );
    }
  } while (token !== undefined);
}

async function* versions(bucket: S3Bucket, key: string, signal: AbortSignal) {
  let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await bucket.ask({
      action: "s3:ListBucketVersions",
      key,
      signal,
      send: (client, options) =>
        client.send(
          new ListObjectVersionsCommand({ Bucket: bucket.config.bucket, Prefix: key, ...from }),
          options,
        ),
    });
    for (const { Key, VersionId: versionId, LastModified: modified } of page.Versions ?? []) {
      if (Key === key && versionId !== undefined && modified !== undefined) yield { versionId, modified };
    }
    // Keys come in order: once another one shows, every version of this one has been seen.
    if (page.IsTruncated !== true || page.NextKeyMarker !== key) return;
    from = {
      KeyMarker: key,
      ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
    };
  }
}

/**
 * The object's bytes in order. A connection that breaks is resumed where it broke, of the same version and ETag,
 * as long as each attempt brings at least one byte or the retry deadline has not passed.
 */
export async function* getObject(
  bucket: S3Bucket,
  key: string,
  { signal, versionId }: GetOptions,
): AsyncGenerator<Buffer> {
  let read = 0;
  let total: number | undefined;
  let etag: string | undefined;
  let barren = 0;
  for (;;) {
    const answer = await open(bucket, key, versionId, read, etag, signal);
    etag ??= answer.ETag;
    total ??= answer.ContentLength;
    const before = read;
    try {
      if (answer.Body instanceof Readable) {
        for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
          read += chunk.length;
          yield chunk;
        }
      }
      if (total === undefined || read === total) return;
    } catch (error) {
      signal.throwIfAborted();
      barren = read > before ? 0 : barren + 1;
      if (!isTransient(error) || barren > MOST_BARREN) throw readFault(bucket, key, error);
      continue;
    }
    barren = read > before ? 0 : barren + 1;
    if (read > total || barren > MOST_BARREN)
      throw readFault(bucket, key, new Error(`${read} of ${total} bytes came`));
  }
}

/** Attempts in a row that may bring no byte before the object is given up. */
const MOST_BARREN = 5;

async function open(
  bucket: S3Bucket,
  key: string,
  versionId: string | undefined,
  from: number,
  etag: string | undefined,
  signal: AbortSignal,
) {
  try {
    return await bucket.ask({
      action: "s3:GetObject",
      key,
      signal,
      send: (client, options) =>
        client.send(
          new GetObjectCommand({
            Bucket: bucket.config.bucket,
            Key: key,
            ...(versionId === undefined ? {} : { VersionId: versionId }),
            ...(from === 0 ? {} : { Range: `bytes=${from}-` }),
            // Half of one object and half of another would be neither.
            ...(from === 0 || etag === undefined ? {} : { IfMatch: etag }),
          }),
          options,
        ),
    });
  } catch (error) {
    if (from > 0 && codeOf(error) === "PreconditionFailed") {
      throw new Fault(
        "STORE_FAILED",
        `destination ${bucket.config.name}: ${key} was replaced while it was read`,
        "Read it again, and find out who can write to this bucket.",
        { cause: error },
      );
    }
    throw error;
  }
}

function readFault(bucket: S3Bucket, key: string, error: unknown): Fault {
  const { name, bucket: bucketName, endpoint = "AWS" } = bucket.config;
  return s3Fault(
    error,
    { destination: name, bucket: bucketName, endpoint, action: "s3:GetObject", key },
    bucket.now(),
  );
}
