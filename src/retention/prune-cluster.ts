/** One cluster's part of the flow in prune.ts: look, judge, decide, carry out. */
import type { Finding } from "../fault.ts";
import { parseBackupId } from "../seal/backup-name.ts";
import type { Remover } from "../store/object-store.ts";
import type { CarryOut, Outcome, Settled } from "./carry-out.ts";
import { judge, proofFindings, type JudgedBackup, type ListedBackup, type RefusedBackup } from "./judge.ts";
import { decide, type Keep } from "./keep.ts";
import { leavingReport, unfinished } from "./leaving.ts";
import { surveyBackups } from "./survey.ts";
import { standings, type ReadReport } from "./verdicts.ts";

export interface PrunedBackup extends JudgedBackup {
  /** Why it stays; empty when it goes. */
  reasons: string[];
  /** Undefined when it stays. */
  going: { because: string; outcome: Outcome } | undefined;
}

export interface PrunedCluster {
  /** Newest first. */
  backups: PrunedBackup[];
  /** What goes, backups included. */
  settled: Settled[];
  /** Of everything that is still there and has a manifest, whoever signed it: id → time. */
  remaining: Map<string, Date>;
  /** Days whose keys these are, or may be, sealed to. */
  days: Set<string>;
  refused: RefusedBackup[];
  findings: Finding[];
}

export interface ClusterRequest {
  name: string;
  keep: Keep;
  /** What the restore tests said of this cluster. */
  reports: ReadReport[];
  /** By the store's clock: now, and when what has no manifest is taken for dead. */
  now: Date;
  limit: Date;
}

/** Throws the store's faults while it looks; what cannot be removed is in the result. */
export async function pruneCluster(
  remover: Remover,
  backups: AsyncIterable<ListedBackup | RefusedBackup>,
  { name, keep, reports, now, limit }: ClusterRequest,
  carry: CarryOut,
  signal: AbortSignal,
): Promise<PrunedCluster> {
  const uploads = await Array.fromAsync(remover.uploads(`${name}/`, signal));
  const folders = await surveyBackups(remover, name, signal);
  const tested = standings(reports.flatMap(({ word }) => word ?? []));
  const judged = new Map<string, JudgedBackup>();
  const pruned: PrunedCluster = {
    backups: [],
    settled: [],
    remaining: new Map(),
    days: new Set(),
    refused: [],
    findings: [],
  };
  for (const { id, committed } of folders.values())
    if (committed !== undefined) pruned.remaining.set(id, committed);
  for await (const backup of backups) {
    if ("fault" in backup) {
      noteRefused(backup, pruned);
      continue;
    }
    const one = judge(backup, folders.get(backup.folder), tested.get(backup.manifest.backupId));
    judged.set(one.id, one);
    pruned.remaining.set(one.id, one.at);
    pruned.findings.push(...backup.findings);
  }
  const decision = decide([...judged.values()], keep, now);
  const shown = new Map<string, PrunedBackup>();
  for (const { id, reasons } of decision.keep) {
    const one = judged.get(id);
    if (one !== undefined) shown.set(id, { ...one, reasons, going: undefined });
  }
  for (const { id, because } of decision.expire) {
    const one = judged.get(id);
    if (one === undefined) continue;
    const leaving = { kind: "backup" as const, name: one.folder, because, bytes: one.bytes };
    const outcome = await settle(leaving, carry, pruned.settled);
    if (outcome === undefined) continue;
    shown.set(id, { ...one, reasons: [], going: { because, outcome } });
    if (outcome.is !== "gone") continue;
    pruned.remaining.delete(id);
    for (const { report, word } of reports)
      if (word?.backup === id)
        await settle(leavingReport(report, `its backup ${id} goes`), carry, pruned.settled);
  }
  for (const leaving of unfinished(folders.values(), uploads, limit))
    await settle(leaving, carry, pruned.settled);
  pruned.backups = [...shown.values()].sort(
    (a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1),
  );
  for (const { id, dayKey } of judged.values())
    if (dayKey !== undefined && pruned.remaining.has(id)) pruned.days.add(dayKey);
  pruned.findings.push(...proofFindings(name, [...judged.values()], now, limit));
  return pruned;
}

/** Carries it out and notes what came of it. */
export async function settle(
  leaving: Settled["leaving"],
  carry: CarryOut,
  settled: Settled[],
): Promise<Outcome | undefined> {
  const outcome = await carry(leaving);
  if (outcome !== undefined) settled.push({ leaving, outcome });
  return outcome;
}

/** It stays, and so does what may belong to it. */
function noteRefused(backup: RefusedBackup, pruned: PrunedCluster): void {
  // Another prune was quicker: that is no manifest to distrust.
  if (backup.fault.code === "STORE_NOT_FOUND") return;
  const id = backup.folder.slice(backup.folder.lastIndexOf("/") + 1);
  const begun = parseBackupId(id);
  pruned.refused.push(backup);
  pruned.remaining.set(id, begun !== undefined && begun < backup.committed ? begun : backup.committed);
  if (begun !== undefined) pruned.days.add(begun.toISOString().slice(0, 10));
}
