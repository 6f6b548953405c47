/** Asks a store whether it keeps what it promises, by means of one tiny object. */
import { CompleteMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import { Fault } from "../fault.ts";
import type { Finding } from "../fault.ts";
import type { Upload } from "./object-store.ts";
import { BEFORE_SIGNING, checksumFields, unsignedPayload } from "./s3-checksum.ts";
import type { S3Bucket, S3Config } from "./s3-client.ts";
import { httpStatus } from "./s3-fault.ts";
import { abortUpload, beginUpload } from "./s3-multipart.ts";
import type { StoreMemory } from "./s3-read-back.ts";
import { codeOf } from "./s3-sent.ts";
import type { UploadMeans } from "./s3-sent.ts";

const BODY = Buffer.from("Written by lakat to see whether this store keeps what it promises.\n");
const OTHER = Buffer.from(BODY.toString().toUpperCase());

/** What became of a promise. "untold": something else was refused first, which says nothing about this one. */
type Outcome = "kept" | "ignored" | "untold" | "not implemented";

/**
 * The findings a store deserves that ignores write-once or checksums. Throws when it cannot be used at all
 * (STORE_UNREACHABLE, STORE_DENIED, …): these are the first requests of a run.
 *
 * The probe object stays, since a write-once key cannot remove it; the next run finds it and knows at once that
 * write-once holds. A store that ignores the condition replaces it, or adds a version of a few bytes.
 */
export async function probeStore(
  means: UploadMeans,
  memory: StoreMemory,
  key: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { bucket, journal } = means;
  const writeOnce = await probeWriteOnce(bucket, key, signal);
  memory.conditional = writeOnce !== "not implemented";
  // Still under the condition: whichever of the two promises a store keeps, it refuses. Only one that ignores
  // both takes the wrong bytes, and where the condition comes first the parts below tell about checksums.
  const checksum = await checksumOutcome(putProbe(bucket, key, memory.conditional, "wrong", signal));

  const upload = await beginUpload(bucket, { key, retention: undefined, signal });
  await journal.begun(upload);
  const parts = await probeParts(bucket, memory, upload, signal).catch(async (error: unknown) => {
    await abortUpload(bucket, upload, signal).catch(() => undefined);
    throw error;
  });
  if (parts.writeOnce !== "ignored") await abortUpload(bucket, upload, signal);
  await journal.ended(upload);

  if (parts.writeOnce === "not implemented") memory.conditional = false;
  const findings: Finding[] = [];
  const { config } = bucket;
  if (!memory.conditional) findings.push(conditionUnknown(config));
  const replaced = operations([writeOnce, "PutObject"], [parts.writeOnce, "CompleteMultipartUpload"]);
  if (replaced !== "") findings.push(writeOnceNotKept(config, replaced));
  const unchecked = operations([checksum, "PutObject"], [parts.checksum, "UploadPart"]);
  if (unchecked !== "") findings.push(checksumNotKept(config, unchecked));
  for (const { code } of findings) memory.told.add(code);
  return findings;
}

async function probeWriteOnce(bucket: S3Bucket, key: string, signal: AbortSignal): Promise<Outcome> {
  const put = () => writeOnceOutcome(putProbe(bucket, key, true, "right", signal));
  const first = await put();
  return first === "ignored" ? await put() : first;
}

async function probeParts(bucket: S3Bucket, memory: StoreMemory, upload: Upload, signal: AbortSignal) {
  let checksum: Outcome = "untold";
  if (bucket.config.checksum === "crc32") {
    // A bucket's policy may demand signed payloads; then all of them are.
    checksum = await checksumOutcome(putPart(bucket, upload, "wrong", true, signal)).catch(untoldIfDenied);
    memory.unsignedParts = checksum === "kept";
  }
  if (checksum === "untold")
    checksum = await checksumOutcome(putPart(bucket, upload, "wrong", false, signal));
  const etag = await putPart(bucket, upload, "right", false, signal);
  const writeOnce: Outcome = memory.conditional
    ? await writeOnceOutcome(complete(bucket, upload, etag, signal))
    : "untold";
  return { checksum, writeOnce };
}

/** "ignored" when the request went through, although it had to be refused. */
async function writeOnceOutcome(request: Promise<unknown>): Promise<Outcome> {
  try {
    await request;
    return "ignored";
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === "STORE_EXISTS") return "kept";
    if (httpStatus(error.cause) === 501 || codeOf(error) === "NotImplemented") return "not implemented";
    throw error;
  }
}

async function checksumOutcome(request: Promise<unknown>): Promise<Outcome> {
  try {
    await request;
    return "ignored";
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === "STORE_EXISTS") return "untold";
    // Some stores refuse a wrong checksum as an invalid request.
    const invalid = ["InvalidRequest", "InvalidArgument"].includes(codeOf(error));
    if (error.code === "STORE_CHECKSUM" || (invalid && httpStatus(error.cause) === 400)) return "kept";
    throw error;
  }
}

function untoldIfDenied(error: unknown): Outcome {
  if (error instanceof Fault && error.code === "STORE_DENIED") return "untold";
  throw error;
}

async function putProbe(
  bucket: S3Bucket,
  key: string,
  conditional: boolean,
  kind: "right" | "wrong",
  signal: AbortSignal,
): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: bucket.config.bucket,
    Key: key,
    Body: BODY,
    ContentLength: BODY.length,
    ...(conditional ? { IfNoneMatch: "*" } : {}),
    ...fields(bucket.config, kind),
  });
  if (kind === "wrong" && bucket.config.checksum !== "crc32")
    command.middlewareStack.add(swapBody, AFTER_SIGNING);
  await bucket.ask({
    action: "s3:PutObject",
    key,
    signal,
    send: (client, options) => client.send(command, options),
  });
}

async function putPart(
  bucket: S3Bucket,
  upload: Upload,
  kind: "right" | "wrong",
  unsigned: boolean,
  signal: AbortSignal,
) {
  const command = new UploadPartCommand({
    Bucket: bucket.config.bucket,
    Key: upload.key,
    UploadId: upload.uploadId,
    PartNumber: 1,
    Body: BODY,
    ContentLength: BODY.length,
    ...fields(bucket.config, kind),
  });
  if (kind === "wrong" && bucket.config.checksum !== "crc32")
    command.middlewareStack.add(swapBody, AFTER_SIGNING);
  if (unsigned) command.middlewareStack.add(unsignedPayload, BEFORE_SIGNING);
  const { ETag } = await bucket.ask({
    action: "s3:PutObject",
    key: upload.key,
    signal,
    send: (client, options) => client.send(command, options),
  });
  return ETag;
}

async function complete(bucket: S3Bucket, upload: Upload, etag: string | undefined, signal: AbortSignal) {
  const { config } = bucket;
  const part = { PartNumber: 1, ETag: etag, ChecksumCRC32: fields(config, "right").ChecksumCRC32 };
  const command = new CompleteMultipartUploadCommand({
    Bucket: config.bucket,
    Key: upload.key,
    UploadId: upload.uploadId,
    MultipartUpload: { Parts: [part] },
    IfNoneMatch: "*",
  });
  await bucket.ask({
    action: "s3:PutObject",
    key: upload.key,
    signal,
    send: (client, options) => client.send(command, options),
  });
}

/** A wrong checksum is right in form: that of other bytes. */
function fields(config: S3Config, kind: "right" | "wrong") {
  return checksumFields(config, kind === "wrong" && config.checksum === "crc32" ? OTHER : BODY, true);
}

/** Without x-amz-checksum the signed SHA-256 is what a store has to compare: other bytes go out than were signed. */
const AFTER_SIGNING = { step: "finalizeRequest", priority: "low", name: "swapBody" } as const;

function swapBody<Args extends { request: unknown }, Result>(next: (args: Args) => Promise<Result>) {
  return (args: Args): Promise<Result> => {
    (args.request as { body: Buffer }).body = OTHER;
    return next(args);
  };
}

function operations(...all: [Outcome, string][]): string {
  return all
    .filter(([result]) => result === "ignored")
    .map(([, operation]) => operation)
    .join(" and ");
}

function conditionUnknown({ name }: S3Config): Finding {
  return {
    code: "WRITE_ONCE_NOT_KEPT",
    what: `destination ${name}: the store does not know If-None-Match, so nothing keeps an existing object from being replaced`,
    todo: "Rely on versioning and Object Lock there, or use a store that refuses to replace.",
  };
}

function writeOnceNotKept({ name }: S3Config, where: string): Finding {
  return {
    code: "WRITE_ONCE_NOT_KEPT",
    what: `destination ${name}: the store replaces existing objects in spite of If-None-Match: * (${where})`,
    todo: "Rely on versioning and Object Lock there, or use a store that refuses to replace.",
  };
}

function checksumNotKept({ name, checksum }: S3Config, where: string): Finding {
  return checksum === "crc32"
    ? {
        code: "CHECKSUM_NOT_KEPT",
        what: `destination ${name}: the store took bytes that differ from their x-amz-checksum-crc32 (${where})`,
        todo: "The signed SHA-256 of every request remains; set checksum to when-required if that is enough.",
      }
    : {
        code: "CHECKSUM_NOT_KEPT",
        what: `destination ${name}: the store took bytes that differ from their signed SHA-256 (${where})`,
        todo: "Use another store: nothing protects what is sent to this one.",
      };
}
