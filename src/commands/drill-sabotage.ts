/** `lakat drill sabotage`: tests the alarm itself, with broken copies of a backup that passed. */
import type { RestoreTestConfig, TestedCluster } from "../config.ts";
import { Fault, type Finding } from "../fault.ts";
import { madeAt, proves } from "../report/proved.ts";
import { destroyAbandoned } from "../restore-test/abandoned-cluster.ts";
import { drill } from "../restore-test/drill.ts";
import { openableBackup, sabotage } from "../restore-test/sabotage.ts";
import { openWorkshop } from "../restore-test/sabotage/open-workshop.ts";
import type { Report, SabotageReport } from "../seal/report.ts";
import { VERSION } from "../version.ts";
import { text, type Call, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { readDayKeys } from "./day-key-files.ts";
import { drillRequest, openBench, type Bench } from "./drill-preparation.ts";
import { watchDrill, type DrillWatcher } from "./drill-watcher.ts";
import { lockHost } from "./host-lock.ts";
import { durationText } from "./progress.ts";
import { looksOf, pointsOf } from "./report-looks.ts";
import { openReporting, type Reporting } from "./reporting.ts";

export const command: Command = {
  usage: `[options]

  --cluster NAME       only this cluster; default: each that is configured
${CONFIG_USAGE}`,
  options: { ...CONFIG_OPTION, cluster: { type: "string" } },
  run,
};

/** Reports of so many days are looked through for what has passed. */
const HISTORY_DAYS = 120;
const DAY_MS = 86_400_000;
/** Copies that are restored whole, each in the time of one restore test; all others together take less than one. */
const RESTORES = 5;

async function run(call: Call): Promise<Outcome> {
  const config = await loadConfigFor(call, "restore-test");
  const bench = await openBench(call, config);
  const clusters = chosen(config, text(call, "cluster"));
  const release = await lockHost("drill", config.state_directory);
  const watcher = watchDrill(call, config.log.level);
  try {
    for (const folder of await destroyAbandoned(config.scratch.directory)) watcher.removed(folder);
    const reporting = await openReporting(call, config, looksOf(config).render);
    const findings: Finding[] = [...bench.findings, ...(await reporting.flush()).findings];
    const made: Made[] = [];
    for (const cluster of clusters) {
      const one = await sabotageOne(call, bench, reporting, cluster, watcher);
      findings.push(...one.findings);
      if ("report" in one) made.push(one);
    }
    return outcome(call, config, made, findings);
  } finally {
    watcher.end();
    await release();
  }
}

interface Made {
  report: SabotageReport;
  sha256: string;
  /** Undefined when the disk would not have it. */
  page: string | undefined;
  findings: Finding[];
}

function chosen({ clusters }: RestoreTestConfig, name: string | undefined): TestedCluster[] {
  const found = clusters.filter((cluster) => name === undefined || cluster.name === name);
  if (found.length > 0) return found;
  throw new Fault(
    "USAGE",
    `the configuration tests no cluster ${name ?? ""}`,
    `It tests ${clusters.map((cluster) => cluster.name).join(", ")}.`,
  );
}

/**
 * Without a backup to break there is no report: it would pass for a test of the alarm, and none was made. That is a
 * finding now, and the daily report says so too when the last run is too long ago.
 */
async function sabotageOne(
  call: Call,
  bench: Bench,
  reporting: Reporting,
  cluster: TestedCluster,
  watcher: DrillWatcher,
): Promise<Made | { findings: Finding[] }> {
  const { config } = bench;
  const history = await reporting.history(new Date(call.now().getTime() - HISTORY_DAYS * DAY_MS));
  const limit = config.scratch.time_limit * RESTORES;
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  AbortSignal.timeout(limit).addEventListener("abort", () => stop.abort(overTime(limit)));
  const request = {
    ...drillRequest(bench, cluster, pointsOf(history.reports), call.now),
    dayKeys: config.day_keys === undefined ? [] : await readDayKeys(config.day_keys.directory),
    lakatVersion: VERSION,
    watch: watcher,
    signal,
  };
  const passed = passedOf(
    history.reports.map(({ report }) => report),
    cluster.name,
  );
  const backupId = await openableBackup(request, passed);
  if (backupId === undefined) return { findings: [...history.findings, nothingToBreak(cluster, passed)] };
  watcher.cluster(cluster.name);
  const workshop = await openWorkshop(config.scratch.directory);
  try {
    const draft = await sabotage({
      drill: request,
      run: drill,
      backupId,
      canary: cluster.canary,
      workshop,
      begins: (name) => watcher.phase(name),
    });
    const { report, sha256, page, findings } = await reporting.publish(draft);
    if (report.kind !== "sabotage") throw new Error("another report came back");
    return { report, sha256, page, findings: [...history.findings, ...findings] };
  } finally {
    await workshop.close();
  }
}

/** Ids of the cluster's backups that a restore test proved, newest first. */
function passedOf(reports: readonly Report[], cluster: string): string[] {
  const proving = reports.filter((report) => report.kind === "drill").filter(proves);
  const backups = proving.filter((report) => report.cluster === cluster).map(({ backup }) => backup);
  return [...new Set(backups.sort((a, b) => madeAt(b) - madeAt(a)).map(({ id }) => id))];
}

function nothingToBreak({ name }: TestedCluster, passed: readonly string[]): Finding {
  return {
    code: "SABOTAGE_OVERDUE",
    what:
      passed.length === 0
        ? `the alarm could not be tested with ${name}: no backup of it has passed a restore test here`
        : `the alarm could not be tested with ${name}: this host holds the day key of none of its backups that passed`,
    todo: "Run `lakat drill run` first, and sabotage on the same day: a day key goes half a day after its day is over.",
  };
}

function outcome(call: Call, config: RestoreTestConfig, made: Made[], findings: Finding[]): Outcome {
  const looks = looksOf(config);
  const texts = made.map(({ report, page }) => {
    const leftOut = (report.leftOut ?? []).map(({ name, why }) => `left out: ${name}: ${why}`);
    return [looks.text(report, call), "", ...leftOut, `report: ${page ?? "not kept"}`].join("\n");
  });
  const missed = made.flatMap(({ report }) =>
    report.findings.map(({ what }) => `${report.cluster}: ${what}`),
  );
  const [first] = missed;
  return {
    text: texts.length === 0 ? "the alarm was not tested" : texts.join("\n\n"),
    json: { sabotage: made.map(({ report, sha256, page }) => ({ sha256, page, report })) },
    findings,
    fault:
      first === undefined
        ? undefined
        : new Fault(
            "SABOTAGE_MISSED",
            `${first}${missed.length > 1 ? ` (and ${missed.length - 1} more)` : ""}`,
            "Do not rely on green restore tests until this is understood; see the report.",
          ),
  };
}

function overTime(limit: number): Fault {
  return new Fault(
    "TIME_LIMIT",
    `sabotage took longer than ${durationText(limit / 1000)}`,
    `Raise scratch.time_limit, of which it has ${RESTORES} times as much, or look what made it slow.`,
  );
}
