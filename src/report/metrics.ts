/** What Prometheus is told, in its text format, which is OpenMetrics too. Pure. Names: docs/metrics.md. */
import type { DailyCluster, DrillReport, Report, SabotageReport, Verdict } from "../seal/report.ts";
import { proves } from "./proved.ts";

export interface ClusterState {
  cluster: string;
  verdict: Verdict | undefined;
  newestBackup: Date | undefined;
  /** Commit time of the newest backup that was restored and passed. */
  provedBackup: Date | undefined;
  /** When the newest restore test ended, and what it measured. */
  tested: Date | undefined;
  failedChecks: number | undefined;
  restoreSeconds: number | undefined;
  targetSeconds: number | undefined;
  backupSeconds: number | undefined;
  rows: number | undefined;
  sealedBytes: number | undefined;
}

export interface MetricsState {
  clusters: ClusterState[];
  daily: { at: Date; verdict: Verdict } | undefined;
  sabotage: { at: Date; missed: number } | undefined;
  /** Days after today, one after the other, for which a day key is held; undefined where there are none to hold. */
  dayKeysLeft: number | undefined;
  /** Entries in the outbox. */
  waiting: number;
}

const VERDICTS: Verdict[] = ["passed", "findings", "failed"];

/** The state that the kept reports tell of, oldest first; `clusters` are the configured ones. */
export function metricsState(
  reports: readonly Report[],
  clusters: readonly string[],
  { dayKeysLeft, waiting }: Pick<MetricsState, "dayKeysLeft" | "waiting">,
): MetricsState {
  const newest = <K extends Report["kind"]>(kind: K, cluster?: string) =>
    reports.findLast(
      (one): one is Extract<Report, { kind: K }> =>
        one.kind === kind && (one.kind === "daily" || cluster === undefined || one.cluster === cluster),
    );
  const daily = newest("daily");
  const sabotage = newest("sabotage");
  return {
    clusters: clusters.map((cluster) => {
      const day = daily?.clusters.find((one) => one.cluster === cluster);
      const passed = reports.findLast(
        (one): one is DrillReport => one.kind === "drill" && one.cluster === cluster && proves(one),
      );
      return clusterState(cluster, { day, daily: daily?.finishedAt }, newest("drill", cluster), passed);
    }),
    daily: daily === undefined ? undefined : { at: new Date(daily.finishedAt), verdict: daily.verdict },
    sabotage:
      sabotage === undefined ? undefined : { at: new Date(sabotage.finishedAt), missed: missedOf(sabotage) },
    dayKeysLeft,
    waiting,
  };
}

function missedOf({ cases }: SabotageReport): number {
  return cases.filter(({ outcome }) => outcome === "failed").length;
}

/** The verdict is the newer one of the day's and the restore test's. */
function clusterState(
  cluster: string,
  { day, daily }: { day: DailyCluster | undefined; daily: string | undefined },
  drill: DrillReport | undefined,
  passed: DrillReport | undefined,
): ClusterState {
  const later = drill !== undefined && (daily === undefined || drill.finishedAt > daily);
  const measures = drill?.measures;
  return {
    cluster,
    verdict: later ? drill.verdict : (day?.verdict ?? drill?.verdict),
    newestBackup: latest(day?.newestBackup?.committed, drill?.backup?.committed),
    provedBackup: latest(day?.proved?.committed, passed?.backup?.committed),
    tested: drill === undefined ? undefined : new Date(drill.finishedAt),
    failedChecks: drill?.checks.filter(({ outcome }) => outcome === "failed").length,
    restoreSeconds: measures?.restoreSeconds,
    targetSeconds: measures?.rtoSeconds ?? day?.rtoSeconds,
    backupSeconds: measures?.backupSeconds,
    rows: measures?.rows,
    sealedBytes: measures?.bytes,
  };
}

function latest(...instants: (string | undefined)[]): Date | undefined {
  const times = instants.filter((one) => one !== undefined).map((one) => new Date(one).getTime());
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/** The text file. A value that is not known is left out, so that an alert on its absence can fire. */
export function metricsText(state: MetricsState): string {
  const { clusters, daily, sabotage, dayKeysLeft, waiting } = state;
  const byCluster = (value: (one: ClusterState) => number | undefined): Sample[] =>
    clusters.map((one) => [{ cluster: one.cluster }, value(one)]);
  const families = [
    family(
      "lakat_cluster_verdict",
      "1 for the newest verdict on the cluster, 0 for the others.",
      clusters.flatMap(({ cluster, verdict }) => verdictSamples(verdict, { cluster })),
    ),
    family(
      "lakat_backup_newest_timestamp_seconds",
      "When the newest backup was committed, by the store's clock.",
      byCluster((one) => seconds(one.newestBackup)),
    ),
    family(
      "lakat_backup_proved_timestamp_seconds",
      "When the newest backup that was restored and passed was committed, by the store's clock.",
      byCluster((one) => seconds(one.provedBackup)),
    ),
    family(
      "lakat_backup_duration_seconds",
      "How long the newest tested backup took to make.",
      byCluster((one) => one.backupSeconds),
    ),
    family(
      "lakat_backup_sealed_bytes",
      "Sealed size of the newest tested backup in the store.",
      byCluster((one) => one.sealedBytes),
    ),
    family(
      "lakat_backup_rows",
      "Rows in the newest tested backup.",
      byCluster((one) => one.rows),
    ),
    family(
      "lakat_restore_test_timestamp_seconds",
      "When the newest restore test ended.",
      byCluster((one) => seconds(one.tested)),
    ),
    family(
      "lakat_restore_test_failed_checks",
      "Checks that failed in the newest restore test.",
      byCluster((one) => one.failedChecks),
    ),
    family(
      "lakat_restore_duration_seconds",
      "How long the newest restore took, from unlocking to restored.",
      byCluster((one) => one.restoreSeconds),
    ),
    family(
      "lakat_restore_target_seconds",
      "How long a restore may take.",
      byCluster((one) => one.targetSeconds),
    ),
    family("lakat_daily_report_timestamp_seconds", "When the newest daily report was made.", [
      [{}, seconds(daily?.at)],
    ]),
    family(
      "lakat_daily_report_verdict",
      "1 for the verdict of the newest daily report, 0 for the others.",
      verdictSamples(daily?.verdict, {}),
    ),
    family("lakat_sabotage_timestamp_seconds", "When the alarm was tested last.", [
      [{}, seconds(sabotage?.at)],
    ]),
    family("lakat_sabotage_missed_cases", "Broken backups that the newest such test took for good.", [
      [{}, sabotage?.missed],
    ]),
    family("lakat_day_keys_left_days", "Days after today for which a day key is held, without a gap.", [
      [{}, dayKeysLeft],
    ]),
    family("lakat_reports_waiting", "Reports that a channel has not taken yet.", [[{}, waiting]]),
  ];
  return `${families.join("")}# EOF\n`;
}

type Sample = [labels: Record<string, string>, value: number | undefined];

function verdictSamples(verdict: Verdict | undefined, labels: Record<string, string>): Sample[] {
  if (verdict === undefined) return [];
  return VERDICTS.map((one) => [{ ...labels, verdict: one }, one === verdict ? 1 : 0]);
}

function seconds(at: Date | undefined): number | undefined {
  return at === undefined ? undefined : at.getTime() / 1000;
}

/** Nothing at all for a family without a known value. */
function family(name: string, help: string, samples: Sample[]): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === undefined ? [] : [`${name}${labelText(labels)} ${value}\n`],
  );
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`;
}

function labelText(labels: Record<string, string>): string {
  const escaped = (text: string): string =>
    text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
