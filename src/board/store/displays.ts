/** Adapter: screens on walls, and how often codes were typed. */
import type { Language } from "../../auth/settings.ts";
import { auditOn } from "../../auth/store/audit.ts";
import { fromRow, transact, type Pool, type Queryable, type Row } from "../../auth/store/database.ts";
import type { DisplayStore } from "../display.ts";

export interface Display {
  id: string;
  name: string;
  language: Language;
  createdAt: Date;
  /** Until when its code may be typed; undefined once it is paired. */
  codeUntil: Date | undefined;
  pairedAt: Date | undefined;
  /** Until when its cookie is good. */
  until: Date | undefined;
  seenAt: Date | undefined;
}

const COLUMNS = `id, name, language, created_at AS "createdAt", code_until AS "codeUntil",
  paired_at AS "pairedAt", until, seen_at AS "seenAt"`;

export type Displays = ReturnType<typeof displaysOn>;

/** Displays on a pool, or inside a transaction. */
export function displaysOn(db: Queryable) {
  return {
    /** Waits for its code from now on; what waited in vain before it is removed. */
    async insert(
      { id, name, language }: Pick<Display, "id" | "name" | "language">,
      codeHash: Buffer,
      now: Date,
      codeUntil: Date,
    ): Promise<void> {
      await db.query("DELETE FROM display WHERE code_until <= $1 OR until <= $1", [now]);
      await db.query(
        `INSERT INTO display (id, name, language, created_at, code_hash, code_until) VALUES ($1, $2, $3, $4, $5, $6)`,
        [id, name, language, now, codeHash, codeUntil],
      );
    },

    /** Those that are paired or may still be, by name. */
    async all(now: Date): Promise<Display[]> {
      const { rows } = await db.query<Row<Display>>(
        `SELECT ${COLUMNS} FROM display WHERE code_until > $1 OR until > $1 ORDER BY lower(name), created_at, id`,
        [now],
      );
      return rows.flatMap((row) => fromRow<Display>(row) ?? []);
    },

    /** Uses the code up and gives the display its token. Of many at once, one gets it. */
    async pair(
      codeHash: Buffer,
      tokenHash: Buffer,
      now: Date,
      until: Date,
    ): Promise<{ id: string; name: string } | undefined> {
      const { rows } = await db.query<{ id: string; name: string }>(
        `UPDATE display SET code_hash = NULL, code_until = NULL, token_hash = $2, paired_at = $3, until = $4, seen_at = $3
         WHERE code_hash = $1 AND code_until > $3 RETURNING id, name`,
        [codeHash, tokenHash, now, until],
      );
      return rows[0];
    },

    async byToken(tokenHash: Buffer, now: Date): Promise<Display | undefined> {
      const sql = `SELECT ${COLUMNS} FROM display WHERE token_hash = $1 AND until > $2`;
      return fromRow((await db.query<Row<Display>>(sql, [tokenHash, now])).rows[0]);
    },

    async touch(id: string, now: Date): Promise<void> {
      await db.query("UPDATE display SET seen_at = $2 WHERE id = $1", [id, now]);
    },

    /** It sees nothing any more; its name, or undefined when there is none. */
    async remove(id: string): Promise<string | undefined> {
      const { rows } = await db.query<{ name: string }>("DELETE FROM display WHERE id = $1 RETURNING name", [
        id,
      ]);
      return rows[0]?.name;
    },

    /** Counts one more try since `since`, in one statement; how many there are now. */
    async countTry(network: string, now: Date, since: Date): Promise<number> {
      const { rows } = await db.query<{ tries: number }>(
        `INSERT INTO display_try AS t (network, since, tries) VALUES ($1, $2, 1)
         ON CONFLICT (network) DO UPDATE SET
           tries = CASE WHEN t.since < $3 THEN 1 ELSE t.tries + 1 END,
           since = CASE WHEN t.since < $3 THEN $2 ELSE t.since END
         RETURNING tries`,
        [network, now, since],
      );
      return rows[0]?.tries ?? Infinity;
    },

    /** How many tries there are since `since`, without counting one. */
    async triesOf(network: string, since: Date): Promise<number> {
      const sql = "SELECT tries FROM display_try WHERE network = $1 AND since >= $2";
      return (await db.query<{ tries: number }>(sql, [network, since])).rows[0]?.tries ?? 0;
    },

    async sweepTries(before: Date): Promise<void> {
      await db.query("DELETE FROM display_try WHERE since < $1", [before]);
    },
  };
}

/** Displays and the audit of what is done with them, on the gateway's database. */
export function openDisplayStore(pool: Pool): DisplayStore {
  return {
    read: displaysOn(pool),
    transact: (work) => transact(pool, (db) => work({ displays: displaysOn(db), audit: auditOn(db) })),
  };
}
