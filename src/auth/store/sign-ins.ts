/** Adapter: sign-ins whose password was right and that wait for a second factor. */
import { fromRow, type Queryable, type Row } from "./database.ts";

export interface SignIn {
  id: string;
  accountId: string;
  /** The account's, when the password was judged: another one by now ends this sign-in. */
  epoch: number;
  /** The trusted device it comes from. */
  deviceId: string | undefined;
  /** The session it confirms once more, instead of beginning one. */
  sessionId: string | undefined;
  /** Whether the password was shown for it. */
  full: boolean;
  address: string;
  userAgent: string;
  createdAt: Date;
  expiresAt: Date;
  /** Codes that went out by SMS for it, and when the last one did. */
  smsSent: number;
  smsSentAt: Date | undefined;
  /** Whether an identity at a provider is linked when it is complete. */
  links: boolean;
}

export function signInsOn(db: Queryable) {
  return {
    /** Of a session, those of more than a minute before go with it: the browser holds the newest alone. */
    async insert(signIn: Omit<SignIn, "smsSent" | "smsSentAt" | "links">, tokenHash: Buffer): Promise<void> {
      await db.query(
        `WITH over AS (DELETE FROM sign_in WHERE id IN
           (SELECT id FROM sign_in WHERE account_id = $3 AND session_id = $6
              AND created_at < $10::timestamptz - interval '1 minute' LIMIT 1000 FOR UPDATE SKIP LOCKED))
         INSERT INTO sign_in (id, token_hash, account_id, epoch, device_id, session_id, full_sign_in, address, user_agent,
           created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          signIn.id,
          tokenHash,
          signIn.accountId,
          signIn.epoch,
          signIn.deviceId,
          signIn.sessionId,
          signIn.full,
          signIn.address,
          signIn.userAgent,
          signIn.createdAt,
          signIn.expiresAt,
        ],
      );
    },

    /** The one of this cookie while it is under way. `lock` keeps others from finishing it meanwhile. */
    async byToken(tokenHash: Buffer, now: Date, lock = false): Promise<SignIn | undefined> {
      const { rows } = await db.query<Row<SignIn>>(
        `SELECT id, account_id AS "accountId", epoch, device_id AS "deviceId", session_id AS "sessionId",
                full_sign_in AS "full", host(address) AS address,
                user_agent AS "userAgent", created_at AS "createdAt", expires_at AS "expiresAt",
                sms_sent AS "smsSent", sms_sent_at AS "smsSentAt",
                EXISTS (SELECT FROM pending_link WHERE sign_in_hash = $1) AS links
         FROM sign_in WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2${lock ? " FOR UPDATE" : ""}`,
        [tokenHash, now],
      );
      return fromRow(rows[0]);
    },

    /** False when somebody else ended it first. */
    async end(id: string, now: Date): Promise<boolean> {
      const sql = "UPDATE sign_in SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
      return ((await db.query(sql, [id, now])).rowCount ?? 0) > 0;
    },

    /** Removes what is over since an hour; nothing depends on it. */
    async sweep(now: Date): Promise<number> {
      const sql = `DELETE FROM sign_in WHERE id IN
        (SELECT id FROM sign_in WHERE expires_at < $1::timestamptz - interval '1 hour' ORDER BY expires_at LIMIT 5000)`;
      return (await db.query(sql, [now])).rowCount ?? 0;
    },
  };
}
