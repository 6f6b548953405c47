/** `lakat backup list`: what the store holds, and what in it must not be trusted. */
import type { Finding } from "../fault.ts";
import { listBackups, type Refused } from "../restore-test/catalogue.ts";
import { copyIn } from "../restore-test/sealed-object.ts";
import { totalSize } from "../seal/manifest.ts";
import { text, type Command } from "./command.ts";
import { openStore, STORE_OPTIONS, STORE_USAGE } from "./open-store.ts";
import { durationText, sizeText } from "./progress.ts";
import { refusedFinding } from "./refused.ts";
import { table } from "../report/table.ts";

export const command: Command = {
  usage: `[options]\n\n  --cluster NAME       only this cluster's\n${STORE_USAGE}`,
  options: { ...STORE_OPTIONS, cluster: { type: "string" } },
  async run(call) {
    const store = await openStore(call);
    const cluster = text(call, "cluster") ?? store.cluster;
    const backups = [];
    const findings: Finding[] = [];
    const refused: Refused[] = [];
    for await (const backup of listBackups(store.source, { cluster }, store.trust, call.signal)) {
      if ("fault" in backup) {
        refused.push(backup);
        findings.push(refusedFinding(backup));
        continue;
      }
      const { manifest, committed, folder } = backup;
      findings.push(...backup.findings);
      const copy = copyIn(store.source, manifest);
      backups.push({
        backupId: manifest.backupId,
        cluster: manifest.cluster,
        folder,
        committed: committed.toISOString(),
        databases: manifest.source.databases.map(({ name }) => name),
        bytes: totalSize(manifest.objects),
        seconds: (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1000,
        lockedUntil: copy?.retainUntil,
        verified: backup.verified,
        findings: [...backup.findings, ...manifest.findings].map(({ code }) => code),
      });
    }
    const rows = backups.map((b) => [
      b.backupId,
      b.cluster,
      String(b.databases.length),
      sizeText(b.bytes),
      durationText(b.seconds),
      b.lockedUntil?.slice(0, 10) ?? "-",
      b.findings.join(", ") || "-",
    ]);
    const lines = [
      rows.length === 0
        ? "no backups"
        : table(["BACKUP", "CLUSTER", "DATABASES", "SIZE", "TIME", "LOCKED UNTIL", "FINDINGS"], rows),
    ];
    return {
      text: lines.join("\n"),
      json: {
        backups,
        refused: refused.map(({ folder, fault }) => ({ folder, code: fault.code, what: fault.message })),
      },
      findings,
    };
  },
};
