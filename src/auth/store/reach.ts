/** Adapter: who reaches applications, for administrators. What opens one is judged by reach.ts. */
import type { Account } from "../account.ts";
import type { Grant } from "../grant.ts";
import { standingAt } from "./accounts.ts";
import { fromRow, type Queryable, type Row } from "./database.ts";

/** Somebody who reaches an application, and how. */
export interface Reacher extends Pick<Account, "id" | "name" | "displayName" | "email" | "roles"> {
  /** Until when a grant opens it, for whom no role does. */
  grantUntil: Date | undefined;
}

type Holding = Pick<Grant, "application" | "scopes" | "approvedAt" | "startsAt" | "endsAt" | "revokedAt"> & {
  accountId: string;
  roles: string[];
};

const ACTIVE = (now: string): string => `${standingAt(now)} = 'active' AND NOT must_reset`;
/** As `grantState` of grant.ts says `active`. */
const HOLDS = (now: string): string =>
  `g.revoked_at IS NULL AND g.approved_at <= ${now} AND g.starts_at <= ${now} AND g.ends_at > ${now}`;

export function reachOn(db: Queryable) {
  return {
    /** How many active accounts have exactly these roles, for each set of roles that occurs. */
    async countsByRoles(now: Date): Promise<{ roles: string[]; count: number }[]> {
      const { rows } = await db.query<{ roles: string[]; count: number }>(
        `SELECT roles, count(*)::int AS count FROM account WHERE ${ACTIVE("$1")} GROUP BY roles`,
        [now],
      );
      return rows;
    },

    /** Every grant that holds at this moment for an active account, with the roles of that. */
    async holding(now: Date): Promise<Holding[]> {
      const { rows } = await db.query<Row<Holding>>(
        `SELECT g.account_id AS "accountId", g.application, g.scopes, g.approved_at AS "approvedAt", g.starts_at AS "startsAt",
           g.ends_at AS "endsAt", g.revoked_at AS "revokedAt", roles
         FROM access_grant g JOIN account ON account.id = g.account_id WHERE ${HOLDS("$1")} AND ${ACTIVE("$1")}`,
        [now],
      );
      return rows.flatMap((row) => fromRow(row) ?? []);
    },

    /** Active accounts that reach it, by name, after the name `after`. */
    async of(
      { name, roles, scopes }: { name: string; roles: readonly string[]; scopes: readonly string[] },
      now: Date,
      limit: number,
      after = "",
    ): Promise<Reacher[]> {
      const { rows } = await db.query<Row<Reacher>>(
        `SELECT id, name, display_name AS "displayName", email, roles, granted.until AS "grantUntil"
         FROM account LEFT JOIN (
           SELECT g.account_id, max(g.ends_at) AS until FROM access_grant g
           WHERE g.application = $2 AND g.scopes && $4::text[] AND ${HOLDS("$1")} GROUP BY g.account_id
         ) granted ON granted.account_id = account.id
         WHERE (roles && $3::text[] OR granted.until IS NOT NULL) AND ${ACTIVE("$1")} AND name > $6 ORDER BY name LIMIT $5`,
        [now, name, roles, scopes, limit, after],
      );
      return rows.flatMap((row) => fromRow(row) ?? []);
    },
  };
}
