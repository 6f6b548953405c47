/** What the board shows: computed when it is looked at, from what is known and the clock. Pure. */
import { isFinding } from "../fault.ts";
import { calendarDays, CLOCK_TOLERANCE_MS, instantText, spanText } from "../report/span.ts";
import type { ReportFinding, Verdict } from "../seal/report.ts";
import type { DailyFacts, DrillFacts, Facts, ManifestFacts, SabotageFacts } from "./evidence.ts";

/** Worst last. A missing report is red by the clock alone. */
export type Light = "green" | "amber" | "red";

export interface Board {
  now: Date;
  /** The worst of all. */
  verdict: Light;
  clusters: ClusterBoard[];
  /** The newest daily report. */
  daily?: { id: string; at: Date; verdict: Verdict };
  /** The newest sabotage run. */
  sabotage?: { id: string; at: Date; verdict: Verdict; cases: number; missed: number };
  /** Of all clusters and of the day, red before amber. */
  findings: BoardFinding[];
}

/** Its texts come from signed reports, or from the board itself; they are English. */
export interface BoardFinding {
  light: Exclude<Light, "green">;
  /** Undefined: of the day. */
  cluster?: string;
  /** A code of src/fault.ts, or REPORT_MISSING, which the board alone says. */
  code: string;
  what: string;
  todo: string;
  /** Id of the report that says so. */
  report?: string;
}

export interface ClusterBoard {
  cluster: string;
  light: Light;
  why: { code: string; what: string; todo: string }[];
  /** The newest backup that was restored and found right. */
  newestProved?: { backup: string; committed: Date };
  newestBackup?: { backup: string; committed: Date };
  restore?: { seconds: number; target?: number };
  /** Oldest first. */
  trend: { at: Date; bytes: number; rows?: number; restoreSeconds?: number }[];
  /** The last 90 calendar days in the organisation's time zone; `report`: id of the day's. */
  days: { day: string; light: Light | "none"; report?: string }[];
}

export interface BoardRules {
  /** A newest proved backup, or a daily report, that is older is red; milliseconds. */
  expectMs: number;
  /** Those that must be there, also when nothing was ever heard of them. */
  clusters: readonly string[];
  /** IANA name. */
  timeZone: string;
}

const DAY_MS = 86_400_000;
const DAYS = 90;
const LIGHTS: Record<Verdict, Light> = { passed: "green", findings: "amber", failed: "red" };

/**
 * The board as it is now. What did not come is as bad as what came and is red, so that no silence looks like a good
 * night; what says that it is from the future counts for nothing.
 */
export function boardOf(facts: readonly Facts[], rules: BoardRules, now: Date): Board {
  const known = facts
    .filter(({ at }) => at.getTime() <= now.getTime() + CLOCK_TOLERANCE_MS)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  const dailies = known.filter((one) => one.kind === "daily");
  const heard = known.flatMap((one) => ("cluster" in one ? [one.cluster] : []));
  const names = [...new Set([...rules.clusters, ...heard])].sort();
  const dayOf = calendarDays(rules.timeZone);
  const parts = names.map((name) => clusterOf(name, known, dailies, rules, dayOf, now));
  const daily = dailies.at(-1);
  const sabotage = known.findLast((one): one is SabotageFacts => one.kind === "sabotage");
  const ofDay = dayFindings(daily, rules, now);
  const isTold = ofDay.some(({ code }) => code === "SABOTAGE_MISSED");
  const findings = [
    ...ofDay,
    ...(isTold ? [] : sabotageFindings(sabotage)),
    ...parts.flatMap((part) => part.findings),
  ];
  const rank = (light: Light): number => (light === "red" ? 0 : 1);
  return {
    now,
    verdict: names.length === 0 ? "red" : worst(findings),
    clusters: parts.map(({ board }) => board),
    ...(daily && { daily: { id: daily.id, at: daily.at, verdict: daily.verdict } }),
    ...(sabotage && {
      sabotage: {
        id: sabotage.id,
        at: sabotage.at,
        verdict: sabotage.verdict,
        cases: sabotage.cases,
        missed: sabotage.missed,
      },
    }),
    findings: findings.sort((a, b) => rank(a.light) - rank(b.light)),
  };
}

function worst(findings: readonly BoardFinding[]): Light {
  if (findings.some(({ light }) => light === "red")) return "red";
  return findings.length > 0 ? "amber" : "green";
}

function dayFindings(daily: DailyFacts | undefined, { expectMs }: BoardRules, now: Date): BoardFinding[] {
  const age = daily === undefined ? Infinity : now.getTime() - daily.at.getTime();
  const own = (daily?.findings ?? []).map((finding) => told(finding, daily?.id));
  if (age <= expectMs) return own;
  const missing: BoardFinding = {
    light: "red",
    code: "REPORT_MISSING",
    what:
      daily === undefined
        ? "no daily report has come yet"
        : `the newest daily report is ${spanText(age)} old (${instantText(daily.at)}); one is expected every ${spanText(expectMs)}`,
    todo: "See on the restore-test host whether `lakat report daily` and `lakat evidence push` run (`journalctl --unit=lakat-report-daily`).",
  };
  return [missing, ...own];
}

/** While the alarm fails, no green restore test says anything; the next daily report repeats it. */
function sabotageFindings(sabotage: SabotageFacts | undefined): BoardFinding[] {
  if (sabotage?.verdict !== "failed") return [];
  return [
    {
      light: "red",
      code: "SABOTAGE_MISSED",
      what: `the restore test got ${sabotage.missed} of ${sabotage.cases} sabotaged backups wrong`,
      todo: `Trust no green restore test until it is found out why: \`lakat drill show ${sabotage.id}\`.`,
      report: sabotage.id,
    },
  ];
}

function clusterOf(
  cluster: string,
  known: readonly Facts[],
  dailies: readonly DailyFacts[],
  rules: BoardRules,
  dayOf: (at: Date) => string,
  now: Date,
): { board: ClusterBoard; findings: BoardFinding[] } {
  const drills = known.filter((one): one is DrillFacts => one.kind === "drill" && one.cluster === cluster);
  const manifests = known.filter(
    (one): one is ManifestFacts => one.kind === "manifest" && one.cluster === cluster,
  );
  const proving = drills.filter(({ proves, backup }) => proves && backup !== undefined);
  const proof = newest(proving, ({ backup }) => backup?.committed);
  const backups = [
    ...manifests.map(({ id, at }) => ({ backup: id, committed: at })),
    ...drills.flatMap(({ backup }) =>
      backup === undefined ? [] : [{ backup: backup.id, committed: backup.committed }],
    ),
  ];
  const newestBackup = newest(backups, ({ committed }) => committed);
  const newestProved = proof?.backup && { backup: proof.backup.id, committed: proof.backup.committed };
  const findings = distinct([
    ...overdue(cluster, newestBackup?.committed, newestProved?.committed, rules, now),
    ...reported(cluster, drills.at(-1), dailies.at(-1)),
  ]).map((finding) => ({ ...finding, cluster }));
  const seconds = proof?.measures?.restoreSeconds;
  const target = proof?.measures?.rtoSeconds;
  return {
    findings,
    board: {
      cluster,
      light: worst(findings),
      why: findings.map(({ code, what, todo }) => ({ code, what, todo })),
      ...(newestProved && { newestProved }),
      ...(newestBackup && { newestBackup }),
      ...(seconds !== undefined && { restore: { seconds, ...(target !== undefined && { target }) } }),
      trend: trendOf(drills, manifests, now),
      days: daysOf(cluster, drills, dailies, dayOf, now),
    },
  };
}

function newest<T>(of: readonly T[], at: (one: T) => Date | undefined): T | undefined {
  const time = (one: T): number => at(one)?.getTime() ?? -Infinity;
  return of.reduce<T | undefined>(
    (best, one) => (best === undefined || time(one) >= time(best) ? one : best),
    undefined,
  );
}

/** By the clock alone: this is what a report that never comes cannot say. */
function overdue(
  cluster: string,
  backup: Date | undefined,
  proved: Date | undefined,
  { expectMs }: BoardRules,
  now: Date,
): BoardFinding[] {
  const age = (at: Date | undefined): number => (at === undefined ? Infinity : now.getTime() - at.getTime());
  if (age(backup) > expectMs)
    return [
      {
        light: "red",
        code: "BACKUP_OVERDUE",
        what:
          backup === undefined
            ? `no backup of ${cluster} is known`
            : `the newest backup of ${cluster} is ${spanText(age(backup))} old; one is expected every ${spanText(expectMs)}`,
        todo: "See on the backup host why it did not run (`journalctl --unit=lakat-backup`), and run `lakat backup run` now.",
      },
    ];
  if (age(proved) <= expectMs) return [];
  return [
    {
      light: "red",
      code: "DRILL_OVERDUE",
      what:
        proved === undefined
          ? `no backup of ${cluster} has passed a restore test that is known here`
          : `the newest backup of ${cluster} that passed a restore test is ${spanText(age(proved))} old, more than ${spanText(expectMs)}`,
      todo: `See why the restore test did not run or did not pass (\`lakat drill list --cluster ${cluster}\`), and run \`lakat drill run --cluster ${cluster}\`.`,
    },
  ];
}

/** What the newest restore test and the newest daily report say of the cluster. */
function reported(
  cluster: string,
  drill: DrillFacts | undefined,
  daily: DailyFacts | undefined,
): BoardFinding[] {
  const part = daily?.clusters.find((one) => one.cluster === cluster);
  const failed: BoardFinding[] =
    drill?.verdict !== "failed" || drill.findings.some((one) => !isFinding(one))
      ? []
      : [
          {
            light: "red",
            code: "DRILL_FAILED",
            what: `the restore test ${drill.id} of ${cluster} failed`,
            todo: `See \`lakat drill show ${drill.id}\`.`,
            report: drill.id,
          },
        ];
  return [
    ...failed,
    ...(drill?.findings ?? []).map((finding) => told(finding, drill?.id)),
    ...(part?.findings ?? []).map((finding) => told(finding, daily?.id)),
  ];
}

function told(finding: ReportFinding, report: string | undefined): BoardFinding {
  const { code, what, todo } = finding;
  return { light: isFinding(finding) ? "amber" : "red", code, what, todo, ...(report && { report }) };
}

/** The first of those that say the same; overdue is said once, as it stands now. */
function distinct(findings: readonly BoardFinding[]): BoardFinding[] {
  const said = new Set<string>();
  return findings.filter(({ code, what }) => {
    const key = code === "BACKUP_OVERDUE" || code === "DRILL_OVERDUE" ? code : `${code} ${what}`;
    return !said.has(key) && said.add(key);
  });
}

/** One point for each backup, oldest first: what its restore test measured, else its size alone. */
function trendOf(
  drills: readonly DrillFacts[],
  manifests: readonly ManifestFacts[],
  now: Date,
): ClusterBoard["trend"] {
  const points = new Map<string, ClusterBoard["trend"][number]>();
  for (const { id, at, bytes } of manifests) points.set(id, { at, bytes });
  for (const { backup, measures } of drills)
    if (backup !== undefined && measures !== undefined)
      points.set(backup.id, {
        at: backup.committed,
        bytes: measures.bytes,
        ...(measures.rows !== undefined && { rows: measures.rows }),
        ...(measures.restoreSeconds !== undefined && { restoreSeconds: measures.restoreSeconds }),
      });
  return [...points.values()]
    .filter(({ at }) => now.getTime() - at.getTime() < DAYS * DAY_MS)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** A day is as its daily report says; without one, as its last restore test. */
function daysOf(
  cluster: string,
  drills: readonly DrillFacts[],
  dailies: readonly DailyFacts[],
  dayOf: (at: Date) => string,
  now: Date,
): ClusterBoard["days"] {
  const known = new Map<string, { light: Light; report: string }>();
  for (const { id, at, verdict } of drills) known.set(dayOf(at), { light: LIGHTS[verdict], report: id });
  for (const { id, day, clusters } of dailies) {
    const part = clusters.find((one) => one.cluster === cluster);
    if (part !== undefined) known.set(day, { light: LIGHTS[part.verdict], report: id });
  }
  const today = Date.parse(`${dayOf(now)}T00:00:00Z`);
  return Array.from({ length: DAYS }, (_, i) => {
    const day = new Date(today - (DAYS - 1 - i) * DAY_MS).toISOString().slice(0, 10);
    return { day, ...(known.get(day) ?? { light: "none" as const }) };
  });
}
