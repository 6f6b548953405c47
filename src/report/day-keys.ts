/** For how long there are day keys. Pure. */
import type { Finding } from "../fault.ts";

const DAY_MS = 86_400_000;
/** Whoever has to renew something wants to hear of it over a weekend. */
const DAYS_LEFT = 3;

/** How many of `days` (UTC, `YYYY-MM-DD`) follow each other without a gap from the day of `from` on. */
export function unbrokenDays(from: Date, days: readonly string[]): number {
  let count = 0;
  while (days.includes(dayAfter(from, count))) count++;
  return count;
}

/** DAY_KEYS_RUN_OUT when the unbroken row of days that begins today (UTC) ends within three days. */
export function dayKeysRunOut(
  now: Date,
  { days, ahead }: { days: readonly string[]; ahead: number },
): Finding[] {
  const there = unbrokenDays(now, days);
  // Just before the day's run one day fewer is there than that run publishes.
  if (there > Math.min(DAYS_LEFT, ahead - 1)) return [];
  const until =
    there === 0 ? "there is none for today" : `the last one is that of ${dayAfter(now, there - 1)}`;
  return [
    {
      code: "DAY_KEYS_RUN_OUT",
      what: `day keys run out: ${until}; a backup of a day without a key cannot be restore-tested`,
      todo: "Run `lakat keys day publish` on the restore-test host, and look why its timer did not.",
    },
  ];
}

function dayAfter(from: Date, days: number): string {
  return new Date(from.getTime() + days * DAY_MS).toISOString().slice(0, 10);
}
