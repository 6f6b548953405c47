/** Adapter: what the audit trail holds about one account, for its owner. */
import { asAuditRow, type AuditRow, type PageEnd } from "./audit-list.ts";
import type { Queryable } from "./database.ts";

export function historyOn(db: Queryable) {
  return {
    /**
     * Up to `limit` of these events about the account, newest first, older than `after`. Walks the index of the
     * account backwards and stops, however long the trail is; what the account did to others is not among them.
     */
    async of(
      accountId: string,
      events: readonly string[],
      limit: number,
      after?: PageEnd,
    ): Promise<AuditRow[]> {
      const values: unknown[] = [accountId, events, limit];
      if (after !== undefined) values.push(after.at, after.seq);
      const { rows } = await db.query<{ seq: string; at: Date; body: string; hash: Buffer }>(
        `SELECT seq, at, body, hash FROM audit WHERE account_id = $1 AND event = ANY ($2::text[])
         ${after === undefined ? "" : "AND (at, seq) < ($4::timestamptz, $5::bigint)"}
         ORDER BY at DESC, seq DESC LIMIT $3`,
        values,
      );
      return rows.map(asAuditRow);
    },
  };
}
