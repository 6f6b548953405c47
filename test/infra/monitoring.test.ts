/** The rules for Prometheus: its own program takes them, they fire when they must, and they name what there is. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "infra/monitoring");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const promtool = (...args: string[]): Promise<unknown> =>
  promisify(execFile)("promtool", args, { cwd: folder });

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: { severity?: string };
  annotations?: { summary?: string; runbook?: string };
}
const rulesIn = (file: string): Rule[] =>
  (parse(read(`infra/monitoring/${file}`)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    ({ rules }) => rules,
  );
const alerts = rulesIn("alerts.yaml");
const recorded = rulesIn("recording.yaml");

t.test("promtool takes the rules, and its tests of them pass", async (t) => {
  await t.resolves(promtool("check", "rules", "recording.yaml", "alerts.yaml"));
  await t.resolves(promtool("test", "rules", "rules.test.yaml", "days.test.yaml"));
});

t.test("they ask for metrics that there are, and every recorded rule is asked for", async (t) => {
  const documented = new Set(read("docs/metrics.md").match(/lakat_[a-z_]+/g));
  const names = new Set(recorded.map(({ record }) => record));
  const asked = [...alerts, ...recorded].flatMap(
    ({ expr }) => expr.match(/lakat[a-z_]*(:[a-z_0-9:]+|[a-z_]+)/g) ?? [],
  );
  t.ok(asked.length > 20);
  for (const name of new Set(asked))
    if (name.includes(":")) t.ok(names.has(name), `${name} is recorded`);
    else t.ok(documented.has(name.replace(/_bucket$/, "")), `${name} is in docs/metrics.md`);
  const used = new Set(asked);
  t.strictSame(
    [...names].filter((name) => name !== undefined && !used.has(name)),
    [],
  );
});

t.test("each alert says how urgent it is, what it is, and where in the runbook to read on", async (t) => {
  const anchors = new Set(
    [...read("infra/RUNBOOK.md").matchAll(/^#+ (.*)$/gm)].map(
      ([, heading = ""]) =>
        `#${heading
          .toLowerCase()
          .replace(/[^\w\- ]/g, "")
          .replace(/ /g, "-")}`,
    ),
  );
  t.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length, "no name twice");
  for (const { alert = "", labels, annotations } of alerts) {
    t.match(labels?.severity, /^(page|ticket)$/, alert);
    t.match(annotations?.summary, /^[A-Z{]/, alert);
    t.ok(anchors.has(annotations?.runbook ?? ""), `${alert}: ${annotations?.runbook}`);
  }
});

t.test("every alert that wakes somebody has a test of when it fires", async (t) => {
  const tested = read("infra/monitoring/rules.test.yaml") + read("infra/monitoring/days.test.yaml");
  const without = alerts
    .filter(
      ({ labels, alert = "" }) => labels?.severity === "page" && !tested.includes(`alertname: ${alert}\n`),
    )
    .map(({ alert }) => alert);
  t.strictSame(without, []);
});
