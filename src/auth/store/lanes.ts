/**
 * Adapter: counts attempts and keeps locks, by rate-limiter-flexible on PostgreSQL. Every attempt is counted by one
 * statement before anything is verified, so that exactly a lane's limit gets through, however many come at once on
 * however many nodes. What cannot be counted rejects: that is a no.
 *
 * Time is the clock of the host, as it is inside rate-limiter-flexible. Windows and locks end at fixed times: a clock
 * that steps back prolongs them, one that steps forward ends them early. What was counted or locked while the clock
 * was wrong and ahead lasts until that time comes, or until an administrator unlocks it.
 */
import type { KeyObject } from "node:crypto";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { laneAndRun, laneId, type Lane, type LaneKind } from "../lane.ts";
import { nextLock, type LaneRules, type Lock } from "../lockout.ts";
import { SCHEMA, transact, type Pool } from "./database.ts";
import { lockedOn, type Locked } from "./locked.ts";

/** What became of an attempt. */
export type Consumed =
  | { allowed: true }
  | {
      allowed: false;
      /** The lane that refused. */
      lane: Lane;
      lockedUntil: Date;
      /** Holds `lane` for the one attempt that locked it: to be audited as `lane.locked`. Empty for all others. */
      newlyLocked: Lane[];
    };

export interface Lanes {
  /**
   * Counts an attempt, lane by lane in the given order, and stops at the first that refuses: the lanes before it have
   * counted the attempt, those after it have not. One statement for each lane; a refusal needs one or two more.
   */
  consume(attempt: readonly Lane[]): Promise<Consumed>;
  /**
   * Gives back one attempt of each lane, after a full success. Never below none, and nothing of a lane whose attempts
   * are used up: it stays locked. When the window has ended meanwhile there is nothing to give back, or the one that
   * began after it has one attempt more.
   */
  refund(lanes: readonly Lane[]): Promise<void>;
  /** Forgets the count of lanes that are not used up. Unlocks nothing. */
  clear(lanes: readonly Lane[]): Promise<void>;
  /**
   * By an administrator: opens a lane together with its run, and forgets the locks before. A lane, or the id that
   * `locks` gave. Whether anything was locked.
   */
  unlock(lane: Lane | string): Promise<boolean>;
  /** Every lane that is locked at this time, the latest first. */
  locks(now: Date): Promise<Locked[]>;
  /**
   * Removes what no longer says anything, at most `most` rows of each table, and resolves to their number. To be
   * called on a schedule; nothing depends on it. What ended within the last hour stays, for clocks that differ.
   */
  sweep(now: Date, most?: number): Promise<number>;
}

/**
 * @param pool one of its own: who holds a connection of it while an attempt is counted may wait for himself
 * @param key for the HMAC of lanes, derived for nothing else
 */
export function lanesOn(pool: Pool, key: KeyObject, rules: LaneRules): Lanes {
  const counters = new Map<LaneKind, RateLimiterPostgres>();
  const locked = lockedOn(pool);
  const counter = (kind: LaneKind): RateLimiterPostgres => {
    const known = counters.get(kind);
    if (known !== undefined) return known;
    const made = counterOn(pool, rules[kind].limit, rules[kind].window);
    counters.set(kind, made);
    return made;
  };

  /** Locks a lane that was found used up, unless somebody else did or it has opened since. */
  const lock = (lane: Lane, id: string): Promise<(Lock & { isNew: boolean }) | undefined> =>
    transact(pool, async (db) => {
      const { limit } = rules[lane.kind];
      const now = new Date();
      const usedUp = "SELECT FROM lane WHERE key = $1 AND points > $2 AND expire > $3 FOR UPDATE";
      // From here to the end nobody else counts in this lane, opens it or locks it.
      if ((await db.query(usedUp, [id, limit, now.getTime()])).rowCount === 0) return undefined;
      const last = await lockedOn(db).last(id, now);
      if (last?.holds === true) return { ...last, isNew: false };
      const next = nextLock(rules[lane.kind], last, now);
      await lockedOn(db).put(id, lane, next, now, rules[lane.kind].memory);
      await db.query("UPDATE lane SET expire = $2 WHERE key = $1", [id, next.until.getTime()]);
      return { ...next, isNew: true };
    });

  const refuse = async (lane: Lane, id: string): Promise<Consumed> => {
    const now = new Date();
    const last = await locked.last(id, now);
    // Whoever finds no lock sets it, not only the attempt that crossed the limit: that one may have died on the way.
    const held = last?.holds === true ? { ...last, isNew: false } : await lock(lane, id);
    return {
      allowed: false,
      lane,
      lockedUntil: held?.until ?? now,
      newlyLocked: held?.isNew === true ? [lane] : [],
    };
  };

  return {
    async consume(attempt) {
      for (const lane of attempt) {
        const id = laneId(key, lane);
        if (!(await isAllowed(counter(lane.kind), id))) return refuse(lane, id);
      }
      return { allowed: true };
    },

    // Not by the library's `reward`: where the window has ended it leaves a lane with minus one.
    async refund(lanes) {
      await pool.query(
        `${NOT_USED_UP} UPDATE lane SET points = points - 1 FROM given WHERE lane.key = given.key AND points > 0 AND expire > $3`,
        [...idsAndLimits(lanes), Date.now()],
      );
    },

    async clear(lanes) {
      await pool.query(
        `${NOT_USED_UP} DELETE FROM lane USING given WHERE lane.key = given.key`,
        idsAndLimits(lanes),
      );
    },

    async unlock(which) {
      const now = new Date();
      return transact(pool, async (db) => {
        const lane = typeof which === "string" ? await lockedOn(db).lane(which) : which;
        const ids = lane === undefined ? [] : laneAndRun(lane).map((one) => laneId(key, one));
        if (typeof which === "string") ids.push(which);
        ids.sort();
        // Counts first and in one order, as `lock` takes them.
        await db.query("SELECT FROM lane WHERE key = ANY ($1) ORDER BY key FOR UPDATE", [ids]);
        await db.query("DELETE FROM lane WHERE key = ANY ($1)", [ids]);
        return lockedOn(db).remove(ids, now);
      });
    },

    locks: (now) => locked.at(now),

    async sweep(now, most = 10_000) {
      const { rowCount } = await pool.query(
        `DELETE FROM lane WHERE key IN
           (SELECT key FROM lane WHERE expire < $1 ORDER BY expire LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [now.getTime() - 3_600_000, most],
      );
      return (rowCount ?? 0) + (await locked.sweep(new Date(now.getTime() - 3_600_000), most));
    },
  };

  function idsAndLimits(lanes: readonly Lane[]): [ids: string[], limits: number[]] {
    return [lanes.map((lane) => laneId(key, lane)), lanes.map(({ kind }) => rules[kind].limit)];
  }
}

/** Of the lanes $1 with the limits $2: those that are not used up, held until the statement ends, in one order. */
const NOT_USED_UP = `WITH given AS MATERIALIZED (
  SELECT key FROM lane JOIN unnest($1::text[], $2::int[]) AS lanes (id, most) ON key = id AND points <= most
  ORDER BY key FOR UPDATE OF lane)`;

function counterOn(pool: Pool, points: number, window: number): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: pool,
    storeType: "pool",
    schemaName: SCHEMA,
    tableName: "lane",
    tableCreated: true,
    // Its timer cannot be awaited; `sweep` does this work.
    clearExpiredByTimeout: false,
    // Kinds are kept apart by the HMAC.
    keyPrefix: "",
    points,
    duration: window / 1000,
  });
}

/** Counts one attempt. The library rejects with its own answer for a no, and with an Error for everything else. */
async function isAllowed(counter: RateLimiterPostgres, id: string): Promise<boolean> {
  try {
    await counter.consume(id);
    return true;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return false;
    throw refused;
  }
}
