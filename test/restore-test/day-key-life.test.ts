/** When a day key is destroyed: a table over `now`, and the laws behind it. */
import fc from "fast-check";
import t from "tap";
import { dueForDestruction, type SealedBackup } from "../../src/restore-test/day-key-life.ts";

const DAY = "2026-11-23";
const KEY = { day: DAY, notAfter: "2026-11-26T00:00:00.000Z" };
const sealed = (cluster: string, passed: boolean, more: Partial<SealedBackup> = {}): SealedBackup => ({
  backupId: "20261123T030000Z-0123abcd",
  cluster,
  dayKeyDay: DAY,
  passed,
  ...more,
});
const both = [sealed("crm", true), sealed("hr", true)];

t.test("one key over time", async (t) => {
  const late = sealed("crm", false, { backupId: "20261123T235900Z-0123abcd" });
  const cases: [
    why: string,
    now: string,
    backups: SealedBackup[] | undefined,
    due: "proved" | "limit" | "-",
  ][] = [
    ["the day is not over", "2026-11-23T23:59:59.999Z", both, "-"],
    ["a backup may still run", "2026-11-24T11:59:59.999Z", both, "-"],
    ["settled and proved", "2026-11-24T12:00:00.000Z", both, "proved"],
    ["one cluster has none yet", "2026-11-24T12:00:00.000Z", [sealed("crm", true)], "-"],
    ["one did not pass", "2026-11-24T12:00:00.000Z", [...both, late], "-"],
    ["none at all", "2026-11-24T12:00:00.000Z", [], "-"],
    ["of another day", "2026-11-24T12:00:00.000Z", both.map((b) => ({ ...b, dayKeyDay: "2026-11-24" })), "-"],
    ["one of a cluster nobody tests", "2026-11-24T12:00:00.000Z", [...both, sealed("old", false)], "-"],
    ["the store is silent", "2026-11-25T23:59:59.999Z", undefined, "-"],
    ["the limit, proved", "2026-11-26T00:00:00.000Z", both, "proved"],
    ["the limit, one not passed", "2026-11-26T00:00:00.000Z", [...both, late], "limit"],
    ["the limit, none at all", "2026-11-26T00:00:00.000Z", [], "limit"],
    ["the limit, the store is silent", "2026-11-26T00:00:00.000Z", undefined, "limit"],
  ];
  for (const [why, now, backups, due] of cases) {
    const found = dueForDestruction({ now: new Date(now), held: [KEY], backups, clusters: ["crm", "hr"] });
    t.strictSame(
      found.map((key) => key.why),
      due === "-" ? [] : [due],
      why,
    );
  }
  const [limit] = dueForDestruction({
    now: new Date(KEY.notAfter),
    held: [KEY],
    backups: [late, ...both, sealed("hr", false, { backupId: "20261123T010000Z-0123abcd" })],
    clusters: ["crm", "hr"],
  });
  t.strictSame(
    limit?.unproved.map(({ backupId }) => backupId),
    ["20261123T010000Z-0123abcd", late.backupId],
    "the unproved, by id",
  );
  t.strictSame(
    dueForDestruction({ now: new Date("2026-11-25T00:00:00Z"), held: [KEY], backups: [], clusters: [] }),
    [],
    "without clusters nothing is proved",
  );
});

const DAYS = ["2026-11-21", "2026-11-22", "2026-11-23"];
const arbitrary = fc.record({
  now: fc.date({
    min: new Date("2026-11-20T00:00:00Z"),
    max: new Date("2026-11-28T00:00:00Z"),
    noInvalidDate: true,
  }),
  held: fc
    .uniqueArray(fc.constantFrom(...DAYS))
    .map((days) =>
      days.map((day) => ({ day, notAfter: new Date(Date.parse(day) + 3 * 86_400_000).toISOString() })),
    ),
  backups: fc.array(
    fc.record({
      backupId: fc.stringMatching(/^2026112[123]T0[0-9]0000Z-[0-9a-f]{8}$/),
      cluster: fc.constantFrom("crm", "hr", "old"),
      dayKeyDay: fc.constantFrom(...DAYS),
      passed: fc.boolean(),
    }),
  ),
  clusters: fc.uniqueArray(fc.constantFrom("crm", "hr")),
});

t.test("laws", async (t) => {
  fc.assert(
    fc.property(arbitrary, fc.integer({ min: 0, max: 10 * 86_400_000 }), (given, wait) => {
      const days = (input: typeof given): string[] => dueForDestruction(input).map(({ day }) => day);
      const due = dueForDestruction(given);
      const later = days({ ...given, now: new Date(given.now.getTime() + wait) });
      // What is due stays due; what is due is held; each once.
      if (due.some(({ day }) => !later.includes(day))) return false;
      if (due.some(({ day }) => !given.held.some((key) => key.day === day))) return false;
      // Nothing outlives its limit, and nothing unproved goes before it.
      for (const { day, notAfter } of given.held) {
        const of = due.find((key) => key.day === day);
        if (given.now.toISOString() >= notAfter && of === undefined) return false;
        const open = given.backups.some((b) => b.dayKeyDay === day && !b.passed);
        if (open && of !== undefined && (of.why !== "limit" || given.now.toISOString() < notAfter))
          return false;
      }
      // One more backup that did not pass never lets a key go earlier.
      const unproved = {
        backupId: "20261123T230000Z-00000000",
        cluster: "crm" as const,
        dayKeyDay: DAY,
        passed: false,
      };
      const kept = days({ ...given, backups: [...given.backups, unproved] });
      if (kept.some((day) => !due.some((key) => key.day === day))) return false;
      // The order in which the store lists does not matter.
      const turned = { ...given, held: given.held.toReversed(), backups: given.backups.toReversed() };
      return JSON.stringify(days(turned)) === JSON.stringify(days(given));
    }),
    { numRuns: 500 },
  );
  t.pass();
});
