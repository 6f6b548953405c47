/** Ages as they are said, and that the wall's script says the same. */
import t from "tap";
import { ageText } from "../../src/board/age.ts";
import { weeksOf } from "../../src/board/pages/calendar.ts";
import { boardWords } from "../../src/board/words/board.ts";
import { localeOf } from "../../src/report/locale.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

t.test("an age is its two largest units", async (t) => {
  const cases: [ms: number, en: string, hu: string, ro: string][] = [
    [-5 * MINUTE, "0 min", "0 perc", "0 min"],
    [59_999, "0 min", "0 perc", "0 min"],
    [59 * MINUTE, "59 min", "59 perc", "59 min"],
    [HOUR, "1 h", "1 óra", "1 h"],
    [6 * HOUR + 7 * MINUTE, "6 h 7 min", "6 óra 7 perc", "6 h 7 min"],
    [DAY - 1, "23 h 59 min", "23 óra 59 perc", "23 h 59 min"],
    [DAY + 59 * MINUTE, "1 day", "1 nap", "1 zi"],
    [2 * DAY + 6 * HOUR, "2 days 6 h", "2 nap 6 óra", "2 zile 6 h"],
    [20 * DAY, "20 days", "20 nap", "20 de zile"],
  ];
  for (const [ms, ...said] of cases)
    for (const [i, language] of (["en", "hu", "ro"] as const).entries()) {
      const text = ageText(ms, boardWords(language).units, localeOf(language, "UTC"));
      t.equal(text.replaceAll("\u00a0", " "), said[i], `${ms} ms in ${language}`);
    }
});

t.test("a calendar has a row for each week, from Monday to Sunday", async (t) => {
  const days = Array.from({ length: 90 }, (_, i) => ({
    day: new Date(Date.UTC(2026, 7, 27) + i * DAY).toISOString().slice(0, 10),
    light: "green" as const,
  }));
  const weeks = weeksOf(days.toReversed());
  t.ok(weeks.every((week) => week.length === 7));
  t.equal(weeks.flat().filter((day) => day !== undefined).length, 90);
  t.equal(weeks[0]?.[3]?.day, "2026-08-27", "a Thursday");
  t.equal(weeks[1]?.[0]?.day, "2026-08-31", "a Monday");
  t.equal(weeks.at(-1)?.[1]?.day, "2026-11-24", "a Tuesday");
  t.strictSame(weeksOf([]), []);
});
