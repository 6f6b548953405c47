/** What was measured over the last 90 days, as charts and tables of numbers show it. Pure. */
import type { DrillReport, Report, Verdict } from "../seal/report.ts";
import { pointOf, type DrillPoint } from "./point.ts";
import type { Scale } from "./ticks.ts";

export const DAYS = 90;
const DAY = 86_400_000;

export type Measure = "bytes" | "rows" | "backupSeconds" | "restoreSeconds";
/** In the order in which they are shown. */
export const MEASURES: readonly { measure: Measure; scale: Scale }[] = [
  { measure: "bytes", scale: "bytes" },
  { measure: "rows", scale: "rows" },
  { measure: "backupSeconds", scale: "seconds" },
  { measure: "restoreSeconds", scale: "seconds" },
];

export interface SeriesPoint {
  at: Date;
  verdict: Verdict;
  /** Undefined: this test did not come so far. */
  value: number | undefined;
}

/** The points of a cluster in the 90 days before a report, its own included, oldest first. */
export function pointsFor(report: Report, cluster: string, history: readonly DrillPoint[]): DrillPoint[] {
  const until = new Date(report.finishedAt).getTime();
  const own = report.kind === "drill" ? pointOf(report satisfies DrillReport) : undefined;
  const known = history.filter((point) => point.report !== own?.report);
  return [...known, ...(own === undefined ? [] : [own])]
    .filter(
      ({ cluster: of, at }) => of === cluster && at.getTime() <= until && at.getTime() > until - DAYS * DAY,
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** One measure of these points. */
export function seriesOf(points: readonly DrillPoint[], measure: Measure): SeriesPoint[] {
  return points.map(({ at, verdict, measures }) => {
    const value = measures[measure];
    return { at, verdict, value: value !== undefined && Number.isFinite(value) ? value : undefined };
  });
}

export interface Spread {
  newest: number;
  newestAt: Date;
  median: number;
  lowest: number;
  highest: number;
}

/** Undefined: there is no value. */
export function spreadOf(series: readonly SeriesPoint[]): Spread | undefined {
  const values = series.flatMap(({ value }) => (value === undefined ? [] : [value])).sort((a, b) => a - b);
  const last = series.findLast(({ value }) => value !== undefined);
  const middle = values[Math.floor((values.length - 1) / 2)];
  const lowest = values[0];
  const highest = values.at(-1);
  if (last?.value === undefined || middle === undefined || lowest === undefined || highest === undefined)
    return undefined;
  const upper = values[Math.ceil((values.length - 1) / 2)] ?? middle;
  return { newest: last.value, newestAt: last.at, median: (middle + upper) / 2, lowest, highest };
}
