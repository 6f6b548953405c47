/** One object to S3: a single PUT when it fits one part, otherwise a multipart upload in constant memory. */
import { createHash } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { PutRequest } from "./object-store.ts";
import { PartReader } from "./part-reader.ts";
import { checksumFields } from "./s3-checksum.ts";
import { mayHaveLanded } from "./s3-fault.ts";
import { firstPartSize, sendInParts } from "./s3-multipart.ts";
import { whoseIsIt } from "./s3-read-back.ts";
import { codeOf, condition, lockFields } from "./s3-sent.ts";
import type { Sent, UploadMeans } from "./s3-sent.ts";

/**
 * Sends the body under a key that must not exist. Throws STORE_EXISTS and the other STORE_ faults, whatever the
 * body throws as it is, or the signal's reason; then nothing of the object remains but, when even the abort
 * failed, a note in the journal.
 */
export async function uploadObject(means: UploadMeans, request: PutRequest): Promise<Sent> {
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const reader = new PartReader(request.body, signal);
  const lease = means.budget.lease();
  try {
    const slot = await lease.take(firstPartSize(means.bucket.config), signal);
    try {
      const filled = await reader.fill(slot.buffer);
      if (await reader.more())
        return await sendInParts(means, request, { reader, lease, first: slot, stop, signal });
      slot.sending();
      return await putObject(means, request, slot.buffer.subarray(0, filled));
    } finally {
      slot.release();
    }
  } finally {
    await reader.stop();
  }
}

async function putObject(means: UploadMeans, request: PutRequest, body: Buffer): Promise<Sent> {
  const { bucket } = means;
  const { key, signal } = request;
  const checksum = checksumFields(bucket.config, body, true);
  const sent: Sent = { key, size: body.length, crc32: checksum.ChecksumCRC32 };
  const fate = { lost: false };
  try {
    const answer = await bucket.ask({
      action: "s3:PutObject",
      key,
      signal,
      send: (client, options) =>
        client.send(
          new PutObjectCommand({
            Bucket: bucket.config.bucket,
            Key: key,
            Body: body,
            ContentLength: body.length,
            ...condition(means),
            ...lockFields(request.retention),
            ...checksum,
          }),
          options,
        ),
      onError: (error) => (fate.lost ||= mayHaveLanded(error)),
    });
    return { ...sent, etag: answer.ETag, echoedCrc32: answer.ChecksumCRC32, versionId: answer.VersionId };
  } catch (error) {
    if (!fate.lost || codeOf(error) !== "PreconditionFailed") throw error;
    // An earlier attempt's answer was lost, and now something is there. The key holds a random id that only
    // this run knows: unless the store shows something else under it, it is what that attempt stored.
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    const owner = await whoseIsIt(bucket, { ...sent, etag }, signal);
    if (owner === "another's" || owner === "nobody's") throw error;
    return sent;
  }
}
