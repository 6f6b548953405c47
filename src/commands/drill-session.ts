/** What `lakat drill run` and `lakat drill sabotage` do around their drills. */
import type { TestedCluster } from "../config.ts";
import type { Fault, Finding } from "../fault.ts";
import { destroyAbandoned } from "../restore-test/abandoned-cluster.ts";
import type { DrillReport } from "../seal/report.ts";
import { clustersNamed } from "./clusters-named.ts";
import { text, type Call, type Outcome } from "./command.ts";
import { loadConfigFor } from "./config-file.ts";
import { openBench, type Bench } from "./drill-preparation.ts";
import { watchDrill, type DrillWatcher } from "./drill-watcher.ts";
import { drillsIn } from "./history.ts";
import { lockHost } from "./host-lock.ts";
import { looksOf } from "./report-looks.ts";
import { daysBefore, openReporting, type Reporting } from "./reporting.ts";

/** Reports of so many days are looked through for earlier results. */
const HISTORY_DAYS = 120;

export interface DrillSession {
  bench: Bench;
  /** That of --cluster, or all that are configured. */
  clusters: TestedCluster[];
  reporting: Reporting;
  watcher: DrillWatcher;
  /** Of the keys, and of reports that waited. */
  findings: Finding[];
}

/**
 * Hands `work` what it needs, alone on this host, after what a killed run left is removed and what it could not send is
 * sent. Throws CONFIG_…, KEY_FILE_…, SECRET_MISSING, USAGE, DRILL_RUNNING, and what `work` throws.
 */
export async function drillSession(
  call: Call,
  work: (session: DrillSession) => Promise<Outcome>,
): Promise<Outcome> {
  const config = await loadConfigFor(call, "restore-test");
  const bench = await openBench(call, config);
  const clusters = clustersNamed(config.clusters, text(call, "cluster"));
  const release = await lockHost("drill", config.state_directory);
  const watcher = watchDrill(call, config.log.level);
  try {
    for (const folder of await destroyAbandoned(config.scratch.directory)) watcher.removed(folder);
    const reporting = await openReporting(call, config, looksOf(config).render);
    const findings = [...bench.findings, ...(await reporting.flush()).findings];
    return await work({ bench, clusters, reporting, watcher, findings });
  } finally {
    watcher.end();
    await release();
  }
}

/** The kept reports that count, the restore tests of this cluster among them, oldest first, and what is damaged. */
export async function earlierResults(
  reporting: Reporting,
  cluster: TestedCluster,
  now: Date,
): Promise<Awaited<ReturnType<Reporting["history"]>> & { drills: DrillReport[] }> {
  const history = await reporting.history(daysBefore(now, HISTORY_DAYS));
  return {
    ...history,
    drills: drillsIn(history.reports).filter((report) => report.cluster === cluster.name),
  };
}

/** `signal`, and `fault` as its reason when `ms` are over. */
export function limited(signal: AbortSignal, ms: number, fault: Fault): AbortSignal {
  const stop = new AbortController();
  AbortSignal.timeout(ms).addEventListener("abort", () => stop.abort(fault));
  return AbortSignal.any([signal, stop.signal]);
}
