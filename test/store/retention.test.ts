import fc from "fast-check";
import t from "tap";
import { retainUntil } from "../../src/store/retention.ts";

t.test("days from now, in whole seconds, never too short", async (t) => {
  t.equal(retainUntil(new Date("2026-11-23T01:02:03.004Z"), 30).toISOString(), "2026-12-23T01:02:04.000Z");
  t.equal(retainUntil(new Date("2026-11-23T01:02:03.000Z"), 1).toISOString(), "2026-11-24T01:02:03.000Z");
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
      fc.integer({ min: 1, max: 36_500 }),
      (now, days) => {
        const kept = retainUntil(now, days).getTime() - now.getTime() - days * 86_400_000;
        return kept >= 0 && kept < 1000;
      },
    ),
  );
});

t.test("nothing is kept for no time", async (t) => {
  for (const days of [0, -1, NaN, Infinity]) t.throws(() => retainUntil(new Date(0), days), RangeError);
});
