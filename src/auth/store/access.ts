/** Adapter: everything that forward-auth judges a request by, in one question. */
import type { GrantFacts, SessionFacts } from "../forward-auth.ts";
import type { Queryable } from "./database.ts";

/** As in the database; what roles mean is for the configuration. */
export type StoredFacts = Pick<SessionFacts, "session"> & {
  account: Omit<SessionFacts["account"], "policies">;
  appSession: SessionFacts["appSession"] & { id: string };
};

const GRANTS = `SELECT json_agg(json_build_object('application', g.application, 'scopes', g.scopes, 'startsAt', g.starts_at,
     'endsAt', g.ends_at, 'approvedAt', g.approved_at, 'revokedAt', g.revoked_at))
   FROM access_grant g WHERE g.account_id = a.id AND g.revoked_at IS NULL`;

const FACTS = `
SELECT a.id AS account_id, a.name, a.display_name, a.email, a.status, a.locked_reason IS NOT NULL AS locked,
  a.must_reset, a.ends_at, a.epoch AS account_epoch, a.roles,
  s.id AS session_id, s.epoch AS session_epoch, s.device_id, s.created_at, s.authenticated_at, s.second_factor,
  s.second_factor_at, s.last_seen_at, s.idle_seconds, s.expires_at, s.ended_at,
  p.id AS app_id, p.host, p.created_at AS app_created_at, p.last_seen_at AS app_last_seen_at, p.ended_at AS app_ended_at,
  (${GRANTS}) AS grants
FROM app_session p JOIN session s ON s.id = p.session_id JOIN account a ON a.id = s.account_id
WHERE p.token_hash = $1`;

/** As JSON has it. */
type StoredGrant = Pick<GrantFacts, "application" | "scopes"> &
  Record<"startsAt" | "endsAt", string> &
  Record<"approvedAt" | "revokedAt", string | null>;

interface Row {
  account_id: string;
  name: string;
  display_name: string;
  email: string;
  status: SessionFacts["account"]["status"];
  locked: boolean;
  must_reset: boolean;
  ends_at: Date | null;
  account_epoch: number;
  roles: string[];
  session_id: string;
  session_epoch: number;
  device_id: string | null;
  created_at: Date;
  authenticated_at: Date;
  second_factor: SessionFacts["session"]["secondFactor"];
  second_factor_at: Date | null;
  last_seen_at: Date;
  idle_seconds: number;
  expires_at: Date;
  ended_at: Date | null;
  app_id: string;
  host: string;
  app_created_at: Date;
  app_last_seen_at: Date;
  app_ended_at: Date | null;
  grants: StoredGrant[] | null;
}

export function accessOn(db: Queryable) {
  return {
    /** What is known of the session behind a protected host's cookie, also when it is over; undefined for no cookie of ours. */
    async byAppToken(tokenHash: Buffer): Promise<StoredFacts | undefined> {
      const [row] = (await db.query<Row>(FACTS, [tokenHash])).rows;
      return row && factsOf(row);
    },

    /** Grants of an account that were not revoked, whether they count now or not. */
    async grantsOf(accountId: string): Promise<GrantFacts[]> {
      const { rows } = await db.query<Pick<Row, "grants">>(
        `SELECT (${GRANTS}) AS grants FROM (SELECT $1::uuid AS id) a`,
        [accountId],
      );
      return (rows[0]?.grants ?? []).map(grantOf);
    },
  };
}

function factsOf(row: Row): StoredFacts {
  return {
    account: {
      id: row.account_id,
      name: row.name,
      displayName: row.display_name,
      email: row.email,
      status: row.status,
      locked: row.locked,
      mustReset: row.must_reset,
      endsAt: row.ends_at,
      epoch: row.account_epoch,
      roles: row.roles,
      grants: (row.grants ?? []).map(grantOf),
    },
    session: {
      id: row.session_id,
      epoch: row.session_epoch,
      deviceId: row.device_id,
      createdAt: row.created_at,
      authenticatedAt: row.authenticated_at,
      secondFactor: row.second_factor,
      secondFactorAt: row.second_factor_at,
      lastSeenAt: row.last_seen_at,
      idleSeconds: row.idle_seconds,
      expiresAt: row.expires_at,
      endedAt: row.ended_at,
    },
    appSession: {
      id: row.app_id,
      host: row.host,
      createdAt: row.app_created_at,
      lastSeenAt: row.app_last_seen_at,
      endedAt: row.app_ended_at,
    },
  };
}

function grantOf({ application, scopes, startsAt, endsAt, approvedAt, revokedAt }: StoredGrant): GrantFacts {
  return {
    application,
    scopes,
    startsAt: new Date(startsAt),
    endsAt: new Date(endsAt),
    approvedAt: approvedAt === null ? null : new Date(approvedAt),
    revokedAt: revokedAt === null ? null : new Date(revokedAt),
  };
}
