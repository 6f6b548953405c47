/**
 * Adapter: passkeys of accounts, and the challenges that they answer. Whatever may be used once is used by one
 * conditional statement.
 */
import { MOST_PASSKEYS } from "../passkey-options.ts";
import { fromRow, type Queryable, type Row } from "./database.ts";

export interface Passkey {
  id: string;
  accountId: string;
  credentialId: Buffer;
  /** As COSE key. */
  publicKey: Buffer;
  /** Of the last signature; 0 for one that does not count. */
  counter: number;
  /** As the browser named them, for the next time. */
  transports: string[];
  /** The person's own name for it. */
  name: string;
  createdAt: Date;
  lastUsedAt: Date | undefined;
}

/** A challenge that has less left than this is replaced by the next page; the sum is how long one lives. */
const LEAST_LEFT_MINUTES = 4;
const LIFE_MINUTES = 5;

const COLUMNS = `id, account_id AS "accountId", credential_id AS "credentialId", public_key AS "publicKey",
  counter::float8 AS counter, transports, name, created_at AS "createdAt", last_used_at AS "lastUsedAt"`;

export function passkeysOn(db: Queryable) {
  return {
    /** The older first. */
    async of(accountId: string): Promise<Passkey[]> {
      const sql = `SELECT ${COLUMNS} FROM passkey WHERE account_id = $1 ORDER BY created_at, id`;
      const { rows } = await db.query<Row<Passkey>>(sql, [accountId]);
      return rows.flatMap((row) => fromRow(row) ?? []);
    },

    /** The account's own of this credential; another account's is none. */
    async byCredential(accountId: string, credentialId: Buffer): Promise<Passkey | undefined> {
      const sql = `SELECT ${COLUMNS} FROM passkey WHERE account_id = $1 AND credential_id = $2`;
      return fromRow((await db.query<Row<Passkey>>(sql, [accountId, credentialId])).rows[0]);
    },

    /** `taken`: some account has this credential already. In a transaction that holds the account. */
    async add(passkey: Omit<Passkey, "lastUsedAt">): Promise<"added" | "full" | "taken"> {
      const count = "SELECT count(*)::int AS n FROM passkey WHERE account_id = $1";
      const { rows } = await db.query<{ n: number }>(count, [passkey.accountId]);
      if ((rows[0]?.n ?? 0) >= MOST_PASSKEYS) return "full";
      const { rowCount } = await db.query(
        `INSERT INTO passkey (id, account_id, credential_id, public_key, counter, transports, name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (credential_id) DO NOTHING`,
        [
          passkey.id,
          passkey.accountId,
          passkey.credentialId,
          passkey.publicKey,
          passkey.counter,
          passkey.transports,
          passkey.name,
          passkey.createdAt,
        ],
      );
      return rowCount === 1 ? "added" : "taken";
    },

    /**
     * Notes a signature. False when its count is not above that of the last one: then somebody else has the key too
     * (WebAuthn Level 3, 6.1.1). A key that never counts stays at 0.
     */
    async use(id: string, counter: number, now: Date): Promise<boolean> {
      const sql = `UPDATE passkey SET counter = $2, last_used_at = $3
        WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))`;
      return (await db.query(sql, [id, counter, now])).rowCount === 1;
    },

    /** False when the account has none of this id. */
    async remove(accountId: string, id: string): Promise<boolean> {
      const sql = "DELETE FROM passkey WHERE id = $1 AND account_id = $2";
      return (await db.query(sql, [id, accountId])).rowCount === 1;
    },

    /**
     * The challenge of a sign-in or session: the same one for the tabs that are open in it, `fresh` (32 random bytes)
     * where there is none or little is left of it.
     */
    async challengeFor(holder: string, accountId: string, fresh: Buffer, now: Date): Promise<Buffer> {
      const stays = `old.account_id = $2 AND
        old.expires_at > $4::timestamptz + make_interval(mins => ${LEAST_LEFT_MINUTES})`;
      const { rows } = await db.query<{ challenge: Buffer }>(
        `INSERT INTO passkey_challenge AS old (holder, account_id, challenge, expires_at)
         VALUES ($1, $2, $3, $4::timestamptz + make_interval(mins => ${LIFE_MINUTES}))
         ON CONFLICT (holder) DO UPDATE SET account_id = $2,
           challenge = CASE WHEN ${stays} THEN old.challenge ELSE excluded.challenge END,
           expires_at = CASE WHEN ${stays} THEN old.expires_at ELSE excluded.expires_at END
         RETURNING challenge`,
        [holder, accountId, fresh, now],
      );
      const [row] = rows;
      if (row === undefined) throw new Error("a challenge that was written is not there");
      return row.challenge;
    },

    /** Uses it up, right or wrong: one of many attempts gets it. Undefined when there is none, or no longer. */
    async takeChallenge(holder: string, accountId: string, now: Date): Promise<Buffer | undefined> {
      const { rows } = await db.query<{ challenge: Buffer; good: boolean }>(
        `DELETE FROM passkey_challenge WHERE holder = $1 AND account_id = $2
         RETURNING challenge, expires_at > $3 AS good`,
        [holder, accountId, now],
      );
      return rows[0]?.good === true ? rows[0].challenge : undefined;
    },

    /** Removes challenges that are over; nothing depends on it. */
    async sweep(now: Date): Promise<number> {
      const sql = `DELETE FROM passkey_challenge WHERE holder IN
        (SELECT holder FROM passkey_challenge WHERE expires_at < $1 LIMIT 5000)`;
      return (await db.query(sql, [now])).rowCount ?? 0;
    },
  };
}

export type Passkeys = ReturnType<typeof passkeysOn>;
