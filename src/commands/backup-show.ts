/** `lakat backup show`: one manifest, its signature checked. */
import type { Command } from "./command.ts";
import { BACKUP_OPTIONS, BACKUP_USAGE, chosenBackup } from "./one-backup.ts";
import { durationText, sizeText } from "./progress.ts";
import { table } from "../report/table.ts";

export const command: Command = {
  usage: BACKUP_USAGE,
  options: BACKUP_OPTIONS,
  positionals: 1,
  async run(call) {
    const { store, backup } = await chosenBackup(call);
    const { manifest, folder, committed, verified } = backup;
    const seconds = (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1000;
    const { recovery, dayKey } = manifest.recipients;
    const lines = [
      `backup      ${manifest.backupId} of ${manifest.cluster}`,
      `folder      ${folder} in ${store.source.name}`,
      `committed   ${committed.toISOString()} (by the store's clock)`,
      `took        ${durationText(seconds)}`,
      `signed by   ${manifest.host}${verified ? "" : " by its own word, NOT VERIFIED"}`,
      `source      PostgreSQL ${manifest.source.serverVersion}, system identifier ${manifest.source.systemIdentifier}`,
      ...manifest.source.databases.map(
        ({ name, snapshotAt, lsn }) => `database    ${name}, snapshot ${snapshotAt} at ${lsn}`,
      ),
      `tools       lakat ${manifest.lakat}, pg_dump ${manifest.tools.pgDump}, zstd ${manifest.tools.zstd} level ${manifest.compression.level}`,
      ...recovery.map(({ label, kind, fingerprint }) => `sealed to   ${label} (${kind}) ${fingerprint}`),
      ...(dayKey === undefined ? [] : [`sealed to   the day key of ${dayKey.day} ${dayKey.fingerprint}`]),
      ...manifest.copies.map(
        ({ destination, country, mode, retainUntil }) =>
          `copy        ${destination} in ${country}, ${retainUntil === undefined ? "not locked" : `locked (${mode ?? ""}) until ${retainUntil}`}`,
      ),
      ...manifest.findings.map(({ code, what }) => `finding     ${code}: ${what}`),
      "",
      table(
        ["OBJECT", "SIZE", "SHA-256"],
        manifest.objects.map(({ name, size, sha256 }) => [name, sizeText(size), sha256]),
      ),
    ];
    return {
      text: lines.join("\n"),
      json: { folder, committed: committed.toISOString(), verified, manifest },
      findings: backup.findings,
    };
  },
};
