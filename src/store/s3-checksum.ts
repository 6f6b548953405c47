/** Checksums of what is sent, computed once and natively. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { S3Config } from "./s3-client.ts";

/** CRC-32 (ISO-HDLC) in S3's form: four bytes, big-endian, base64. */
export function crc32Base64(bytes: Buffer): string {
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
 * `md5` adds Content-MD5, which S3 demands of a request with a lock when there is no other checksum.
 */
export function checksumFields(config: S3Config, body: Buffer, md5: boolean) {
  if (config.checksum === "crc32") {
    return { ChecksumAlgorithm: "CRC32", ChecksumCRC32: crc32Base64(body) } as const;
  }
  return md5 ? { ContentMD5: createHash("md5").update(body).digest("base64") } : {};
}
