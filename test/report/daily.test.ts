/** The day's summary: a table over `now`. */
import t from "tap";
import type { ClusterDay, Newest } from "../../src/report/daily-cluster.ts";
import { dayReport, type DayInput } from "../../src/report/daily.ts";
import { calendarDay } from "../../src/report/span.ts";
import { encodeReport, type DrillReport, type ReportFinding } from "../../src/seal/report.ts";
import { goodDaily } from "../fixtures/reports.ts";
import { daily24, dayOf, HOUR, newestAt, testOf } from "../fixtures/reports/expected.ts";

const LAST = "2026-11-24T02:00:00.000Z";
const BEFORE = "2026-11-23T02:00:00.000Z";
const MORNING = "2026-11-24T06:00:00.000Z";
const finding = (code: ReportFinding["code"], what = "something"): ReportFinding => ({
  code,
  what,
  todo: "Do.",
});

/** Verdict, then the codes in their order. */
function said(input: DayInput): string[] {
  const report = dayReport(input);
  const { findings, clusters, verdict } = report;
  // What was said can be signed.
  encodeReport({ ...goodDaily(), ...report });
  return [verdict, ...[...findings, ...clusters.flatMap((one) => one.findings)].map(({ code }) => code)];
}

t.test("one cluster in the morning", async (t) => {
  const good = daily24(newestAt("crm", LAST));
  const both = [testOf("crm", BEFORE), testOf("crm", LAST)];
  const none = daily24({ kind: "none", findings: [] });
  const unknown = daily24({ kind: "unknown", fault: finding("STORE_UNREACHABLE") });
  const keyless = { ...testOf("crm", LAST, { findings: [finding("DAY_KEY_MISSING")] }), steps: [] };
  const old = testOf("crm", "2026-01-05T02:00:00.000Z", { finishedAt: "2026-11-24T05:00:00.000Z" });
  const cases: [why: string, now: string, cluster: ClusterDay, drills: DrillReport[], said: string[]][] = [
    ["all well", MORNING, good, both, ["passed"]],
    ["the test of the night still runs", MORNING, good, [testOf("crm", BEFORE)], ["passed"]],
    ["the test is late", "2026-11-24T08:00:01Z", good, [testOf("crm", BEFORE)], ["failed", "DRILL_OVERDUE"]],
    ["nothing ran this night", "2026-11-25T06:00:00Z", good, both, ["passed"]],
    ["nothing ran, and grace is over", "2026-11-25T08:00:01Z", good, both, ["failed", "BACKUP_OVERDUE"]],
    [
      "nothing ran for days",
      "2026-11-27T06:00:00Z",
      good,
      both,
      ["failed", "BACKUP_OVERDUE", "DRILL_OVERDUE"],
    ],
    [
      "backups come, tests do not",
      MORNING,
      good,
      [testOf("crm", "2026-11-22T17:59:59.000Z")],
      ["failed", "DRILL_OVERDUE"],
    ],
    ["neither ever", MORNING, none, [], ["failed", "BACKUP_OVERDUE"]],
    ["the first day, before any restore test", MORNING, good, [], ["failed", "DRILL_OVERDUE"]],
    ["the first day, after it", MORNING, good, [testOf("crm", LAST)], ["passed"]],
    ["the store does not answer", MORNING, unknown, both, ["failed", "STORE_UNREACHABLE"]],
    [
      "nor did it for days",
      "2026-11-26T06:00:00Z",
      unknown,
      both,
      ["failed", "DRILL_OVERDUE", "STORE_UNREACHABLE"],
    ],
    [
      "the test failed",
      MORNING,
      good,
      [testOf("crm", BEFORE), testOf("crm", LAST, { findings: [finding("ROWS_DIFFER")] })],
      ["failed", "ROWS_DIFFER"],
    ],
    [
      "failed without a word",
      MORNING,
      good,
      [testOf("crm", BEFORE), { ...testOf("crm", LAST), verdict: "failed" }],
      ["failed", "DRILL_FAILED"],
    ],
    [
      "right, with a warning",
      MORNING,
      good,
      [testOf("crm", LAST, { findings: [finding("RESTORE_WARNING")] })],
      ["findings", "RESTORE_WARNING"],
    ],
    [
      "nothing restored is no proof",
      MORNING,
      good,
      [keyless],
      ["failed", "DRILL_OVERDUE", "DAY_KEY_MISSING"],
    ],
    [
      "a failure that was tested again and passed",
      MORNING,
      good,
      [
        testOf("crm", LAST, { findings: [finding("SCRATCH_FULL")], finishedAt: "2026-11-24T03:00:00Z" }),
        testOf("crm", LAST, { finishedAt: "2026-11-24T04:00:00Z" }),
      ],
      ["passed"],
    ],
    [
      "a good test of an old backup hides nothing",
      MORNING,
      good,
      [testOf("crm", BEFORE), testOf("crm", LAST, { findings: [finding("ROWS_DIFFER")] }), old],
      ["failed", "ROWS_DIFFER"],
    ],
    ["nor does it prove the new one", MORNING, good, [old], ["failed", "DRILL_OVERDUE"]],
    [
      "the test found none either: told once",
      MORNING,
      none,
      [
        testOf("crm", undefined, {
          finishedAt: LAST,
          findings: [finding("BACKUP_OVERDUE", "no backup in the night")],
        }),
      ],
      ["failed", "BACKUP_OVERDUE"],
    ],
    ["a test of another cluster", MORNING, good, [testOf("hr", LAST)], ["failed", "DRILL_OVERDUE"]],
    [
      "beside the newest lies one that is refused",
      MORNING,
      daily24({ ...newestAt("crm", LAST), findings: [finding("BACKUP_REFUSED")] } as Newest),
      both,
      ["findings", "BACKUP_REFUSED"],
    ],
    [
      "a manifest that was written again is no new backup",
      "2026-11-26T06:00:00Z",
      daily24(newestAt("crm", "2026-11-26T02:00:00.000Z", LAST)),
      [testOf("crm", LAST)],
      ["failed", "BACKUP_OVERDUE", "DRILL_OVERDUE", "DRILL_OVERDUE"],
    ],
    [
      "committed in the future",
      "2026-11-23T06:00:00Z",
      good,
      both,
      ["findings", "CLOCK_DOUBTFUL", "CLOCK_DOUBTFUL"],
    ],
    [
      "the backup host's clock runs ahead",
      MORNING,
      daily24(newestAt("crm", LAST, "2026-11-24T02:05:01.000Z")),
      both,
      ["findings", "CLOCK_DOUBTFUL"],
    ],
  ];
  for (const [why, now, cluster, drills, expected] of cases)
    t.strictSame(said(dayOf(now, [cluster], drills)), expected, why);
});

t.test("backups twice a day, tested in the night and at noon", async (t) => {
  const [night, noon] = ["2026-11-24T02:00:00.000Z", "2026-11-24T12:00:00.000Z"];
  const twice = (committed: string) =>
    daily24(newestAt("crm", committed), { backupEvery: 12 * HOUR, grace: 2 * HOUR });
  const tests = [testOf("crm", "2026-11-23T12:00:00.000Z"), testOf("crm", night)];
  for (const [why, now, newest, drills, expected] of [
    ["in the morning", MORNING, night, tests, ["passed"]],
    ["the newest is being tested", "2026-11-24T13:30:00Z", noon, tests, ["passed"]],
    ["the newest was not", "2026-11-24T14:00:01Z", noon, tests, ["failed", "DRILL_OVERDUE"]],
    ["it was", "2026-11-24T14:00:01Z", noon, [...tests, testOf("crm", noon)], ["passed"]],
    ["the second did not come", "2026-11-24T16:00:01Z", night, tests, ["failed", "BACKUP_OVERDUE"]],
  ] as const)
    t.strictSame(said(dayOf(now, [twice(newest)], [...drills])), expected, why);
});

t.test("summer time: the day's name is the host's, and a day of 25 hours makes nothing late", async (t) => {
  for (const [at, zone, day] of [
    ["2026-11-23T22:59:59Z", "Europe/Budapest", "2026-11-23"],
    ["2026-11-23T23:00:00Z", "Europe/Budapest", "2026-11-24"],
    ["2026-03-28T23:30:00Z", "Europe/Budapest", "2026-03-29"],
    ["2026-03-29T22:30:00Z", "Europe/Budapest", "2026-03-30"],
    ["2026-10-24T22:30:00Z", "Europe/Budapest", "2026-10-25"],
    ["2026-10-25T22:59:59Z", "Europe/Budapest", "2026-10-25"],
    ["2026-01-01T05:00:00Z", "America/New_York", "2026-01-01"],
    ["2026-01-01T00:00:00Z", "America/New_York", "2025-12-31"],
    ["2026-11-24T12:00:00Z", "UTC", "2026-11-24"],
  ] as const)
    t.equal(calendarDay(new Date(at), zone), day, `${at} in ${zone}`);
  // 02:30 at home before and after the clocks went back, and no grace to speak of.
  const [before, after] = ["2026-10-24T00:30:00.000Z", "2026-10-25T01:30:00.000Z"];
  const cluster = (committed: string) => daily24(newestAt("crm", committed), { grace: 2 * HOUR });
  t.strictSame(said(dayOf("2026-10-25T01:29:00Z", [cluster(before)], [testOf("crm", before)])), ["passed"]);
  t.strictSame(said(dayOf("2026-10-25T03:00:00Z", [cluster(after)], [testOf("crm", after)])), ["passed"]);
});

t.test("what each cluster's part tells", async (t) => {
  const drills = [testOf("crm", BEFORE), testOf("crm", LAST, { findings: [finding("PG_FAILED")] })];
  const { clusters, day } = dayReport(
    dayOf(
      MORNING,
      [
        daily24(newestAt("crm", LAST), { rto: HOUR }),
        daily24({ kind: "none", findings: [] }, { cluster: "hr" }),
      ],
      drills,
    ),
  );
  t.equal(day, "2026-11-24");
  t.match(clusters[0], {
    cluster: "crm",
    verdict: "failed",
    newestBackup: { committed: LAST },
    proved: {
      backup: drills[0]?.backup?.id,
      committed: BEFORE,
      report: drills[0]?.id,
      restoreSeconds: Number,
    },
    drill: { report: drills[1]?.id, verdict: "failed" },
    rtoSeconds: 3600,
  });
  t.strictSame(Object.keys(clusters[1] ?? {}), ["cluster", "verdict", "findings"]);
  t.match(clusters[1]?.findings[0]?.what, "the store holds no backup of hr");
  t.match(
    dayReport(dayOf("2026-11-28T08:00:00Z", [daily24(newestAt("crm", LAST))], [])).clusters[0]?.findings[0]
      ?.what,
    /^the newest backup of crm \(20261124T015000Z-[0-9a-f]{8}\) is 4 d old; one is expected every 24 h, at most 6 h late$/,
  );
});
