/** What counts as a proof that a backup can be restored. Pure. */
import type { DrillReport } from "../seal/report.ts";

/** A restore test's report with the backup that it proved. */
export type ProvingReport = DrillReport & { backup: NonNullable<DrillReport["backup"]> };

/**
 * True when the backup was restored and its checks passed. A verdict of `findings` alone does not say so: a backup
 * without a day key is a finding too, and nothing of it was restored.
 */
export function proves(report: DrillReport): report is ProvingReport {
  const did = (name: string): boolean =>
    report.steps.some((step) => step.name === name && step.outcome === "passed");
  return report.verdict !== "failed" && report.backup !== undefined && did("restore") && did("check");
}
