/**
 * Everything that can go wrong, by name. A fault ends a command; a finding is something wrong that the
 * command lived with. Both carry a code that never changes its meaning: alerts and infra/RUNBOOK.md are
 * written against these names.
 */

/** Code → exit code of a command that ends with it (1 failed, 2 called or configured wrongly, 3 findings). */
export const CODES = {
  // 2: called or configured wrongly, nothing was done
  USAGE: 2,
  CONFIG_UNREADABLE: 2,
  CONFIG_INVALID: 2,
  SECRET_MISSING: 2,
  KEY_FILE_UNREADABLE: 2,
  KEY_FILE_EXPOSED: 2,
  KEY_FILE_INVALID: 2,
  KEY_FILE_EXISTS: 2,
  KEY_MISMATCH: 2,
  PASSPHRASE_WRONG: 2,
  RECOVERY_KEY_INVALID: 2,
  RECOVERY_KEY_TOO_SHORT: 2,
  RECOVERY_KEY_EXPIRED: 2,
  RECOVERY_KEY_NOT_PINNED: 2,
  RESIDENCY_REFUSED: 2,
  PROGRAM_MISSING: 2,
  PG_DUMP_TOO_OLD: 2,
  TARGET_NOT_EMPTY: 2,
  SECRET_WEAK: 2,
  SECRET_DIFFERS: 2,
  MIGRATION_MISSING: 2,
  ACCOUNT_INVALID: 2,
  ACCOUNT_EXISTS: 2,
  ACCOUNT_NOT_FOUND: 2,
  GRANT_INVALID: 2,
  LANE_NOT_FOUND: 2,

  // 1: failed, nothing new is safe
  INTERNAL: 1,
  INTERRUPTED: 1,
  TIME_LIMIT: 1,
  PG_UNREACHABLE: 1,
  PG_AUTH: 1,
  PG_RIGHTS: 1,
  PG_CONNECTION_LOST: 1,
  PG_FAILED: 1,
  DUMP_FAILED: 1,
  COMPRESS_FAILED: 1,
  STORE_UNREACHABLE: 1,
  STORE_DENIED: 1,
  STORE_NOT_FOUND: 1,
  STORE_EXISTS: 1,
  STORE_FULL: 1,
  STORE_CLOCK_SKEW: 1,
  STORE_CHECKSUM: 1,
  STORE_FAILED: 1,
  AGE_INVALID: 1,
  NO_IDENTITY_MATCH: 1,
  SIGNATURE_INVALID: 1,
  MANIFEST_INVALID: 1,
  DAY_KEY_INVALID: 1,
  PROOF_FAILED: 1,
  BACKUP_NOT_FOUND: 1,
  BACKUP_DAMAGED: 1,
  RESTORE_FAILED: 1,
  LOCK_LOST: 1,
  BACKUP_OVERDUE: 1,
  DRILL_OVERDUE: 1,
  BACKUP_FROM_FUTURE: 1,
  DRILL_FAILED: 1,
  DAY_RED: 1,
  SCRATCH_FULL: 1,
  PG_MAJOR_MISSING: 1,
  EXTENSION_MISSING: 1,
  CANARY_MISSING: 1,
  ROWS_DIFFER: 1,
  ROUND_TRIP_DIFFERS: 1,
  CONSTRAINT_INVALID: 1,
  INDEX_INVALID: 1,
  PAGES_CORRUPT: 1,
  SEQUENCE_BEHIND: 1,
  EXTENSION_DIFFERS: 1,
  DATA_STALE: 1,
  ASSERTION_FAILED: 1,
  CHECK_COMMAND_FAILED: 1,
  CHECK_FAILED: 1,
  DATA_SHRANK: 1,
  RESTORE_TOO_SLOW: 1,
  SABOTAGE_MISSED: 1,
  PRUNE_FAILED: 1,
  MIGRATION_FAILED: 1,
  SEAL_BROKEN: 1,
  LISTEN_FAILED: 1,
  HASHER_FAILED: 1,
  PASSWORD_UNREADABLE: 1,
  BREACHED_UNKNOWN: 1,
  AUDIT_CHAIN_BROKEN: 1,
  EVIDENCE_REFUSED: 1,
  EVIDENCE_NOT_SENT: 1,
  REPORT_MISSING: 1,

  // 3: done, with findings
  BACKUP_RUNNING: 3,
  DAY_KEY_MISSING: 3,
  DAY_KEY_REFUSED: 3,
  DESTINATION_FAILED: 3,
  BACKUP_REFUSED: 3,
  MANIFEST_REPLACED: 3,
  MANIFEST_UNVERIFIED: 3,
  DUMP_WARNING: 3,
  LOCK_NOT_KEPT: 3,
  LOCK_UNCONFIRMED: 3,
  WRITE_ONCE_NOT_KEPT: 3,
  CHECKSUM_NOT_KEPT: 3,
  VERSION_NOT_KEPT: 3,
  ONE_RECOVERY_KEY: 3,
  RECOVERY_KEY_EXPIRES_SOON: 3,
  CANARY_NOT_WRITTEN: 3,
  DRILL_RUNNING: 3,
  SCRATCH_UNCONFINED: 3,
  RESTORE_WARNING: 3,
  SETTINGS_DIFFER: 3,
  DATA_GREW: 3,
  RESTORE_SLOWING: 3,
  DAY_KEYS_RUN_OUT: 3,
  DAY_KEY_UNUSABLE: 3,
  BACKUP_UNPROVED: 3,
  SABOTAGE_OVERDUE: 3,
  HISTORY_DAMAGED: 3,
  CLOCK_DOUBTFUL: 3,
  REPORT_NOT_STORED: 3,
  REPORT_NOT_SENT: 3,
  VERDICT_REFUSED: 3,
  PRUNE_NOTHING_PROVED: 3,
  PRUNE_LOCKED: 3,
  MESSAGE_NOT_SENT: 3,
  AUDIT_BUSY: 3,
  PEPPER_MISSING: 3,
} as const;

export type Code = keyof typeof CODES;
export type FindingCode = { [C in Code]: (typeof CODES)[C] extends 3 ? C : never }[Code];

/** Something wrong that did not stop the work. `what` and `todo` are each one sentence for a person. */
export interface Finding {
  code: FindingCode;
  what: string;
  todo: string;
}

/** Whether something wrong, as reports keep it, did not stop the work. What did is called red. */
export function isFinding(found: { code: Code; what: string; todo: string }): found is Finding {
  return CODES[found.code] === 3;
}

/**
 * The only error this program throws on purpose. `message` says what happened and `todo` what to do next,
 * each one line without secrets or row data. `cause` keeps the original error for the debug log.
 */
export class Fault extends Error {
  readonly code: Code;
  readonly todo: string;

  constructor(code: Code, what: string, todo: string, options?: ErrorOptions) {
    super(what, options);
    this.name = "Fault";
    this.code = code;
    this.todo = todo;
  }

  get exit(): 1 | 2 | 3 {
    return CODES[this.code];
  }
}

/** Makes a Fault of anything thrown: a Fault passes as it is, the rest becomes INTERNAL with its first line. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new Fault(
    "INTERNAL",
    `unexpected: ${firstLine(what)}`,
    "Run again with LAKAT_LOG=debug and report this as a defect of lakat.",
    { cause: error },
  );
}

/** The first non-empty line of a text, at most 300 characters, without control characters. */
export function firstLine(text: string): string {
  const line = text.split("\n").find((l) => l.trim() !== "") ?? "";
  return line
    .trim()
    .replace(/[\u0000-\u001f\u007f]/g, " ")
    .slice(0, 300);
}

/** The error code of a failed system call (`ENOENT`, …), or of a library that has such codes; else undefined. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
