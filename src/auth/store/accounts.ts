/** Adapter: accounts. What may be written in them is for account-name.ts to say. */
import type { Account, Standing } from "../account.ts";
import { searchPatterns } from "../search-text.ts";
import { ADMINISTRATOR_ROLE } from "../settings.ts";
import { fromRow, type Queryable, type Row } from "./database.ts";

/** What may change of an account, apart from its password. A key that is there with undefined clears the field. */
export type AccountChange = Partial<
  Pick<
    Account,
    | "displayName"
    | "email"
    | "phone"
    | "language"
    | "roles"
    | "status"
    | "lockedReason"
    | "endsAt"
    | "mustReset"
  >
>;

const COLUMN = {
  id: "id",
  name: "name",
  displayName: "display_name",
  email: "email",
  phone: "phone",
  language: "language",
  roles: "roles",
  status: "status",
  lockedReason: "locked_reason",
  endsAt: "ends_at",
  mustReset: "must_reset",
  epoch: "epoch",
  passwordHash: "password_hash",
  pepperId: "pepper_id",
  passwordChangedAt: "password_changed_at",
  createdAt: "created_at",
  createdBy: "created_by",
} as const satisfies Record<keyof Account, string>;

const FIELDS = Object.keys(COLUMN) as (keyof Account)[];
const COLUMNS = FIELDS.map((field) => `${COLUMN[field]} AS "${field}"`).join(", ");

export interface AccountQuery {
  /** Words, each a part of the name, the display name or the e-mail address; case and accents do not count. */
  search?: string | undefined;
  role?: string | undefined;
  status?: Account["status"] | undefined;
  /** What it is at a time, as `standing` of account.ts says. */
  standing?: { is: Standing; at: Date } | undefined;
  /** The name of the last account of the page before. */
  after?: string | undefined;
  limit: number;
}

/** SQL for what a row of `account` is at a time, as `standing` of account.ts says. */
export const standingAt = (at: string): string =>
  `CASE WHEN account.status = 'disabled' THEN 'disabled' WHEN account.ends_at <= ${at} THEN 'ended'
    WHEN account.locked_reason IS NOT NULL THEN 'locked' ELSE account.status END`;

export type Accounts = ReturnType<typeof accountsOn>;

/** Accounts on a pool, or inside a transaction. */
export function accountsOn(db: Queryable) {
  const one = async (where: string, values: unknown[]): Promise<Account | undefined> =>
    fromRow((await db.query<Row<Account>>(`SELECT ${COLUMNS} FROM account WHERE ${where}`, values)).rows[0]);

  return {
    /** By the canonical form of a name or an e-mail address. A name never has an @, an address always. */
    async byIdentifier(canonical: string): Promise<Account | undefined> {
      return one(canonical.includes("@") ? "email = $1" : "name = $1", [canonical]);
    },

    /** `lock`: nobody else changes it before this transaction ends. */
    async byId(id: string, { lock = false } = {}): Promise<Account | undefined> {
      return one(`id = $1${lock ? " FOR UPDATE" : ""}`, [id]);
    },

    /** False when the name or the e-mail address is taken; then nothing was written. */
    async insert(account: Account): Promise<boolean> {
      const { rowCount } = await db.query(
        `INSERT INTO account (${FIELDS.map((field) => COLUMN[field]).join(", ")})
         VALUES (${FIELDS.map((_, i) => `$${i + 1}`).join(", ")}) ON CONFLICT DO NOTHING`,
        FIELDS.map((field) => account[field]),
      );
      return rowCount === 1;
    },

    /**
     * Changes fields; with `raiseEpoch` also ends whatever is under way. Resolves to the account as it is now, or to
     * undefined when there is none.
     */
    async change(
      id: string,
      change: AccountChange,
      { raiseEpoch = false } = {},
    ): Promise<Account | undefined> {
      const fields = (Object.keys(change) as (keyof AccountChange)[]).filter((field) => field in COLUMN);
      const sets = fields.map((field, i) => `${COLUMN[field]} = $${i + 2}`);
      const { rows } = await db.query<Row<Account>>(
        `UPDATE account SET ${[...sets, `epoch = epoch + ${raiseEpoch ? 1 : 0}`].join(", ")} WHERE id = $1
         RETURNING ${COLUMNS}`,
        [id, ...fields.map((field) => change[field])],
      );
      return fromRow(rows[0]);
    },

    /** A password that its owner chose: whatever is under way ends, a reset that was demanded is done. */
    async setPassword(
      id: string,
      password: { hash: string; pepperId: string },
      now: Date,
    ): Promise<Account | undefined> {
      const { rows } = await db.query<Row<Account>>(
        `UPDATE account SET password_hash = $2, pepper_id = $3, password_changed_at = $4, must_reset = false,
           epoch = epoch + 1 WHERE id = $1 RETURNING ${COLUMNS}`,
        [id, password.hash, password.pepperId, now],
      );
      return fromRow(rows[0]);
    },

    /** The same password hashed anew. False when another one was set meanwhile; that one stays. */
    async rehash(id: string, before: string, password: { hash: string; pepperId: string }): Promise<boolean> {
      const sql =
        "UPDATE account SET password_hash = $3, pepper_id = $4 WHERE id = $1 AND password_hash = $2";
      return (await db.query(sql, [id, before, password.hash, password.pepperId])).rowCount === 1;
    },

    /** A page of accounts, by name. */
    async list({ search, role, status, standing, after, limit }: AccountQuery): Promise<Account[]> {
      const values: unknown[] = [limit];
      const $ = (value: unknown): string => `$${values.push(value)}`;
      const wanted = searchPatterns(search ?? "").map((word) => `search LIKE ANY (${$(word)}::text[])`);
      if (role !== undefined) wanted.push(`${$(role)} = ANY (roles)`);
      if (status !== undefined) wanted.push(`status = ${$(status)}`);
      if (after !== undefined) wanted.push(`name > ${$(after)}`);
      if (standing !== undefined) wanted.push(`${$(standing.is)} = ${standingAt($(standing.at))}`);
      const { rows } = await db.query<Row<Account>>(
        `SELECT ${COLUMNS} FROM account ${wanted.length === 0 ? "" : `WHERE ${wanted.join(" AND ")}`} ORDER BY name LIMIT $1`,
        values,
      );
      return rows.flatMap((row) => fromRow(row) ?? []);
    },

    /** Names by ids, for lists; what is no account is not in it. */
    async namesOf(ids: readonly string[]): Promise<Map<string, string>> {
      const { rows } = await db.query<{ id: string; name: string }>(
        "SELECT id, name FROM account WHERE id = ANY ($1::uuid[])",
        [ids],
      );
      return new Map(rows.map(({ id, name }) => [id, name]));
    },

    /**
     * When each of these was last seen on a device or in a session that is still known, by id. Who is not in the
     * answer has not been here for a month, or was never.
     */
    async lastSeen(ids: readonly string[]): Promise<Map<string, Date>> {
      const { rows } = await db.query<{ id: string; at: Date }>(
        `SELECT id, max(at) AS at FROM (
           SELECT account_id AS id, last_seen_at AS at FROM device WHERE forgotten_at IS NULL AND account_id = ANY ($1::uuid[])
           UNION ALL
           SELECT account_id, last_seen_at FROM session WHERE ended_at IS NULL AND account_id = ANY ($1::uuid[])
         ) seen GROUP BY id`,
        [ids],
      );
      return new Map(rows.map(({ id, at }) => [id, at]));
    },

    /** Everybody with one of these roles, whatever the state of the account. */
    async withAnyRole(roles: readonly string[]): Promise<Account[]> {
      const sql = `SELECT ${COLUMNS} FROM account WHERE roles && $1::text[] ORDER BY name`;
      return (await db.query<Row<Account>>(sql, [roles])).rows.flatMap((row) => fromRow(row) ?? []);
    },

    /** Everybody with the administrators' role, whatever the state of the account. */
    async administrators(): Promise<Account[]> {
      return this.withAnyRole([ADMINISTRATOR_ROLE]);
    },

    /**
     * Changes of who may administer, one at a time until the transaction ends: two at once could each leave it to the
     * other's account. To be called before any account is locked.
     */
    async oneChangeAtATime(): Promise<void> {
      await db.query("SELECT pg_advisory_xact_lock($1)", [ADVISORY_LOCK]);
    },

    /** With its devices, sessions, links and grants. False when there was none. */
    async delete(id: string): Promise<boolean> {
      return (await db.query("DELETE FROM account WHERE id = $1", [id])).rowCount === 1;
    },
  };
}

/** Any number that nothing else in the database locks; audit-lock.ts and migrate.ts have the two before it. */
const ADVISORY_LOCK = 0x6c616b63;
