/** Times as findings tell them, and the host's calendar day. Pure. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Two clocks that differ by no more are the same. */
export const CLOCK_TOLERANCE_MS = 5 * MINUTE_MS;

/** A span in the unit that fits, rounded down: `40 min`, `30 h`, `3 d`. */
export function spanText(ms: number): string {
  if (ms < 2 * HOUR_MS && ms % HOUR_MS !== 0) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 3 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}

/** `2026-11-23 03:20 UTC` */
export function instantText(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** The calendar day (`YYYY-MM-DD`) in a time zone of the IANA database. */
export function calendarDay(at: Date, timeZone: string): string {
  return calendarDays(timeZone)(at);
}

/** The same for many: what is dear is to make the format. */
export function calendarDays(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (at) => {
    const parts = format.formatToParts(at);
    const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
    return `${of("year")}-${of("month")}-${of("day")}`;
  };
}
