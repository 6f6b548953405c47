/** `lakat drill run`: restores each cluster's newest untested backup, or one that is named, and reports on it. */
import type { RestoreTestConfig, TestedCluster } from "../config.ts";
import { CODES, Fault, type Code, type Finding } from "../fault.ts";
import { destroyAbandoned } from "../restore-test/abandoned-cluster.ts";
import { findBackup } from "../restore-test/catalogue.ts";
import { drill, drillFault } from "../restore-test/drill.ts";
import { backupKeyFrom } from "../restore-test/unlock.ts";
import type { DrillReport } from "../seal/report.ts";
import { VERSION } from "../version.ts";
import { flag, text, type Call, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { readDayKeys } from "./day-key-files.ts";
import { endDayKeys, type EndedDayKeys } from "./day-key-life.ts";
import { drillRequest, openBench, type Bench } from "./drill-preparation.ts";
import { watchDrill, type DrillWatcher } from "./drill-watcher.ts";
import { lockHost } from "./host-lock.ts";
import { readPrivateFile } from "./key-files.ts";
import { durationText } from "./progress.ts";
import { looksOf, pointsOf } from "./report-looks.ts";
import { openReporting, type Reporting } from "./reporting.ts";

export const command: Command = {
  usage: `[BACKUP] [options]

  BACKUP               its id or the beginning of it; default: of each
                       cluster the newest, unless it has been tested already
  --cluster NAME       only this cluster
  --again              test the newest even if it has been tested
  --backup-key FILE    this backup's own key, carried from the offline machine,
                       when its day key is gone
                       (age -d -i recovery.key key.age > FILE)
${CONFIG_USAGE}`,
  options: {
    ...CONFIG_OPTION,
    cluster: { type: "string" },
    again: { type: "boolean" },
    "backup-key": { type: "string" },
  },
  positionals: 1,
  run,
};

/** Reports of so many days are looked through for earlier results. */
const HISTORY_DAYS = 120;
const DAY_MS = 86_400_000;

async function run(call: Call): Promise<Outcome> {
  const config = await loadConfigFor(call, "restore-test");
  const bench = await openBench(call, config);
  const release = await lockHost("drill", config.state_directory);
  const watcher = watchDrill(call, config.log.level);
  try {
    for (const folder of await destroyAbandoned(config.scratch.directory)) watcher.removed(folder);
    const reporting = await openReporting(call, config, looksOf(config).render);
    const findings: Finding[] = [...bench.findings, ...(await reporting.flush()).findings];
    const made: Made[] = [];
    for (const [cluster, id] of await chosen(call, bench)) {
      const one = await drillOne(call, bench, reporting, cluster, id, watcher);
      if (one !== undefined) made.push(one);
    }
    const ended = await endKeys(call, bench, reporting);
    findings.push(...ended.findings);
    return outcome(call, config, made, findings, ended.fault);
  } finally {
    watcher.end();
    await release();
  }
}

interface Made {
  report: DrillReport;
  sha256: string;
  /** Undefined when the disk would not have it. */
  page: string | undefined;
  findings: Finding[];
  fault: Fault | undefined;
}

/** Clusters to look at, each with the backup that was named, if one was. */
async function chosen(call: Call, bench: Bench): Promise<[TestedCluster, string | undefined][]> {
  const [id] = call.positionals;
  let name = text(call, "cluster");
  if (id === undefined && text(call, "backup-key") !== undefined)
    throw new Fault(
      "USAGE",
      "--backup-key opens one backup, and none is named",
      "Name it: lakat drill run BACKUP --backup-key FILE.",
    );
  if (id !== undefined && name === undefined && bench.config.clusters.length > 1) {
    name = (await findBackup(bench.source, { id }, bench.trust, call.signal)).manifest.cluster;
  }
  const clusters = bench.config.clusters.filter((cluster) => name === undefined || cluster.name === name);
  if (clusters.length === 0)
    throw new Fault(
      "USAGE",
      `the configuration tests no cluster ${name ?? ""}`,
      `It tests ${bench.config.clusters.map((cluster) => cluster.name).join(", ")}.`,
    );
  return clusters.map((cluster) => [cluster, id]);
}

async function drillOne(
  call: Call,
  bench: Bench,
  reporting: Reporting,
  cluster: TestedCluster,
  id: string | undefined,
  watcher: DrillWatcher,
): Promise<Made | undefined> {
  const { config } = bench;
  const now = call.now();
  const history = await reporting.history(new Date(now.getTime() - HISTORY_DAYS * DAY_MS));
  const past = history.reports
    .map(({ report }) => report)
    .filter((report) => report.kind === "drill")
    .filter((report) => report.cluster === cluster.name);
  const limit = AbortSignal.timeout(config.scratch.time_limit);
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  limit.addEventListener("abort", () => stop.abort(overTime(config)));
  const file = text(call, "backup-key");
  const carriedKey =
    file === undefined ? undefined : backupKeyFrom((await readPrivateFile(file)).toString("utf8"), file);
  watcher.cluster(cluster.name);
  const draft = await drill({
    ...drillRequest(bench, cluster, pointsOf(history.reports), call.now),
    id,
    due: (backupId) => flag(call, "again") || isDue(past, backupId),
    dayKeys: config.day_keys === undefined ? [] : await readDayKeys(config.day_keys.directory),
    carriedKey,
    lakatVersion: VERSION,
    watch: watcher,
    signal,
  });
  if (draft === undefined || (isMissing(draft) && toldAlready(past, cluster, now))) return undefined;
  const { report, sha256, page, findings } = await reporting.publish(draft);
  if (report.kind !== "drill") throw new Error("another report came back");
  watcher.done(report);
  const fault = draft.verdict === "failed" ? drillFault(draft) : undefined;
  return { report, sha256, page, findings: [...history.findings, ...findings], fault };
}

/** What kept a drill from judging the backup says nothing about it: once that is mended, it is tested again. */
const OF_THIS_HOST: ReadonlySet<Code> = new Set<Code>([
  "STORE_UNREACHABLE",
  "STORE_DENIED",
  "STORE_FAILED",
  "STORE_CLOCK_SKEW",
  "TIME_LIMIT",
  "SCRATCH_FULL",
  "PG_MAJOR_MISSING",
  "EXTENSION_MISSING",
  "PROGRAM_MISSING",
  "PG_UNREACHABLE",
  "PG_CONNECTION_LOST",
  "PG_FAILED",
  "CHECK_FAILED",
  "INTERNAL",
]);

/** Whether no report settles what is to be thought of this backup. */
export function isDue(past: DrillReport[], backupId: string): boolean {
  const about = past.filter((report) => report.backup?.id === backupId);
  return !about.some(({ findings }) => findings.every(({ code }) => !OF_THIS_HOST.has(code)));
}

/** There is nothing to test, and that is all there is to say: a store that does not answer is told each time. */
function isMissing({ backup, findings }: Pick<DrillReport, "backup" | "findings">): boolean {
  return backup === undefined && findings.every(({ code }) => code === "BACKUP_OVERDUE" || CODES[code] === 3);
}

/** A backup that is missing is reported once in its interval, not by every run. */
function toldAlready(past: DrillReport[], cluster: TestedCluster, now: Date): boolean {
  const last = past.at(-1);
  return (
    last !== undefined &&
    isMissing(last) &&
    now.getTime() - Date.parse(last.finishedAt) < cluster.backup_every
  );
}

/** Day keys whose backups have all passed, or whose limit is reached, go with the day's work. */
async function endKeys(
  call: Call,
  { config, source, trust }: Bench,
  reporting: Reporting,
): Promise<EndedDayKeys> {
  if (config.day_keys === undefined) return { destroyed: [], findings: [], fault: undefined };
  return endDayKeys({
    folder: config.day_keys.directory,
    clusters: config.clusters.map(({ name }) => name),
    store: async () => ({ source, trust }),
    drills: async () =>
      (await reporting.history()).reports.flatMap(({ report }) => (report.kind === "drill" ? [report] : [])),
    now: call.now(),
    signal: call.signal,
  });
}

function outcome(
  call: Call,
  config: RestoreTestConfig,
  made: Made[],
  findings: Finding[],
  fault: Fault | undefined,
): Outcome {
  const looks = looksOf(config);
  const texts = made.map(({ report, page }) => `${looks.text(report, call)}\n\npage: ${page ?? "not kept"}`);
  const found = made.flatMap(({ report }) => report.findings.filter(isFinding));
  return {
    text: texts.length === 0 ? "every newest backup has been tested; nothing was due" : texts.join("\n\n"),
    json: { drills: made.map(({ report, sha256, page }) => ({ sha256, page, report })) },
    findings: [...findings, ...found, ...made.flatMap((one) => one.findings)],
    fault: made.find((one) => one.fault !== undefined)?.fault ?? fault,
  };
}

function isFinding(finding: DrillReport["findings"][number]): finding is Finding {
  return CODES[finding.code] === 3;
}

function overTime({ scratch }: RestoreTestConfig): Fault {
  return new Fault(
    "TIME_LIMIT",
    `the restore test took longer than ${durationText(scratch.time_limit / 1000)}`,
    "Raise scratch.time_limit, or look what made it slow.",
  );
}
