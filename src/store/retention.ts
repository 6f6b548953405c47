/** Until when an object is locked, as a pure rule of time. */

const DAY_MS = 86_400_000;

/**
 * The date until which an object written at `now` is kept for `days` days.
 * Rounded up to the full second: S3 stores seconds, and a date cut short would be a promise not kept.
 * Throws RangeError when `days` is not a positive finite number: that is a caller's mistake.
 */
export function retainUntil(now: Date, days: number): Date {
  if (!Number.isFinite(days) || days <= 0) throw new RangeError(`retention of ${days} days`);
  return new Date(Math.ceil((now.getTime() + days * DAY_MS) / 1000) * 1000);
}
