/** `lakat backup prune`: removes the backups that the rules let go, or says which they are. */
import { table } from "../report/table.ts";
import { listBackups } from "../restore-test/catalogue.ts";
import type { Settled } from "../retention/carry-out.ts";
import { prune, type Pruned } from "../retention/prune.ts";
import type { PrunedBackup } from "../retention/prune-cluster.ts";
import { clustersNamed } from "./clusters-named.ts";
import { flag, text, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { openRemover, openSource } from "./destinations.ts";
import { readVerifyKeys } from "./key-files.ts";
import { sizeText } from "./progress.ts";
import { refusedFinding } from "./refused.ts";

export const command: Command = {
  usage: `[options]

  --delete             remove what is due; without it, only say what is
  --cluster NAME       only this cluster's backups and their reports
${CONFIG_USAGE}`,
  options: { ...CONFIG_OPTION, delete: { type: "boolean" }, cluster: { type: "string" } },
  async run(call) {
    const config = await loadConfigFor(call, "prune");
    const clusters = clustersNamed(config.clusters, text(call, "cluster"));
    const hosts = await readVerifyKeys(config.backup_hosts);
    const restoreTests = await readVerifyKeys(config.restore_tests);
    const source = await openSource(config.store, call.env);
    const remover = await openRemover(config.store, call.env);
    const trust = { keys: hosts, acceptUnverified: false };
    const pruned = await prune(
      { source, remover, backups: (cluster) => listBackups(source, { cluster }, trust, call.signal) },
      {
        clusters,
        all: clusters.length === config.clusters.length,
        restoreTests,
        unfinishedAfter: config.unfinished_after,
        remove: flag(call, "delete"),
      },
      call.signal,
    );
    return outcomeOf(pruned, flag(call, "delete"));
  },
};

function outcomeOf(pruned: Pruned, removed: boolean): Outcome {
  const { now, backups, settled, refused, findings, fault } = pruned;
  const rows = backups.map((backup) => [
    backup.id,
    backup.cluster,
    ageText(now, backup.at),
    sizeText(backup.bytes),
    backup.tested,
    fateText(backup, removed),
  ]);
  const others = settled
    .filter(({ leaving }) => leaving.kind !== "backup")
    .map((one) => [one.leaving.kind, one.leaving.name, outcomeText(one, removed)]);
  const lines = [
    rows.length === 0 ? "no backups" : table(["BACKUP", "CLUSTER", "AGE", "SIZE", "RESTORE TEST", ""], rows),
    ...(others.length === 0 ? [] : ["", table(["ALSO", "", ""], others)]),
    "",
    totals(pruned, removed),
  ];
  return {
    text: lines.join("\n"),
    json: {
      now: now.toISOString(),
      deleted: removed,
      backups: backups.map(({ id, cluster, folder, at, bytes, tested, proof, reasons, going }) => ({
        backupId: id,
        cluster,
        folder,
        at: at.toISOString(),
        bytes,
        tested,
        proof,
        kept: reasons,
        because: going?.because,
        ...(going === undefined ? {} : outcomeJson(going.outcome)),
      })),
      others: settled
        .filter(({ leaving }) => leaving.kind !== "backup")
        .map(({ leaving, outcome }) => ({
          kind: leaving.kind,
          name: leaving.name,
          because: leaving.because,
          ...outcomeJson(outcome),
        })),
      bytesKept: kept(pruned),
      bytesFreed: freed(settled),
    },
    findings: [...refused.map(refusedFinding), ...findings],
    fault,
  };
}

function fateText({ reasons, going, folder, bytes }: PrunedBackup, removed: boolean): string {
  if (going === undefined) return `kept: ${reasons.join(", ")}`;
  const { because, outcome } = going;
  return outcomeText({ leaving: { kind: "backup", name: folder, because, bytes }, outcome }, removed);
}

function outcomeText({ leaving, outcome }: Settled, removed: boolean): string {
  if (outcome.is === "gone") return `${removed ? "removed" : "would go"}: ${leaving.because}`;
  if (outcome.is === "failed") return `FAILED (${outcome.fault.code}): ${leaving.because}`;
  const { until } = outcome.hold;
  return `due, locked ${until === undefined ? "by a legal hold" : `until ${minute(until)}`}: ${leaving.because}`;
}

function outcomeJson(outcome: Settled["outcome"]): Record<string, unknown> {
  if (outcome.is === "locked") return { outcome: "locked", lockedUntil: outcome.hold.until?.toISOString() };
  if (outcome.is === "failed")
    return { outcome: "failed", code: outcome.fault.code, what: outcome.fault.message };
  return { outcome: "gone", freed: outcome.bytes };
}

function totals(pruned: Pruned, removed: boolean): string {
  const { backups, settled } = pruned;
  const gone = settled.filter(({ outcome }) => outcome.is === "gone");
  const goneBackups = gone.filter(({ leaving }) => leaving.kind === "backup").length;
  const what = `${count(goneBackups, "backup")} and ${count(gone.length - goneBackups, "other thing")}`;
  const stays = `${count(backups.length - goneBackups, "backup")} ${removed ? "kept" : "would stay"}, ${sizeText(kept(pruned))}`;
  return removed
    ? `removed ${what}, ${sizeText(freed(settled))} freed; ${stays}`
    : `would remove ${what} and free ${sizeText(freed(settled))}; ${stays}; nothing was removed: that takes --delete`;
}

function kept({ backups }: Pruned): number {
  return backups.reduce((sum, { bytes, going }) => sum + (going?.outcome.is === "gone" ? 0 : bytes), 0);
}

function freed(settled: Settled[]): number {
  return settled.reduce((sum, { outcome }) => sum + (outcome.is === "gone" ? outcome.bytes : 0), 0);
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function ageText(now: Date, at: Date): string {
  const hours = Math.round((now.getTime() - at.getTime()) / 3_600_000);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

function minute(date: Date): string {
  return `${date.toISOString().slice(0, 16)}Z`;
}
