/**
 * Adapter: second factors of accounts. Whatever may be used once is used by one conditional statement, so that of
 * many parallel attempts one wins; in a transaction the others wait for its end.
 */
import type { Queryable } from "./database.ts";

export interface Totp {
  id: string;
  accountId: string;
  /** The person's own name for it. */
  label: string;
  /** Sealed. */
  secret: Buffer;
  createdAt: Date;
}

export interface ConfirmedTotp extends Totp {
  confirmedAt: Date;
  /** Step of the last code that was used. */
  lastStep: number;
}

/** Who has which factors, for rules and pages. */
export interface FactorsOf {
  totps: { id: string; label: string; confirmedAt: Date; lastStep: number }[];
  /** The account's number, when it is confirmed. */
  phone: string | undefined;
  recoveryCodesLeft: number;
  /** How many. */
  passkeys: number;
}

/** As long as somebody may take to scan the QR code and type the first code. */
const ENROLMENT_MINUTES = 15;
const tooOld = (now: string): string =>
  `created_at <= ${now}::timestamptz - make_interval(mins => ${ENROLMENT_MINUTES})`;

const TOTP = `id, account_id AS "accountId", label, secret, created_at AS "createdAt"`;
const CONFIRMED = `${TOTP}, confirmed_at AS "confirmedAt", last_step::float8 AS "lastStep"`;

export function factorsOn(db: Queryable) {
  const lockAccount = async (accountId: string): Promise<void> => {
    await db.query("SELECT FROM account WHERE id = $1 FOR UPDATE", [accountId]);
  };

  return {
    /**
     * Begins to enrol an authenticator in this holder (sign-in or session), unless another is under way there; it
     * counts for nothing yet. Which one it is says `enrolmentOf`: two tabs that begin at once get the same.
     */
    async beginTotp(totp: Totp, holder: string): Promise<void> {
      await db.query(`DELETE FROM totp WHERE holder = $1 AND confirmed_at IS NULL AND ${tooOld("$2")}`, [
        holder,
        totp.createdAt,
      ]);
      await db.query(
        `INSERT INTO totp (id, account_id, holder, label, secret, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (holder) WHERE confirmed_at IS NULL DO NOTHING`,
        [totp.id, totp.accountId, holder, totp.label, totp.secret, totp.createdAt],
      );
    },

    /** What this holder is enrolling, for 15 minutes. */
    async enrolmentOf(holder: string, accountId: string, now: Date): Promise<Totp | undefined> {
      const sql = `SELECT ${TOTP} FROM totp WHERE holder = $1 AND account_id = $2 AND confirmed_at IS NULL
        AND NOT ${tooOld("$3")}`;
      return (await db.query<Totp>(sql, [holder, accountId, now])).rows[0];
    },

    /**
     * From now on it counts, and codes up to `step`, the confirming one, are used. In a transaction. `gone`: it was
     * confirmed, replaced or removed meanwhile; `full`: the account has two.
     */
    async confirmTotp(id: string, accountId: string, step: number, now: Date): Promise<Confirmation> {
      await lockAccount(accountId);
      const taken = await db.query<{ slot: number }>(
        "SELECT slot FROM totp WHERE account_id = $1 AND slot IS NOT NULL",
        [accountId],
      );
      const slot = [1, 2].find((free) => !taken.rows.some((row) => row.slot === free));
      if (slot === undefined) return "full";
      const sql = `UPDATE totp SET confirmed_at = $3, last_step = $4, slot = $5
        WHERE id = $1 AND account_id = $2 AND confirmed_at IS NULL`;
      const { rowCount } = await db.query(sql, [id, accountId, now, step, slot]);
      return rowCount === 1 ? "confirmed" : "gone";
    },

    /** Confirmed authenticators, the older first. */
    async totpsOf(accountId: string): Promise<ConfirmedTotp[]> {
      const sql = `SELECT ${CONFIRMED} FROM totp WHERE account_id = $1 AND confirmed_at IS NOT NULL ORDER BY slot`;
      return (await db.query<ConfirmedTotp>(sql, [accountId])).rows;
    },

    /** True for exactly one of all that claim this step or an earlier one. */
    async claimStep(totpId: string, step: number): Promise<boolean> {
      const sql =
        "UPDATE totp SET last_step = $2 WHERE id = $1 AND confirmed_at IS NOT NULL AND last_step < $2";
      return (await db.query(sql, [totpId, step])).rowCount === 1;
    },

    /**
     * Removes one of two authenticators; the last one is never removed, only all factors are (`removeAll`), since
     * whoever holds nothing but a stolen session would enrol one of their own next. In a transaction.
     */
    async removeTotp(accountId: string, id: string): Promise<"removed" | "last" | "gone"> {
      await lockAccount(accountId);
      const { rows } = await db.query<{ id: string }>(
        "SELECT id FROM totp WHERE account_id = $1 AND confirmed_at IS NOT NULL",
        [accountId],
      );
      if (!rows.some((row) => row.id === id)) return "gone";
      if (rows.length === 1) return "last";
      await db.query("DELETE FROM totp WHERE id = $1 AND account_id = $2", [id, accountId]);
      return "removed";
    },

    /** New recovery codes; the old ones are void. In a transaction. `key` is sealed. */
    async replaceRecoveryCodes(
      accountId: string,
      set: { id: string; key: Buffer; hashes: readonly Buffer[] },
      now: Date,
    ): Promise<void> {
      await lockAccount(accountId);
      await db.query("DELETE FROM recovery_set WHERE account_id = $1", [accountId]);
      await db.query("INSERT INTO recovery_set (account_id, id, key, created_at) VALUES ($1, $2, $3, $4)", [
        accountId,
        set.id,
        set.key,
        now,
      ]);
      await db.query("INSERT INTO recovery_code (set_id, hash) SELECT $1, unnest($2::bytea[])", [
        set.id,
        set.hashes,
      ]);
    },

    /** The set that counts now, its key sealed. */
    async recoverySetOf(accountId: string): Promise<{ id: string; key: Buffer } | undefined> {
      const sql = "SELECT id, key FROM recovery_set WHERE account_id = $1";
      return (await db.query<{ id: string; key: Buffer }>(sql, [accountId])).rows[0];
    },

    /** `used` for exactly one of many attempts with one code; `before` when it had been used. */
    async useRecoveryCode(setId: string, hash: Buffer, now: Date): Promise<"used" | "before" | "unknown"> {
      const sql = "UPDATE recovery_code SET used_at = $3 WHERE set_id = $1 AND hash = $2 AND used_at IS NULL";
      if ((await db.query(sql, [setId, hash, now])).rowCount === 1) return "used";
      const there = "SELECT FROM recovery_code WHERE set_id = $1 AND hash = $2";
      return (await db.query(there, [setId, hash])).rowCount === 1 ? "before" : "unknown";
    },

    /** This number, and no other, is the account's, and it is confirmed. In a transaction. */
    async setPhone(accountId: string, number: string, now: Date): Promise<void> {
      await db.query("UPDATE account SET phone = $2 WHERE id = $1", [accountId, number]);
      const sql = `INSERT INTO confirmed_phone (account_id, number, confirmed_at) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET number = $2, confirmed_at = $3`;
      await db.query(sql, [accountId, number, now]);
      await db.query("DELETE FROM phone_challenge WHERE account_id = $1", [accountId]);
    },

    /** Codes go there no longer. Whether one was confirmed. */
    async removePhone(accountId: string): Promise<boolean> {
      await db.query("UPDATE account SET phone = NULL WHERE id = $1", [accountId]);
      await db.query("DELETE FROM phone_challenge WHERE account_id = $1", [accountId]);
      const { rowCount } = await db.query("DELETE FROM confirmed_phone WHERE account_id = $1", [accountId]);
      return rowCount === 1;
    },

    /** Everything, as after a loss: the next sign-in has to enrol. The number in the account stays, unconfirmed. */
    async removeAll(accountId: string): Promise<void> {
      await lockAccount(accountId);
      for (const table of [
        "totp",
        "recovery_set",
        "confirmed_phone",
        "phone_challenge",
        "passkey",
        "passkey_challenge",
      ])
        await db.query(`DELETE FROM ${table} WHERE account_id = $1`, [accountId]);
    },

    async of(accountId: string): Promise<FactorsOf> {
      return (await read(db, [accountId])).get(accountId) ?? NONE;
    },

    /** For a page of accounts, in one query; who has no factor at all is there too. */
    async ofAll(accountIds: readonly string[]): Promise<Map<string, FactorsOf>> {
      return read(db, accountIds);
    },

    /** Removes enrolments that nobody confirmed in time; nothing depends on it. */
    async sweep(now: Date): Promise<number> {
      const sql = `DELETE FROM totp WHERE id IN (SELECT id FROM totp WHERE confirmed_at IS NULL
        AND ${tooOld("$1")} LIMIT 5000)`;
      return (await db.query(sql, [now])).rowCount ?? 0;
    },
  };
}

export type Factors = ReturnType<typeof factorsOn>;
export type Confirmation = "confirmed" | "full" | "gone";

const NONE: FactorsOf = { totps: [], phone: undefined, recoveryCodesLeft: 0, passkeys: 0 };

async function read(db: Queryable, accountIds: readonly string[]): Promise<Map<string, FactorsOf>> {
  const { rows } = await db.query<{
    id: string;
    totps: { id: string; label: string; confirmedAt: string; lastStep: number }[] | null;
    phone: string | null;
    left: number;
    passkeys: number;
  }>(
    `SELECT a.id, c.number AS phone,
       (SELECT json_agg(json_build_object('id', t.id, 'label', t.label, 'confirmedAt', t.confirmed_at,
          'lastStep', t.last_step) ORDER BY t.slot)
        FROM totp t WHERE t.account_id = a.id AND t.confirmed_at IS NOT NULL) AS totps,
       (SELECT count(*)::int FROM recovery_set s JOIN recovery_code r ON r.set_id = s.id
        WHERE s.account_id = a.id AND r.used_at IS NULL) AS left,
       (SELECT count(*)::int FROM passkey p WHERE p.account_id = a.id) AS passkeys
     FROM account a LEFT JOIN confirmed_phone c ON c.account_id = a.id AND c.number = a.phone
     WHERE a.id = ANY ($1::uuid[])`,
    [accountIds],
  );
  return new Map(
    rows.map(({ id, totps, phone, left, passkeys }) => [
      id,
      {
        totps: (totps ?? []).map((totp) => ({ ...totp, confirmedAt: new Date(totp.confirmedAt) })),
        phone: phone ?? undefined,
        recoveryCodesLeft: left,
        passkeys,
      },
    ]),
  );
}
