/** Adapter: what links in mails stand for. Each is good once, until its end, and while its account is as it was. */
import { fromRow, type Queryable, type Row } from "./database.ts";

export type LinkKind = "invitation" | "reset" | "not-me";

export interface NewLink {
  tokenHash: Buffer;
  kind: LinkKind;
  accountId: string;
  /** The account's when the link was made. */
  epoch: number;
  deviceId?: string | undefined;
  sessionId?: string | undefined;
  createdAt: Date;
  expiresAt: Date;
}

export interface Link {
  accountId: string;
  /** What "this was not me" is about. */
  deviceId: string | undefined;
  sessionId: string | undefined;
  /** Of that device. */
  browser: string | undefined;
  expiresAt: Date;
}

const COLUMNS = `link.account_id AS "accountId", link.device_id AS "deviceId", link.session_id AS "sessionId",
  (SELECT name FROM device WHERE device.id = link.device_id) AS browser, link.expires_at AS "expiresAt"`;

// "This was not me" holds whatever became of the account since: whoever it is about may have changed the password.
const GOOD = `link.token_hash = $1 AND link.kind = $2 AND link.used_at IS NULL AND link.expires_at > $3
  AND account.id = link.account_id AND (link.kind = 'not-me' OR link.epoch = account.epoch)`;

export type Links = ReturnType<typeof linksOn>;

/** Links on a pool, or inside a transaction. */
export function linksOn(db: Queryable) {
  return {
    async insert(link: NewLink): Promise<void> {
      await db.query(
        `INSERT INTO link (token_hash, kind, account_id, epoch, device_id, session_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          link.tokenHash,
          link.kind,
          link.accountId,
          link.epoch,
          link.deviceId,
          link.sessionId,
          link.createdAt,
          link.expiresAt,
        ],
      );
    },

    /** What it stands for, while it is good. Changes nothing: a mail scanner may look as often as it likes. */
    async look(tokenHash: Buffer, kind: LinkKind, now: Date): Promise<Link | undefined> {
      const sql = `SELECT ${COLUMNS} FROM link, account WHERE ${GOOD}`;
      return fromRow((await db.query<Row<Link>>(sql, [tokenHash, kind, now])).rows[0]);
    },

    /** Uses it up. Of many at once, one gets it. */
    async use(tokenHash: Buffer, kind: LinkKind, now: Date): Promise<Link | undefined> {
      const sql = `UPDATE link SET used_at = $3 FROM account WHERE ${GOOD} RETURNING ${COLUMNS}`;
      return fromRow((await db.query<Row<Link>>(sql, [tokenHash, kind, now])).rows[0]);
    },

    /** Whose a link of ours was that is good no longer; undefined for what was never a link. */
    async ownerOf(tokenHash: Buffer, kind: LinkKind): Promise<{ id: string; name: string } | undefined> {
      const { rows } = await db.query<{ id: string; name: string }>(
        `SELECT account.id, account.name FROM link JOIN account ON account.id = link.account_id
         WHERE link.token_hash = $1 AND link.kind = $2`,
        [tokenHash, kind],
      );
      return rows[0];
    },

    /** Until when the account's newest invitation or reset link is good; undefined when it has none. */
    async goodUntil({ id, epoch }: { id: string; epoch: number }, now: Date): Promise<Date | undefined> {
      const { rows } = await db.query<{ until: Date | null }>(
        `SELECT max(expires_at) AS until FROM link WHERE account_id = $1 AND epoch = $2 AND expires_at > $3
           AND used_at IS NULL AND kind IN ('invitation', 'reset')`,
        [id, epoch, now],
      );
      return rows[0]?.until ?? undefined;
    },

    /** From now on the account has no links of these kinds. */
    async endAllOf(accountId: string, kinds: readonly LinkKind[], now: Date): Promise<number> {
      const sql =
        "UPDATE link SET used_at = $3 WHERE account_id = $1 AND kind = ANY ($2) AND used_at IS NULL";
      return (await db.query(sql, [accountId, kinds, now])).rowCount ?? 0;
    },

    /** Removes what has been over since `before`, a few thousand at a time; nothing depends on it. */
    async sweep(before: Date): Promise<number> {
      const sql = `DELETE FROM link WHERE token_hash IN
        (SELECT token_hash FROM link WHERE expires_at < $1 ORDER BY expires_at LIMIT 5000)`;
      return (await db.query(sql, [before])).rowCount ?? 0;
    },
  };
}
