/** `lakat backup verify`: everything that can be checked without a private key. */
import { Fault, type Finding } from "../fault.ts";
import { findBackup } from "../restore-test/catalogue.ts";
import { verifyBackup } from "../restore-test/verify.ts";
import { text, type Command } from "./command.ts";
import { openStore, STORE_OPTIONS, STORE_USAGE } from "./open-store.ts";
import { progressLine, sizeText } from "./progress.ts";
import { table } from "./table.ts";

export const command: Command = {
  summary: "check the signature, sizes, hashes and locks of a backup, without any private key",
  usage: `[BACKUP] [options]\n\n  BACKUP               its id or the beginning of it; default: the newest\n  --cluster NAME       only this cluster's\n${STORE_USAGE}`,
  options: { ...STORE_OPTIONS, cluster: { type: "string" } },
  positionals: 1,
  async run(call) {
    const store = await openStore(call);
    const wanted = { id: call.positionals[0], cluster: text(call, "cluster") ?? store.cluster };
    const backup = await findBackup(store.source, wanted, store.trust, call.signal);
    const total = backup.manifest.objects.reduce((sum, { size }) => sum + size, 0);
    const line = progressLine(call.stderr, total, () => call.now().getTime());
    line.phase("verify");
    const objects = [];
    const findings: Finding[] = [...backup.findings];
    let damaged: Fault | undefined;
    try {
      for await (const { object, fault, lock } of verifyBackup(store.source, backup, call.signal, (bytes) =>
        line.bytes(bytes),
      )) {
        damaged ??= fault;
        if (lock !== undefined)
          findings.push({
            code: "LOCK_NOT_KEPT",
            what: `${object.name} ${lock}`,
            todo: "Ask the store's operator why; another destination may have kept it.",
          });
        objects.push({
          name: object.name,
          size: object.size,
          ok: fault === undefined,
          code: fault?.code,
          what: fault?.message,
        });
      }
    } finally {
      line.end();
    }
    const rows = objects.map(({ name, size, ok, what }) => [
      ok ? "ok" : "DAMAGED",
      name,
      sizeText(size),
      what ?? "",
    ]);
    if (damaged !== undefined) {
      call.stderr.write(`${table(["", "OBJECT", "SIZE", ""], rows)}\n`);
      const bad = objects.filter(({ ok }) => !ok);
      throw new Fault(
        "BACKUP_DAMAGED",
        `${bad.length} of ${objects.length} objects of ${backup.manifest.backupId} are not as signed: ${bad.map(({ name }) => name).join(", ")}`,
        damaged.todo,
      );
    }
    const text_ = [
      table(["", "OBJECT", "SIZE"], rows),
      backup.verified
        ? `${backup.manifest.backupId}: signature, ${objects.length} objects and ${sizeText(total)} are as the host ${backup.manifest.host} signed them`
        : `${backup.manifest.backupId}: ${objects.length} objects and ${sizeText(total)} are as the manifest says, but NOBODY VOUCHES for the manifest`,
    ];
    return {
      text: text_.join("\n"),
      json: { backupId: backup.manifest.backupId, host: backup.manifest.host, bytes: total, objects },
      findings,
    };
  },
};
