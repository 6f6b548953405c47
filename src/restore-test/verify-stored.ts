/** The step verify: everything that the store can be held to without a key. */
import { asFault } from "../fault.ts";
import { MANIFEST_NAME } from "../seal/manifest.ts";
import type { Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";
import { copyIn } from "./sealed-object.ts";
import type { StepLog } from "./step-log.ts";
import { lockTrouble, verifyBackup } from "./verify.ts";

export interface VerifyRequest {
  source: Source;
  judgeCountry: (country: string) => void;
  now: () => Date;
  watch: { bytes(count: number): void };
  signal: AbortSignal;
}

/**
 * Reads every object once and holds it to size, hash and lock, and the copy's country to the rules. Out: names of
 * the objects that are damaged or missing. What a backup run itself found is told again: nobody else may have read it.
 */
export async function verifyStored(
  { source, judgeCountry, now, watch, signal }: VerifyRequest,
  backup: Backup,
  log: StepLog,
): Promise<Set<string>> {
  const { manifest } = backup;
  for (const { code, what } of manifest.findings) tellOfRun(code, what, manifest.backupId, log);
  const copy = copyIn(source, manifest);
  for (const { country } of copy === undefined ? manifest.copies : [copy])
    try {
      judgeCountry(country);
    } catch (error) {
      const { code, message, todo } = asFault(error);
      log.find({ code, what: message, todo });
    }
  const damaged = new Map<string, string>();
  const locks = new Map<string, string[]>();
  const noteLock = (name: string, trouble: string | undefined): void => {
    if (trouble !== undefined) locks.set(trouble, [...(locks.get(trouble) ?? []), name]);
  };
  let todo = "";
  for await (const { object, damage, lock } of verifyBackup(source, backup, signal, (bytes) =>
    watch.bytes(bytes),
  )) {
    if (damage !== undefined) damaged.set(object.name, damage.message);
    todo = damage?.todo ?? todo;
    noteLock(object.name, lock);
  }
  noteLock(MANIFEST_NAME, await lockTrouble(source, backup, MANIFEST_NAME, signal));
  for (const what of damaged.values()) log.find({ code: "BACKUP_DAMAGED", what, todo });
  // A lock that has run out as it was meant to is nobody's fault.
  const expired = copy?.retainUntil !== undefined && Date.parse(copy.retainUntil) < now().getTime();
  for (const [trouble, names] of expired ? [] : locks) tellOfLock(trouble, names, backup, log);
  return new Set(damaged.keys());
}

function tellOfRun(code: string, what: string, backupId: string, log: StepLog): void {
  if (!isFindingOfRun(code)) return;
  log.find({
    code,
    what: `the backup run of ${backupId} ended with a finding: ${what}`,
    todo: "See the runbook at this code.",
  });
}

/** What a backup run may end with and that is still true of the backup a day later. */
const OF_THE_RUN = [
  "DAY_KEY_MISSING",
  "DAY_KEY_REFUSED",
  "DESTINATION_FAILED",
  "DUMP_WARNING",
  "LOCK_NOT_KEPT",
  "LOCK_UNCONFIRMED",
  "WRITE_ONCE_NOT_KEPT",
  "CHECKSUM_NOT_KEPT",
  "VERSION_NOT_KEPT",
  "ONE_RECOVERY_KEY",
  "RECOVERY_KEY_EXPIRES_SOON",
  "CANARY_NOT_WRITTEN",
] as const;

function isFindingOfRun(code: string): code is (typeof OF_THE_RUN)[number] {
  return (OF_THE_RUN as readonly string[]).includes(code);
}

/**
 * A lock that the run itself saw kept and that is gone is red: somebody can delete the backup, or did something to be
 * able to. A store that never kept locks was told of by the run.
 */
function tellOfLock(trouble: string, names: string[], { manifest }: Backup, log: StepLog): void {
  const never = manifest.findings.some(({ code }) => code === "LOCK_NOT_KEPT" || code === "LOCK_UNCONFIRMED");
  const unread = trouble.includes("cannot be read");
  log.find({
    code: unread ? "LOCK_UNCONFIRMED" : never ? "LOCK_NOT_KEPT" : "LOCK_LOST",
    what: `${names.length} ${names.length === 1 ? "object is" : "objects are"} ${trouble}: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`,
    todo: "Ask the store's operator why; find out who may change locks there; another destination may have kept it.",
  });
}
