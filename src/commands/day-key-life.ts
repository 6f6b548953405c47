/** Adapter: ends the life of the day keys whose time is over, and says which backups were left unproved by it. */
import { asFault, type Fault, type Finding } from "../fault.ts";
import { proves } from "../report/proved.ts";
import { dueForDestruction, STILL_RUNNING_MS, type SealedBackup } from "../restore-test/day-key-life.ts";
import { listBackups } from "../restore-test/catalogue.ts";
import type { Trust } from "../restore-test/read-manifest.ts";
import type { DrillReport } from "../seal/report.ts";
import type { Source } from "../store/object-store.ts";
import { removeDayKey, usableDayKeys } from "./day-key-files.ts";

const DAY_MS = 86_400_000;
/** Backups named in one finding. */
const MOST_NAMED = 5;

export interface DayKeyLife {
  /** Where the private halves lie. */
  folder: string;
  /** The configured clusters. */
  clusters: readonly string[];
  /** Opens the store that the backups lie in; called only when something is to be asked of it. */
  store: () => Promise<{ source: Source; trust: Trust }>;
  /** Every restore test that is known here. */
  drills: () => Promise<readonly DrillReport[]>;
  now: Date;
  signal: AbortSignal;
}

export interface EndedDayKeys {
  /** Days whose private half is gone now, oldest first. */
  destroyed: { day: string; why: "proved" | "limit" }[];
  /** BACKUP_UNPROVED for each day whose key went at its limit before all its backups had passed; DAY_KEY_UNUSABLE for a file that is exposed or damaged. */
  findings: Finding[];
  /** Of a key file that could not be destroyed, or of the store; the other keys were seen to all the same. */
  fault: Fault | undefined;
}

/**
 * Destroys every held key that is due by dueForDestruction. Those at their limit go before the store is asked
 * anything: that has to happen also when nothing answers. Throws what usableDayKeys throws, and the signal's reason.
 */
export async function endDayKeys(life: DayKeyLife): Promise<EndedDayKeys> {
  const { folder, clusters, now } = life;
  const ended: EndedDayKeys = { destroyed: [], findings: [], fault: undefined };
  const destroy = async (day: string, why: "proved" | "limit"): Promise<void> => {
    try {
      await removeDayKey(folder, day);
      ended.destroyed.push({ day, why });
    } catch (error) {
      ended.fault ??= asFault(error);
    }
  };
  const { keys: held, findings } = await usableDayKeys(folder);
  ended.findings.push(...findings);
  const atLimit = held.filter(({ notAfter }) => Date.parse(notAfter) <= now.getTime());
  for (const { day } of atLimit) await destroy(day, "limit");

  // Only a day that is settled can be proved, and only then is its key's day worth a look into the store.
  const settledBy = (at: Date, day: string): boolean =>
    Date.parse(day) + DAY_MS + STILL_RUNNING_MS <= at.getTime();
  const settled = held.filter(({ day }) => settledBy(now, day));
  if (clusters.length === 0 || settled.length === 0) return ended;
  const known = await sealedBackups(
    life,
    settled.map(({ day }) => day),
  ).catch((error: unknown) => {
    life.signal.throwIfAborted();
    ended.fault ??= asFault(error);
    return undefined;
  });
  const backups = known?.sealed;
  for (const { day, why, unproved } of dueForDestruction({ now, held: settled, backups, clusters })) {
    if (!atLimit.some((key) => key.day === day)) {
      // By a clock that runs ahead the day would be over while backups are still sealed to its key.
      if (settledBy(known?.clock ?? now, day)) await destroy(day, why);
    } else if (why === "proved") {
      for (const one of ended.destroyed) if (one.day === day) one.why = "proved";
    } else if (backups === undefined) ended.findings.push(unknown(day));
    else if (unproved.length > 0) ended.findings.push(left(day, unproved));
  }
  return ended;
}

/** The backups that are sealed to the keys of these days, and the store's clock where it tells. */
async function sealedBackups(
  life: DayKeyLife,
  days: readonly string[],
): Promise<{ sealed: SealedBackup[]; clock: Date | undefined }> {
  const { source, trust } = await life.store();
  const clock = await source.clock?.(life.signal);
  const drills = await life.drills();
  const sealed: SealedBackup[] = [];
  // A backup has its id before it has its day key: shortly after midnight that is the next day's.
  const begun = new Set(days.flatMap((day) => [day, dayBefore(day)]));
  for (const day of begun)
    for await (const backup of listBackups(
      source,
      { id: `${day.replaceAll("-", "")}T` },
      trust,
      life.signal,
    )) {
      if (!("manifest" in backup)) continue;
      const { backupId, cluster, recipients } = backup.manifest;
      const { dayKey } = recipients;
      if (dayKey === undefined || !days.includes(dayKey.day)) continue;
      const passed = drills.some(
        (report) => report.cluster === cluster && report.backup?.id === backupId && proves(report),
      );
      sealed.push({ backupId, cluster, dayKeyDay: dayKey.day, passed });
    }
  return { sealed, clock };
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
}

const TODO =
  "Prove them with a key from the safe (`lakat drill run BACKUP --backup-key FILE`), and see why their restore test did not pass in time.";

function left(day: string, unproved: readonly SealedBackup[]): Finding {
  const named = unproved.slice(0, MOST_NAMED).map(({ backupId, cluster }) => `${backupId} of ${cluster}`);
  const more = unproved.length > MOST_NAMED ? ` and ${unproved.length - MOST_NAMED} more` : "";
  return {
    code: "BACKUP_UNPROVED",
    what: `the day key of ${day} reached its limit and is destroyed, and these backups never passed a restore test: ${named.join(", ")}${more}`,
    todo: TODO,
  };
}

function unknown(day: string): Finding {
  return {
    code: "BACKUP_UNPROVED",
    what: `the day key of ${day} reached its limit and is destroyed; the store did not answer, so whether all backups of that day passed a restore test is not known`,
    todo: TODO,
  };
}
