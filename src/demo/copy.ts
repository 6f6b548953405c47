/** Rows gathered into large chunks for COPY, in its text and its binary format. Pure. */

/** Large enough that a chunk's own cost does not count, small enough to stay out of the way of memory. */
const CHUNK = 256 * 1024;

export interface Chunk {
  data: string | Buffer;
  rows: number;
}

/** Rows 1 to `count`, each ended by a newline. */
export function* textRows(count: number, row: (id: number) => string): Generator<Chunk> {
  yield* textBlocks(count, (id) => ({ text: `${row(id)}\n`, rows: 1 }));
}

/** Blocks 1 to `count` of rows that have their ends already. */
export function* textBlocks(
  count: number,
  block: (id: number) => { text: string; rows: number },
): Generator<Chunk> {
  let data = "";
  let rows = 0;
  for (let id = 1; id <= count; id++) {
    const made = block(id);
    data += made.text;
    rows += made.rows;
    if (data.length >= CHUNK) {
      yield { data, rows };
      data = "";
      rows = 0;
    }
  }
  yield { data, rows };
}

/**
 * Rows of an oid and a bytea in COPY's binary format, which spares doubling the bytes as hexadecimal digits.
 * https://www.postgresql.org/docs/current/sql-copy.html (Binary Format)
 */
export function* binaryRows(
  count: number,
  row: (id: number) => { oid: number; content: Buffer },
): Generator<Chunk> {
  yield { data: Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1"), rows: 0 };
  for (let id = 1; id <= count; id++) {
    const { oid, content } = row(id);
    const head = Buffer.alloc(14);
    head.writeInt16BE(2, 0);
    head.writeInt32BE(4, 2);
    head.writeUInt32BE(oid, 6);
    head.writeInt32BE(content.length, 10);
    yield { data: Buffer.concat([head, content]), rows: 1 };
  }
  yield { data: Buffer.from([0xff, 0xff]), rows: 0 };
}
