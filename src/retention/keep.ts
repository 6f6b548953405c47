/**
 * Which backups stay. Pure: a function of times, proofs and numbers, so that every rule is a test.
 *
 * 1. Only backups that were restored and passed take places: the newest of each of the last n UTC days, ISO weeks, months
 *    and years that have one, and the `least` newest of all.
 * 2. A doubtful one (its dates disagree, or it failed after it had passed) stays where it would have a place too, and
 *    takes none from one that passed without doubt.
 * 3. An unproved one (untested, failed) takes no place and pushes nothing out. It goes when it is older than every place
 *    of the finest tier in use and than the `least` newest, all of them taken by backups that passed.
 * 4. Nothing goes that is newer than the newest that passed without doubt; with none of those, nothing goes.
 * 5. One that is dated after the store's clock is left out of all of this until its time has come.
 */

/** How many places each tier has; `least` is at least 1. */
export interface Keep {
  daily: number;
  weekly: number;
  monthly: number;
  yearly: number;
  least: number;
}

/** What the restore tests say of a backup; doubtful: it passed, and yet something about it is not right. */
export type Proof = "passed" | "doubtful" | "unproved";

export interface DatedBackup {
  id: string;
  /** The earlier of the store's time of its commit and of the time its host signed. */
  at: Date;
  proof: Proof;
}

export interface Decision {
  keep: { id: string; reasons: string[] }[];
  /** Oldest first. */
  expire: { id: string; because: string }[];
}

type Tier = Exclude<keyof Keep, "least">;

/** From the finest to the coarsest; the period a time lies in, as a text. */
const TIERS: Record<Tier, (at: Date) => string> = {
  daily: (at) => at.toISOString().slice(0, 10),
  weekly: isoWeek,
  monthly: (at) => at.toISOString().slice(0, 7),
  yearly: (at) => at.toISOString().slice(0, 4),
};
const NAMES = Object.keys(TIERS) as Tier[];

/**
 * Sorts the backups of one cluster into those that stay and those that go; each is in exactly one list. `now` is the
 * store's clock. Throws RangeError when `least` is below 1: that is a caller's mistake.
 */
export function decide(backups: readonly DatedBackup[], keep: Keep, now: Date): Decision {
  if (!(keep.least >= 1)) throw new RangeError(`keep at least ${keep.least}`);
  const newestFirst = [...backups].sort(byAge);
  const counted = newestFirst.filter(({ at, proof }) => at <= now && proof !== "unproved");
  const passed = counted.filter(({ proof }) => proof === "passed");
  const [newest] = passed;
  const places = new Map<DatedBackup, Set<string>>();
  for (const among of [passed, counted]) givePlaces(among, keep, places);
  const ofDay = { passed: newestOfDays(passed), doubtful: newestOfDays(counted) };
  const limit = oldestRecent(passed, keep);
  const decision: Decision = { keep: [], expire: [] };
  for (const backup of newestFirst) {
    const { id, proof } = backup;
    const reasons = [...(places.get(backup) ?? [])];
    const stays = (why: string): void => void decision.keep.push({ id, reasons: [why] });
    if (reasons.length > 0) decision.keep.push({ id, reasons });
    else if (backup.at > now) stays("dated after the store's clock");
    else if (newest === undefined) stays("none has passed");
    else if (byAge(backup, newest) < 0) stays("newer than all that passed");
    else if (proof !== "unproved")
      decision.expire.push({ id, because: outdone(backup, ofDay[proof].get(TIERS.daily(backup.at)), keep) });
    else if (limit === undefined || backup.at >= limit) stays("not proved");
    else
      decision.expire.push({ id, because: `not proved, and enough newer ones have passed (${newest.id})` });
  }
  decision.expire.reverse();
  return decision;
}

/** Newest first; of the same time, by id, so that the order of a list never decides. */
function byAge(a: DatedBackup, b: DatedBackup): number {
  return b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

function givePlaces(
  newestFirst: readonly DatedBackup[],
  keep: Keep,
  places: Map<DatedBackup, Set<string>>,
): void {
  const give = (backup: DatedBackup, name: string): void =>
    void places.set(backup, (places.get(backup) ?? new Set()).add(name));
  for (const tier of NAMES)
    for (const backup of newestOfEach(newestFirst, tier, keep[tier])) give(backup, tier);
  for (const backup of newestFirst.slice(0, keep.least)) give(backup, "least");
}

/** The newest of each of the last `count` periods that have one, newest first. */
function newestOfEach(newestFirst: readonly DatedBackup[], tier: Tier, count: number): DatedBackup[] {
  const found = new Map<string, DatedBackup>();
  for (const backup of newestFirst) {
    if (found.size >= count) break;
    const period = TIERS[tier](backup.at);
    if (!found.has(period)) found.set(period, backup);
  }
  return [...found.values()].slice(0, count);
}

/** The oldest time that the finest tier in use and the `least` newest hold; undefined while a place is free. */
function oldestRecent(passed: readonly DatedBackup[], keep: Keep): Date | undefined {
  const finest = NAMES.find((tier) => keep[tier] > 0);
  const recent = finest === undefined ? [] : newestOfEach(passed, finest, keep[finest]);
  const least = passed.slice(0, keep.least);
  const full = least.length === keep.least && (finest === undefined || recent.length === keep[finest]);
  return full ? [...recent, ...least].sort(byAge).at(-1)?.at : undefined;
}

function newestOfDays(newestFirst: readonly DatedBackup[]): Map<string, DatedBackup> {
  return new Map(newestFirst.toReversed().map((backup) => [TIERS.daily(backup.at), backup]));
}

/** In words, what holds the places that a backup would need; `ofDay` is the newest of its day. */
function outdone(backup: DatedBackup, ofDay: DatedBackup | undefined, keep: Keep): string {
  if (keep.daily > 0 && ofDay !== undefined && byAge(ofDay, backup) < 0)
    return `${ofDay.id} of the same day is newer and has passed`;
  const tiers = NAMES.filter((tier) => keep[tier] > 0).map((tier) => `${tier} ${keep[tier]}`);
  return `newer ones that have passed hold all places (${[...tiers, `least ${keep.least}`].join(", ")})`;
}

/** `2026-W48`: ISO 8601, weeks begin on Monday and belong to the year of their Thursday. */
function isoWeek(at: Date): string {
  const thursday = new Date(at);
  thursday.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
  thursday.setUTCHours(0, 0, 0, 0);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - first) / (7 * 86_400_000)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}
