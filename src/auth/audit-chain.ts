/**
 * Whether the audit trail is what was written: every row follows the one before it, every row that is missing has a
 * signed tombstone, and the head is the last row. Reads rows in order, in constant memory. Pure.
 *
 * What it cannot see by itself: the chain has no key, so whoever may write to the database can put all of it back to
 * an older state, or compute it anew from some row on (tombstones pin what lies before them, since they are signed).
 * A head that was written down elsewhere shows both: hand it in as `expect`.
 */
import { columnsOf, decodeEntry, type Columns } from "./audit-entry.ts";
import { GENESIS, headText, linkHash } from "./audit-link.ts";
import { openTombstone, type StoredTombstone, type TombstoneVerifier } from "./audit-tombstone.ts";

/** A row as it lies in the table. */
export interface ChainRow extends Columns {
  seq: number;
  body: string;
  hash: Buffer;
}

export interface ChainHead {
  seq: number;
  hash: Buffer;
}

export interface Trail {
  /** In the order of seq, each seq once. */
  rows: AsyncIterable<ChainRow> | Iterable<ChainRow>;
  /** In the order of `first`, each once. */
  tombstones: AsyncIterable<StoredTombstone> | Iterable<StoredTombstone>;
  /** Asked after the last row: the head at the moment when there was none after it. */
  head(): Promise<ChainHead | undefined>;
}

export interface Break {
  /** Where it shows. */
  seq: number;
  kind:
    | "changed"
    | "disordered"
    | "columns"
    | "removed"
    | "inserted"
    | "tombstone"
    | "cut"
    | "rolled-back"
    | "head"
    | "not-expected";
  /** What is wrong, as a sentence without a full stop. */
  what: string;
}

export interface Verdict {
  rows: number;
  /** Rows that tombstones stand for. */
  purged: number;
  head: ChainHead | undefined;
  breaks: Break[];
  /** How many there are; `breaks` holds the first hundred. */
  broken: number;
}

const TOLD = 100;

type Say = (seq: number, kind: Break["kind"], what: string) => void;

/** Walks the chain to its end and tells every place where it does not hold. */
export async function verifyChain(
  trail: Trail,
  key: TombstoneVerifier,
  expect?: ChainHead,
): Promise<Verdict> {
  const verdict: Verdict = { rows: 0, purged: 0, head: undefined, breaks: [], broken: 0 };
  const say: Say = (seq, kind, what) => {
    verdict.broken++;
    if (verdict.breaks.length < TOLD) verdict.breaks.push({ seq, kind, what });
  };
  const run = runOf(say);
  // Where the chain is: the last row or tombstone, and the hash that it left.
  let at: ChainHead = { seq: 0, hash: GENESIS };
  let met = expect === undefined || (expect.seq === 0 && expect.hash.equals(GENESIS));
  const reach = (seq: number, hash: Buffer): void => {
    at = { seq, hash };
    if (expect?.seq !== seq) return;
    met = true;
    if (!hash.equals(expect.hash))
      say(seq, "not-expected", `row ${seq} is not the one that was written down: its hash is another`);
  };
  const missing = (next: number): void => {
    if (next > at.seq + 1)
      say(at.seq + 1, "removed", `${were(at.seq + 1, next - 1)} removed, and no tombstone tells of it`);
  };

  for await (const item of inOrder(trail)) {
    if ("first" in item) {
      run.end();
      const tombstone = openTombstone(item, key);
      const name = `the tombstone of ${span(item.first, item.upto)}`;
      if (tombstone === undefined)
        say(item.first, "tombstone", `${name} is not signed by the audit key, or was changed`);
      if (item.first <= at.seq) {
        say(item.first, "tombstone", `${name} stands for rows that are there, or that another stands for`);
        if (item.upto <= at.seq) continue;
      } else missing(item.first);
      if (item.first === at.seq + 1 && !item.before.equals(at.hash))
        say(item.first, "tombstone", `${name} does not follow what stands before it`);
      verdict.purged += item.upto - item.first + 1;
      if (expect !== undefined && expect.seq >= item.first && expect.seq < item.upto) {
        met = true;
        say(
          expect.seq,
          "not-expected",
          `row ${expect.seq}, which was written down, has been purged since; expect a newer head`,
        );
      }
      reach(item.upto, item.after);
      continue;
    }
    verdict.rows++;
    const { seq } = item;
    if (seq <= at.seq) {
      say(seq, "inserted", `row ${seq} was put in: a tombstone says that it was purged`);
      continue;
    }
    const gap = seq > at.seq + 1;
    if (gap) run.end();
    missing(seq);
    // After a gap the row's own hash is all there is to go on from.
    if (!gap && !linkHash(at.hash, seq, item.body).equals(item.hash)) run.bad(seq);
    else run.end();
    const wrong = wrongColumns(item);
    if (wrong !== undefined) say(seq, "columns", `row ${seq}: ${wrong}`);
    reach(seq, item.hash);
  }
  run.end();

  const head = await trail.head();
  verdict.head = head;
  if (head === undefined) say(at.seq, "head", "the head of the chain was removed");
  else if (head.seq > at.seq)
    say(at.seq + 1, "cut", `${were(at.seq + 1, head.seq)} cut off the end: the head says ${head.seq}`);
  else if (head.seq < at.seq)
    say(
      head.seq,
      "rolled-back",
      `the head was put back to ${head.seq}, or rows were put in after it: the last is ${at.seq}`,
    );
  else if (!head.hash.equals(at.hash))
    say(head.seq, "head", `the head's hash is not that of the last row, ${head.seq}`);
  if (!met && expect !== undefined)
    say(
      expect.seq,
      "not-expected",
      `the chain ends at ${at.seq}, before ${headText(expect)} that was written down`,
    );
  return verdict;
}

/** Rows that do not follow, told as one when they stand together. */
function runOf(say: Say): { bad(seq: number): void; end(): void } {
  let from: number | undefined;
  let to = 0;
  return {
    bad(seq) {
      from ??= seq;
      to = seq;
    },
    end() {
      if (from === to) say(from, "changed", `row ${from} was changed after it was written`);
      else if (from !== undefined)
        say(
          from,
          "disordered",
          `rows ${from} to ${to} do not follow one another: they were changed, put in, renumbered, or put in another order`,
        );
      from = undefined;
    },
  };
}

/** Why a row's columns and its body do not say the same; undefined when they do. */
function wrongColumns(row: ChainRow): string | undefined {
  let columns: Columns;
  try {
    columns = columnsOf(decodeEntry(row.body));
  } catch {
    return "its body is no audit entry";
  }
  const wrong = COLUMNS.filter((name) =>
    name === "at" ? row.at.getTime() !== columns.at.getTime() : row[name] !== columns[name],
  );
  return wrong.length === 0
    ? undefined
    : `what is searched was changed (${wrong.join(", ")}), its body was not`;
}

const COLUMNS = [
  "at",
  "event",
  "outcome",
  "retention",
  "actor",
  "accountId",
  "address",
  "sessionId",
  "application",
] as const satisfies (keyof Columns)[];

const span = (from: number, to: number): string => (from === to ? `row ${from}` : `rows ${from} to ${to}`);
const were = (from: number, to: number): string => `${span(from, to)} ${from === to ? "was" : "were"}`;

/** Rows and tombstones as one sequence, in the order of the numbers they begin with. */
async function* inOrder({ rows, tombstones }: Trail): AsyncGenerator<ChainRow | StoredTombstone> {
  const stones = iterate(tombstones);
  let stone = await stones.next();
  for await (const row of rows) {
    while (stone.done !== true && stone.value.first <= row.seq) {
      yield stone.value;
      stone = await stones.next();
    }
    yield row;
  }
  for (; stone.done !== true; stone = await stones.next()) yield stone.value;
}

async function* iterate<T>(all: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* all;
}
