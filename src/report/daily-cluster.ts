/** One cluster's part of the daily report: what was expected of it, and what happened. Pure. */
import { isFinding } from "../fault.ts";
import { madeAt } from "../seal/made-at.ts";
import { verdictOf, type DailyCluster, type DrillReport, type ReportFinding } from "../seal/report.ts";
import { proves, type ProvingReport } from "./proved.ts";
import { CLOCK_TOLERANCE_MS, instantText, spanText } from "./span.ts";

/** What the store told of a cluster's newest trusted backup. */
export type Newest =
  | {
      kind: "found";
      id: string;
      /** By the store's clock. */
      committed: Date;
      /** When the backup host finished it, by the signed manifest. */
      finishedAt: Date;
      /** What was wrong with it or beside it, such as a later one that is refused. */
      findings: readonly ReportFinding[];
    }
  | { kind: "none"; findings: readonly ReportFinding[] }
  /** It could not be looked up. */
  | { kind: "unknown"; fault: ReportFinding };

/** What is expected of a cluster, and what its store told. Durations in milliseconds. */
export interface ClusterDay {
  cluster: string;
  backupEvery: number;
  grace: number;
  rto: number | undefined;
  newest: Newest;
}

const JUDGED_ANEW = new Set(["BACKUP_OVERDUE", "DRILL_OVERDUE", "CLOCK_DOUBTFUL", "BACKUP_REFUSED"]);

/**
 * The cluster's part. `drills` are the restore tests of the last days, of any cluster, in any order; one older than
 * backupEvery + 2 × grace still counts as the newest.
 *
 * - BACKUP_OVERDUE: the newest backup is older than backupEvery + grace, or there is none.
 * - DRILL_OVERDUE: the newest backup is older than grace and no restore test has reported on it; or the newest
 *   backup that was proved is older than backupEvery + 2 × grace, or none was ever proved. So also on the first
 *   day: a green day says that the newest backups can be restored.
 * - The findings of the newest restore test, and of the newest one on the newest backup: a test of an old backup
 *   that went well must not hide that last night's failed.
 */
export function clusterDay(now: Date, expected: ClusterDay, drills: readonly DrillReport[]): DailyCluster {
  const { cluster, newest, rto } = expected;
  const own = drills.filter((report) => report.cluster === cluster).sort(newestFirst);
  const onNewest = newest.kind === "found" ? own.find(({ backup }) => backup?.id === newest.id) : undefined;
  const [last] = own;
  const proved = newestProved(own, now);
  const judged = [
    ...backupOverdue(now, expected),
    ...drillOverdue(now, expected, onNewest, proved),
    ...clocks(now, expected, last),
    ...(newest.kind === "unknown" ? [newest.fault] : newest.findings),
  ];
  const carried = [...new Set([last, onNewest])].flatMap((report) =>
    report === undefined ? [] : carriedFrom(report),
  );
  const findings = distinct([
    ...judged,
    // The night's restore test may have said the same of the same backup: told once, as it stands now.
    ...carried.filter(({ code }) => !JUDGED_ANEW.has(code) || judged.every((one) => one.code !== code)),
  ]);
  return {
    cluster,
    verdict: verdictOf(findings),
    ...(newest.kind === "found"
      ? { newestBackup: { id: newest.id, committed: newest.committed.toISOString() } }
      : {}),
    ...(proved === undefined ? {} : { proved: provedOf(proved) }),
    ...(last === undefined ? {} : { drill: drillOf(last) }),
    ...(rto === undefined ? {} : { rtoSeconds: rto / 1000 }),
    findings,
  };
}

function provedOf({ backup, id, measures }: ProvingReport): NonNullable<DailyCluster["proved"]> {
  const restoreSeconds = measures?.restoreSeconds;
  return {
    backup: backup.id,
    committed: backup.committed,
    report: id,
    ...(restoreSeconds === undefined ? {} : { restoreSeconds }),
  };
}

function drillOf({ id, backup, verdict, finishedAt }: DrillReport): NonNullable<DailyCluster["drill"]> {
  return { report: id, ...(backup === undefined ? {} : { backup: backup.id }), verdict, finishedAt };
}

function newestFirst(a: DrillReport, b: DrillReport): number {
  return Date.parse(b.finishedAt) - Date.parse(a.finishedAt) || (a.id < b.id ? 1 : -1);
}

/** A backup dated in the future would stay the newest proved one until that day comes. */
function newestProved(own: readonly DrillReport[], now: Date): ProvingReport | undefined {
  const latest = now.getTime() + CLOCK_TOLERANCE_MS;
  return own
    .filter(proves)
    .filter(({ backup }) => madeAt(backup) <= latest)
    .sort((a, b) => madeAt(b.backup) - madeAt(a.backup) || newestFirst(a, b))[0];
}

function backupOverdue(now: Date, { cluster, backupEvery, grace, newest }: ClusterDay): ReportFinding[] {
  const todo =
    "See on the backup host why it did not run (`journalctl --unit=lakat-backup`), and run `lakat backup run` now.";
  if (newest.kind === "none")
    return [{ code: "BACKUP_OVERDUE", what: `the store holds no backup of ${cluster} to be trusted`, todo }];
  if (newest.kind === "unknown") return [];
  const age = now.getTime() - madeAt(newest);
  if (age <= backupEvery + grace) return [];
  return [
    {
      code: "BACKUP_OVERDUE",
      what: `the newest backup of ${cluster} (${newest.id}) is ${spanText(age)} old; one is expected every ${spanText(backupEvery)}, at most ${spanText(grace)} late`,
      todo,
    },
  ];
}

function drillOverdue(
  now: Date,
  { cluster, backupEvery, grace, newest }: ClusterDay,
  onNewest: DrillReport | undefined,
  proved: ProvingReport | undefined,
): ReportFinding[] {
  const todo = `See why the restore test did not run or did not pass (\`lakat drill list --cluster ${cluster}\`), and run \`lakat drill run --cluster ${cluster}\`.`;
  const findings: ReportFinding[] = [];
  const say = (what: string): void => void findings.push({ code: "DRILL_OVERDUE", what, todo });
  const age = newest.kind === "found" ? now.getTime() - madeAt(newest) : 0;
  if (newest.kind === "found" && onNewest === undefined && age > grace)
    say(
      `the newest backup of ${cluster} (${newest.id}) is ${spanText(age)} old and has had no restore test; one is due within ${spanText(grace)}`,
    );
  const provedAge = proved === undefined ? Infinity : now.getTime() - madeAt(proved.backup);
  // Where there is no backup there is nothing to test; that is said already.
  if (newest.kind === "none" || provedAge <= backupEvery + 2 * grace) return findings;
  say(
    proved === undefined
      ? `no backup of ${cluster} has passed a restore test that is known here`
      : `the newest backup of ${cluster} that passed a restore test (${proved.backup.id}) is ${spanText(provedAge)} old, more than ${spanText(backupEvery + 2 * grace)}`,
  );
  return findings;
}

function clocks(now: Date, { cluster, newest }: ClusterDay, last: DrillReport | undefined): ReportFinding[] {
  const latest = now.getTime() + CLOCK_TOLERANCE_MS;
  const findings: ReportFinding[] = [];
  const say = (what: string, todo: string): void =>
    void findings.push({ code: "CLOCK_DOUBTFUL", what, todo });
  if (newest.kind === "found") {
    const { id, committed, finishedAt } = newest;
    if (committed.getTime() > latest)
      say(
        `the backup ${id} of ${cluster} was committed in the future (${instantText(committed)} by the store's clock)`,
        "Set the clock of this host, or ask the store's provider about theirs.",
      );
    if (finishedAt.getTime() > committed.getTime() + CLOCK_TOLERANCE_MS)
      say(
        `the backup ${id} of ${cluster} says it was finished after the store had it (${instantText(finishedAt)} against ${instantText(committed)})`,
        "Set the clock of the backup host.",
      );
  }
  if (last !== undefined && Date.parse(last.finishedAt) > latest)
    say(
      `the restore test ${last.id} of ${cluster} ended in the future (${instantText(new Date(last.finishedAt))})`,
      "Find out which time this host's clock had then and has now.",
    );
  return findings;
}

function carriedFrom({ id, cluster, verdict, findings }: DrillReport): ReportFinding[] {
  if (verdict !== "failed" || !findings.every(isFinding)) return findings;
  const failed: ReportFinding = {
    code: "DRILL_FAILED",
    what: `the restore test ${id} of ${cluster} failed`,
    todo: `See \`lakat drill show ${id}\`.`,
  };
  return [failed, ...findings];
}

function distinct(findings: ReportFinding[]): ReportFinding[] {
  return [...new Map(findings.map((one) => [`${one.code} ${one.what}`, one])).values()];
}
