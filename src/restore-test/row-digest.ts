/** Pure: the digest of one row after the other, each given in pieces. */
import { createHash, hash, type Hash } from "node:crypto";

/** Bytes of a row that are gathered; a longer row is digested piece by piece, so that none is ever held whole. */
const GATHERED = 64 * 1024;
/** Rows up to this length find their view of the gathered bytes made already. */
const VIEWS = 2048;
/** Up to here a loop is quicker than a call out of JavaScript, once to find the end and once to copy. */
const BY_LOOP = 96;

const LF = 0x0a;

/**
 * SHA-256 over a secret key and the row. The key is chosen anew for every comparison: who makes the rows cannot
 * look for others of the same sum (multiset.ts) without it.
 */
export class RowDigest {
  /** The key, and the row as far as it has come. */
  readonly #gathered: Buffer;
  readonly #keyLength: number;
  readonly #views: Buffer[] = [];
  #length: number;
  /** Of a row longer than what is gathered. */
  #long: Hash | undefined;

  constructor(key: Buffer) {
    this.#keyLength = this.#length = key.length;
    this.#gathered = Buffer.concat([key, Buffer.alloc(GATHERED)]);
    for (let n = 0; n < VIEWS; n++) this.#views.push(this.#gathered.subarray(0, key.length + n));
  }

  /**
   * Takes bytes of the row from `at` up to a line feed, or all there are. Out: the place after what was taken;
   * the row is complete when the byte before it is a line feed, which belongs to no row.
   */
  takeLine(chunk: Buffer, at: number): number {
    const gathered = this.#gathered;
    if (this.#long === undefined && this.#length + BY_LOOP < gathered.length) {
      const limit = Math.min(chunk.length, at + BY_LOOP);
      let n = this.#length;
      while (at < limit) {
        const byte = chunk[at++] ?? 0;
        if (byte === LF) {
          this.#length = n;
          return at;
        }
        gathered[n++] = byte;
      }
      this.#length = n;
      if (at === chunk.length) return at;
    }
    const feed = chunk.indexOf(LF, at);
    const end = feed < 0 ? chunk.length : feed;
    this.take(chunk, at, end);
    return feed < 0 ? end : end + 1;
  }

  /** Takes bytes of the row, whatever they are. */
  take(chunk: Buffer, from: number, to: number): void {
    if (this.#long === undefined && this.#length + to - from <= this.#gathered.length) {
      chunk.copy(this.#gathered, this.#length, from, to);
      this.#length += to - from;
      return;
    }
    this.#long ??= createHash("sha256").update(this.#gathered.subarray(0, this.#length));
    this.#long.update(chunk.subarray(from, to));
  }

  /** Whether the row is these two bytes. */
  is(first: number, second: number): boolean {
    const at = this.#keyLength;
    return (
      this.#length === at + 2 &&
      this.#long === undefined &&
      this.#gathered[at] === first &&
      this.#gathered[at + 1] === second
    );
  }

  /** The digest, a character for each byte, which costs less than a buffer; the next row begins. */
  end(): string {
    const long = this.#long;
    const length = this.#length;
    this.clear();
    if (long !== undefined) return long.digest("binary");
    const view = this.#views[length - this.#keyLength] ?? this.#gathered.subarray(0, length);
    return hash("sha256", view, "binary");
  }

  /** Forgets what came of the row. */
  clear(): void {
    this.#length = this.#keyLength;
    this.#long = undefined;
  }
}
