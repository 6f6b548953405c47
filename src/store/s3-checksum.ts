/** Checksums of what is sent, computed once and natively. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { S3Config } from "./s3-client.ts";

/** CRC-32 (ISO-HDLC) in S3's form: four bytes, big-endian, base64. */
function crc32Base64(bytes: Buffer): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value.toString("base64");
}

/** S3's COMPOSITE checksum of a multipart object: the CRC-32 of the parts' CRC-32s, and their number. */
export function compositeCrc32(parts: string[]): string {
  const joined = Buffer.concat(parts.map((part) => Buffer.from(part, "base64")));
  return `${crc32Base64(joined)}-${parts.length}`;
}

/**
 * The checksum fields of a PutObject or UploadPart. Without CRC32 the SHA-256 that every request signs remains;
 * `md5` adds Content-MD5, which S3 demands where a lock or a bucket's default retention is in play.
 */
export function checksumFields(config: S3Config, body: Buffer, md5: boolean) {
  if (config.checksum === "crc32") {
    return { ChecksumAlgorithm: "CRC32", ChecksumCRC32: crc32Base64(body) } as const;
  }
  return md5 ? { ContentMD5: createHash("md5").update(body).digest("base64") } : {};
}

/**
 * Middleware for one command: its body is not hashed for the signature. Only where the store was seen to compare
 * the CRC-32: SHA-256 of every part costs more than half of the time an upload takes of this host, and the
 * manifest holds that of the whole object anyway.
 */
export function unsignedPayload<Args extends { request: unknown }, Result>(
  next: (args: Args) => Promise<Result>,
) {
  return (args: Args): Promise<Result> => {
    (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] =
      "UNSIGNED-PAYLOAD";
    return next(args);
  };
}

/** Where in a command's stack `unsignedPayload` belongs: before the signature. */
export const BEFORE_SIGNING = { step: "build", priority: "low", name: "unsignedPayload" } as const;
