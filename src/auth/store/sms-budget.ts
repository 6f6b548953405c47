/** Adapter: how much SMS one day (UTC) may cost, altogether and for one number. */
import type { Queryable } from "./database.ts";

/** In parts, as the provider bills them: a text of two parts costs two. */
export interface SmsCaps {
  aDay: number;
  aDayPerNumber: number;
}

const ALL = "";

export function smsBudgetOn(db: Queryable) {
  /** Takes `parts` when the cap allows; the row stays locked until the transaction ends. */
  const take = async (day: string, number: string, parts: number, cap: number): Promise<boolean> => {
    const sql = `INSERT INTO sms_budget AS had (day, number, parts) SELECT $1::date, $2, $3::int WHERE $3::int <= $4
      ON CONFLICT (day, number) DO UPDATE SET parts = had.parts + $3 WHERE had.parts + $3 <= $4`;
    return (await db.query(sql, [day, number, parts, cap])).rowCount === 1;
  };

  return {
    /**
     * Takes a message out of the day's budget, before it is sent: of any number at once, no more pass than the caps
     * allow. In the transaction that also puts the message into the queue, so that what is rolled back costs
     * nothing. Who is refused took nothing. All who send on one day wait for each other here: do it late, but
     * before the audit's event.
     */
    async claim(
      number: string,
      parts: number,
      caps: SmsCaps,
      now: Date,
    ): Promise<"granted" | "number" | "day"> {
      const day = now.toISOString().slice(0, 10);
      if (!(await take(day, number, parts, caps.aDayPerNumber))) return "number";
      if (await take(day, ALL, parts, caps.aDay)) return "granted";
      await db.query("UPDATE sms_budget SET parts = parts - $3 WHERE day = $1 AND number = $2", [
        day,
        number,
        parts,
      ]);
      return "day";
    },

    /** Forgets numbers of days that are over. The sums stay for a year, as they are what the bill is checked against. */
    async sweep(now: Date): Promise<number> {
      const sql = `DELETE FROM sms_budget
        WHERE day < $1::date - 1 AND (number <> '' OR day < $1::date - 366)`;
      return (await db.query(sql, [now.toISOString().slice(0, 10)])).rowCount ?? 0;
    },
  };
}

export type SmsBudget = ReturnType<typeof smsBudgetOn>;
