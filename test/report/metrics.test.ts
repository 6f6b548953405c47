/** The metrics text, read by a parser that allows nothing but the format's own grammar. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import t from "tap";
import { metricsState, metricsText, type MetricsState } from "../../src/report/metrics.ts";
import type { Report } from "../../src/seal/report.ts";
import { badDrill, daily, goodDrill, sabotage } from "../fixtures/reports.ts";

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Prometheus' text format 0.0.4 and OpenMetrics 1.0 at once: what both allow, no more. Throws on anything else. */
function parse(text: string): { samples: Sample[]; families: string[] } {
  if (!text.endsWith("\n# EOF\n") && text !== "# EOF\n") throw new Error("has to end with # EOF");
  const samples: Sample[] = [];
  const families: string[] = [];
  const seen = new Set<string>();
  let [helped, typed] = ["", ""];
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const help = /^# HELP ([a-z_]+) ([^\\\n"]+\.)$/.exec(line);
    const type = /^# TYPE ([a-z_]+) gauge$/.exec(line);
    const sample =
      /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/.exec(
        line,
      );
    if (help !== null) helped = help[1] ?? "";
    else if (type !== null) {
      typed = type[1] ?? "";
      if (typed !== helped) throw new Error(`TYPE of ${typed} without its HELP`);
      if (families.includes(typed)) throw new Error(`${typed} stands twice`);
      families.push(typed);
    } else if (sample !== null) {
      const [, name = "", pairs = "", value = ""] = sample;
      if (name !== typed) throw new Error(`${name} stands outside its family`);
      if (pairs.endsWith(",")) throw new Error("a comma too many");
      const labels = Object.fromEntries(
        [...pairs.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", text = ""]) => [
          key,
          text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)),
        ]),
      );
      const id = name + JSON.stringify(labels);
      if (seen.has(id)) throw new Error(`${id} stands twice`);
      seen.add(id);
      samples.push({ name, labels, value: Number(value) });
    } else throw new Error(`not in the grammar: ${line}`);
  }
  return { samples, families };
}

const full = { dayKeysLeft: 6, waiting: 2 };
const shifted = <R extends Report>(report: R, ms: number): R => ({
  ...report,
  finishedAt: new Date(Date.parse(report.finishedAt) + ms).toISOString(),
});

t.test("only a backup that was restored and checked counts as proved", (t) => {
  const good = goodDrill();
  const unrestored = { ...good, verdict: "findings" as const, steps: [] };
  const provedOf = (report: Report): number | undefined =>
    parse(metricsText(metricsState([report], ["crm"], full))).samples.find(
      ({ name }) => name === "lakat_backup_proved_timestamp_seconds",
    )?.value;
  t.equal(provedOf(good), Date.parse(good.backup?.committed ?? "") / 1000);
  t.equal(provedOf(unrestored), undefined);
  t.end();
});

t.test("what the kept reports come to", async (t) => {
  const [good, day, alarm] = [goodDrill(), daily(), sabotage()];
  const { samples } = parse(
    metricsText(metricsState([alarm, good, day], ["crm", "billing", "archive", "new"], full)),
  );
  const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
    samples.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
  const crm = { cluster: "crm" };
  const verdict = day.clusters.find(({ cluster }) => cluster === "crm")?.verdict ?? "passed";
  t.equal(value("lakat_cluster_verdict", { ...crm, verdict }), 1);
  t.equal(
    samples.filter(({ name, labels }) => name === "lakat_cluster_verdict" && labels["cluster"] === "crm")
      .length,
    3,
  );
  t.equal(value("lakat_backup_rows", crm), good.measures?.rows);
  t.equal(value("lakat_backup_sealed_bytes", crm), good.measures?.bytes);
  t.equal(value("lakat_restore_duration_seconds", crm), good.measures?.restoreSeconds);
  t.equal(value("lakat_restore_target_seconds", crm), good.measures?.rtoSeconds);
  t.equal(value("lakat_restore_test_timestamp_seconds", crm), Date.parse(good.finishedAt) / 1000);
  t.equal(value("lakat_restore_test_failed_checks", crm), 0);
  t.equal(value("lakat_daily_report_timestamp_seconds"), Date.parse(day.finishedAt) / 1000);
  t.equal(value("lakat_daily_report_verdict", { verdict: day.verdict }), 1);
  t.equal(value("lakat_sabotage_missed_cases"), 1);
  t.equal(value("lakat_day_keys_left_days"), 6);
  t.equal(value("lakat_reports_waiting"), 2);
  t.notOk(
    samples.some(({ labels }) => labels["cluster"] === "new"),
    "of what is not known nothing is said",
  );
});

t.test("the newer of day and restore test has the word, and a red test proves nothing", async (t) => {
  const red = badDrill();
  const good = shifted(goodDrill(), -86_400_000);
  const [state] = metricsState([good, red], ["crm"], full).clusters;
  t.match(state, { verdict: "failed", tested: new Date(red.finishedAt) });
  t.equal(state?.provedBackup?.toISOString(), new Date(good.backup?.committed ?? "").toISOString());
  t.ok((state?.failedChecks ?? 0) > 0);
  const day = shifted(daily(), Date.parse(red.finishedAt) - Date.parse(daily().finishedAt) + 1000);
  const said = day.clusters.find(({ cluster }) => cluster === "crm")?.verdict;
  t.equal(metricsState([red, day], ["crm"], full).clusters[0]?.verdict, said);
});

t.test("whatever the state, the text is in the grammar", async () => {
  const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
  const number = optional(fc.double({ min: 0, max: 1e18, noNaN: true }));
  const date = optional(fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }));
  const verdict = fc.constantFrom("passed" as const, "findings" as const, "failed" as const);
  const clusters = fc.uniqueArray(
    fc.record({
      ...{ cluster: fc.string(), verdict: optional(verdict), newestBackup: date, provedBackup: date },
      ...{ tested: date, failedChecks: number, restoreSeconds: number, targetSeconds: number },
      ...{ backupSeconds: number, rows: number, sealedBytes: number },
    }),
    { selector: ({ cluster }) => cluster },
  );
  const state: fc.Arbitrary<MetricsState> = fc.record({
    clusters,
    daily: optional(fc.record({ at: fc.constant(new Date(0)), verdict })),
    sabotage: optional(fc.record({ at: fc.constant(new Date(1)), missed: fc.nat() })),
    dayKeysLeft: optional(fc.nat()),
    waiting: fc.nat(),
  });
  fc.assert(
    fc.property(state, (one) => {
      const { samples } = parse(metricsText(one));
      const named = new Set(samples.flatMap(({ labels }) => labels["cluster"] ?? []));
      return [...named].every((name) => one.clusters.some(({ cluster }) => cluster === name));
    }),
  );
});

t.test("docs/metrics.md names exactly these, with the labels they have", async (t) => {
  // Those of the gateway are held by test/docs/gateway.test.ts.
  const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8").replace(
    /^.*\blakat_gateway_.*$/gm,
    "",
  );
  const { families, samples } = parse(
    metricsText(metricsState([sabotage(), goodDrill(), daily()], ["crm"], full)),
  );
  const rows = [...page.matchAll(/^\| `(lakat_[a-z_]+)` +\| (.*?) +\|/gm)];
  t.strictSame(
    rows.map(([, name]) => name),
    families,
  );
  for (const [, name = "", labels = ""] of rows)
    t.strictSame(
      Object.keys(samples.find((one) => one.name === name)?.labels ?? {}),
      [...labels.matchAll(/`([a-z]+)`/g)].map(([, label]) => label),
      name,
    );
  for (const [name] of page.matchAll(/\blakat_[a-z_]+\b/g)) t.ok(families.includes(name), name);
});
