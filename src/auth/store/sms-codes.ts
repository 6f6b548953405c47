/**
 * Adapter: codes that went out by SMS. A code of a sign-in lies in that sign-in's row and opens no other; the code
 * that confirms a number lies beside the number. Hashes only, each good for one use.
 */
import type { Queryable } from "./database.ts";

/** Where a code belongs: to one sign-in, or to the number that an account wants to confirm. */
export type SmsPlace = { signInId: string } | { accountId: string; number: string };

export interface Sent {
  /** How often one went out for this place. */
  sent: number;
  sentAt: Date | undefined;
}

interface Row {
  sent: number;
  sentAt: Date | null;
}

/** A number that nobody confirmed in this time may be begun anew, with all its sends. */
const CHALLENGE_HOURS = 1;

export function smsCodesOn(db: Queryable) {
  return {
    /**
     * What went out for this place, locked until the transaction ends. Undefined for a sign-in that is over. A number
     * is begun here; another number of the same account takes its place but not its count.
     */
    async lock(place: SmsPlace, now: Date): Promise<Sent | undefined> {
      if ("accountId" in place)
        await db.query(
          `INSERT INTO phone_challenge AS old (account_id, number, sent) VALUES ($1, $2, 0)
           ON CONFLICT (account_id) DO UPDATE SET
             code_hash = CASE WHEN old.number = $2 THEN old.code_hash END, number = $2,
             sent = CASE WHEN old.sent_at < $3::timestamptz - make_interval(hours => ${CHALLENGE_HOURS})
                         THEN 0 ELSE old.sent END`,
          [place.accountId, place.number, now],
        );
      const { rows } =
        "signInId" in place
          ? await db.query<Row>(
              `SELECT sms_sent AS sent, sms_sent_at AS "sentAt" FROM sign_in
               WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 FOR UPDATE`,
              [place.signInId, now],
            )
          : await db.query<Row>(
              `SELECT sent, sent_at AS "sentAt" FROM phone_challenge WHERE account_id = $1 FOR UPDATE`,
              [place.accountId],
            );
      const [row] = rows;
      return row && { sent: row.sent, sentAt: row.sentAt ?? undefined };
    },

    /** Counts one more as sent; a code that went out before is void. */
    async put(place: SmsPlace, hash: Buffer, now: Date, expiresAt: Date): Promise<void> {
      if ("signInId" in place)
        await db.query(
          `UPDATE sign_in SET sms_code_hash = $2, sms_sent = sms_sent + 1, sms_sent_at = $3, sms_expires_at = $4
           WHERE id = $1`,
          [place.signInId, hash, now, expiresAt],
        );
      else
        await db.query(
          `UPDATE phone_challenge SET code_hash = $2, sent = sent + 1, sent_at = $3, expires_at = $4
           WHERE account_id = $1`,
          [place.accountId, hash, now, expiresAt],
        );
    },

    /** True for exactly one of many attempts with the right code of this place, while it is good. */
    async use(place: SmsPlace, hash: Buffer, now: Date): Promise<boolean> {
      const { rowCount } =
        "signInId" in place
          ? await db.query(
              `UPDATE sign_in SET sms_code_hash = NULL
               WHERE id = $1 AND sms_code_hash = $2 AND sms_expires_at > $3 AND ended_at IS NULL AND expires_at > $3`,
              [place.signInId, hash, now],
            )
          : await db.query(
              `UPDATE phone_challenge SET code_hash = NULL
               WHERE account_id = $1 AND number = $4 AND code_hash = $2 AND expires_at > $3`,
              [place.accountId, hash, now, place.number],
            );
      return rowCount === 1;
    },
  };
}

export type SmsCodes = ReturnType<typeof smsCodesOn>;
