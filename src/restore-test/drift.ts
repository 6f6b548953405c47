/** Size and rows against what they were lately: a quiet halving is how deleted or scrambled data shows. Pure. */
import type { Measures } from "../seal/report.ts";
import { judged, type Checked } from "./check.ts";
import { median } from "./median.ts";

/** Passes that count: a fortnight of nights. */
const PASSES = 14;
/** With fewer there is no saying what is usual. */
const FEWEST = 3;

const MEASURED = {
  bytes: "sealed bytes",
  rows: "rows",
  tableBytes: "bytes of tables",
} as const satisfies Partial<Record<keyof Measures, string>>;

/**
 * Fails when a measure is more than `shrink` percent below or `grow` percent above its median over the last 14
 * passes. `past` are the measures of restore tests that passed, oldest first, without this one. A measure that fewer
 * than three of them have, or whose median is 0, is not judged: of nothing there is no percentage.
 *
 * Facts: passes; of each measure judged its value by its own name, and its change against the median in percent
 * (`bytesChange`, …); shrank and grew, 1 when some measure did too much of it. Skipped with fewer than three passes.
 */
export function driftCheck(
  now: Measures,
  past: readonly Measures[],
  limits: { shrink: number; grow: number },
): Checked {
  const passes = past.slice(-PASSES);
  if (passes.length < FEWEST)
    return {
      name: "drift",
      outcome: "skipped",
      facts: passes.length === 0 ? {} : { passes: passes.length },
      problems: [],
      why: `it takes ${FEWEST} earlier restore tests that passed to compare with`,
    };
  const facts: Record<string, number> = { passes: passes.length };
  const problems = { shrank: [] as string[], grew: [] as string[] };
  for (const [measure, words] of Object.entries(MEASURED) as [keyof typeof MEASURED, string][]) {
    const value = now[measure];
    const before = passes.flatMap((one) => one[measure] ?? []);
    const usual = median(before);
    if (value === undefined || before.length < FEWEST || usual === 0) continue;
    const change = ((value - usual) * 100) / usual;
    facts[measure] = value;
    facts[`${measure}Change`] = Math.round(change * 10) / 10;
    const said = (size: number, way: string): string =>
      `${words}: ${Math.round(size)} % ${way} the median of the last ${before.length} passes (${value} against ${Math.round(usual)})`;
    if (-change > limits.shrink) problems.shrank.push(said(-change, "below"));
    else if (change > limits.grow) problems.grew.push(said(change, "above"));
  }
  return judged(
    { name: "drift" },
    { ...facts, shrank: Math.sign(problems.shrank.length), grew: Math.sign(problems.grew.length) },
    [...problems.shrank, ...problems.grew],
  );
}
