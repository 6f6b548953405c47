/** Adapter: checks of the audit trail that were begun on some node, the one that goes on and those that are over. */
import { fromRow, type Queryable, type Row } from "./database.ts";

export interface AuditCheck {
  id: string;
  /** `account:<id>`. */
  startedBy: string;
  startedAt: Date;
  finishedAt: Date | undefined;
  /** Undefined while it goes on. `stopped`: its node ended before it was through. */
  outcome: "whole" | "broken" | "stopped" | undefined;
  /** Checked so far. */
  rows: number;
  /** How many there were when it began, about. */
  expected: number;
  purged: number | undefined;
  /** `SEQ:HASH`; undefined also when the head was removed. */
  head: string | undefined;
  broken: number | undefined;
  breaks: { seq: number; what: string }[] | undefined;
}

export type CheckResult = Required<Pick<AuditCheck, "rows" | "purged" | "broken" | "breaks">> &
  Pick<AuditCheck, "head">;

/** A check that gave no sign for this long has lost its node. */
const LOST_MS = 120_000;
const KEPT = 20;

/** Of a row of audit_head. */
const ROWS = "seq - coalesce((SELECT sum(upto - first + 1) FROM audit_tombstone), 0)";
// $2: what has not beaten since then is lost.
const COLUMNS = `id, started_by AS "startedBy", started_at AS "startedAt", finished_at AS "finishedAt",
  CASE WHEN finished_at IS NULL AND beat_at < $2 THEN 'stopped' ELSE outcome END AS outcome,
  rows::float8 AS rows, expected::float8 AS expected, purged::float8 AS purged, head, broken::float8 AS broken, breaks`;

export function auditChecksOn(db: Queryable) {
  return {
    /** False when another one goes on. What a node left behind is ended, old results are removed. In a transaction. */
    async begin(id: string, by: string, now: Date): Promise<boolean> {
      await db.query(
        `UPDATE audit_check SET finished_at = $1, outcome = 'stopped' WHERE finished_at IS NULL AND beat_at < $2`,
        [now, new Date(now.getTime() - LOST_MS)],
      );
      await db.query(
        `DELETE FROM audit_check WHERE finished_at IS NOT NULL AND id NOT IN
           (SELECT id FROM audit_check WHERE finished_at IS NOT NULL ORDER BY started_at DESC LIMIT $1)`,
        [KEPT],
      );
      const { rowCount } = await db.query(
        `INSERT INTO audit_check (id, started_by, started_at, beat_at, expected)
         SELECT $1, $2, $3, $3, ${ROWS} FROM audit_head
         ON CONFLICT DO NOTHING`,
        [id, by, now],
      );
      return rowCount === 1;
    },

    /** It goes on. False when it was given up for lost meanwhile: then it must end. */
    async beat(id: string, rows: number, now: Date): Promise<boolean> {
      const sql = "UPDATE audit_check SET rows = $2, beat_at = $3 WHERE id = $1 AND finished_at IS NULL";
      return (await db.query(sql, [id, rows, now])).rowCount === 1;
    },

    /** False when it was given up for lost meanwhile; its result does not count. */
    async end(id: string, { rows, purged, head, broken, breaks }: CheckResult, now: Date): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE audit_check SET finished_at = $2, outcome = CASE $6::bigint WHEN 0 THEN 'whole' ELSE 'broken' END,
           rows = $3, purged = $4, head = $5, broken = $6, breaks = $7 WHERE id = $1 AND finished_at IS NULL`,
        [id, now, rows, purged, head ?? null, broken, JSON.stringify(breaks)],
      );
      return rowCount === 1;
    },

    async stop(id: string, now: Date): Promise<void> {
      const sql =
        "UPDATE audit_check SET finished_at = $2, outcome = 'stopped' WHERE id = $1 AND finished_at IS NULL";
      await db.query(sql, [id, now]);
    },

    /** The number of the last event, and how many events there are beside those that were purged. */
    async trail(): Promise<{ head: number; rows: number }> {
      const sql = `SELECT seq::float8 AS head, (${ROWS})::float8 AS rows FROM audit_head`;
      return (await db.query<{ head: number; rows: number }>(sql)).rows[0] ?? { head: 0, rows: 0 };
    },

    /** The newest first. One whose node is lost counts as stopped. */
    async latest(limit: number, now: Date): Promise<AuditCheck[]> {
      const { rows } = await db.query<Row<AuditCheck>>(
        `SELECT ${COLUMNS}
         FROM audit_check ORDER BY started_at DESC, id LIMIT $1`,
        [limit, new Date(now.getTime() - LOST_MS)],
      );
      return rows.flatMap((row) => fromRow(row) ?? []);
    },
  };
}
