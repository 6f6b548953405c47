/** The steps unlock and prove: from the day key to the backup key, and the proof that recovery keys would do as well. */
import { Fault } from "../fault.ts";
import { openBytes } from "../seal/age.ts";
import type { DayKey } from "../seal/day-key.ts";
import { checkProof, unwrapFileKey } from "../seal/proof.ts";
import type { RecoveryKey } from "../seal/recovery-key.ts";
import type { DrillReport } from "../seal/report.ts";
import type { Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";
import { sealedBytes, theObject } from "./sealed-object.ts";
import type { StepLog } from "./step-log.ts";
import { unlockBackupKey } from "./unlock.ts";

export interface UnlockRequest {
  source: Source;
  dayKeys: readonly DayKey[];
  carriedKey: string | undefined;
  signal: AbortSignal;
}

const CARRY = "Open its key.age on the offline machine and run `lakat drill run BACKUP --backup-key FILE`.";
const NEXT_TIME =
  "For the next backup: run `lakat keys day publish` here, and name this host under restore_test on the backup host.";

export interface Unlocked {
  /** `AGE-SECRET-KEY-1…` that opens the backup's objects. */
  backupKey: string;
  /** What the proof needs; undefined when the day key is not here. */
  day: { identity: string; keyAge: Buffer } | undefined;
}

/** The key of the backup by its day key, or the carried one. Throws NO_IDENTITY_MATCH, BACKUP_DAMAGED, AGE_INVALID. */
export async function unlock(
  { source, dayKeys, carriedKey, signal }: UnlockRequest,
  backup: Backup,
): Promise<Unlocked> {
  const { dayKey } = backup.manifest.recipients;
  const held = dayKeys.find(({ day }) => day === dayKey?.day);
  if (held === undefined) {
    if (carriedKey !== undefined) return { backupKey: carriedKey, day: undefined };
    throw new Fault(
      "NO_IDENTITY_MATCH",
      dayKey === undefined
        ? "the backup is sealed to the recovery keys alone, since its run had no day key"
        : `this host does not hold the day key of ${dayKey.day} (any more)`,
      dayKey === undefined ? `${NEXT_TIME} For this one: ${CARRY}` : CARRY,
    );
  }
  const keyAge = await sealedBytes(source, backup, theObject(backup, "key"), signal);
  return {
    backupKey: await unlockBackupKey(keyAge, [held.identity]),
    day: { identity: held.identity, keyAge },
  };
}

export interface ProveRequest {
  source: Source;
  pinned: readonly RecoveryKey[];
  signal: AbortSignal;
}

/**
 * Whether each pinned recovery key opens key.age; one that does not, and a recipient that is none of them, are
 * PROOF_FAILED. Throws PROOF_FAILED when the record is not usable, BACKUP_DAMAGED, AGE_INVALID, NO_IDENTITY_MATCH.
 */
export async function proveRecoveryKeys(
  { source, pinned, signal }: ProveRequest,
  backup: Backup,
  { identity, keyAge }: NonNullable<Unlocked["day"]>,
  log: StepLog,
): Promise<DrillReport["recoveryKeys"]> {
  const { fileKey, own } = await unwrapFileKey(keyAge, identity);
  const sealed = await sealedBytes(source, backup, theObject(backup, "proof"), signal);
  const record = await openBytes(sealed, [identity]);
  const { keys, strangers } = await checkProof({ keyAge, fileKey, own, record, pinned });
  fileKey.fill(0);
  const { backupId } = backup.manifest;
  for (const { label, ok, reason = "unknown reason" } of keys)
    if (!ok)
      log.find({
        code: "PROOF_FAILED",
        what: `recovery key ${label} is not proved to open backup ${backupId}: ${reason}`,
        todo: "Do not count on this backup until a recovery key has opened it; compare recovery_keys of both hosts, and find out what the backup host did.",
      });
  for (const stranger of strangers)
    log.find({
      code: "PROOF_FAILED",
      what: `somebody else can open backup ${backupId}: ${stranger}`,
      todo: "Treat the backup host as taken over until the recipient is explained; the data of this backup may be read by him.",
    });
  return keys;
}
