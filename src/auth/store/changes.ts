/**
 * Adapter: what every node must forget at once, such as the sessions of an account that was disabled. Nodes listen,
 * and poll as well: a notice may be lost, a row may not.
 */
import type { Queryable } from "./database.ts";

/** The channel of NOTIFY; its payload is the change's seq. */
export const CHANGE_CHANNEL = "lakat_change";
/** Older rows are pruned: a node whose last poll is as old as this must forget all it holds. */
export const CHANGES_KEPT_MS = 3_600_000;

/** All sessions of an account, or one session. */
export type Changed =
  { accountId: string; sessionId?: undefined } | { sessionId: string; accountId?: undefined };
export type Change = Changed & { seq: number };

export interface Changes {
  /**
   * Writes a change under the number of the audit event that tells of it (one change for an event), in the same
   * transaction. Listeners hear of it at the commit.
   */
  record(seq: number, changed: Changed, at: Date): Promise<void>;
  /**
   * Every change with a higher number, in order, and the newest number there is, which is lower than `seq` only in a
   * database that was restored. Numbers are in the order of commits: none up to `latest` can turn up later.
   */
  since(seq: number): Promise<{ changes: Change[]; latest: number }>;
  /** The number to begin polling from: whatever is committed later has a higher one. */
  latest(): Promise<number>;
  /** Removes what is older; resolves to how many. */
  prune(before: Date): Promise<number>;
}

/** The changes on a pool, or inside a transaction. */
export function changesOn(db: Queryable): Changes {
  return {
    async record(seq, { accountId, sessionId }, at) {
      await db.query(
        `WITH noted AS (INSERT INTO change (seq, at, account_id, session_id) VALUES ($1, $2, $3, $4) RETURNING seq)
         SELECT pg_notify('${CHANGE_CHANNEL}', seq::text) FROM noted`,
        [seq, at, accountId ?? null, sessionId ?? null],
      );
    },
    async since(seq) {
      const { rows } = await db.query<{
        latest: string;
        seq: string | null;
        account_id: string | null;
        session_id: string | null;
      }>(
        `SELECT audit_head.seq AS latest, change.seq, account_id, session_id
         FROM audit_head LEFT JOIN change ON change.seq > $1 ORDER BY change.seq`,
        [seq],
      );
      const [first] = rows;
      if (first === undefined) throw new Error("the audit trail has no head: its table was emptied");
      const changes = rows.flatMap((row): Change[] =>
        row.seq === null
          ? []
          : row.account_id !== null
            ? [{ seq: Number(row.seq), accountId: row.account_id }]
            : [{ seq: Number(row.seq), sessionId: row.session_id ?? "" }],
      );
      return { changes, latest: Number(first.latest) };
    },
    async latest() {
      const { rows } = await db.query<{ seq: string }>("SELECT seq FROM audit_head");
      return Number(rows[0]?.seq ?? 0);
    },
    async prune(before) {
      return (await db.query("DELETE FROM change WHERE at < $1", [before])).rowCount ?? 0;
    },
  };
}
