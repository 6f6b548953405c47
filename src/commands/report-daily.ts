/**
 * `lakat report daily`: makes the day's report and sends it, whatever happened: also when nothing ran, the store is
 * silent or the history is damaged.
 */
import type { KeptReport } from "../delivery/report-folder.ts";
import type { RestoreTestConfig } from "../config.ts";
import { asFault, Fault, isFinding, type Finding } from "../fault.ts";
import { dayReport, gotWorse, type DayReport } from "../report/daily.ts";
import { newBackupId } from "../seal/manifest.ts";
import type { DailyReport, DrillReport, Report, ReportFinding, SabotageReport } from "../seal/report.ts";
import { VERSION } from "../version.ts";
import { flag, type Call, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { watchDay } from "./day-watch.ts";
import { drillsIn } from "./history.ts";
import { codeInWords, looksOf, type Looks } from "./report-looks.ts";
import { daysBefore, openReporting, type Reporting } from "./reporting.ts";

/** The longest that a restore test may be expected: every 24 days, and twice as much grace. */
const HISTORY_DAYS = 80;

export const command: Command = {
  usage: `[options]

  --again              make and send today's report anew
${CONFIG_USAGE}

Run it once a day, after the restore tests. A second run on the same calendar
day prints the earlier verdict and sends nothing, unless it finds something
that the earlier report did not say, or that one's clock was doubtful. The
dead man's switch is called only when the verdict is passed and the report
went out; then by a second run too, as long as all is green. Exit codes:
0 green, 3 with findings, 1 red.`,
  options: { ...CONFIG_OPTION, again: { type: "boolean" } },
  async run(call) {
    const config = await loadConfigFor(call, "restore-test");
    if (config.clusters.length === 0)
      throw new Fault(
        "CONFIG_INVALID",
        "clusters: missing, so nothing is expected and nothing could be missing",
        "Add each cluster that is backed up to `clusters` in the configuration.",
      );
    const looks = looksOf(config);
    const reporting = await openReporting(call, config, looks.render);
    const startedAt = call.now();
    const waiting = await reporting.flush();
    const past = await pastOf(reporting, config, startedAt);
    const watch = await watchDay(call, config);
    const made = dayReport({
      now: startedAt,
      timeZone: config.reports.time_zone,
      clusters: watch.clusters,
      drills: past.drills,
      sabotage: { every: config.sabotage?.every, newest: past.sabotage },
      dayKeys: watch.dayKeys,
      storeClock: watch.storeClock,
      findings: [...past.findings, ...watch.findings, ...waiting.findings],
    });
    const earlier = flag(call, "again") ? undefined : standing(past.dailies, made, startedAt);
    if (earlier !== undefined) {
      const { report, page, file } = earlier;
      const said = textOf(looks, report, call);
      const text = `${said}\n\nsent already today as report ${report.id}; --again makes it anew and sends it`;
      // The report may have reached nobody when it was made, and the switch was left alone then.
      const green = [report, made].every(({ verdict }) => verdict === "passed");
      const silent = green ? await reporting.callSwitch() : [];
      return outcomeOf(report, { text, file, page, sent: false }, [...waiting.findings, ...silent]);
    }
    return send(call, looks, reporting, made, startedAt);
  },
};

interface Past {
  drills: DrillReport[];
  dailies: (KeptReport & { report: DailyReport })[];
  sabotage: SabotageReport | undefined;
  findings: Finding[];
}

async function pastOf(reporting: Reporting, config: RestoreTestConfig, now: Date): Promise<Past> {
  try {
    const { reports, findings } = await reporting.history(daysBefore(now, HISTORY_DAYS));
    const isDaily = (kept: KeptReport): kept is Past["dailies"][number] => kept.report.kind === "daily";
    return {
      drills: drillsIn(reports),
      dailies: reports.filter(isDaily),
      sabotage: await lastSabotage(reporting, config),
      findings,
    };
  } catch (error) {
    const { message: what, todo } = asFault(error);
    const damaged: Finding = { code: "HISTORY_DAMAGED", what, todo };
    return { drills: [], dailies: [], sabotage: undefined, findings: [damaged] };
  }
}

/** Each cluster's newest sabotage run, the newest of them; but one that failed is not hidden by another's that came later. */
async function lastSabotage(
  reporting: Reporting,
  { clusters }: RestoreTestConfig,
): Promise<SabotageReport | undefined> {
  const runs = await Promise.all(clusters.map(({ name }) => reporting.lastOf("sabotage", name)));
  const newestFirst = runs
    .filter((run) => run !== undefined)
    .sort((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt));
  return newestFirst.find(({ verdict }) => verdict === "failed") ?? newestFirst[0];
}

/**
 * Today's report that still stands for the day. Not one that was made while this host's clock was doubtful or that
 * ends in the future: it may have been made on another day.
 */
function standing(dailies: Past["dailies"], made: DayReport, now: Date): Past["dailies"][number] | undefined {
  const earlier = dailies.findLast(
    ({ report }) =>
      report.day === made.day &&
      Date.parse(report.finishedAt) <= now.getTime() &&
      !report.findings.some(({ code }) => code === "CLOCK_DOUBTFUL"),
  );
  return earlier === undefined || gotWorse(earlier.report, made) ? undefined : earlier;
}

async function send(
  call: Call,
  looks: Looks,
  reporting: Reporting,
  made: DayReport,
  startedAt: Date,
): Promise<Outcome> {
  const draft = {
    ...made,
    version: 1 as const,
    id: newBackupId(startedAt),
    lakat: VERSION,
    startedAt: startedAt.toISOString(),
    finishedAt: call.now().toISOString(),
  };
  try {
    const { report, file, page, findings } = await reporting.publish(draft);
    const text = textOf(looks, report, call);
    return outcomeOf(draft, { text, file, page, sent: true }, findings);
  } catch (error) {
    call.signal.throwIfAborted();
    // Nobody else will hear of this day.
    const text = textOf(looks, { ...draft, host: "" }, call);
    return {
      ...outcomeOf(draft, { text, file: undefined, page: undefined, sent: false }, []),
      fault: asFault(error),
    };
  }
}

/** Of a red day also what is wrong: on standard error only the findings of exit code 3 have a line each. */
function textOf(looks: Looks, report: Report, call: Call): string {
  const text = looks.text(report, call);
  return report.verdict === "failed" ? `${text}\n\n${looks.findings(report, call)}` : text;
}

interface Shown {
  text: string;
  file: string | undefined;
  page: string | undefined;
  sent: boolean;
}

function outcomeOf(
  report: DayReport & { id: string },
  { text, file, page, sent }: Shown,
  sending: readonly Finding[],
): Outcome {
  const all = [...report.findings, ...report.clusters.flatMap((one) => one.findings)];
  const where = page === undefined ? [] : [`page: ${page}`];
  const { id, day, verdict, clusters, findings, sabotage } = report;
  return {
    text: [text, ...where].join("\n\n"),
    json: { report: id, day, verdict, sent, file, page, clusters, sabotage, troubles: findings },
    findings: [
      ...all.filter(isFinding),
      ...sending.filter((one) => !all.some((other) => other.what === one.what)),
    ],
    fault: verdict === "failed" ? red(report) : undefined,
  };
}

/** In English like every fault, whatever the report's language. */
function red({ day, findings, clusters }: DayReport): Fault {
  const failing = (list: readonly ReportFinding[]): string =>
    [...new Set(list.filter((one) => !isFinding(one)).map(codeInWords))].join(", ");
  const parts = [
    failing(findings),
    ...clusters.map((one) =>
      failing(one.findings) === "" ? "" : `${one.cluster}: ${failing(one.findings)}`,
    ),
  ].filter((part) => part !== "");
  return new Fault(
    "DAY_RED",
    `${day} is red: ${parts.join("; ")}`,
    "Read the report: each line in it says what to do; after that `lakat report daily --again` tells everybody.",
  );
}
