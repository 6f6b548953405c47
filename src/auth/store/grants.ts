/** Adapter: grants. Whether one opens anything at a time is judged from what is read, not here. */
import type { Grant } from "../grant.ts";
import { fromRow, type Queryable, type Row } from "./database.ts";

const COLUMNS = `id, account_id AS "accountId", application, scopes, reason, requested_by AS "requestedBy",
  requested_at AS "requestedAt", starts_at AS "startsAt", ends_at AS "endsAt", approved_by AS "approvedBy",
  approved_at AS "approvedAt", revoked_by AS "revokedBy", revoked_at AS "revokedAt"`;

export interface GrantQuery {
  accountId?: string | undefined;
  applications?: readonly string[] | undefined;
  /** Only those that nobody revoked and whose end has not come by then. */
  openAt?: Date | undefined;
  /** The id of the last grant of the page before. */
  after?: string | undefined;
  limit: number;
}

export type Grants = ReturnType<typeof grantsOn>;

/** Grants on a pool, or inside a transaction. */
export function grantsOn(db: Queryable) {
  return {
    async insert(grant: Grant): Promise<void> {
      await db.query(
        `INSERT INTO access_grant (id, account_id, application, scopes, reason, requested_by, requested_at, starts_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          grant.id,
          grant.accountId,
          grant.application,
          grant.scopes,
          grant.reason,
          grant.requestedBy,
          grant.requestedAt,
          grant.startsAt,
          grant.endsAt,
        ],
      );
    },

    /** `lock`: nobody else changes it before this transaction ends. */
    async byId(id: string, { lock = false } = {}): Promise<Grant | undefined> {
      const sql = `SELECT ${COLUMNS} FROM access_grant WHERE id = $1${lock ? " FOR UPDATE" : ""}`;
      return fromRow((await db.query<Row<Grant>>(sql, [id])).rows[0]);
    },

    /** A page of them, the newest first. */
    async list({ accountId, applications, openAt, after, limit }: GrantQuery): Promise<Grant[]> {
      const { rows } = await db.query<Row<Grant>>(
        `SELECT ${COLUMNS} FROM access_grant
         WHERE ($1::uuid IS NULL OR account_id = $1) AND ($2::text[] IS NULL OR application = ANY ($2))
           AND ($3::timestamptz IS NULL OR (revoked_at IS NULL AND ends_at > $3))
           AND ($4::uuid IS NULL OR (requested_at, id) < (SELECT requested_at, id FROM access_grant WHERE id = $4))
         ORDER BY requested_at DESC, id DESC LIMIT $5`,
        [accountId ?? null, applications ?? null, openAt ?? null, after ?? null, limit],
      );
      return rows.flatMap((row) => fromRow(row) ?? []);
    },

    /** False when it was approved or revoked before. */
    async approve(id: string, by: string, now: Date): Promise<boolean> {
      const sql = `UPDATE access_grant SET approved_by = $2, approved_at = $3
        WHERE id = $1 AND approved_at IS NULL AND revoked_at IS NULL`;
      return (await db.query(sql, [id, by, now])).rowCount === 1;
    },

    /** Also of a request that nobody approved. False when it was revoked before. */
    async revoke(id: string, by: string, now: Date): Promise<boolean> {
      const sql =
        "UPDATE access_grant SET revoked_by = $2, revoked_at = $3 WHERE id = $1 AND revoked_at IS NULL";
      return (await db.query(sql, [id, by, now])).rowCount === 1;
    },
  };
}
