/** The sample's calendar: days and moments counted from the first day of its first year. */

const FIRST = Date.UTC(2023, 0, 1);
const DAY = 86_400_000;
const days: string[] = [];

/** The date `n` days after 2023-01-01, as YYYY-MM-DD. */
export function day(n: number): string {
  return (days[n] ??= new Date(FIRST + n * DAY).toISOString().slice(0, 10));
}

/** A moment within office hours of day `n`, `second` seconds after eight o'clock, in UTC. */
export function moment(n: number, second: number): string {
  const at = 8 * 3600 + second;
  return `${day(n)} ${two(Math.floor(at / 3600))}:${two(Math.floor(at / 60) % 60)}:${two(at % 60)}+00`;
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}
