/** Pure: what the rows of each table, the sequences and the large objects of a database come to, and where two differ. */
import { firstLine } from "../fault.ts";
import { Multiset } from "./multiset.ts";

export interface TableHash {
  /** A sequence is one row; the large objects together are one row each. */
  kind: "table" | "sequence" | "large objects";
  /** The table as COPY names it, with its columns in parentheses, or the sequence; bytes as Latin-1. */
  name: string;
  rows: number;
  /** 64 hex digits, the same for the same rows in any order. */
  hash: string;
}

/** What is added up of one side of a comparison; both sides need the same key. */
export class TableHashes {
  readonly key: Buffer;
  readonly #sums = new Map<string, Pick<TableHash, "kind" | "name"> & { rows: Multiset }>();

  /** `key`: random bytes, known to nobody who had a hand in the rows. */
  constructor(key: Buffer) {
    this.key = key;
  }

  /** A table's rows so far; `name` as in its COPY, with its columns. */
  table(name: string): Multiset {
    return this.#sum("table", name.trimEnd());
  }

  sequence(name: string): Multiset {
    return this.#sum("sequence", name);
  }

  largeObjects(): Multiset {
    return this.#sum("large objects", "");
  }

  /** By kind and name. */
  result(): Map<string, TableHash> {
    const hashes = new Map<string, TableHash>();
    for (const [id, { kind, name, rows }] of this.#sums)
      hashes.set(id, { kind, name, rows: rows.rows, hash: rows.sum });
    return hashes;
  }

  #sum(kind: TableHash["kind"], name: string): Multiset {
    const id = `${kind} ${name}`;
    const known = this.#sums.get(id);
    if (known !== undefined) return known.rows;
    const rows = new Multiset();
    this.#sums.set(id, { kind, name, rows });
    return rows;
  }
}

/** One line for each table, sequence, or the large objects, that is not the same on both sides; none of a row's content. */
export function differences(
  archive: ReadonlyMap<string, TableHash>,
  restored: ReadonlyMap<string, TableHash>,
): string[] {
  const problems: string[] = [];
  for (const [id, before] of archive) {
    const after = restored.get(id);
    if (after?.rows === before.rows && after.hash === before.hash) continue;
    problems.push(`${called(before)}: ${difference(before, after)}`);
  }
  for (const [id, after] of restored)
    if (!archive.has(id)) problems.push(`${called(after)}: restored, but not in the archive`);
  return problems;
}

function difference(before: TableHash, after: TableHash | undefined): string {
  const { kind, rows } = before;
  if (after === undefined) return "in the archive, but not restored";
  if (kind === "sequence") return "set to another value than in the archive";
  const what = kind === "table" ? "rows" : "objects";
  return after.rows === rows
    ? `${rows} ${what} as in the archive, but not the same ones`
    : `${after.rows} ${what} instead of the archive's ${rows}`;
}

function called({ kind, name }: TableHash): string {
  if (kind === "large objects") return kind;
  const words = kind === "table" ? `table ${tableOf(name).text}` : `sequence ${name}`;
  return firstLine(Buffer.from(words.replaceAll("\n", " "), "latin1").toString("utf8"));
}

/**
 * Takes a COPY's `schema.table (columns)` apart; `text` is the first two as they are written. A name in quotes may
 * hold anything, quotes doubled; one without holds no dot and no space.
 */
export function tableOf(name: string): { schema: string; name: string; text: string } {
  const [text = "", schema = "", table = ""] =
    /^("(?:[^"]|"")*"|[^".\s]+)\.("(?:[^"]|"")*"|[^".\s]+)/.exec(name) ?? [];
  return { schema: bare(schema), name: bare(table), text };
}

function bare(identifier: string): string {
  const text = identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
  return Buffer.from(text, "latin1").toString("utf8");
}
