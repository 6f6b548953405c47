/** `lakat drill sabotage`: tests the alarm itself, with broken copies of a backup that passed. */
import type { TestedCluster } from "../config.ts";
import { Fault, type Finding } from "../fault.ts";
import { proves } from "../report/proved.ts";
import { drill } from "../restore-test/drill.ts";
import { openableBackup, sabotage } from "../restore-test/sabotage.ts";
import { openWorkshop } from "../restore-test/sabotage/open-workshop.ts";
import type { DayKey } from "../seal/day-key.ts";
import { madeAt } from "../seal/made-at.ts";
import type { DrillReport, SabotageReport } from "../seal/report.ts";
import { VERSION } from "../version.ts";
import type { Call, Command, Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { usableDayKeys } from "./day-key-files.ts";
import { drillRequest } from "./drill-preparation.ts";
import { drillSession, earlierResults, limited, type DrillSession } from "./drill-session.ts";
import { durationText } from "./progress.ts";
import { looksOf, pointsOf } from "./report-looks.ts";

export const command: Command = {
  usage: `[options]

  --cluster NAME       only this cluster; default: each that is configured
${CONFIG_USAGE}`,
  options: { ...CONFIG_OPTION, cluster: { type: "string" } },
  run,
};

/** Copies that are restored whole, each in the time of one restore test; all others together take less than one. */
const RESTORES = 5;

async function run(call: Call): Promise<Outcome> {
  return drillSession(call, async (session) => {
    const made: Made[] = [];
    const { day_keys: held } = session.bench.config;
    const { keys, findings } =
      held === undefined ? { keys: [], findings: [] } : await usableDayKeys(held.directory);
    session.findings.push(...findings);
    for (const cluster of session.clusters) {
      const one = await sabotageOne(call, session, cluster, keys);
      session.findings.push(...one.findings);
      if ("report" in one) made.push(one);
    }
    return outcome(call, session, made);
  });
}

interface Made {
  report: SabotageReport;
  sha256: string;
  /** Undefined when the disk would not have it. */
  page: string | undefined;
  findings: Finding[];
}

/**
 * Without a backup to break there is no report: it would pass for a test of the alarm, and none was made. That is a
 * finding now, and the daily report says so too when the last run is too long ago.
 */
async function sabotageOne(
  call: Call,
  { bench, reporting, watcher }: DrillSession,
  cluster: TestedCluster,
  dayKeys: readonly DayKey[],
): Promise<Made | { findings: Finding[] }> {
  const { config } = bench;
  const past = await earlierResults(reporting, cluster, call.now());
  const limit = config.scratch.time_limit * RESTORES;
  const request = {
    ...drillRequest(bench, cluster, pointsOf(past.reports), call.now),
    dayKeys,
    lakatVersion: VERSION,
    watch: watcher,
    signal: limited(call.signal, limit, overTime(limit)),
  };
  const passed = passedOf(past.drills);
  const backupId = await openableBackup(request, passed);
  if (backupId === undefined) return { findings: [...past.findings, nothingToBreak(cluster, passed)] };
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
    return { report, sha256, page, findings: [...past.findings, ...findings] };
  } finally {
    await workshop.close();
  }
}

/** Ids of the backups that a restore test proved, newest first. */
function passedOf(drills: readonly DrillReport[]): string[] {
  const backups = drills.filter(proves).map(({ backup }) => backup);
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

function outcome(call: Call, { bench, findings }: DrillSession, made: Made[]): Outcome {
  const looks = looksOf(bench.config);
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
