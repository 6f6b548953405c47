/** What leaves the store beside backups: what belonged to them, and what never became one. Pure. */
import { dayOfKeyName } from "../seal/day-key.ts";
import type { OpenUpload } from "../store/object-store.ts";
import type { BackupFolder } from "./survey.ts";
import type { ReadReport } from "./verdicts.ts";

const DAY_MS = 86_400_000;
/** A published day key is of use on its day; for this long it may still be asked who could open a backup of that day. */
const DAY_KEY_DAYS = 60;

export type Kind = "backup" | "unfinished" | "upload" | "report" | "day-key";

export interface Leaving {
  kind: Kind;
  /** A folder, or the key of one object. */
  name: string;
  because: string;
  bytes: number;
  /** Of an upload. */
  upload?: OpenUpload;
}

/** Runs that left no manifest, and uploads that never ended, begun before `limit` by the store's clock. */
export function unfinished(folders: Iterable<BackupFolder>, uploads: OpenUpload[], limit: Date): Leaving[] {
  const alive = uploads.filter(({ begun }) => begun > limit).map(({ key }) => key);
  const runs = [...folders].filter(
    ({ folder, committed, newest }) =>
      committed === undefined && newest <= limit && !alive.some((key) => key.startsWith(`${folder}/`)),
  );
  return [
    ...runs.map(({ folder, bytes }) => ({
      kind: "unfinished" as const,
      name: folder,
      because: "it has no manifest and nothing was added for long",
      bytes,
    })),
    ...uploads
      .filter(({ begun }) => begun <= limit)
      .map((upload) => ({
        kind: "upload" as const,
        name: upload.key,
        because: `begun ${upload.begun.toISOString().slice(0, 10)} and never ended`,
        bytes: 0,
        upload,
      })),
  ];
}

/** Reports of backups that are no longer there; not those younger than `limit`, whose backup may have come since. */
export function orphanedReports(
  reports: ReadReport[],
  remaining: ReadonlySet<string>,
  limit: Date,
): Leaving[] {
  return reports.flatMap(({ report, word }) =>
    word === undefined || remaining.has(word.backup) || report.newest > limit
      ? []
      : [leavingReport(report, `its backup ${word.backup} is gone`)],
  );
}

/** Reports that are of no backup, older than every backup there is; none while there is no backup. */
export function agedReports(reports: ReadReport[], oldest: Date | undefined): Leaving[] {
  if (oldest === undefined) return [];
  return reports.flatMap(({ report, word }) =>
    word !== undefined || report.newest >= oldest
      ? []
      : [leavingReport(report, "it is older than every backup")],
  );
}

/** The folder of a report, and why it leaves. */
export function leavingReport(report: ReadReport["report"], because: string): Leaving {
  return { kind: "report", name: report.folder, because, bytes: report.bytes };
}

/** `day-keys/<day>.json` of days long past that no backup is sealed to any more; `keys` are the store's, with sizes. */
export function oldDayKeys(
  keys: Iterable<[key: string, bytes: number]>,
  inUse: ReadonlySet<string>,
  now: Date,
): Leaving[] {
  return [...keys].flatMap(([name, bytes]) => {
    const day = dayOfKeyName(name) ?? "";
    const age = now.getTime() - Date.parse(day);
    // Anything that is no day has no age either.
    if (!(age > DAY_KEY_DAYS * DAY_MS) || inUse.has(day)) return [];
    return [{ kind: "day-key" as const, name, because: "no backup is sealed to it", bytes }];
  });
}
