/** Multipart upload of a stream whose length nobody knows, several parts at once, in the memory of its parts. */
import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { CompletedPart } from "@aws-sdk/client-s3";
import { Fault } from "../fault.ts";
import type { Lease, Slot } from "./memory-budget.ts";
import type { PutRequest, Upload } from "./object-store.ts";
import type { PartReader } from "./part-reader.ts";
import { partSize } from "./part-size.ts";
import { BEFORE_SIGNING, checksumFields, compositeCrc32, unsignedPayload } from "./s3-checksum.ts";
import type { S3Bucket, S3Config } from "./s3-client.ts";
import { mayHaveLanded } from "./s3-fault.ts";
import { whoseIsIt } from "./s3-read-back.ts";
import { codeOf, condition, lockFields } from "./s3-sent.ts";
import type { Sent, UploadMeans } from "./s3-sent.ts";

const MAX_PARTS = 10_000;
const PART_SIZE = 8 * 1024 * 1024;
/** Aborting an upload may take no longer: the run is ending, and the journal remembers the upload anyway. */
const ABORT_MS = 15_000;

export interface PartStream {
  reader: PartReader;
  lease: Lease;
  /** Part 1, full. The caller releases it; doing so twice is harmless. */
  first: Slot;
  /** Ends everything of this upload at once. */
  stop: AbortController;
  signal: AbortSignal;
}

/** Bytes of the first part, which is also the longest object that needs no multipart upload. */
export function firstPartSize(config: S3Config): number {
  return partSize(1, config.partSize ?? PART_SIZE, config.maxParts ?? MAX_PARTS);
}

/** Sends part 1 and all that follows; the faults are those of `uploadObject`. */
export async function sendInParts(
  means: UploadMeans,
  request: PutRequest,
  stream: PartStream,
): Promise<Sent> {
  const { bucket, journal } = means;
  const upload = await beginUpload(bucket, { ...request, signal: stream.signal });
  await journal.begun(upload);
  try {
    const parts = await sendParts(means, upload, stream, request.retention !== undefined);
    const sent = await complete(means, upload, parts, stream.signal);
    await journal.ended(upload);
    return sent;
  } catch (error) {
    stream.stop.abort(error);
    // The first error is the one worth telling; what could not be aborted stays in the journal.
    await abortUpload(bucket, upload, AbortSignal.timeout(ABORT_MS)).then(
      () => journal.ended(upload),
      () => undefined,
    );
    throw error;
  }
}

/** Forgets an upload and its parts at the store. No fault when it is already gone. */
export async function abortUpload(bucket: S3Bucket, upload: Upload, signal: AbortSignal): Promise<void> {
  try {
    await bucket.ask({
      action: "s3:AbortMultipartUpload",
      key: upload.key,
      signal,
      send: (client, options) =>
        client.send(
          new AbortMultipartUploadCommand({
            Bucket: bucket.config.bucket,
            Key: upload.key,
            UploadId: upload.uploadId,
          }),
          options,
        ),
    });
  } catch (error) {
    if (codeOf(error) !== "NoSuchUpload") throw error;
  }
}

/** Begins an upload at the store; the caller notes it in the journal. */
export async function beginUpload(
  bucket: S3Bucket,
  { key, retention, signal }: Pick<PutRequest, "key" | "retention" | "signal">,
): Promise<Upload> {
  const { config } = bucket;
  const { UploadId } = await bucket.ask({
    action: "s3:PutObject",
    key,
    signal,
    send: (client, options) =>
      client.send(
        new CreateMultipartUploadCommand({
          Bucket: config.bucket,
          Key: key,
          ...(config.checksum === "crc32" ? { ChecksumAlgorithm: "CRC32" } : {}),
          ...lockFields(retention),
        }),
        options,
      ),
  });
  if (UploadId === undefined) throw strange(config, "began an upload without naming it");
  return { destination: config.name, key, uploadId: UploadId };
}

interface SentPart {
  number: number;
  size: number;
  etag: string;
  crc32: string | undefined;
}

async function sendParts(
  { bucket, unsignedParts }: UploadMeans,
  upload: Upload,
  stream: PartStream,
  locked: boolean,
): Promise<SentPart[]> {
  const { reader, lease, signal, stop } = stream;
  const { partsInFlight = 4, maxParts = MAX_PARTS, partSize: first = PART_SIZE } = bucket.config;
  const sent: SentPart[] = [];
  const inFlight = new Set<Promise<void>>();
  const send = (number: number, slot: Slot, size: number) => {
    slot.sending();
    const body = slot.buffer.subarray(0, size);
    const checksum = checksumFields(bucket.config, body, locked);
    const done = sendPart(bucket, upload, { number, body, checksum, unsigned: unsignedParts() }, signal)
      .then((part) => void sent.push(part))
      // One part that is lost ends the reading too; the signal's reason then carries its fault.
      .catch((error: unknown) => stop.abort(error))
      .finally(() => {
        slot.release();
        inFlight.delete(done);
      });
    inFlight.add(done);
  };
  try {
    send(1, stream.first, stream.first.buffer.length);
    for (let number = 2; await reader.more(); number += 1) {
      if (number > maxParts) throw tooManyParts(bucket.config, upload.key, maxParts);
      while (inFlight.size >= partsInFlight) await Promise.race(inFlight);
      const slot = await lease.take(partSize(number, first, maxParts), signal);
      try {
        send(number, slot, await reader.fill(slot.buffer));
      } catch (error) {
        slot.release();
        throw error;
      }
    }
  } catch (error) {
    stop.abort(error);
  }
  await Promise.all(inFlight);
  signal.throwIfAborted();
  return sent.sort((a, b) => a.number - b.number);
}

interface Part {
  number: number;
  body: Buffer;
  checksum: ReturnType<typeof checksumFields>;
  unsigned: boolean;
}

async function sendPart(
  bucket: S3Bucket,
  upload: Upload,
  { number, body, checksum, unsigned }: Part,
  signal: AbortSignal,
): Promise<SentPart> {
  const answer = await bucket.ask({
    action: "s3:PutObject",
    key: upload.key,
    signal,
    send: (client, options) => {
      const command = new UploadPartCommand({
        Bucket: bucket.config.bucket,
        Key: upload.key,
        UploadId: upload.uploadId,
        PartNumber: number,
        Body: body,
        ContentLength: body.length,
        ...checksum,
      });
      if (unsigned) command.middlewareStack.add(unsignedPayload, BEFORE_SIGNING);
      return client.send(command, options);
    },
  });
  if (answer.ETag === undefined) throw strange(bucket.config, `took part ${number} without an ETag`);
  return { number, size: body.length, etag: answer.ETag, crc32: checksum.ChecksumCRC32 };
}

async function complete(
  means: UploadMeans,
  upload: Upload,
  parts: SentPart[],
  signal: AbortSignal,
): Promise<Sent> {
  const { bucket } = means;
  const crcs = parts.flatMap((part) => part.crc32 ?? []);
  const sent: Sent = {
    key: upload.key,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    crc32: crcs.length === 0 ? undefined : compositeCrc32(crcs),
  };
  const fate = { lost: false };
  try {
    const answer = await bucket.ask({
      action: "s3:PutObject",
      key: upload.key,
      signal,
      send: (client, options) =>
        client.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket.config.bucket,
            Key: upload.key,
            UploadId: upload.uploadId,
            MultipartUpload: { Parts: parts.map(asCompleted) },
            ...condition(means),
          }),
          options,
        ),
      onError: (error) => (fate.lost ||= mayHaveLanded(error)),
    });
    return { ...sent, etag: answer.ETag, echoedCrc32: answer.ChecksumCRC32, versionId: answer.VersionId };
  } catch (error) {
    const code = codeOf(error);
    if (!fate.lost || (code !== "PreconditionFailed" && code !== "NoSuchUpload")) throw error;
    const owner = await whoseIsIt(bucket, { ...sent, etag: multipartEtag(parts) }, signal);
    // Something is there under a key that only this run knows. An upload that is gone proves less: somebody
    // may have aborted it, so without the right to look it counts as lost.
    if (owner === "ours" || owner === "somebody's") return sent;
    if (owner === "unknown" && code === "PreconditionFailed") return sent;
    if (owner === "another's") throw error;
    throw new Fault(
      "STORE_FAILED",
      `destination ${bucket.config.name}: the answer to the end of the upload of ${upload.key} was lost, and the upload is gone`,
      "Run the backup again; grant s3:GetObjectRetention so that lakat can see what the store holds.",
      { cause: error },
    );
  }
}

function asCompleted({ number, etag, crc32 }: SentPart): CompletedPart {
  return { PartNumber: number, ETag: etag, ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }) };
}

/** S3's ETag of a multipart object: the MD5 of the parts' MD5s, and their number. */
function multipartEtag(parts: SentPart[]): string {
  const md5s = parts.map((part) => Buffer.from(part.etag.replaceAll('"', ""), "hex"));
  return `"${createHash("md5").update(Buffer.concat(md5s)).digest("hex")}-${parts.length}"`;
}

function tooManyParts(config: S3Config, key: string, maxParts: number): Fault {
  return new Fault(
    "STORE_FAILED",
    `destination ${config.name}: ${key} needs more than the ${maxParts} parts that the store takes`,
    "Raise part_size of this destination.",
  );
}

function strange(config: S3Config, what: string): Fault {
  return new Fault(
    "STORE_FAILED",
    `destination ${config.name}: the store ${what}`,
    "Report this to the store's provider.",
  );
}
