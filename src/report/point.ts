/** What the charts and the drift need of an earlier restore test. Pure. */
import type { DrillReport, Measures, Verdict } from "../seal/report.ts";

export interface DrillPoint {
  cluster: string;
  report: string;
  backup: string;
  /** When the backup was committed, by the store's clock. */
  at: Date;
  verdict: Verdict;
  measures: Measures;
}

/** The point of one restore test; undefined when it found no backup or measured nothing. */
export function pointOf(report: DrillReport): DrillPoint | undefined {
  const { cluster, id, backup, verdict, measures } = report;
  if (backup === undefined || measures === undefined) return undefined;
  return { cluster, report: id, backup: backup.id, at: new Date(backup.committed), verdict, measures };
}
