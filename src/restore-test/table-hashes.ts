/** Pure: what the rows of each table, the sequences and the large objects of a database come to, and where two differ. */
import { firstLine } from "../fault.ts";
import { Multiset } from "./multiset.ts";

export interface TableHash {
  /** The large objects together are one row each. */
  kind: "table" | "large objects";
  /** The table as COPY names it, with its columns in parentheses; bytes as Latin-1. */
  name: string;
  rows: number;
  /** 64 hex digits, the same for the same rows in any order. */
  hash: string;
}

/** What one side of a comparison holds. */
export interface Contents {
  /** By kind and name. */
  tables: ReadonlyMap<string, TableHash>;
  /**
   * Digests of what each sequence is set to. An archive may set one several times: each of its parts does, and a
   * sequence belongs to no snapshot, so between two parts it may have moved on.
   */
  sequences: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What is added up of one side of a comparison; both sides need the same key. */
export class TableHashes {
  readonly key: Buffer;
  readonly unordered: (table: { schema: string; name: string }) => boolean;
  readonly #sums = new Map<string, Pick<TableHash, "kind" | "name"> & { rows: Multiset }>();
  readonly #sequences = new Map<string, Set<string>>();

  /**
   * `key`: random bytes, known to nobody who had a hand in the rows. `unordered`: whether a table's columns may stand in
   * another order on the other side.
   */
  constructor(key: Buffer, unordered: TableHashes["unordered"] = () => false) {
    this.key = key;
    this.unordered = unordered;
  }

  /** A table's rows so far; `name` as in its COPY, with its columns. */
  table(name: string): Multiset {
    return this.#sum("table", name.trimEnd());
  }

  /** `digest`: of what the sequence is set to. */
  sequence(name: string, digest: string): void {
    this.#sequences.set(name, (this.#sequences.get(name) ?? new Set()).add(digest));
  }

  largeObjects(): Multiset {
    return this.#sum("large objects", "");
  }

  result(): Contents {
    const hashes = new Map<string, TableHash>();
    for (const [id, { kind, name, rows }] of this.#sums)
      hashes.set(id, { kind, name, rows: rows.rows, hash: rows.sum });
    return { tables: hashes, sequences: this.#sequences };
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
export function differences(archive: Contents, restored: Contents): string[] {
  const problems: string[] = [];
  for (const [id, before] of archive.tables) {
    const after = restored.tables.get(id);
    if (after?.rows === before.rows && after.hash === before.hash) continue;
    problems.push(`${called(before)}: ${difference(before, after)}`);
  }
  for (const [id, after] of restored.tables)
    if (!archive.tables.has(id)) problems.push(`${called(after)}: restored, but not in the archive`);
  for (const [name, before] of archive.sequences) {
    const after = restored.sequences.get(name);
    const at = printable(`sequence ${name}`);
    if (after === undefined) problems.push(`${at}: in the archive, but not restored`);
    else if (![...after].every((value) => before.has(value)))
      problems.push(`${at}: set to another value than in the archive`);
  }
  for (const name of restored.sequences.keys())
    if (!archive.sequences.has(name))
      problems.push(`${printable(`sequence ${name}`)}: restored, but not in the archive`);
  return problems;
}

function difference(before: TableHash, after: TableHash | undefined): string {
  const { kind, rows } = before;
  if (after === undefined) return "in the archive, but not restored";
  const what = kind === "table" ? "rows" : "objects";
  return after.rows === rows
    ? `${rows} ${what} as in the archive, but not the same ones`
    : `${after.rows} ${what} instead of the archive's ${rows}`;
}

function called({ kind, name }: TableHash): string {
  return kind === "large objects" ? kind : printable(`table ${tableOf(name).text}`);
}

function printable(words: string): string {
  return firstLine(Buffer.from(words.replaceAll("\n", " "), "latin1").toString("utf8"));
}

/**
 * Takes a COPY's `schema.table (columns)` apart; `text` is the first two, and `columns` are, as they are written. A name
 * in quotes may hold anything, quotes doubled; one without holds no dot, comma, parenthesis or space.
 */
export function tableOf(copied: string): { schema: string; name: string; text: string; columns: string[] } {
  const [text = "", schema = "", table = ""] =
    /^("(?:[^"]|"")*"|[^".\s]+)\.("(?:[^"]|"")*"|[^".\s]+)/.exec(copied) ?? [];
  const columns: string[] = copied.slice(text.length).match(/"(?:[^"]|"")*"|[^",()\s]+/g) ?? [];
  return { schema: bare(schema), name: bare(table), text, columns };
}

function bare(identifier: string): string {
  const text = identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
  return Buffer.from(text, "latin1").toString("utf8");
}
