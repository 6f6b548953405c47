/** Laws of the day's summary: what never makes a day greener. */
import fc from "fast-check";
import t from "tap";
import { dayReport, type DayInput } from "../../src/report/daily.ts";
import { proves } from "../../src/report/proved.ts";
import type { DrillReport, ReportFinding, Verdict } from "../../src/seal/report.ts";
import { daily24, dayOf, HOUR, newestAt, testOf } from "../fixtures/reports/expected.ts";

const NOW = Date.parse("2026-11-24T06:00:00Z");
const ago = (hours: number): string => new Date(NOW - hours * HOUR).toISOString();
const rank = (input: DayInput): number => {
  const ranks: Record<Verdict, number> = { passed: 0, findings: 1, failed: 2 };
  return ranks[dayReport(input).verdict];
};
const finding = (code: ReportFinding["code"]): ReportFinding => ({ code, what: "something", todo: "Do." });

const drill = fc
  .record({
    cluster: fc.constantFrom("crm", "hr"),
    backup: fc.constantFrom(2, 3, 5, 9, 20, 29, 33, 45),
    lasted: fc.integer({ min: 0, max: 3 }),
    found: fc.constantFrom<ReportFinding["code"][]>([], [], [], ["RESTORE_WARNING"], ["ROWS_DIFFER"]),
  })
  .map(({ cluster, backup, lasted, found }) =>
    testOf(cluster, ago(backup), {
      finishedAt: ago(Math.max(0, backup - lasted)),
      findings: found.map(finding),
    }),
  );
const day = fc
  .record({
    crm: fc.constantFrom(1, 2, 3, 5, 9, 29, 33),
    hr: fc.constantFrom(1, 2, 3, 5, 9, 29, 33),
    drills: fc.uniqueArray(drill, { maxLength: 8, selector: ({ id }) => id }),
  })
  .map(({ crm, hr, drills }) =>
    dayOf(
      new Date(NOW).toISOString(),
      [daily24(newestAt("crm", ago(crm))), daily24(newestAt("hr", ago(hr)), { cluster: "hr" })],
      drills,
    ),
  );
const newestFirst = (a: DrillReport, b: DrillReport): number => (a.finishedAt < b.finishedAt ? 1 : -1);

t.test("the order in which reports are listed does not matter", async (t) => {
  const order = day.chain((input) =>
    fc.tuple(
      fc.constant(input),
      fc.shuffledSubarray([...input.drills], {
        minLength: input.drills.length,
        maxLength: input.drills.length,
      }),
    ),
  );
  fc.assert(
    fc.property(order, ([input, drills]) => {
      return JSON.stringify(dayReport({ ...input, drills })) === JSON.stringify(dayReport(input));
    }),
    { numRuns: 300 },
  );
  t.pass();
});

t.test("what never makes a day greener", async (t) => {
  let green = 0;
  fc.assert(
    fc.property(day, fc.integer({ min: 1, max: 100 }), (input, hours) => {
      const before = rank(input);
      if (before === 0) green++;
      const worse: Record<string, DayInput> = {
        "the newest test that passed is missing": {
          ...input,
          drills: input.drills.filter(
            (one) => one !== input.drills.filter(({ verdict }) => verdict === "passed").sort(newestFirst)[0],
          ),
        },
        "time goes by and nothing runs": { ...input, now: new Date(NOW + hours * HOUR) },
        "one cluster more": {
          ...input,
          clusters: [...input.clusters, daily24({ kind: "none", findings: [] }, { cluster: "old" })],
        },
        "the store is silent": {
          ...input,
          clusters: input.clusters.map((one) => ({
            ...one,
            newest: { kind: "unknown", fault: finding("STORE_UNREACHABLE") },
          })),
        },
        "the newest test failed": {
          ...input,
          drills: [
            ...input.drills,
            testOf("crm", ago(1), { finishedAt: ago(-0.01), findings: [finding("PG_FAILED")] }),
          ],
        },
      };
      for (const [why, changed] of Object.entries(worse)) if (rank(changed) < before) throw new Error(why);
    }),
    { numRuns: 600 },
  );
  t.ok(green > 10, `${green} of them were green`);
});

t.test("green says: of each cluster a backup in time, and one proved in time", async (t) => {
  fc.assert(
    fc.property(day, (input) => {
      if (rank(input) !== 0) return;
      for (const { cluster, backupEvery, grace, newest } of input.clusters) {
        if (newest.kind !== "found") throw new Error("no backup");
        if (NOW - newest.committed.getTime() > backupEvery + grace) throw new Error("an old backup");
        const proof = input.drills.some(
          (one) =>
            one.cluster === cluster &&
            proves(one) &&
            NOW - Date.parse(one.backup.committed) <= backupEvery + 2 * grace,
        );
        if (!proof) throw new Error("no proof");
      }
    }),
    { numRuns: 600 },
  );
  t.pass();
});
