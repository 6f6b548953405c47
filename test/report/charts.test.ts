/** Charts: whatever was measured lies within the plot, and a day without a test is a gap. */
import fc from "fast-check";
import t from "tap";
import { chart, layoutOf, PLOT } from "../../src/report/charts.ts";
import { localeOf } from "../../src/report/locale.ts";
import type { SeriesPoint } from "../../src/report/series.ts";
import { pointsFor, seriesOf, spreadOf } from "../../src/report/series.ts";
import { axisOf, type Scale } from "../../src/report/ticks.ts";
import { wordsIn } from "../../src/report/words.ts";
import { goodDrill, historyWith, sampleHistory } from "../fixtures/reports.ts";

const DAY = 86_400_000;
const until = new Date("2026-11-24T06:00:00Z");
const locale = localeOf("en", "Europe/Budapest");
const scale = fc.constantFrom<Scale>("bytes", "rows", "seconds");
const value = fc.oneof(
  fc.constantFrom(0, 1, 1024, 1e15, Number.MAX_SAFE_INTEGER),
  fc.double({ min: 0, max: 1e18, noNaN: true }),
  fc.nat(),
);
const point = fc.record({
  at: fc.integer({ min: 0, max: 90 * DAY }).map((ago) => new Date(until.getTime() - ago)),
  verdict: fc.constantFrom("passed" as const, "findings" as const, "failed" as const),
  value: fc.option(value, { nil: undefined }),
});

t.test("an axis holds every value, with few marks, at even steps", async (t) => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 30 }), scale, (values, of) => {
      const { low, high, ticks } = axisOf(values, of);
      const [first = 0, second = 0] = ticks;
      if (!(low < high) || low < 0) throw new Error("no axis");
      if (!values.every((one) => one >= low && one <= high * (1 + 1e-9)))
        throw new Error("a value lies outside");
      if (ticks.length < 2 || ticks.length > 7) throw new Error(`${ticks.length} marks`);
      if (of !== "rows" && low !== 0) throw new Error("sizes and times begin at zero");
      ticks.forEach((tick, i) => {
        if (Math.abs(tick - (first + i * (second - first))) > high * 1e-9) throw new Error("uneven");
      });
    }),
    { numRuns: 500 },
  );
  t.strictSame(axisOf([4.2 * 2 ** 30, 6.4 * 2 ** 30], "bytes").ticks, [0, 5 * 2 ** 30, 10 * 2 ** 30]);
  t.strictSame(axisOf([700, 3600], "seconds").ticks, [0, 1800, 3600]);
  t.strictSame(axisOf([40.1e6, 48.2e6], "rows").ticks, [40e6, 45e6, 50e6]);
  t.strictSame(axisOf([], "rows").ticks, [0, 1]);
  t.strictSame(axisOf([0, 0], "bytes").ticks, [0, 1]);
});

t.test("every point, the target and every mark lie within the plot", async () => {
  fc.assert(
    fc.property(
      fc.array(point, { maxLength: 60 }),
      scale,
      fc.option(value, { nil: undefined }),
      (series, of, target) => {
        const laid = layoutOf({ series, scale: of, until, target }, locale);
        const spots = [
          ...laid.placed,
          ...laid.lines.flat(),
          ...laid.months.map(({ x }) => ({ x, y: PLOT.top })),
          ...laid.ticks.map(({ y }) => ({ x: PLOT.left, y })),
          ...(laid.target === undefined ? [] : [{ x: PLOT.left, y: laid.target }]),
        ];
        for (const { x, y } of spots)
          if (!(x >= PLOT.left && x <= PLOT.right && y >= PLOT.top - 0.05 && y <= PLOT.bottom + 0.05))
            throw new Error(`outside: ${x} ${y}`);
      },
    ),
    { numRuns: 300 },
  );
});

const nights = (...values: (number | undefined)[]): SeriesPoint[] =>
  values.map((one, i) => ({
    at: new Date(until.getTime() - (values.length - i) * DAY),
    verdict: one === undefined ? ("failed" as const) : ("passed" as const),
    value: one,
  }));

t.test("a gap for each day without a value", async (t) => {
  const full = nights(1, 2, 3, 4, 5, 6);
  const lines = (series: SeriesPoint[]) =>
    layoutOf({ series, scale: "rows", until }, locale).lines.map((line) => line.length);
  t.strictSame(lines(full), [6]);
  t.strictSame(lines(full.filter((_, i) => i !== 2)), [2, 3], "no test on that day");
  t.strictSame(lines(nights(1, 2, undefined, 4, 5)), [2, 2], "a test that did not get so far");
  t.strictSame(lines(nights(7)), [1]);
  t.strictSame(lines([]), []);
});

t.test("what is drawn", async (t) => {
  const words = wordsIn("en", "Europe/Budapest");
  /** Without the template's line ends. */
  const draw = (series: SeriesPoint[], of: Scale = "seconds", target?: number) =>
    chart({ id: "c", title: "Restore time", series, scale: of, until, target }, words)
      ?.text.replace(/\s+/g, " ")
      .replace(/ ?([<>]) ?/g, "$1");
  t.equal(draw([]), undefined, "nothing of nothing");
  t.equal(draw(nights(undefined, undefined)), undefined);
  const one = draw(nights(724), "seconds", 3600) ?? "";
  t.match(one, '<circle class="alone"');
  t.match(one, ">target 1 h</text>");
  t.match(one, /class="newest-words"[^>]*>12 min<\/text>/);
  t.match(
    one,
    /<desc id="c-d">1 test from 23 Nov to 23 Nov, none failed\. Lowest 12 min 4 s, .* newest 12 min 4 s on 23 Nov\.<\/desc>/,
  );
  const failed = draw(nights(10, undefined, 11)) ?? "";
  t.match(failed, /class="failed"/, "a failed day has a shape");
  t.match(failed, "1 failed");
  for (const series of [nights(0, 0, 0), nights(5, 5, 5), nights(1e18, 3), nights(Number.MAX_SAFE_INTEGER)])
    for (const kind of ["bytes", "rows", "seconds"] as const)
      t.notMatch(draw(series, kind), /NaN|Infinity|undefined/);
});

t.test("the points of one cluster, each once, the report's own included", async (t) => {
  const report = goodDrill();
  const points = pointsFor(report, "crm", sampleHistory());
  t.strictSame(
    points,
    pointsFor(report, "crm", historyWith(report)),
    "whether history has it already or not",
  );
  t.equal(points.at(-1)?.report, report.id);
  t.ok(points.every(({ cluster }) => cluster === "crm"));
  t.strictSame(
    points.map(({ at }) => at.getTime()),
    points.map(({ at }) => at.getTime()).sort((a, b) => a - b),
  );
  const spread = spreadOf(seriesOf(points, "bytes"));
  t.equal(spread?.newest, report.measures?.bytes);
  t.strictSame(spreadOf(nights(4, 1, 3, undefined, 2)), {
    newest: 2,
    newestAt: new Date(until.getTime() - DAY),
    median: 2.5,
    lowest: 1,
    highest: 4,
  });
});
