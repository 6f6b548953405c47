/** `lakat backup show`: one manifest, its signature checked. */
import { findBackup } from "../restore-test/catalogue.ts";
import { text, type Command } from "./command.ts";
import { openStore, STORE_OPTIONS, STORE_USAGE } from "./open-store.ts";
import { durationText, sizeText } from "./progress.ts";
import { table } from "./table.ts";

export const command: Command = {
  usage: `[BACKUP] [options]\n\n  BACKUP               its id or the beginning of it; default: the newest\n  --cluster NAME       only this cluster's\n${STORE_USAGE}`,
  options: { ...STORE_OPTIONS, cluster: { type: "string" } },
  positionals: 1,
  async run(call) {
    const store = await openStore(call);
    const wanted = { id: call.positionals[0], cluster: text(call, "cluster") ?? store.cluster };
    const backup = await findBackup(store.source, wanted, store.trust, call.signal);
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
