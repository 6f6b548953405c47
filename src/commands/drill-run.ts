/** `lakat drill run`: restores each cluster's newest untested backup, or one that is named, and reports on it. */
import type { RestoreTestConfig, TestedCluster } from "../config.ts";
import { asFault, Fault, isFinding, type Finding } from "../fault.ts";
import { findBackup } from "../restore-test/catalogue.ts";
import { drill, drillFault } from "../restore-test/drill.ts";
import { isDue, isOldNews } from "../restore-test/due.ts";
import { backupKeyFrom } from "../restore-test/unlock.ts";
import type { DrillReport } from "../seal/report.ts";
import { VERSION } from "../version.ts";
import { clustersNamed } from "./clusters-named.ts";
import { flag, text, type Call, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { usableDayKeys } from "./day-key-files.ts";
import { endDayKeys, type EndedDayKeys } from "./day-key-life.ts";
import { drillRequest } from "./drill-preparation.ts";
import { drillSession, earlierResults, limited, type DrillSession } from "./drill-session.ts";
import { drillsIn } from "./history.ts";
import { readPrivateFile } from "./key-files.ts";
import { durationText } from "./progress.ts";
import { looksOf, pointsOf } from "./report-looks.ts";

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

async function run(call: Call): Promise<Outcome> {
  if (call.positionals[0] === undefined && text(call, "backup-key") !== undefined)
    throw new Fault(
      "USAGE",
      "--backup-key opens one backup, and none is named",
      "Name it: lakat drill run BACKUP --backup-key FILE.",
    );
  return drillSession(call, async (session) => {
    const made: Made[] = [];
    const settled: Settled[] = [];
    for (const cluster of await chosen(call, session)) {
      const one = await drillOne(call, session, cluster);
      if ("report" in one) made.push(one);
      else settled.push(one);
    }
    const ended = await endKeys(call, session);
    return outcome(call, session, made, settled, ended);
  });
}

interface Made {
  report: DrillReport;
  sha256: string;
  /** Undefined when the disk would not have it. */
  page: string | undefined;
  findings: Finding[];
  fault: Fault | undefined;
}

/** A cluster of which nothing was due: what was said before, and what is wrong beside its newest backup. */
interface Settled {
  line: string;
  findings: Finding[];
}

/**
 * A backup that is named tells by itself which cluster it is of. One that is not there is a slip of the caller's,
 * and no red result of the cluster's. Throws USAGE then; for several clusters whatever else keeps it from being found.
 */
async function chosen(call: Call, { bench, clusters }: DrillSession): Promise<TestedCluster[]> {
  const [id] = call.positionals;
  if (id === undefined) return clusters;
  const only = clusters.length === 1 ? clusters[0] : undefined;
  try {
    const { manifest } = await findBackup(
      bench.source,
      { id, cluster: only?.name },
      bench.trust,
      call.signal,
    );
    return clustersNamed(clusters, manifest.cluster);
  } catch (error) {
    call.signal.throwIfAborted();
    const fault = asFault(error);
    if (fault.code === "BACKUP_NOT_FOUND")
      throw new Fault("USAGE", fault.message, "See `lakat backup list`.", { cause: error });
    // What else is wrong with a backup that is there is told by its report.
    if (fault.code === "USAGE" || only === undefined) throw error;
    return clusters;
  }
}

async function drillOne(
  call: Call,
  { bench, reporting, watcher }: DrillSession,
  cluster: TestedCluster,
): Promise<Made | Settled> {
  const { config } = bench;
  const now = call.now();
  const past = await earlierResults(reporting, cluster, now);
  const file = text(call, "backup-key");
  const carriedKey =
    file === undefined ? undefined : backupKeyFrom((await readPrivateFile(file)).toString("utf8"), file);
  watcher.cluster(cluster.name);
  let newest = "";
  const beside: Finding[] = [];
  const draft = await drill({
    ...drillRequest(bench, cluster, pointsOf(past.reports), call.now),
    id: call.positionals[0],
    due: (backupId) => {
      newest = backupId;
      return flag(call, "again") || isDue(past.drills, backupId);
    },
    beside: (findings) => void beside.push(...findings),
    dayKeys: config.day_keys === undefined ? [] : (await usableDayKeys(config.day_keys.directory)).keys,
    carriedKey,
    lakatVersion: VERSION,
    watch: watcher,
    signal: limited(call.signal, config.scratch.time_limit, overTime(config)),
  });
  if (draft === undefined || isOldNews(draft, past.drills, cluster.backup_every, now))
    return {
      line: saidBefore(
        cluster,
        past.drills.findLast((report) => draft !== undefined || report.backup?.id === newest),
      ),
      findings: beside,
    };
  const { report, sha256, page, findings } = await reporting.publish(draft);
  if (report.kind !== "drill") throw new Error("another report came back");
  watcher.done(report);
  const fault = draft.verdict === "failed" ? drillFault(draft) : undefined;
  return { report, sha256, page, findings: [...past.findings, ...findings], fault };
}

/** Whoever mended something and runs this once more must not take "nothing was due" for green. */
function saidBefore({ name }: TestedCluster, report: DrillReport | undefined): string {
  if (report === undefined) return `${name}: nothing was due`;
  const { id, backup, verdict } = report;
  if (backup === undefined) return `${name}: there is still no backup to test, as report ${id} says`;
  return verdict === "failed"
    ? `${name}: ${backup.id} was tested and FAILED (report ${id}); to test it once more: lakat drill run --cluster ${name} --again`
    : `${name}: ${backup.id} was tested and passed (report ${id})`;
}

/** Day keys whose backups have all passed, or whose limit is reached, go with the day's work. */
async function endKeys(call: Call, { bench, reporting }: DrillSession): Promise<EndedDayKeys> {
  const { config, source, trust } = bench;
  if (config.day_keys === undefined) return { destroyed: [], findings: [], fault: undefined };
  return endDayKeys({
    folder: config.day_keys.directory,
    clusters: config.clusters.map(({ name }) => name),
    store: async () => ({ source, trust }),
    drills: async () => drillsIn((await reporting.history()).reports),
    now: call.now(),
    signal: call.signal,
  });
}

function outcome(
  call: Call,
  { bench, findings }: DrillSession,
  made: Made[],
  settled: Settled[],
  ended: EndedDayKeys,
): Outcome {
  const looks = looksOf(bench.config);
  const texts = made.map(({ report, page }) => `${looks.text(report, call)}\n\npage: ${page ?? "not kept"}`);
  const found = made.flatMap(({ report }) => report.findings.filter(isFinding));
  return {
    text: [
      ...texts,
      [...(texts.length === 0 ? ["nothing was due"] : []), ...settled.map(({ line }) => line)].join("\n"),
    ]
      .filter((text) => text !== "")
      .join("\n\n"),
    json: { drills: made.map(({ report, sha256, page }) => ({ sha256, page, report })) },
    findings: [
      ...findings,
      ...ended.findings,
      ...found,
      ...[...made, ...settled].flatMap((one) => one.findings),
    ],
    fault: made.find((one) => one.fault !== undefined)?.fault ?? ended.fault,
  };
}

function overTime({ scratch }: RestoreTestConfig): Fault {
  return new Fault(
    "TIME_LIMIT",
    `the restore test took longer than ${durationText(scratch.time_limit / 1000)}`,
    "Raise scratch.time_limit, or look what made it slow.",
  );
}
