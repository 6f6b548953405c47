/** Adapter: the audit trail, as everything that decides writes to it. */
import { columnsOf, decodeEntry, encodeEntry } from "../audit-entry.ts";
import type { AuditEvent } from "../audit-event.ts";
import type { Queryable } from "./database.ts";

/** The end of the chain: what to write down elsewhere, so that a rewritten chain is known. */
export interface Head {
  seq: number;
  hash: Buffer;
}

export interface Audit {
  /**
   * Writes an event, as part of the transaction that `db` is in, and resolves to its number. From here until the
   * commit every other append waits: call it last. Rejects when it cannot be written; then what it records must
   * not happen either.
   */
  append(event: AuditEvent): Promise<number>;
  /** The newest row's number and hash. */
  head(): Promise<Head>;
}

// One statement: the new number and hash of the head are the row's. Needs READ COMMITTED, where an update that
// waited for another sees what that one left.
const APPEND = `
WITH head AS (
  UPDATE audit_head
  SET seq = seq + 1, hash = sha256(hash || int8send(seq + 1) || sha256(convert_to($10, 'UTF8')))
  RETURNING seq, hash
)
INSERT INTO audit (seq, at, event, outcome, retention, actor, account_id, address, session_id, application, body, hash)
SELECT head.seq, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, head.hash FROM head
RETURNING seq`;

/** The audit trail on a pool, or inside a transaction. */
export function auditOn(db: Queryable): Audit {
  return {
    async append(event) {
      const body = encodeEntry(event);
      // From what is read back: a name or an agent that was cut is cut in the columns too.
      const columns = columnsOf(decodeEntry(body));
      const { rows } = await db.query<{ seq: string }>(APPEND, [
        columns.at,
        columns.event,
        columns.outcome,
        columns.retention,
        columns.actor,
        columns.accountId,
        columns.address,
        columns.sessionId,
        columns.application,
        body,
      ]);
      const row = rows[0];
      if (row === undefined) throw new Error("the audit trail has no head: its table was emptied");
      return Number(row.seq);
    },
    async head() {
      const { rows } = await db.query<{ seq: string; hash: Buffer }>("SELECT seq, hash FROM audit_head");
      const row = rows[0];
      if (row === undefined) throw new Error("the audit trail has no head: its table was emptied");
      return { seq: Number(row.seq), hash: row.hash };
    },
  };
}
