/** Whether a backup has yet to be tested, and whether what there is to say has been said. Pure. */
import { isFinding, type Code } from "../fault.ts";
import type { DrillReport } from "../seal/report.ts";

/** What kept a drill from judging the backup says nothing about it: once that is mended, it is tested again. */
const OF_THIS_HOST: ReadonlySet<Code> = new Set<Code>([
  "STORE_UNREACHABLE",
  "STORE_DENIED",
  "STORE_FAILED",
  "STORE_CLOCK_SKEW",
  "TIME_LIMIT",
  "SCRATCH_FULL",
  "PG_MAJOR_MISSING",
  "EXTENSION_MISSING",
  "PROGRAM_MISSING",
  "PG_UNREACHABLE",
  "PG_CONNECTION_LOST",
  "PG_FAILED",
  "CHECK_FAILED",
  "INTERNAL",
]);

type Told = Pick<DrillReport, "backup" | "findings">;

/** Whether no report settles what is to be thought of this backup. A red verdict settles it as well as a green one. */
export function isDue(past: readonly Told[], backupId: string): boolean {
  const about = past.filter((report) => report.backup?.id === backupId);
  return !about.some(({ findings }) => findings.every(({ code }) => !OF_THIS_HOST.has(code)));
}

/**
 * Whether `draft` only says that there is nothing to test, and the newest of `past` (this cluster's, oldest first) said
 * so less than `every` ms before `now`: it is reported once in an interval, not by every run.
 */
export function isOldNews(
  draft: Told,
  past: readonly (Told & Pick<DrillReport, "finishedAt">)[],
  every: number,
  now: Date,
): boolean {
  const last = past.at(-1);
  return (
    nothingToTest(draft) &&
    last !== undefined &&
    nothingToTest(last) &&
    now.getTime() - Date.parse(last.finishedAt) < every
  );
}

/** And that is all there is to say: a store that does not answer is told each time. */
function nothingToTest({ backup, findings }: Told): boolean {
  return backup === undefined && findings.every((one) => one.code === "BACKUP_OVERDUE" || isFinding(one));
}
