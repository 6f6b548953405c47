/** Days as people mean them: in the time zone of the configuration. Pure. */

/**
 * The end of a day written as 2026-06-30, which is the first moment of the next one, in an IANA time zone; or the moment
 * that is written in full with its zone, such as 2026-06-30T12:00Z. Undefined for what is neither.
 */
export function endOfDay(text: string, timeZone: string): Date | undefined {
  return momentOf(text, timeZone, 1);
}

/** As `endOfDay`, but a day's first moment. */
export function startOfDay(text: string, timeZone: string): Date | undefined {
  return momentOf(text, timeZone, 0);
}

function momentOf(text: string, timeZone: string, daysOn: number): Date | undefined {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text)) {
    const moment = new Date(text);
    return Number.isNaN(moment.getTime()) ? undefined : moment;
  }
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const written = new Date(Date.UTC(year, month - 1, day));
  if (written.getUTCMonth() !== month - 1 || written.getUTCDate() !== day) return undefined;
  const midnight = Date.UTC(year, month - 1, day + daysOn);
  // What the clock there is ahead by may differ between the guess and the answer: once more with the answer.
  const near = midnight - aheadOf(new Date(midnight), timeZone);
  return new Date(midnight - aheadOf(new Date(near), timeZone));
}

/** Milliseconds that clocks in a zone are ahead of UTC. */
function aheadOf(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const [year = 0, month = 1, day, hour, minute, second] = (
    ["year", "month", "day", "hour", "minute", "second"] as const
  ).map((wanted) => Number(parts.find(({ type }) => type === wanted)?.value));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.trunc(at.getTime() / 1000) * 1000;
}
