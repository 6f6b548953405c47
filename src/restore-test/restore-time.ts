/** How long a restore takes against how long it may, and when it will take too long. Pure. */
import { judged, type Checked } from "./check.ts";
import { median } from "./median.ts";
import { timeSpan } from "./time-span.ts";

const DAY = 86_400_000;
/** How far a trend looks back, and ahead. */
const HORIZON_DAYS = 90;
const FEWEST_POINTS = 7;
const FEWEST_DAYS = 7;
/** A rise that is smaller, over all that is looked at and against the median, is none. */
const LEAST_RISE = 0.1;
/** Of the standard normal distribution: chance alone looks like a rise once in a hundred times. */
const SIGNIFICANT = 2.33;

export interface RestoreTime {
  at: Date;
  seconds: number;
}

/**
 * Fails when the restore took longer than the target (`rto`, recovery time objective), or when at the pace of
 * the last 90 days it will within 90 more. `past` are earlier restores that passed, in any order, without this
 * one, which is of `now`.
 *
 * Facts: seconds; with a target rtoSeconds, over (1: it took longer), and with a rising trend `days` until it
 * is reached. Skipped without a target.
 */
export function restoreTimeCheck(
  seconds: number,
  rtoSeconds: number | undefined,
  past: readonly RestoreTime[],
  now: Date,
): Checked {
  const of = { name: "restore-time" } as const;
  if (rtoSeconds === undefined)
    return {
      ...of,
      outcome: "skipped",
      facts: { seconds },
      problems: [],
      why: "no target is configured (rto)",
    };
  const facts = { seconds, rtoSeconds, over: Number(seconds > rtoSeconds) };
  const target = timeSpan(rtoSeconds);
  if (seconds > rtoSeconds)
    return judged(of, facts, [`it took ${timeSpan(seconds)}; the target is ${target}`]);
  const days = daysUntil(rtoSeconds, [...past, { at: now, seconds }], now);
  if (days === undefined) return judged(of, facts, []);
  const slowing = days <= HORIZON_DAYS ? [`breaks ${target} in about ${days} days`] : [];
  return judged(of, { ...facts, days }, slowing);
}

/** Days until the trend of the points reaches `target` seconds; undefined when there is no rising trend. */
function daysUntil(target: number, points: readonly RestoreTime[], now: Date): number | undefined {
  const recent = points
    .map(({ at, seconds }) => ({ day: (at.getTime() - now.getTime()) / DAY, seconds }))
    .filter(({ day }) => day >= -HORIZON_DAYS && day <= 0)
    .sort((a, b) => a.day - b.day);
  const span = -(recent[0]?.day ?? 0);
  if (recent.length < FEWEST_POINTS || span < FEWEST_DAYS || !rises(recent)) return undefined;
  const slope = median(
    recent.flatMap((a, i) =>
      recent.slice(i + 1).flatMap((b) => (b.day > a.day ? (b.seconds - a.seconds) / (b.day - a.day) : [])),
    ),
  );
  const usual = median(recent.map((one) => one.seconds));
  if (!(slope > 0) || slope * span < LEAST_RISE * usual) return undefined;
  // Theil–Sen: the median of all slopes, and of where each point says that the line is today.
  const today = median(recent.map(({ day, seconds }) => seconds - slope * day));
  return Math.max(0, Math.round((target - today) / slope));
}

/** Mann–Kendall: whether later points are higher so much more often than lower that it is no chance. */
function rises(sorted: readonly { seconds: number }[]): boolean {
  const n = sorted.length;
  let s = 0;
  sorted.forEach((a, i) => {
    for (const b of sorted.slice(i + 1)) s += Math.sign(b.seconds - a.seconds);
  });
  return (s - 1) / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18) > SIGNIFICANT;
}
