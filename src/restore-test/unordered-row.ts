/** Pure: the digest of a row whose columns may stand in another order on the other side. */
import type { RowDigest } from "./row-digest.ts";

const TAB = 0x09;
const LF = 0x0a;

/**
 * Digests each field by itself, and then those digests in the order of the columns' names. Slower than a whole line:
 * for tables that inherit, whose inherited columns a restore puts first.
 */
export class UnorderedRow {
  readonly #digest: RowDigest;
  /** Places of the columns, by their names. */
  readonly #order: number[];
  #fields: string[] = [];

  /** `columns` in the order of the fields. */
  constructor(digest: RowDigest, columns: readonly string[]) {
    this.#digest = digest;
    this.#order = columns
      .map((_, at) => at)
      .sort((a, b) => ((columns[a] ?? "") < (columns[b] ?? "") ? -1 : 1));
  }

  /** As RowDigest's. A tab within a value is written as `\t`. */
  takeLine(chunk: Buffer, at: number): number {
    while (at < chunk.length) {
      let end = at;
      while (end < chunk.length && chunk[end] !== TAB && chunk[end] !== LF) end++;
      this.#digest.take(chunk, at, end);
      if (end === chunk.length) return end;
      at = end + 1;
      if (chunk[end] === LF) break;
      this.#fields.push(this.#digest.end());
    }
    return at;
  }

  /** The row's digest, a character for each byte; the next row begins. */
  end(): string {
    this.#fields.push(this.#digest.end());
    const fields = this.#fields;
    this.#fields = [];
    const bytes = Buffer.from(this.#order.map((at) => fields[at] ?? "").join(""), "latin1");
    this.#digest.take(bytes, 0, bytes.length);
    return this.#digest.end();
  }
}
