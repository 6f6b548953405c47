/** The day as a whole: sabotage, clocks, day keys, what was not sent, and a second look on the same day. */
import t from "tap";
import { dayReport, gotWorse, type DayInput } from "../../src/report/daily.ts";
import { dayKeysRunOut } from "../../src/report/day-keys.ts";
import { spanText } from "../../src/report/span.ts";
import type { ReportFinding } from "../../src/seal/report.ts";
import { sabotage } from "../fixtures/reports.ts";
import { daily24, dayOf, HOUR, newestAt, testOf } from "../fixtures/reports/expected.ts";

const LAST = "2026-11-24T02:00:00.000Z";
const MORNING = "2026-11-24T06:00:00.000Z";
const finding = (code: ReportFinding["code"], what = "something"): ReportFinding => ({
  code,
  what,
  todo: "Do.",
});

function said(input: DayInput): string[] {
  const { findings, verdict } = dayReport(input);
  return [verdict, ...findings.map(({ code }) => code)];
}

t.test("the day as a whole: sabotage, clock, what could not be sent", async (t) => {
  const green = (more: Partial<DayInput>) =>
    dayOf(MORNING, [daily24(newestAt("crm", LAST))], [testOf("crm", LAST)], more);
  const every = 8 * 24 * HOUR;
  const run = sabotage();
  const clean = {
    ...run,
    verdict: "passed" as const,
    findings: [],
    cases: run.cases.filter((one) => one.outcome === "passed"),
  };
  const stopped = { ...clean, verdict: "failed" as const, findings: [finding("STORE_UNREACHABLE")] };
  const old = { ...clean, finishedAt: "2026-11-16T05:59:59.000Z" };
  for (const [why, more, expected] of [
    ["no sabotage wanted", {}, ["passed"]],
    ["never", { sabotage: { every, newest: undefined } }, ["findings", "SABOTAGE_OVERDUE"]],
    ["in time", { sabotage: { every, newest: clean } }, ["passed"]],
    ["too long ago", { sabotage: { every, newest: old } }, ["findings", "SABOTAGE_OVERDUE"]],
    [
      "missed one, also where it is not on a schedule",
      { sabotage: { every: undefined, newest: run } },
      ["failed", "SABOTAGE_MISSED"],
    ],
    ["could not run", { sabotage: { every, newest: stopped } }, ["failed", "STORE_UNREACHABLE"]],
    [
      "failed without a word",
      { sabotage: { every, newest: { ...stopped, findings: [] } } },
      ["failed", "SABOTAGE_MISSED"],
    ],
    ["the clocks agree", { storeClock: new Date("2026-11-24T06:05:00.000Z") }, ["passed"]],
    [
      "this host is behind",
      { storeClock: new Date("2026-11-24T06:05:00.001Z") },
      ["findings", "CLOCK_DOUBTFUL"],
    ],
    ["this host is ahead", { storeClock: new Date("2026-11-23T06:00:00Z") }, ["findings", "CLOCK_DOUBTFUL"]],
    ["not sent", { findings: [finding("REPORT_NOT_SENT")] }, ["findings", "REPORT_NOT_SENT"]],
    ["keys run out", { dayKeys: { days: ["2026-11-24"], ahead: 7 } }, ["findings", "DAY_KEYS_RUN_OUT"]],
  ] as [string, Partial<DayInput>, string[]][])
    t.strictSame(said(green(more)), expected, why);
  const [first] = dayReport(green({ sabotage: { every, newest: run } })).findings;
  t.match(first?.what, "got 1 of 12 sabotaged backups wrong (index sales.orders_pkey corrupted)");
});

t.test("day keys: an unbroken row from today, more than three days of it", async (t) => {
  const row = (n: number, from = 24) => Array.from({ length: n }, (_, i) => `2026-11-${from + i}`);
  const out = (days: string[], ahead = 7) =>
    dayKeysRunOut(new Date("2026-11-24T00:05:00Z"), { days, ahead })[0]?.what;
  t.equal(out(row(8, 23)), undefined, "just before the day's run");
  t.equal(out(row(4)), undefined);
  t.match(out(row(3)), "the last one is that of 2026-11-26");
  t.match(out([...row(2), ...row(4, 27)]), "that of 2026-11-25", "a hole");
  t.match(out([]), "there is none for today");
  t.match(out(row(5, 25)), "there is none for today");
  t.equal(out(row(2), 2), undefined, "two days ahead are what was asked for");
  t.match(out(row(1), 2), "that of 2026-11-24");
  t.equal(out(row(1), 1), undefined);
});

t.test("what must not be swallowed on the same day", async (t) => {
  const cluster = daily24(newestAt("crm", LAST));
  const day = (findings: ReportFinding[], drills = [testOf("crm", LAST)]) =>
    dayReport(dayOf(MORNING, [cluster], drills, { findings }));
  const [green, noted, red] = [day([]), day([finding("REPORT_NOT_SENT")]), day([], [])];
  t.equal(gotWorse(green, green), false);
  t.equal(gotWorse(green, red), true);
  t.equal(gotWorse(green, noted), false, "one more report reaches nobody");
  t.equal(gotWorse(red, green), false);
  t.equal(gotWorse(red, red), false);
  t.equal(gotWorse(red, day([finding("HISTORY_DAMAGED")], [])), true, "something more");
  const other = { ...red, clusters: red.clusters.map((one) => ({ ...one, cluster: "hr" })) };
  t.equal(gotWorse(red, other), true, "another cluster");
});

t.test("spans", async (t) => {
  for (const [ms, text] of [
    [40 * 60_000, "40 min"],
    [HOUR, "1 h"],
    [90 * 60_000, "90 min"],
    [30 * HOUR, "30 h"],
    [191 * HOUR, "7 d"],
  ] as const)
    t.equal(spanText(ms), text);
});
