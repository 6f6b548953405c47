/** `lakat backup verify`: everything that can be checked without a private key. */
import { Fault, type Finding } from "../fault.ts";
import { lockTrouble, verifyBackup } from "../restore-test/verify.ts";
import { MANIFEST_NAME, totalSize } from "../seal/manifest.ts";
import type { Command } from "./command.ts";
import { BACKUP_OPTIONS, BACKUP_USAGE, chosenBackup } from "./one-backup.ts";
import { progressLine, sizeText } from "./progress.ts";
import { table } from "../report/table.ts";

export const command: Command = {
  usage: BACKUP_USAGE,
  options: BACKUP_OPTIONS,
  positionals: 1,
  async run(call) {
    const { store, backup } = await chosenBackup(call);
    const total = totalSize(backup.manifest.objects);
    const line = progressLine(call.stderr, total, () => call.now().getTime());
    line.phase("verify");
    const objects: VerifiedObject[] = [];
    const locks = new Map<string, string[]>();
    const noteLock = (name: string, trouble: string | undefined): void => {
      if (trouble !== undefined) locks.set(trouble, [...(locks.get(trouble) ?? []), name]);
    };
    let first: Fault | undefined;
    try {
      for await (const { object, damage, lock } of verifyBackup(store.source, backup, call.signal, (bytes) =>
        line.bytes(bytes),
      )) {
        first ??= damage;
        noteLock(object.name, lock);
        objects.push({
          name: object.name,
          size: object.size,
          ok: damage === undefined,
          what: damage?.message,
        });
      }
      noteLock(MANIFEST_NAME, await lockTrouble(store.source, backup, MANIFEST_NAME, call.signal));
    } finally {
      line.end();
    }
    const { backupId, host } = backup.manifest;
    const rows = objects.map(({ name, size, ok }) => [ok ? "ok" : "DAMAGED", name, sizeText(size)]);
    const bad = objects.filter(({ ok }) => !ok);
    const verdict =
      bad.length > 0
        ? `${backupId}: ${bad.length} of ${objects.length} objects are DAMAGED`
        : `${backupId}: ${objects.length} objects, ${sizeText(total)}: every one is as the manifest says`;
    return {
      text: [
        table(["", "OBJECT", "SIZE"], rows),
        "",
        verdict,
        backup.verified ? `signed by the host ${host}` : `NOBODY VOUCHES for it; it names the host ${host}`,
      ].join("\n"),
      json: { backupId, host, verified: backup.verified, bytes: total, objects },
      findings: [...backup.findings, ...[...locks].map(lockFinding)],
      fault:
        first === undefined
          ? undefined
          : new Fault(
              "BACKUP_DAMAGED",
              `${bad.length} of ${objects.length} objects of ${backupId} are not as signed: ${bad.map(({ name }) => name).join(", ")} (${first.message})`,
              first.todo,
            ),
    };
  },
};

interface VerifiedObject {
  name: string;
  size: number;
  ok: boolean;
  what: string | undefined;
}

function lockFinding([trouble, names]: [string, string[]]): Finding {
  return {
    code: trouble.includes("cannot be read") ? "LOCK_UNCONFIRMED" : "LOCK_NOT_KEPT",
    what: `${names.length} ${names.length === 1 ? "object is" : "objects are"} ${trouble}: ${names.join(", ")}`,
    todo: "Ask the store's operator why; another destination may have kept it.",
  };
}
