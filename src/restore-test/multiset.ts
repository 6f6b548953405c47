/** Pure: what a set of rows, each as often as it is there, comes to, in whatever order they come. */

/** Digests are read as this many numbers of 16 bits. */
const LANES = 16;

/**
 * The sum of the rows' digests modulo 2^256: MSet-Add-Hash of D. Clarke, S. Devadas, M. van Dijk, B. Gassend and
 * G. E. Suh, "Incremental Multiset Hash Functions and Their Application to Memory Integrity Checking" (2003).
 */
export class Multiset {
  /** Each lane sums up 16 bits of every digest: exact until 2^37 rows, more than PostgreSQL has room for in a table. */
  readonly #lanes = new Float64Array(LANES);
  rows = 0;

  /** Adds a digest of 32 bytes, each a character. */
  add(digest: string): void {
    const lanes = this.#lanes;
    for (let i = 0; i < LANES; i++)
      lanes[i] = (lanes[i] ?? 0) + digest.charCodeAt(2 * i) + (digest.charCodeAt(2 * i + 1) << 8);
    this.rows++;
  }

  /** 64 hex digits. */
  get sum(): string {
    const sum = this.#lanes.reduce((total, lane, i) => total + (BigInt(lane) << BigInt(16 * i)), 0n);
    return BigInt.asUintN(256, sum).toString(16).padStart(64, "0");
  }
}
