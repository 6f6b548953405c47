/** Adapter: the recovery keys a configuration names, read and checked before anything is sealed to them. */
import type { RecoveryKeyEntry } from "../config.ts";
import { asFault, type Finding } from "../fault.ts";
import {
  checkRecoveryKey,
  recoveryKeyFromCertificate,
  recoveryKeyFromRecipient,
  type RecoveryKey,
} from "../seal/recovery-key.ts";
import { readPublicFile } from "./key-files.ts";

const DAY_MS = 86_400_000;
const SOON_DAYS = 60;

/**
 * Loads every recovery key and holds it to its pinned fingerprint. Throws RECOVERY_KEY_… for one that must not
 * be used; finds one that stands alone or expires soon. With `expired` "tell" a certificate that has expired is a
 * finding too: it opens what was sealed to it, and that is to be proved all the same.
 */
export async function loadRecoveryKeys(
  entries: RecoveryKeyEntry[],
  now: Date,
  expired: "refuse" | "tell" = "refuse",
): Promise<{ keys: RecoveryKey[]; findings: Finding[] }> {
  const keys: RecoveryKey[] = [];
  const findings: Finding[] = [];
  for (const entry of entries) {
    const key =
      entry.certificate === undefined
        ? recoveryKeyFromRecipient(entry.recipient ?? "", entry.name)
        : recoveryKeyFromCertificate((await readPublicFile(entry.certificate)).toString("utf8"), entry.name);
    try {
      checkRecoveryKey(key, { pinned: entry.fingerprint, now });
    } catch (error) {
      if (expired === "refuse" || asFault(error).code !== "RECOVERY_KEY_EXPIRED") throw error;
    }
    keys.push(key);
    const days = key.notAfter === undefined ? Infinity : (key.notAfter.getTime() - now.getTime()) / DAY_MS;
    if (days < SOON_DAYS)
      findings.push({
        code: "RECOVERY_KEY_EXPIRES_SOON",
        what:
          days > 0
            ? `the certificate of recovery key ${entry.name} expires in ${Math.floor(days)} days`
            : `the certificate of recovery key ${entry.name} expired ${Math.ceil(-days)} days ago, so that backup hosts refuse to seal to it`,
        todo: "Make a new recovery key (`lakat keys recovery new`) and add it to recovery_keys; keep the old one in its safe.",
      });
  }
  if (keys.length === 1)
    findings.push({
      code: "ONE_RECOVERY_KEY",
      what: "backups are sealed to a single recovery key: whoever loses it loses every backup",
      todo: "Make a second one (`lakat keys recovery new`), keep it in another safe, and add it to recovery_keys.",
    });
  return { keys, findings };
}
