/** Backups into an S3 bucket, with a key that can write and need not read. */
import { Fault } from "../fault.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { Sink, UploadJournal } from "./object-store.ts";
import { openS3Bucket } from "./s3-client.ts";
import type { S3Config, S3Surroundings } from "./s3-client.ts";
import { abortUpload } from "./s3-multipart.ts";
import { probeStore } from "./s3-probe.ts";
import { newStoreMemory, readBack } from "./s3-read-back.ts";
import { bucketCountry } from "./s3-region.ts";
import { codeOf } from "./s3-sent.ts";
import type { UploadMeans } from "./s3-sent.ts";
import { getObject } from "./s3-source.ts";
import { uploadObject } from "./s3-upload.ts";

/**
 * Opens the bucket for one run of backups; sends nothing yet. Rights needed: s3:PutObject,
 * s3:AbortMultipartUpload, and s3:PutObjectRetention for locks. s3:GetObjectRetention lets the run confirm the
 * locks without reading anything; s3:GetObject, narrowed to the day keys, lets it find today's.
 */
export function openS3Sink(
  config: S3Config,
  means: { budget: MemoryBudget; journal: UploadJournal } & S3Surroundings,
): Sink {
  const bucket = openS3Bucket(config, means);
  const memory = newStoreMemory();
  const upload: UploadMeans = {
    bucket,
    budget: means.budget,
    journal: means.journal,
    conditional: () => memory.conditional,
    unsignedParts: () => memory.unsignedParts,
  };
  return {
    name: config.name,
    country: (signal) => bucketCountry(bucket, signal),
    probe: (probeKey, signal) => probeStore(upload, memory, probeKey, signal),
    async put(request) {
      const sent = await uploadObject(upload, request);
      const { versionId, findings } = await readBack(bucket, memory, sent, request.retention, request.signal);
      return { key: request.key, size: sent.size, versionId, findings };
    },
    async read(key, maxBytes, signal) {
      const chunks: Buffer[] = [];
      let size = 0;
      try {
        for await (const chunk of getObject(bucket, key, { signal })) {
          size += chunk.length;
          chunks.push(chunk);
          if (size > maxBytes) break;
        }
      } catch (error) {
        if (error instanceof Fault && error.code === "STORE_NOT_FOUND" && codeOf(error) !== "NoSuchBucket")
          return undefined;
        throw error;
      }
      return Buffer.concat(chunks).subarray(0, maxBytes + 1);
    },
    discard: (unfinished, signal) => abortUpload(bucket, unfinished, signal),
  };
}
