/** What a report comes to, as the facts that a sentence about it needs. Pure. */
import { isFinding } from "../fault.ts";
import type {
  DailyReport,
  DrillReport,
  Report,
  ReportFinding,
  SabotageReport,
  StepName,
  Verdict,
} from "../seal/report.ts";

export interface DrillSummary {
  verdict: Verdict;
  cluster: string;
  /** When the backup was committed; undefined: there is none. */
  at: Date | undefined;
  restoreSeconds: number | undefined;
  /** Those that passed or failed. */
  checksRun: number;
  checksFailed: number;
  checksSkipped: number;
  keys: number;
  keysFailed: number;
  /** In the order of the flow, without those that the checks and the keys account for. */
  failedSteps: StepName[];
  findings: number;
}

/** Of one restore test. */
export function summaryOfDrill(report: DrillReport): DrillSummary {
  const { checks, recoveryKeys, steps } = report;
  const failed = checks.filter((check) => check.outcome === "failed").length;
  const skipped = checks.filter((check) => check.outcome === "skipped").length;
  const keysFailed = recoveryKeys.filter((key) => !key.ok).length;
  return {
    verdict: report.verdict,
    cluster: report.cluster,
    at: report.backup === undefined ? undefined : new Date(report.backup.committed),
    restoreSeconds: report.measures?.restoreSeconds,
    checksRun: checks.length - skipped,
    checksFailed: failed,
    checksSkipped: skipped,
    keys: recoveryKeys.length,
    keysFailed,
    failedSteps: steps
      .filter(({ outcome }) => outcome === "failed")
      .map(({ name }) => name)
      .filter((name) => !(name === "check" && failed > 0) && !(name === "prove" && keysFailed > 0)),
    findings: report.findings.length,
  };
}

export interface DailySummary {
  verdict: Verdict;
  day: Date;
  clusters: number;
  /** Names of those whose verdict is failed. */
  failed: string[];
  /** Of the day and of all clusters. */
  findings: number;
}

/** Of a day, all clusters together. */
export function summaryOfDay(report: DailyReport): DailySummary {
  return {
    verdict: report.verdict,
    day: dayOf(report),
    clusters: report.clusters.length,
    failed: report.clusters.filter(({ verdict }) => verdict === "failed").map(({ cluster }) => cluster),
    findings: report.findings.length + report.clusters.reduce((sum, one) => sum + one.findings.length, 0),
  };
}

export interface SabotageSummary {
  verdict: Verdict;
  cluster: string;
  cases: number;
  missed: number;
}

/** Of one run of broken copies. */
export function summaryOfSabotage({ verdict, cluster, cases }: SabotageReport): SabotageSummary {
  const missed = cases.filter(({ outcome }) => outcome === "failed").length;
  return { verdict, cluster, cases: cases.length, missed };
}

/** Noon in UTC of the day a daily report is about: the same calendar day in every time zone that people live in but the outermost. */
export function dayOf(report: DailyReport): Date {
  return new Date(`${report.day}T12:00:00Z`);
}

/** A finding and the cluster it is about, if it is about one. */
export interface Placed {
  finding: ReportFinding;
  cluster?: string;
  red: boolean;
}

/** Every finding of a report, red first, otherwise in the report's order. */
export function placed(report: Report): Placed[] {
  const red = (finding: ReportFinding) => !isFinding(finding);
  const all: Placed[] = report.findings.map((finding) => ({ finding, red: red(finding) }));
  if (report.kind === "daily")
    for (const { cluster, findings } of report.clusters)
      for (const finding of findings) all.push({ finding, cluster, red: red(finding) });
  return [...all.filter((one) => one.red), ...all.filter((one) => !one.red)];
}
