/**
 * Pure: reads the SQL text that pg_dump and pg_restore make of rows, sequences and large objects, as it comes.
 * No row is ever held whole. Bytes are taken as they are: in every encoding that a server can have, and so in every
 * dump that keeps its database's own, what looks like ASCII is nothing else.
 */
import { createHash, type Hash } from "node:crypto";
import { Fault } from "../fault.ts";
import type { Multiset } from "./multiset.ts";
import { RowDigest } from "./row-digest.ts";
import { tableOf, type TableHashes } from "./table-hashes.ts";
import { UnorderedRow } from "./unordered-row.ts";

/** Outside of rows no line is as long: large objects come in pieces of 16 KiB, and a header has 1600 columns at most. */
const LONGEST_LINE = 16 * 2 ** 20;

const LF = 0x0a;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

const COPY = /^COPY ([^]*) FROM stdin;$/;
/** The name is a literal: quotes in it are doubled. */
const SETVAL = /^SELECT pg_catalog\.setval\('((?:[^']|'')*)', ([^]*)\);$/;
const LO_OPEN = /^SELECT pg_catalog\.lo_open\('(\d+)', \d+\);$/;
const LO_WRITE = Buffer.from("SELECT pg_catalog.lowrite(");
const LO_CLOSE = /^SELECT pg_catalog\.lo_close\(0\);$/;
const ENCODING = /^SET client_encoding = '([^']*)';$/;
const BACKSLASHES_DOUBLED = "SET standard_conforming_strings = off;";

export class DumpText {
  readonly #hashes: TableHashes;
  readonly #digest: RowDigest;
  /** Rows of this table come now. */
  #rows: Multiset | undefined;
  /** Takes their lines. */
  #row: RowDigest | UnorderedRow;
  /** The beginning of a line that is not all here. */
  #line: Buffer[] = [];
  #lineLength = 0;
  /** The lines of a statement that is not at its end; names may hold line feeds. */
  #statement = "";
  /** The quotation mark that is open in it, or none. */
  #quote = "";
  #object: Hash | undefined;
  #backslashesDoubled = false;
  #bytes = 0;
  #encoding: string | undefined;

  /** What is read is added to `hashes`; several texts may be. */
  constructor(hashes: TableHashes) {
    this.#hashes = hashes;
    this.#digest = this.#row = new RowDigest(hashes.key);
  }

  /** Of what was read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** PostgreSQL's name of the text's encoding, once it was read. */
  get encoding(): string | undefined {
    return this.#encoding;
  }

  /** Throws CHECK_FAILED on what is no such text. */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    let at = 0;
    while (at < chunk.length)
      at = this.#rows === undefined ? this.#takeLine(chunk, at) : this.#takeRows(this.#rows, chunk, at);
  }

  /** Throws CHECK_FAILED when the text breaks off. */
  end(): void {
    if (
      this.#rows !== undefined ||
      this.#lineLength > 0 ||
      this.#statement !== "" ||
      this.#object !== undefined
    )
      throw notADump("breaks off");
  }

  #takeRows(rows: Multiset, chunk: Buffer, at: number): number {
    const row = this.#row;
    while (at < chunk.length) {
      at = row.takeLine(chunk, at);
      if (chunk[at - 1] !== LF) return at;
      // In a row a backslash is doubled or stands before a letter or digit, so this line is never one.
      if (this.#digest.is(BACKSLASH, DOT)) {
        this.#digest.clear();
        this.#rows = undefined;
        return at;
      }
      rows.add(row.end());
    }
    return at;
  }

  #takeLine(chunk: Buffer, at: number): number {
    const feed = chunk.indexOf(LF, at);
    const end = feed < 0 ? chunk.length : feed;
    const piece = chunk.subarray(at, end);
    this.#lineLength += piece.length;
    if (this.#lineLength > LONGEST_LINE) throw notADump("has a line that is too long");
    if (feed < 0) {
      // A copy: what was pushed belongs to whoever pushed it.
      if (piece.length > 0) this.#line.push(Buffer.from(piece));
      return end;
    }
    const line = this.#line.length === 0 ? piece : Buffer.concat([...this.#line, piece]);
    this.#line = [];
    this.#lineLength = 0;
    this.#read(line);
    return end + 1;
  }

  #read(line: Buffer): void {
    if (this.#statement === "") {
      if (line.length === 0 || line[0] === BACKSLASH || (line[0] === 0x2d && line[1] === 0x2d)) return;
      if (this.#object !== undefined && line.subarray(0, LO_WRITE.length).equals(LO_WRITE)) {
        // Where an object is cut is not part of it; its digits, one piece after the other, are.
        this.#object.update(line.subarray(line.indexOf("x", LO_WRITE.length) + 1, line.lastIndexOf("'")));
        return;
      }
    }
    const text = line.toString("latin1");
    this.#statement += this.#statement === "" ? text : `\n${text}`;
    if (this.#statement.length > LONGEST_LINE) throw notADump("has a statement that is too long");
    for (const mark of text)
      if (this.#quote === "") this.#quote = mark === "'" || mark === '"' ? mark : "";
      else if (mark === this.#quote) this.#quote = "";
    if (this.#quote !== "" || !text.endsWith(";")) return;
    const statement = this.#statement;
    this.#statement = "";
    this.#obey(statement);
  }

  /** What is none of these says nothing of the data. */
  #obey(statement: string): void {
    const copied = COPY.exec(statement)?.[1];
    if (copied !== undefined) {
      const table = tableOf(copied);
      const unordered = this.#hashes.unordered(table);
      this.#row = unordered ? new UnorderedRow(this.#digest, table.columns) : this.#digest;
      this.#rows = this.#hashes.table(
        unordered ? `${table.text} (${table.columns.toSorted().join(", ")})` : copied,
      );
      return;
    }
    const [, sequence, value] = SETVAL.exec(statement) ?? [];
    if (sequence !== undefined && value !== undefined) {
      const bare = sequence.replaceAll("''", "'");
      const name = this.#backslashesDoubled ? bare.replaceAll("\\\\", "\\") : bare;
      const bytes = Buffer.from(value, "latin1");
      this.#digest.take(bytes, 0, bytes.length);
      this.#hashes.sequence(name, this.#digest.end());
      return;
    }
    const oid = LO_OPEN.exec(statement)?.[1];
    if (oid !== undefined) this.#object = createHash("sha256").update(this.#hashes.key).update(`${oid} `);
    else if (LO_CLOSE.test(statement) && this.#object !== undefined) {
      this.#hashes.largeObjects().add(this.#object.digest("binary"));
      this.#object = undefined;
    } else if (statement === BACKSLASHES_DOUBLED) this.#backslashesDoubled = true;
    else this.#encoding ??= ENCODING.exec(statement)?.[1];
  }
}

function notADump(what: string): Fault {
  return new Fault(
    "CHECK_FAILED",
    `the text that pg_dump or pg_restore made of the rows ${what}`,
    "Run the check again; if it happens again, report this as a defect of lakat.",
  );
}
