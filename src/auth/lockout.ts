/**
 * How many attempts a lane has, and for how long it locks when they are used up. Pure.
 *
 * NIST SP 800-63B-4 §3.2.2 allows at most 100 failures in a row for an account, however slow. Windows alone do not
 * see to that (four guesses each quarter of an hour never meet a limit of five), so the runs count all attempts since
 * the last success: 50 by strangers and 50 by a trusted device. After that only an administrator opens the lane. Lock
 * times grow as the OWASP Authentication Cheat Sheet advises.
 */
import type { LaneKind } from "./lane.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A lock that an administrator ends. It has an end all the same, so that what nobody looks at goes some day. */
const YEAR = 365 * DAY;

export interface LaneRule {
  /** Attempts that are let through in one window; the next one locks the lane. */
  limit: number;
  /** Milliseconds from the first attempt; then the count starts anew. */
  window: number;
  /** Milliseconds of the first lock, the second and so on; the last holds for all that follow. */
  locks: readonly number[];
  /** Milliseconds after the end of a lock in which the next one counts as one more. */
  memory: number;
}

export type LaneRules = Readonly<Record<LaneKind, LaneRule>>;

const GROWING = [5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY];
const run: LaneRule = { limit: 50, window: YEAR, locks: [YEAR], memory: 0 };

const RULES: LaneRules = {
  account: { limit: 5, window: 15 * MINUTE, locks: GROWING, memory: 7 * DAY },
  "account-run": run,
  device: { limit: 10, window: 15 * MINUTE, locks: GROWING, memory: 7 * DAY },
  "device-run": run,
  // A company behind one address shares this lane and has to live with it: thirty mistakes in a quarter of an hour
  // stop everybody there who comes from an unknown device. Success gives its attempt back, trusted devices do not
  // count here, and the lock never grows beyond an hour.
  address: { limit: 30, window: 15 * MINUTE, locks: [5 * MINUTE, 15 * MINUTE, HOUR], memory: 7 * DAY },
  // Who gets here knows the password.
  codes: { limit: 5, window: 15 * MINUTE, locks: [15 * MINUTE, HOUR, 4 * HOUR, DAY], memory: 30 * DAY },
  "codes-run": run,
  "reset-account": { limit: 3, window: HOUR, locks: [HOUR, 4 * HOUR, DAY], memory: 7 * DAY },
  "reset-address": { limit: 10, window: HOUR, locks: [HOUR], memory: 7 * DAY },
  sms: { limit: 5, window: HOUR, locks: [HOUR, 4 * HOUR, DAY], memory: 7 * DAY },
};

/** The rules, with other limits (attempts, whole numbers from 1) where they are given. */
export function laneRules(limits: Partial<Readonly<Record<LaneKind, number>>> = {}): LaneRules {
  const kinds = Object.keys(RULES) as LaneKind[];
  return Object.fromEntries(
    kinds.map((kind) => [kind, { ...RULES[kind], limit: limits[kind] ?? RULES[kind].limit }]),
  ) as Record<LaneKind, LaneRule>;
}

/** A lock that was set, the `times`th in a row. */
export interface Lock {
  times: number;
  until: Date;
}

/** The lock of a lane whose attempts are used up now; `last` is the one before it, if that is still known. */
export function nextLock({ locks, memory }: LaneRule, last: Lock | undefined, now: Date): Lock {
  const remembered = last !== undefined && last.until.getTime() + memory > now.getTime();
  const times = remembered ? last.times + 1 : 1;
  const length = locks[Math.min(times, locks.length) - 1];
  if (length === undefined) throw new TypeError("a lane without a lock time");
  return { times, until: new Date(now.getTime() + length) };
}
