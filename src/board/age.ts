/** How old something is, as a board says it: in minutes, hours or days, never with seconds. Pure. */
import type { Forms, Locale } from "../report/locale.ts";

/** Names of the units after a number, by the language's plural forms. */
export interface AgeUnits {
  d: Forms;
  h: Forms;
  min: Forms;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The two largest units, rounded down: `3 days 4 h`, `7 h 12 min`, `5 min`. What lies in the future is new. The wall's
 * script (src/auth/browser/wall.ts) counts on by the same rule.
 *
 * @param ms age in milliseconds
 */
export function ageText(ms: number, units: AgeUnits, { counted }: Pick<Locale, "counted">): string {
  const age = Math.max(0, ms);
  const parts: [number, Forms][] =
    age >= DAY
      ? [
          [Math.floor(age / DAY), units.d],
          [Math.floor((age % DAY) / HOUR), units.h],
        ]
      : [
          [Math.floor(age / HOUR), units.h],
          [Math.floor((age % HOUR) / MINUTE), units.min],
        ];
  return parts
    .filter(([n], i) => n > 0 || (i === 1 && age < HOUR))
    .map(([n, forms]) => counted(n, forms))
    .join(" ");
}
