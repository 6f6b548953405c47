/** What a check of a restored database is. Each lives in a file of its own under checks/, and is a function of Restored. */
import type { Connection } from "../postgres/connection.ts";
import type { DatabaseInventory } from "../seal/inventory.ts";
import type { ReportCheck } from "../seal/report.ts";

/** A restored database, and what the backup says it holds. */
export interface Restored {
  /** The scratch server's superuser. */
  connection: Connection;
  /** Folder of PostgreSQL's programs of the scratch server's version. */
  programs: string;
  inventory: DatabaseInventory;
  /** Its name on the scratch server: the same as at the source. */
  database: string;
  /** Server's time of its snapshot. */
  snapshotAt: Date;
  signal: AbortSignal;
}

/** A check's result before it was timed. */
export type Checked = Omit<ReportCheck, "seconds">;

/** Most problems that a check tells of; what is beyond is only counted. */
export const MOST_PROBLEMS = 20;
/** Characters of one: names and values in it are others', and a report has no room for more. */
const LONGEST_PROBLEM = 2000;

/** passed without problems, failed with them; beyond MOST_PROBLEMS the last line tells how many there are. */
export function judged(
  of: Pick<Checked, "name" | "database" | "subject">,
  facts: Checked["facts"],
  problems: string[],
): Checked {
  const shown =
    problems.length <= MOST_PROBLEMS
      ? problems
      : [...problems.slice(0, MOST_PROBLEMS - 1), `and ${problems.length - MOST_PROBLEMS + 1} more`];
  return {
    ...of,
    outcome: problems.length === 0 ? "passed" : "failed",
    facts,
    problems: shown.map((one) => one.slice(0, LONGEST_PROBLEM)),
  };
}

/** One check of one restored database; drill.ts times it, and takes what it throws for CHECK_FAILED. */
export interface Check {
  name: Checked["name"];
  /** The operator's name for it, or the column of a freshness. */
  subject?: string;
  run(restored: Restored): Promise<Checked>;
}
