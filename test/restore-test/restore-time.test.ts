/** The restore's time against its target, and the day on which a trend breaks it. */
import fc from "fast-check";
import t from "tap";
import { restoreTimeCheck, type RestoreTime } from "../../src/restore-test/restore-time.ts";
import { timeSpan } from "../../src/restore-test/time-span.ts";

const DAY = 86_400_000;
const NOW = new Date("2026-05-01T03:00:00Z");
const RTO = 4 * 3600;
const at = (daysAgo: number): Date => new Date(NOW.getTime() - daysAgo * DAY);
/** One a day, the oldest first; `seconds` of days ago. */
const nights = (n: number, seconds: (daysAgo: number) => number): RestoreTime[] =>
  Array.from({ length: n }, (_, i) => ({ at: at(n - i), seconds: seconds(n - i) }));
const check = (now: number, past: RestoreTime[], rto: number | undefined = RTO) =>
  restoreTimeCheck(now, rto, past, NOW);

t.test("against the target", async (t) => {
  t.match(restoreTimeCheck(100, undefined, [], NOW), {
    name: "restore-time",
    outcome: "skipped",
    why: /rto/,
    facts: { seconds: 100 },
  });
  t.strictSame(check(RTO, []), {
    name: "restore-time",
    outcome: "passed",
    facts: { seconds: RTO, rtoSeconds: RTO, over: 0 },
    problems: [],
  });
  t.match(check(RTO + 600, []), {
    outcome: "failed",
    facts: { over: 1 },
    problems: ["it took 4 h 10 min; the target is 4 h"],
  });
});

t.test("a trend", async (t) => {
  // 3 h today and a minute more each day: an hour is left, so sixty days.
  const slowing = (daysAgo: number): number => 3 * 3600 - daysAgo * 60;
  t.match(check(slowing(0), nights(30, slowing)), {
    outcome: "failed",
    facts: { days: 60, over: 0 },
    problems: ["breaks 4 h in about 60 days"],
  });
  t.match(
    check(slowing(0), nights(30, slowing), RTO + 60 * 60),
    { outcome: "passed", facts: { days: 120 } },
    "told, and no trouble yet",
  );
  const green: [what: string, now: number, past: RestoreTime[]][] = [
    ["too few points", slowing(0), nights(5, slowing)],
    [
      "too few days",
      3 * 3600,
      nights(20, (n) => 3 * 3600 - n * 300).map((one, i) => ({ ...one, at: at((20 - i) / 4) })),
    ],
    ["getting faster", 3 * 3600, nights(30, (n) => 3 * 3600 + n * 60)],
    ["the same each night", 3 * 3600, nights(30, () => 3 * 3600)],
    ["one step long ago", 3.9 * 3600, nights(60, (n) => (n > 58 ? 3600 : 3.9 * 3600))],
    [
      "what is older than 90 days",
      3.9 * 3600,
      nights(300, (n) => (n > 90 ? 3.8 * 3600 - n * 30 : 3.9 * 3600)),
    ],
  ];
  for (const [what, now, past] of green) {
    const { outcome, facts } = check(now, past);
    t.match({ outcome, days: facts["days"] }, { outcome: "passed", days: undefined }, what);
  }
});

t.test("of an exact line the day is found, in any order and with a mad night in it", async () => {
  const line = fc.record({
    points: fc.integer({ min: 10, max: 80 }),
    start: fc.integer({ min: 100, max: 10_000 }),
    // Over the least of ten points a tenth at least.
    daily: fc.double({ min: 0.02, max: 0.1, noNaN: true }),
    left: fc.integer({ min: 1, max: 300 }),
    mad: fc.option(fc.record({ night: fc.nat(9), seconds: fc.nat(100_000) })),
  });
  fc.assert(
    fc.property(line, ({ points, start, daily, left, mad }) => {
      const seconds = (daysAgo: number): number => start * (1 + daily * (points - daysAgo));
      const past = nights(points, seconds).map((one, i) =>
        i === mad?.night && points > 30 ? { ...one, seconds: mad.seconds } : one,
      );
      const { facts } = check(seconds(0), past.toReversed(), seconds(-left));
      return mad !== null && points > 30
        ? Math.abs(Number(facts["days"]) - left) <= 1 + left / 10
        : facts["days"] === left;
    }),
  );
});

t.test("noise around a constant is no trend", async () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -0.04, max: 0.04, noNaN: true }), { minLength: 7, maxLength: 90 }),
      (noise) => {
        const past = nights(noise.length, (n) => RTO * 0.95 * (1 + (noise[n - 1] ?? 0)));
        const { outcome, facts } = check(RTO * 0.95, past);
        return outcome === "passed" && !("days" in facts);
      },
    ),
    { numRuns: 500 },
  );
});

t.test("lengths of time in words", async (t) => {
  for (const [seconds, words] of [
    [0, "0 s"],
    [0.6, "1 s"],
    [59, "59 s"],
    [3600, "1 h"],
    [15_000, "4 h 10 min"],
    [273_600, "3 d 4 h"],
    [86_460, "1 d"],
  ] as const)
    t.equal(timeSpan(seconds), words);
});
