/** Adapter: who an account is at providers of OpenID Connect, and the ways there and back. */
import { fromRow, type Queryable, type Row } from "./database.ts";

export interface Identity {
  id: string;
  accountId: string;
  issuer: string;
  subject: string;
  /** By its name in the configuration, when it was linked. */
  provider: string;
  linkedAt: Date;
}

export interface ProviderAttempt {
  stateHash: Buffer;
  browserHash: Buffer;
  provider: string;
  /** Sealed. */
  secrets: Buffer;
  next: string | undefined;
  expiresAt: Date;
}

export type PendingLink = Pick<Identity, "issuer" | "subject" | "provider">;

const COLUMNS = `id, account_id AS "accountId", issuer, subject, provider, linked_at AS "linkedAt"`;

export function identitiesOn(db: Queryable) {
  return {
    async bySubject(issuer: string, subject: string): Promise<Identity | undefined> {
      const sql = `SELECT ${COLUMNS} FROM identity WHERE issuer = $1 AND subject = $2`;
      return fromRow((await db.query<Row<Identity>>(sql, [issuer, subject])).rows[0]);
    },

    async of(accountId: string): Promise<Identity[]> {
      const sql = `SELECT ${COLUMNS} FROM identity WHERE account_id = $1 ORDER BY linked_at, id LIMIT 100`;
      const { rows } = await db.query<Row<Identity>>(sql, [accountId]);
      return rows.flatMap((row) => fromRow(row) ?? []);
    },

    /** False when it is linked already, be it to another account. */
    async link({ id, accountId, issuer, subject, provider, linkedAt }: Identity): Promise<boolean> {
      const sql = `INSERT INTO identity (id, account_id, issuer, subject, provider, linked_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (issuer, subject) DO NOTHING`;
      const values = [id, accountId, issuer, subject, provider, linkedAt];
      return ((await db.query(sql, values)).rowCount ?? 0) > 0;
    },

    /** The provider's name; undefined when there was no such link of this account. */
    async unlink(accountId: string, id: string): Promise<string | undefined> {
      const sql = "DELETE FROM identity WHERE account_id = $1 AND id = $2 RETURNING provider";
      return (await db.query<{ provider: string }>(sql, [accountId, id])).rows[0]?.provider;
    },

    /** How many there were. */
    async unlinkAll(accountId: string): Promise<number> {
      return (await db.query("DELETE FROM identity WHERE account_id = $1", [accountId])).rowCount ?? 0;
    },

    async begin(attempt: ProviderAttempt): Promise<void> {
      const { stateHash, browserHash, provider, secrets, next, expiresAt } = attempt;
      await db.query(
        `INSERT INTO provider_attempt (state_hash, browser_hash, provider, secrets, next, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [stateHash, browserHash, provider, secrets, next, expiresAt],
      );
    },

    /** The attempt, the first time its own browser comes back to its own provider in time. */
    async take(
      { stateHash, browserHash, provider }: Omit<ProviderAttempt, "secrets" | "next" | "expiresAt">,
      now: Date,
    ): Promise<Pick<ProviderAttempt, "secrets" | "next"> | undefined> {
      const sql = `UPDATE provider_attempt SET used_at = $4 WHERE state_hash = $1 AND browser_hash = $2
        AND provider = $3 AND used_at IS NULL AND expires_at > $4 RETURNING secrets, next`;
      const values = [stateHash, browserHash, provider, now];
      type Taken = Pick<ProviderAttempt, "secrets" | "next">;
      return fromRow((await db.query<Row<Taken>>(sql, values)).rows[0]);
    },

    async hold(
      tokenHash: Buffer,
      { issuer, subject, provider }: PendingLink,
      expiresAt: Date,
    ): Promise<void> {
      await db.query(
        `INSERT INTO pending_link (token_hash, issuer, subject, provider, expires_at) VALUES ($1, $2, $3, $4, $5)`,
        [tokenHash, issuer, subject, provider, expiresAt],
      );
    },

    /** Who waits to be linked in this browser. */
    async held(tokenHash: Buffer, now: Date): Promise<PendingLink | undefined> {
      const sql =
        "SELECT issuer, subject, provider FROM pending_link WHERE token_hash = $1 AND expires_at > $2";
      return fromRow((await db.query<Row<PendingLink>>(sql, [tokenHash, now])).rows[0]);
    },

    /** The sign-in that was begun for it; an earlier one no longer makes the link. */
    async bind(tokenHash: Buffer, signInHash: Buffer): Promise<void> {
      await db.query("UPDATE pending_link SET sign_in_hash = $2 WHERE token_hash = $1", [
        tokenHash,
        signInHash,
      ]);
    },

    /** What the sign-in was begun to link; once. */
    async takeOf(signInHash: Buffer, now: Date): Promise<PendingLink | undefined> {
      const sql =
        "DELETE FROM pending_link WHERE sign_in_hash = $1 AND expires_at > $2 RETURNING issuer, subject, provider";
      return fromRow((await db.query<Row<PendingLink>>(sql, [signInHash, now])).rows[0]);
    },

    /** Removes what is over since an hour; nothing depends on it. */
    async sweep(now: Date): Promise<void> {
      for (const [table, key] of [
        ["provider_attempt", "state_hash"],
        ["pending_link", "token_hash"],
      ] as const)
        await db.query(
          `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table}
             WHERE expires_at < $1::timestamptz - interval '1 hour' ORDER BY expires_at LIMIT 5000)`,
          [now],
        );
    },
  };
}
