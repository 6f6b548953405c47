/**
 * Adapter: takes out of the audit trail what has been kept long enough, in small transactions that hold nothing
 * which an append needs. Signed tombstones stand for what is gone.
 */
import type { PoolClient } from "pg";
import { Fault } from "../../fault.ts";
import type { Actor } from "../audit-event.ts";
import {
  joinTombstones,
  openTombstone,
  sealTombstone,
  type StoredTombstone,
  type Tombstone,
  type TombstoneSigner,
  type TombstoneVerifier,
} from "../audit-tombstone.ts";
import { auditOn } from "./audit.ts";
import { withAuditLock } from "./audit-lock.ts";
import { CHANGES_KEPT_MS, changesOn } from "./changes.ts";
import type { Pool } from "./database.ts";

const DAY_MS = 86_400_000;
/** Two clocks that differ by more are not both right. */
const CLOCK_MS = DAY_MS;
/** Rows of one transaction: a fraction of a second, so that a purge can be stopped at any time. */
const BATCH = 2000;

export interface PurgeOptions {
  now: Date;
  /** Days that each kind of event is kept. */
  days: { detail: number; record: number };
  key: TombstoneSigner & TombstoneVerifier;
  actor: Actor;
  signal: AbortSignal;
  /** Purges although the newest event is old: for a gateway that stood still. The database's clock counts anyway. */
  stoodStill?: boolean;
  batch?: number;
  /** Told after each batch how many rows are gone so far. */
  progress?: (rows: number) => void;
}

export interface Purged {
  detail: number;
  record: number;
  /** Rows that are due and yet were kept: they do not follow the row before them, and are evidence. */
  kept: number;
  tombstones: number;
}

/**
 * Purges, and writes the event `audit.purged`. Throws AUDIT_BUSY when another purge or a check of the chain is under
 * way; CLOCK_DOUBTFUL, with nothing done, when the clock may be wrong: one far ahead would purge everything.
 */
export async function purgeAudit(pool: Pool, options: PurgeOptions): Promise<Purged> {
  const { now, days, signal, batch = BATCH, progress } = options;
  return withAuditLock(pool, "alone", async (client) => {
    await demandClock(client, options);
    const purged: Purged = { detail: 0, record: 0, kept: 0, tombstones: 0 };
    for (const retention of ["detail", "record"] as const) {
      const before = new Date(now.getTime() - days[retention] * DAY_MS);
      // Begins after what it has seen: entries of an index that point at removed rows would be walked ever again.
      let after: Cursor = { at: "-infinity", seq: "0" };
      for (;;) {
        signal.throwIfAborted();
        const due = await inTransaction(client, async () => {
          const rows = await dueRows(client, retention, before, after, batch);
          const going = rows.filter(({ follows }) => follows);
          await replaceRows(client, going, options);
          return { rows, going: going.length };
        });
        purged[retention] += due.going;
        purged.kept += due.rows.length - due.going;
        progress?.(purged.detail + purged.record);
        const last = due.rows.at(-1);
        if (last === undefined) break;
        after = { at: last.at_text, seq: last.seq };
      }
    }
    await changesOn(client).prune(new Date(now.getTime() - CHANGES_KEPT_MS));
    const { rows } = await client.query<{ n: string }>("SELECT count(*) AS n FROM audit_tombstone");
    purged.tombstones = Number(rows[0]?.n);
    await auditOn(client).append({
      at: now,
      event: "audit.purged",
      outcome: purged.kept === 0 ? "success" : "failure",
      actor: options.actor,
      details: { ...purged },
    });
    return purged;
  });
}

/** The database's clock and the newest event are the only other clocks there are. */
async function demandClock(client: PoolClient, { now, stoodStill }: PurgeOptions): Promise<void> {
  const { rows } = await client.query<{ clock: Date; newest: Date | null }>(
    "SELECT clock_timestamp() AS clock, (SELECT at FROM audit WHERE seq = (SELECT seq FROM audit_head)) AS newest",
  );
  const { clock, newest } = rows[0] ?? { clock: now, newest: null };
  const doubt = (what: string, todo: string): Fault =>
    new Fault("CLOCK_DOUBTFUL", `nothing was purged: ${what}`, todo);
  const off = (other: Date): number => Math.abs(other.getTime() - now.getTime());
  if (off(clock) > CLOCK_MS)
    throw doubt(
      `the clock here says ${now.toISOString()}, that of the database ${clock.toISOString()}`,
      "Set the clocks, then run it again.",
    );
  if (newest !== null && off(newest) > CLOCK_MS && (newest > now || stoodStill !== true))
    throw doubt(
      `the clock says ${now.toISOString()}, the newest event is of ${newest.toISOString()}`,
      newest > now
        ? "Set the clock; if it was ahead for a while, purge when the time of that event has come."
        : "Check the clock; if it is right and the gateway stood still, run it with --stood-still.",
    );
}

interface Cursor {
  /** A timestamp in PostgreSQL's own words. */
  at: string;
  seq: string;
}

interface Due {
  seq: string;
  at_text: string;
  hash: Buffer;
  before: Buffer | null;
  follows: boolean;
}

/** Rows that are due, each with the hash before it and whether it follows that. */
async function dueRows(
  client: PoolClient,
  retention: string,
  before: Date,
  after: Cursor,
  batch: number,
): Promise<Due[]> {
  const { rows } = await client.query<Due>(
    `WITH due AS MATERIALIZED (
       SELECT seq, at, body, hash FROM audit
       WHERE retention = $1 AND at < $2 AND (at, seq) > ($3::timestamptz, $4::bigint)
       ORDER BY at, seq LIMIT $5
     ), linked AS (
       SELECT due.*, CASE WHEN due.seq = 1 THEN decode(repeat('00', 32), 'hex') ELSE coalesce(
         (SELECT hash FROM audit WHERE seq = due.seq - 1), (SELECT t.after FROM audit_tombstone t WHERE upto = due.seq - 1)
       ) END AS before
       FROM due
     )
     SELECT seq, at::text AS at_text, hash, before,
       coalesce(hash = sha256(before || int8send(seq) || sha256(convert_to(body, 'UTF8'))), false) AS follows
     FROM linked ORDER BY at, seq`,
    [retention, before, after.at, after.seq, batch],
  );
  return rows;
}

/** Removes rows and puts tombstones in their place, joined with those beside them. */
async function replaceRows(client: PoolClient, rows: Due[], { key, now }: PurgeOptions): Promise<void> {
  if (rows.length === 0) return;
  const seqs = rows.map(({ seq }) => seq);
  const { rowCount } = await client.query("DELETE FROM audit WHERE seq = ANY($1::bigint[])", [seqs]);
  if (rowCount !== rows.length) throw new Error("rows of the audit trail went while they were purged");
  const fresh: Tombstone[] = rows.map(({ seq, before, hash }) => ({
    first: Number(seq),
    upto: Number(seq),
    before: before ?? Buffer.alloc(0),
    after: hash,
    purgedAt: now,
    reason: "retention",
  }));
  const joined = joinTombstones(fresh);
  const beside = await client.query<
    Omit<StoredTombstone, "first" | "upto"> & { first: string; upto: string }
  >(
    `SELECT first, upto, before, after, body, signature FROM audit_tombstone
     WHERE upto = ANY($1::bigint[]) OR first = ANY($2::bigint[])`,
    [joined.map(({ first }) => first - 1), joined.map(({ upto }) => upto + 1)],
  );
  // One that is not ours stays as it is, for the check of the chain to find.
  const known = beside.rows
    .map((row) => openTombstone({ ...row, first: Number(row.first), upto: Number(row.upto) }, key))
    .filter((stone) => stone !== undefined);
  await client.query("DELETE FROM audit_tombstone WHERE first = ANY($1::bigint[])", [
    known.map(({ first }) => first),
  ]);
  const sealed = joinTombstones([...joined, ...known]).map((stone) => sealTombstone(stone, key));
  await client.query(
    `INSERT INTO audit_tombstone (first, upto, before, after, body, signature)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::text[], $6::bytea[])`,
    [
      sealed.map(({ first }) => first),
      sealed.map(({ upto }) => upto),
      sealed.map(({ before }) => before),
      sealed.map(({ after }) => after),
      sealed.map(({ body }) => body),
      sealed.map(({ signature }) => signature),
    ],
  );
}

async function inTransaction<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
