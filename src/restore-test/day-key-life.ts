/** When a day key's private half has to go. Pure. */
import type { DayKey } from "../seal/day-key.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A backup begun before midnight may run so long (the default of its time_limit) and is still sealed to that day's key. */
export const STILL_RUNNING_MS = 12 * HOUR_MS;

/** A backup in the store, as far as the life of its day's key goes. */
export interface SealedBackup {
  backupId: string;
  cluster: string;
  /** UTC day of the key it is sealed to. */
  dayKeyDay: string;
  /** Its restore test has passed. */
  passed: boolean;
}

export interface DueKey {
  day: string;
  /** proved: nothing needs it any more. limit: its notAfter is reached, whatever became of the backups. */
  why: "proved" | "limit";
  /** At the limit: the backups sealed to it that never passed a restore test, by id. */
  unproved: SealedBackup[];
}

/**
 * The held keys whose time is over, oldest day first.
 *
 * A key is due when its UTC day has been over for STILL_RUNNING_MS, every one of `clusters` has a backup sealed to
 * it, and all that are sealed to it have passed; at the latest at its notAfter. Without clusters nothing is ever
 * tested, so only the limit ends a key. `backups` undefined: the store could not be read, so nothing is known to
 * have passed.
 */
export function dueForDestruction({
  now,
  held,
  backups,
  clusters,
}: {
  now: Date;
  held: readonly Pick<DayKey, "day" | "notAfter">[];
  backups: readonly SealedBackup[] | undefined;
  clusters: readonly string[];
}): DueKey[] {
  const due: DueKey[] = [];
  for (const { day, notAfter } of [...held].sort((a, b) => (a.day < b.day ? -1 : 1))) {
    const sealed = (backups ?? []).filter(({ dayKeyDay }) => dayKeyDay === day);
    const unproved = sealed.filter(({ passed }) => !passed);
    const settled = now.getTime() >= Date.parse(day) + DAY_MS + STILL_RUNNING_MS;
    const complete =
      clusters.length > 0 && clusters.every((name) => sealed.some(({ cluster }) => cluster === name));
    if (settled && complete && unproved.length === 0) due.push({ day, why: "proved", unproved: [] });
    else if (now.getTime() >= Date.parse(notAfter))
      due.push({
        day,
        why: "limit",
        unproved: unproved.sort((a, b) => (a.backupId < b.backupId ? -1 : 1)),
      });
  }
  return due;
}
