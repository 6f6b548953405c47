/** Adapter: browsers an account proved itself on by a second factor. */
import type { Queryable } from "./database.ts";

export interface Device {
  id: string;
  accountId: string;
  /** Browser and system, such as `Firefox on Linux`. */
  name: string;
  browser: string;
  address: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

const COLUMNS = `id, account_id AS "accountId", name, browser, host(address) AS address, created_at AS "createdAt",
  last_seen_at AS "lastSeenAt", expires_at AS "expiresAt"`;
const TRUSTED = "forgotten_at IS NULL AND expires_at > ";

export function devicesOn(db: Queryable) {
  return {
    /** The trusted device of this cookie, if it is one at this time. */
    async byToken(tokenHash: Buffer, now: Date): Promise<Device | undefined> {
      const sql = `SELECT ${COLUMNS} FROM device WHERE token_hash = $1 AND ${TRUSTED} $2`;
      return (await db.query<Device>(sql, [tokenHash, now])).rows[0];
    },

    async byId(id: string, now: Date): Promise<Device | undefined> {
      const sql = `SELECT ${COLUMNS} FROM device WHERE id = $1 AND ${TRUSTED} $2`;
      return (await db.query<Device>(sql, [id, now])).rows[0];
    },

    async insert(device: Device, tokenHash: Buffer): Promise<void> {
      await db.query(
        `INSERT INTO device (id, account_id, token_hash, name, browser, address, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          device.id,
          device.accountId,
          tokenHash,
          device.name,
          device.browser,
          device.address,
          device.createdAt,
          device.lastSeenAt,
          device.expiresAt,
        ],
      );
    },

    async touch(id: string, address: string, now: Date): Promise<void> {
      const sql = "UPDATE device SET last_seen_at = greatest(last_seen_at, $2), address = $3 WHERE id = $1";
      await db.query(sql, [id, now, address]);
    },

    /** Trusted ones of an account, the last used first. */
    async listOf(accountId: string, now: Date): Promise<Device[]> {
      const sql = `SELECT ${COLUMNS} FROM device WHERE account_id = $1 AND ${TRUSTED} $2 ORDER BY last_seen_at DESC`;
      return (await db.query<Device>(sql, [accountId, now])).rows;
    },

    /** Whether it was trusted until now. An id of another account forgets nothing. */
    async forget(id: string, accountId: string, now: Date): Promise<boolean> {
      const sql =
        "UPDATE device SET forgotten_at = $3 WHERE id = $1 AND account_id = $2 AND forgotten_at IS NULL";
      return ((await db.query(sql, [id, accountId, now])).rowCount ?? 0) > 0;
    },

    async forgetAllOf(accountId: string, now: Date): Promise<number> {
      const sql = "UPDATE device SET forgotten_at = $2 WHERE account_id = $1 AND forgotten_at IS NULL";
      return (await db.query(sql, [accountId, now])).rowCount ?? 0;
    },
  };
}
