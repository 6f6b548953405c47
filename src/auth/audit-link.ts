/** How one row of the audit trail follows another. Pure. */
import { hash } from "node:crypto";

/** What stands before the first row. */
export const GENESIS: Buffer = Buffer.alloc(32);

/** The hash of row `seq` with this body, after a row with the hash `before`; as the append computes it in SQL. */
export function linkHash(before: Buffer, seq: number, body: string): Buffer {
  const link = Buffer.allocUnsafe(72);
  before.copy(link, 0, 0, 32);
  link.writeBigInt64BE(BigInt(seq), 32);
  hash("sha256", body, "buffer").copy(link, 40);
  return hash("sha256", link, "buffer");
}

/** A head to write down elsewhere: `SEQ:HASH`. */
export function headText({ seq, hash: sum }: { seq: number; hash: Buffer }): string {
  return `${seq}:${sum.toString("hex")}`;
}

/** Reads `SEQ:HASH`; undefined when it is none. */
export function parseHead(text: string): { seq: number; hash: Buffer } | undefined {
  const match = /^(0|[1-9]\d{0,14}):([0-9a-f]{64})$/i.exec(text.trim());
  return match ? { seq: Number(match[1]), hash: Buffer.from(match[2] ?? "", "hex") } : undefined;
}
