/**
 * FLOW list → trust → verdicts → decide → remove. What it promises: nothing goes that keep.ts does not let go, nothing
 * that is locked, nothing whose manifest no trusted host signed, and nothing that lies outside of the configured
 * clusters, `reports/` and `day-keys/`. All ages are by the store's clock.
 */
import type { Fault, Finding } from "../fault.ts";
import { DAY_KEYS_FOLDER } from "../seal/day-key.ts";
import { reportsFolder } from "../seal/report-name.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Remover, Source } from "../store/object-store.ts";
import { carryOut, failure, lockedFindings, type Settled } from "./carry-out.ts";
import type { ListedBackup, RefusedBackup } from "./judge.ts";
import type { Keep } from "./keep.ts";
import { agedReports, oldDayKeys, orphanedReports, unfinished } from "./leaving.ts";
import { pruneCluster, settle, type PrunedBackup } from "./prune-cluster.ts";
import { surveyReports } from "./survey.ts";
import { readVerdicts, type ReadReport } from "./verdicts.ts";

export interface PruneMeans {
  source: Source;
  remover: Remover;
  /** Everything that has a manifest's name in a cluster's part of the store. */
  backups: (cluster: string) => AsyncIterable<ListedBackup | RefusedBackup>;
}

export interface PruneRequest {
  clusters: { name: string; keep: Keep }[];
  /** These are all the clusters: what belongs to none alone (day keys, reports of no backup) is looked at too. */
  all: boolean;
  /** Public keys of the restore-test hosts whose verdicts count. */
  restoreTests: readonly VerifyKey[];
  /** Milliseconds after which what has no manifest is taken for dead. */
  unfinishedAfter: number;
  /** False: only says what it would do. */
  remove: boolean;
}

export interface Pruned {
  /** The store's clock when it began. */
  now: Date;
  /** By cluster, newest first. */
  backups: PrunedBackup[];
  /** What goes, or would, backups included. */
  settled: Settled[];
  refused: RefusedBackup[];
  findings: Finding[];
  /** PRUNE_FAILED: what could not be removed kept nothing else from going. */
  fault: Fault | undefined;
}

/**
 * Judges every backup and removes what is due. Throws the store's faults while it looks around, and the signal's reason;
 * what was not removed by then is due the next time too.
 */
export async function prune(means: PruneMeans, request: PruneRequest, signal: AbortSignal): Promise<Pruned> {
  const { remover } = means;
  const now = await remover.now(signal);
  const limit = new Date(now.getTime() - request.unfinishedAfter);
  const carry = carryOut(remover, { remove: request.remove, limit, signal });
  const pruned: Pruned = { now, backups: [], settled: [], refused: [], findings: [], fault: undefined };
  const remaining = new Map<string, Date>();
  const days = new Set<string>();
  const reports: ReadReport[] = [];
  for (const { name, keep } of request.clusters) {
    // Before the backups: then no verdict is about one that came after the list of backups was made.
    const drills = await drillsOf(means, name, request.restoreTests, signal);
    const cluster = await pruneCluster(
      remover,
      means.backups(name),
      { name, keep, reports: drills, now, limit },
      carry,
      signal,
    );
    reports.push(...drills);
    for (const [id, at] of cluster.remaining) remaining.set(id, at);
    for (const day of cluster.days) days.add(day);
    pruned.backups.push(...cluster.backups);
    pruned.settled.push(...cluster.settled);
    pruned.refused.push(...cluster.refused);
    pruned.findings.push(...cluster.findings, ...refusedVerdicts(name, drills));
  }

  const handled = new Set(pruned.settled.map(({ leaving }) => leaving.name));
  const drills = reports.filter(({ report }) => !handled.has(report.folder));
  const rest = [...orphanedReports(drills, new Set(remaining.keys()), limit)];
  const names = request.clusters.map(({ name }) => name);
  if (request.all) {
    const oldest = new Date(Math.min(...[...remaining.values()].map((at) => at.getTime())));
    const others = await reportsOfNoBackup(remover, names, signal);
    if (remaining.size > 0) rest.push(...agedReports([...drills, ...others], oldest));
    rest.push(...oldDayKeys(await dayKeys(remover, signal), days, now));
  }
  for (const below of placesOf(names, request.all)) {
    const uploads = await Array.fromAsync(remover.uploads(`${below}/`, signal));
    rest.push(...unfinished([], uploads, limit));
  }
  for (const leaving of rest) await settle(leaving, carry, pruned.settled);
  pruned.findings.push(...lockedFindings(pruned.settled));
  pruned.fault = failure(pruned.settled);
  return pruned;
}

const drillsBelow = (cluster: string): string => reportsFolder("drill", cluster);
const sabotageBelow = (cluster: string): string => reportsFolder("sabotage", cluster);
const DAILY = reportsFolder("daily", undefined);

/** Where prune looks besides the backups. */
function placesOf(clusters: string[], all: boolean): string[] {
  return [
    ...clusters.map(drillsBelow),
    ...(all ? [...clusters.map(sabotageBelow), DAILY, DAY_KEYS_FOLDER] : []),
  ];
}

async function drillsOf(
  { source, remover }: PruneMeans,
  cluster: string,
  trusted: readonly VerifyKey[],
  signal: AbortSignal,
): Promise<ReadReport[]> {
  const reports = await surveyReports(remover, drillsBelow(cluster), cluster, signal);
  return Array.fromAsync(readVerdicts(source, reports, trusted, signal));
}

async function reportsOfNoBackup(
  remover: Remover,
  clusters: string[],
  signal: AbortSignal,
): Promise<ReadReport[]> {
  const found = await surveyReports(remover, DAILY, undefined, signal);
  for (const name of clusters)
    found.push(...(await surveyReports(remover, sabotageBelow(name), name, signal)));
  return found.map((report) => ({ report, word: undefined, refused: undefined }));
}

/** Keys below `day-keys/` with the bytes of all their versions. */
async function dayKeys(remover: Remover, signal: AbortSignal): Promise<Map<string, number>> {
  const keys = new Map<string, number>();
  for await (const { key, size } of remover.pieces(`${DAY_KEYS_FOLDER}/`, signal))
    keys.set(key, (keys.get(key) ?? 0) + size);
  return keys;
}

/** One finding for all verdicts of a cluster that are not believed. */
function refusedVerdicts(cluster: string, reports: ReadReport[]): Finding[] {
  const refused = reports.flatMap(({ report, refused: fault }) =>
    fault === undefined ? [] : [{ report, fault }],
  );
  const [first] = refused;
  if (first === undefined) return [];
  const { code, message } = first.fault;
  return [
    {
      code: "VERDICT_REFUSED",
      what: `${refused.length} verdicts on backups of ${cluster} are not believed, first in ${first.report.folder} (${code}: ${message})`,
      todo: "If another restore-test host of yours wrote them, add its key to restore_tests; else find out who did.",
    },
  ];
}
