/** Drift: what is much less or much more than usual, and nothing else. */
import fc from "fast-check";
import t from "tap";
import type { Measures } from "../../src/seal/report.ts";
import { driftCheck } from "../../src/restore-test/drift.ts";
import { median } from "../../src/restore-test/median.ts";

const LIMITS = { shrink: 30, grow: 200 };
const of = (bytes: number, rows?: number, tableBytes?: number): Measures => ({
  bytes,
  backupSeconds: 1,
  ...(rows === undefined ? {} : { rows }),
  ...(tableBytes === undefined ? {} : { tableBytes }),
});
const nights = (n: number, one: Measures): Measures[] => Array.from({ length: n }, () => one);

t.test("a table of nights", async (t) => {
  const usual = nights(14, of(1000, 500, 8000));
  const cases: [what: string, now: Measures, past: Measures[], expected: object][] = [
    [
      "as always",
      of(1000, 500, 8000),
      usual,
      { outcome: "passed", facts: { passes: 14, shrank: 0, grew: 0, rowsChange: 0 } },
    ],
    ["at the limit", of(700, 1500, 8000), usual, { outcome: "passed" }],
    [
      "emptied, in the same bytes",
      of(1000, 250, 8000),
      usual,
      {
        outcome: "failed",
        facts: { shrank: 1, grew: 0, rowsChange: -50 },
        problems: ["rows: 50 % below the median of the last 14 passes (250 against 500)"],
      },
    ],
    [
      "scrambled: no longer to be compressed",
      of(3001, 500, 8000),
      usual,
      {
        outcome: "failed",
        facts: { shrank: 0, grew: 1 },
        problems: [/^sealed bytes: 200 % above the median/],
      },
    ],
    ["both ways", of(100, 5000, 1), usual, { facts: { shrank: 1, grew: 1 }, problems: { length: 3 } }],
    [
      "too few nights",
      of(1),
      nights(2, of(1000)),
      { outcome: "skipped", why: /^it takes 3 earlier/, problems: [] },
    ],
    ["just enough", of(1), nights(3, of(1000)), { outcome: "failed" }],
    [
      "older nights do not count",
      of(1000),
      [...nights(30, of(10)), ...nights(14, of(1000))],
      { outcome: "passed" },
    ],
    [
      "out of nothing",
      of(1000, 500),
      nights(5, of(1000, 0)),
      { outcome: "passed", facts: { bytesChange: 0 } },
    ],
    [
      "not measured then",
      of(1000, 5),
      [...nights(12, of(1000)), ...nights(2, of(1000, 500))],
      { outcome: "passed" },
    ],
    ["not measured now", of(1000), usual, { outcome: "passed" }],
  ];
  for (const [what, now, past, expected] of cases) t.match(driftCheck(now, past, LIMITS), expected, what);
});

const counts = fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 40 });

t.test("the median lies in the middle, in whatever order", async () => {
  fc.assert(
    fc.property(counts, fc.integer(), (values, seed) => {
      const middle = median(values);
      const below = values.filter((one) => one < middle).length;
      const above = values.filter((one) => one > middle).length;
      const rotated = values.map((_, i) => values[(i + Math.abs(seed)) % values.length] ?? 0);
      return below <= values.length / 2 && above <= values.length / 2 && median(rotated) === middle;
    }),
  );
});

t.test("one mad night among fourteen neither hides nor makes a drift", async () => {
  const night = fc.integer({ min: 900, max: 1100 });
  fc.assert(
    fc.property(
      fc.array(night, { minLength: 4, maxLength: 13 }),
      fc.nat(1e12),
      night,
      fc.nat(13),
      (past, mad, now, at) => {
        const measures = past.toSpliced(at, 0, mad).map((rows) => of(1000, rows));
        return (
          driftCheck(of(1000, now), measures, LIMITS).outcome === "passed" &&
          driftCheck(of(1000, Math.floor(now / 2)), measures, LIMITS).facts["shrank"] === 1
        );
      },
    ),
  );
});

t.test("other units, other order: the same verdict", async () => {
  fc.assert(
    fc.property(counts, fc.nat(1e12), fc.integer({ min: 2, max: 1000 }), (past, now, factor) => {
      const verdict = (scale: number, order: number[]): unknown => {
        const { outcome, facts } = driftCheck(
          of(1, now * scale),
          order.slice(-14).map((rows) => of(1, rows * scale)),
          LIMITS,
        );
        return JSON.stringify([outcome, facts["shrank"], facts["grew"], facts["rowsChange"]]);
      };
      return verdict(1, past) === verdict(factor, past.slice(-14).toReversed());
    }),
  );
});
