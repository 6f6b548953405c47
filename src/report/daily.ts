/**
 * The day's summary of all clusters. It goes out whatever happened, also when nothing ran: what did not happen is
 * what it is for. Pure.
 */
import {
  verdictOf,
  type DailyReport,
  type DrillReport,
  type ReportFinding,
  type SabotageReport,
} from "../seal/report.ts";
import { clusterDay, type ClusterDay } from "./daily-cluster.ts";
import { dayKeysRunOut } from "./day-keys.ts";
import { calendarDay, CLOCK_TOLERANCE_MS, instantText, spanText } from "./span.ts";

export interface DayInput {
  now: Date;
  /** IANA name. */
  timeZone: string;
  /** At least one. */
  clusters: readonly ClusterDay[];
  /** Restore tests of the last days, in any order. */
  drills: readonly DrillReport[];
  /** How often a sabotage run is expected, in milliseconds (undefined: not at all), and the newest one. */
  sabotage: { every: number | undefined; newest: SabotageReport | undefined };
  /** UTC days with a key that is held here and published, and how many days ahead they are to be; undefined: not configured. */
  dayKeys: { days: readonly string[]; ahead: number } | undefined;
  /** The store's clock at `now`; undefined where it has none of its own or did not answer. */
  storeClock: Date | undefined;
  /** Of sending earlier reports, of the history. */
  findings: readonly ReportFinding[];
}

/** What whoever publishes a report adds. */
export type DayReport = Omit<
  DailyReport,
  "version" | "id" | "host" | "lakat" | "startedAt" | "finishedAt" | "previous"
>;

/** The day's report. Its verdict is that of all its findings, those of the clusters included. */
export function dayReport(input: DayInput): DayReport {
  const { now, timeZone, drills, sabotage, dayKeys, storeClock } = input;
  const clusters = input.clusters.map((expected) => clusterDay(now, expected, drills));
  const findings = [
    ...input.findings,
    ...clockFindings(now, storeClock),
    ...sabotageFindings(now, sabotage),
    ...(dayKeys === undefined ? [] : dayKeysRunOut(now, dayKeys)),
  ];
  return {
    kind: "daily",
    day: calendarDay(now, timeZone),
    verdict: verdictOf([...findings, ...clusters.flatMap((one) => one.findings)]),
    clusters,
    ...(sabotage.newest === undefined ? {} : { sabotage: sabotageOf(sabotage.newest) }),
    findings,
  };
}

/** A report that waits in the outbox is not brought to anybody by one more report. */
const OF_SENDING = new Set(["REPORT_NOT_SENT", "REPORT_NOT_STORED"]);

/**
 * True when `now` says something that the earlier report of the same day did not: a code that this cluster, or the
 * day as a whole, did not have, and so every worse verdict. Then the earlier one must not stand for the day. What
 * is only about sending does not count.
 */
export function gotWorse(earlier: DayReport, now: DayReport): boolean {
  const known = troubles(earlier);
  return [...troubles(now)].some((one) => !known.has(one));
}

function troubles({ findings, clusters }: DayReport): Set<string> {
  return new Set([
    ...findings.map(({ code }) => code).filter((code) => !OF_SENDING.has(code)),
    ...clusters.flatMap((one) => one.findings.map(({ code }) => `${one.cluster} ${code}`)),
  ]);
}

function clockFindings(now: Date, storeClock: Date | undefined): ReportFinding[] {
  if (storeClock === undefined) return [];
  const ahead = now.getTime() - storeClock.getTime();
  if (Math.abs(ahead) <= CLOCK_TOLERANCE_MS) return [];
  return [
    {
      code: "CLOCK_DOUBTFUL",
      what: `this host's clock is ${spanText(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} the store's (${instantText(now)} against ${instantText(storeClock)}); what is overdue may be judged wrongly`,
      todo: "Set this host's clock and let a time service keep it; if it is right, ask the store's provider.",
    },
  ];
}

function sabotageFindings(now: Date, { every, newest }: DayInput["sabotage"]): ReportFinding[] {
  const findings: ReportFinding[] = [];
  const age = newest === undefined ? undefined : now.getTime() - Date.parse(newest.finishedAt);
  if (every !== undefined && (age === undefined || age > every))
    findings.push({
      code: "SABOTAGE_OVERDUE",
      what: `the alarm was ${age === undefined ? "never tested" : `last tested ${spanText(age)} ago`}; it is to be every ${spanText(every)}`,
      todo: "Run `lakat drill sabotage`, and look why its timer did not.",
    });
  if (newest === undefined) return findings;
  const missed = newest.cases.filter(({ outcome }) => outcome === "failed");
  const own = newest.findings.filter(({ code }) => code !== "SABOTAGE_MISSED");
  if (missed.length > 0 || (newest.verdict === "failed" && verdictOf(own) !== "failed"))
    findings.push({
      code: "SABOTAGE_MISSED",
      what:
        missed.length === 0
          ? `the sabotage run ${newest.id} failed`
          : `the restore test got ${missed.length} of ${newest.cases.length} sabotaged backups wrong (${missed
              .slice(0, 3)
              .map(({ name }) => name)
              .join(", ")}${missed.length > 3 ? ", …" : ""})`,
      todo: `Trust no green restore test until it is found out why: \`lakat drill show ${newest.id}\`.`,
    });
  return [...findings, ...own];
}

function sabotageOf({
  id,
  verdict,
  finishedAt,
  cases,
}: SabotageReport): NonNullable<DailyReport["sabotage"]> {
  const missed = cases.filter(({ outcome }) => outcome === "failed").length;
  return { report: id, verdict, finishedAt, cases: cases.length, missed };
}
