/** What a failed check is called as a finding, and what to do about it. Pure. */
import type { Code } from "../fault.ts";
import type { CheckName, ReportCheck, ReportFinding } from "../seal/report.ts";

const TODO: Record<CheckName, [code: Code, todo: string]> = {
  rows: ["ROWS_DIFFER", "Do not count on this backup: make a new one, have it tested, and keep this report."],
  "round-trip": [
    "ROUND_TRIP_DIFFERS",
    "Do not count on this backup: rows came back other than they were dumped; look at this host's disk and memory, and test it again on another host.",
  ],
  constraints: [
    "CONSTRAINT_INVALID",
    "Look whether the same rows break the constraint at the source; if they do, mend them there.",
  ],
  indexes: [
    "INDEX_INVALID",
    "Look at the scratch server's log; at the source, REINDEX what is invalid there too.",
  ],
  amcheck: [
    "PAGES_CORRUPT",
    "Run the restore test again: if it is green then, suspect this host's disk and memory; if it stays red, restore on another host.",
  ],
  sequences: [
    "SEQUENCE_BEHIND",
    "Set the sequence at the source (setval), or inserts will fail there and after a restore.",
  ],
  extensions: [
    "EXTENSION_DIFFERS",
    "Install the same version of the extension on this host as at the source.",
  ],
  settings: [
    "SETTINGS_DIFFER",
    "Set them in scratch.settings, or see why this host's PostgreSQL has others.",
  ],
  canary: [
    "CANARY_MISSING",
    "Do not count on this backup: it may be of another or of an old server; look which one the backup host connects to.",
  ],
  freshness: [
    "DATA_STALE",
    "Look whether the application still writes, and whether the backup is of the right server.",
  ],
  assertion: [
    "ASSERTION_FAILED",
    "Look at the source with the same SQL; if it holds there, do not count on this backup.",
  ],
  command: [
    "CHECK_COMMAND_FAILED",
    "Run the command by hand against a restored copy (`lakat restore`), and read its output.",
  ],
  drift: [
    "DATA_SHRANK",
    "Find out who deleted or emptied what; the backups before this one still hold it, so see that they are kept.",
  ],
  "restore-time": [
    "RESTORE_TOO_SLOW",
    "Give this host more or faster cores and disk, or agree on another target.",
  ],
};

/** The same names where more, not less, or not yet, is what was found. */
const MILDER: Partial<
  Record<CheckName, { when: (check: ReportCheck) => boolean; code: Code; todo: string }>
> = {
  drift: {
    when: ({ facts }) => facts["shrank"] !== 1,
    code: "DATA_GREW",
    todo: "See whether so much was meant to be added; raise drift.grow if it was.",
  },
  "restore-time": {
    when: ({ facts }) => facts["over"] !== 1,
    code: "RESTORE_SLOWING",
    todo: "Plan for more or faster cores and disk before the target is broken.",
  },
};

/** Undefined for a check that passed, was skipped, or could not be made (that is told where it broke). */
export function findingOf(check: ReportCheck): ReportFinding | undefined {
  const { name, database, subject, outcome, problems } = check;
  if (outcome !== "failed" || problems.length === 0) return undefined;
  const [code, todo] = TODO[name];
  const milder = MILDER[name];
  const found = milder?.when(check) === true ? milder : { code, todo };
  const where = [database, subject].filter((part) => part !== undefined).join(", ");
  const shown = problems.slice(0, 3).join("; ");
  const more = problems.length > 3 ? `; and more (${problems.length} lines in the report)` : "";
  return {
    code: found.code,
    what: `${where === "" ? "" : `${where}: `}${shown}${more}`.slice(0, 1500),
    todo: found.todo,
  };
}
