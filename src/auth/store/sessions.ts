/** Adapter: sessions of the login host, and what carries them to the protected hosts. */
import { fromRow, type Queryable, type Row } from "./database.ts";

export type SessionFactor = "totp" | "sms" | "recovery-code" | "passkey";

export interface Session {
  id: string;
  accountId: string;
  /** The account's, when it began: another one by now has ended it. */
  epoch: number;
  deviceId: string | undefined;
  address: string;
  userAgent: string;
  createdAt: Date;
  authenticatedAt: Date;
  /** Undefined while the trusted device stands in for it. */
  secondFactor: SessionFactor | undefined;
  secondFactorAt: Date | undefined;
  lastSeenAt: Date;
  idleSeconds: number;
  expiresAt: Date;
}

export interface AppSession {
  id: string;
  sessionId: string;
  host: string;
  createdAt: Date;
  lastSeenAt: Date;
}

const COLUMNS = `session.id, session.account_id AS "accountId", session.epoch, session.device_id AS "deviceId",
  host(session.address) AS address, session.user_agent AS "userAgent", session.created_at AS "createdAt",
  session.authenticated_at AS "authenticatedAt", session.second_factor AS "secondFactor",
  session.second_factor_at AS "secondFactorAt", session.last_seen_at AS "lastSeenAt",
  session.idle_seconds AS "idleSeconds", session.expires_at AS "expiresAt"`;

/** Not ended, and within its limits. Whether the account still stands is judged elsewhere. */
const OPEN = (now: string): string =>
  `session.ended_at IS NULL AND session.expires_at > ${now}
   AND session.last_seen_at + make_interval(secs => session.idle_seconds) > ${now}`;

export function sessionsOn(db: Queryable) {
  return {
    async insert(session: Session, tokenHash: Buffer): Promise<void> {
      await db.query(
        `INSERT INTO session (id, token_hash, account_id, epoch, device_id, address, user_agent, created_at,
           authenticated_at, second_factor, second_factor_at, last_seen_at, idle_seconds, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
        [
          session.id,
          tokenHash,
          session.accountId,
          session.epoch,
          session.deviceId,
          session.address,
          session.userAgent,
          session.createdAt,
          session.authenticatedAt,
          session.secondFactor,
          session.secondFactorAt,
          session.lastSeenAt,
          session.idleSeconds,
          session.expiresAt,
        ],
      );
    },

    /** The open session of this cookie. */
    async byToken(tokenHash: Buffer, now: Date, lock = false): Promise<Session | undefined> {
      const sql = `SELECT ${COLUMNS} FROM session WHERE token_hash = $1 AND ${OPEN("$2")}${lock ? " FOR UPDATE" : ""}`;
      return fromRow((await db.query<Row<Session>>(sql, [tokenHash, now])).rows[0]);
    },

    async byId(id: string, now: Date): Promise<Session | undefined> {
      const sql = `SELECT ${COLUMNS} FROM session WHERE id = $1 AND ${OPEN("$2")}`;
      return fromRow((await db.query<Row<Session>>(sql, [id, now])).rows[0]);
    },

    /** Open ones of an account, the last used first. */
    async listOf(accountId: string, now: Date): Promise<Session[]> {
      const sql = `SELECT ${COLUMNS} FROM session WHERE account_id = $1 AND ${OPEN("$2")} ORDER BY last_seen_at DESC`;
      const { rows } = await db.query<Row<Session>>(sql, [accountId, now]);
      return rows.flatMap((row) => fromRow(row) ?? []);
    },

    /** A second factor shown again inside an open session, with the password or without: a new secret for it. */
    async confirm(
      id: string,
      tokenHash: Buffer,
      { factor, full, now }: { factor: SessionFactor; full: boolean; now: Date },
    ): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE session SET token_hash = $2, second_factor = $3, second_factor_at = $4,
           authenticated_at = CASE WHEN $5 THEN $4 ELSE authenticated_at END,
           last_seen_at = greatest(last_seen_at, $4) WHERE id = $1 AND ${OPEN("$4")}`,
        [id, tokenHash, factor, now, full],
      );
      return (rowCount ?? 0) > 0;
    },

    /** Its account's epoch rose by what the owner did in this session, which alone goes along. */
    async follow(id: string, epoch: number): Promise<void> {
      await db.query("UPDATE session SET epoch = $2 WHERE id = $1", [id, epoch]);
    },

    /** True when it was open until now. An id of another account ends nothing. */
    async end(id: string, accountId: string, reason: string, now: Date): Promise<boolean> {
      const sql = `UPDATE session SET ended_at = $3, ended_reason = $4
        WHERE id = $1 AND account_id = $2 AND ended_at IS NULL`;
      return ((await db.query(sql, [id, accountId, now, reason])).rowCount ?? 0) > 0;
    },

    /** Ends every session of the account but `except`; resolves to how many. */
    async endAllOf(accountId: string, reason: string, now: Date, except?: string): Promise<number> {
      const sql = `UPDATE session SET ended_at = $2, ended_reason = $3
        WHERE account_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $4`;
      return (await db.query(sql, [accountId, now, reason, except ?? null])).rowCount ?? 0;
    },

    async insertTicket(ticket: {
      tokenHash: Buffer;
      sessionId: string;
      host: string;
      stateHash: Buffer;
      expiresAt: Date;
    }): Promise<void> {
      // Those of before go with it: whoever asks again and again leaves no more than those of two minutes.
      await db.query(
        `WITH over AS (DELETE FROM ticket WHERE token_hash IN
           (SELECT token_hash FROM ticket WHERE session_id = $2 AND expires_at < $5::timestamptz - interval '2 minutes'
            LIMIT 1000 FOR UPDATE SKIP LOCKED))
         INSERT INTO ticket (token_hash, session_id, host, state_hash, expires_at) VALUES ($1, $2, $3, $4, $5)`,
        [ticket.tokenHash, ticket.sessionId, ticket.host, ticket.stateHash, ticket.expiresAt],
      );
    },

    /** Uses a ticket, once, at the host and by the browser it was made for; resolves to the session it stands for. */
    async useTicket(
      tokenHash: Buffer,
      host: string,
      stateHash: Buffer,
      now: Date,
    ): Promise<string | undefined> {
      const { rows } = await db.query<{ sessionId: string }>(
        `UPDATE ticket SET used_at = $4
         WHERE token_hash = $1 AND host = $2 AND state_hash = $3 AND used_at IS NULL AND expires_at > $4
         RETURNING session_id AS "sessionId"`,
        [tokenHash, host, stateHash, now],
      );
      return rows[0]?.sessionId;
    },

    async insertApp(app: AppSession, tokenHash: Buffer): Promise<void> {
      await db.query(
        `INSERT INTO app_session (id, token_hash, session_id, host, created_at, last_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [app.id, tokenHash, app.sessionId, app.host, app.createdAt, app.lastSeenAt],
      );
    },

    /** Ends the presence at one host; resolves to its session. */
    async endApp(tokenHash: Buffer, host: string, now: Date): Promise<string | undefined> {
      const { rows } = await db.query<{ sessionId: string }>(
        `UPDATE app_session SET ended_at = $3 WHERE token_hash = $1 AND host = $2 AND ended_at IS NULL
         RETURNING session_id AS "sessionId"`,
        [tokenHash, host, now],
      );
      return rows[0]?.sessionId;
    },

    /**
     * Notes when sessions were last used: pairs of id and time, for the login host and the protected hosts. Never
     * back in time: another node may have seen them later. What somebody else holds is left out, and noted the next
     * time: to wait here with many rows held would be a deadlock with whoever ends all sessions of an account.
     */
    async touch(sessions: Map<string, Date>, apps: Map<string, Date>): Promise<void> {
      for (const [table, seen] of [
        ["session", sessions],
        ["app_session", apps],
      ] as const)
        if (seen.size > 0)
          await db.query(
            `WITH free AS MATERIALIZED (SELECT id FROM ${table} WHERE id = ANY ($1) FOR NO KEY UPDATE SKIP LOCKED)
             UPDATE ${table} SET last_seen_at = seen.at FROM free, unnest($1::uuid[], $2::timestamptz[]) AS seen (id, at)
             WHERE ${table}.id = free.id AND free.id = seen.id AND ${table}.last_seen_at < seen.at`,
            [[...seen.keys()], [...seen.values()]],
          );
    },

    /** Removes tickets that were good for something until `before` at the latest; nothing depends on it. */
    async sweepTickets(before: Date): Promise<number> {
      return (await db.query("DELETE FROM ticket WHERE expires_at < $1", [before])).rowCount ?? 0;
    },

    /** Removes what has been over for `after` milliseconds, a few thousand at a time; nothing depends on it. */
    async sweep(now: Date, after: number): Promise<number> {
      const sql = `DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < $1 ORDER BY expires_at LIMIT 5000)`;
      return (await db.query(sql, [new Date(now.getTime() - after)])).rowCount ?? 0;
    },
  };
}
