/** A report as plain text: in a terminal, and as the text of a mail. Lines of letters, no drawing. Pure. */
import type { DailyReport, DrillReport, Report, ReportCheck, SabotageReport } from "../seal/report.ts";
import { sentenceOf } from "./page.ts";
import { printable } from "../markup/printable.ts";
import { sceneOf, type ReportContext } from "./scene.ts";
import { table } from "./table.ts";
import { seenText, type Words } from "./words.ts";

/**
 * Verdict, then what was done and seen. Findings are not in it: whoever prints it tells them. Sentences are
 * wrapped to `width` characters; tables and names are never cut.
 */
export function reportText(report: Report, context: ReportContext, width: number): string {
  const { words } = sceneOf(context, "mail");
  const parts = [wrapped(`${words.verdicts[report.verdict]}. ${sentenceOf(report, words)}`, width)];
  if (report.kind === "drill") parts.push(...drillText(report, words, width));
  else if (report.kind === "daily") parts.push(...dailyText(report, words, width));
  else parts.push(...sabotageText(report, words, width));
  return plain(parts.join("\n\n"));
}

/** Spaces and hyphens that do not break, and the sign of minus, as they are typed; line ends stay, other controls become `?`. */
export function plain(text: string): string {
  return text
    .replace(/[\u00a0\u202f\u2009]/g, " ")
    .replace(/[\u2011\u2212]/g, "-")
    .split("\n")
    .map((line) => printable(line, "?").trimEnd())
    .join("\n");
}

/** Words wrapped to lines; a word that is longer than a line has one of its own. */
export function wrapped(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text, "?").split(/ +/)) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join("\n");
}

/** A title, underlined, and what stands below it. */
export function titled(title: string, content: string): string {
  return `${title}\n${"-".repeat(title.length)}\n${content}`;
}

function drillText(report: DrillReport, words: Words, width: number): string[] {
  const { headings, columns, locale } = words;
  const steps = table(
    [columns.result, columns.step, columns.time],
    report.steps.map(({ name, outcome, seconds }) => [
      words.outcomes[outcome],
      words.steps[name].name,
      outcome === "skipped" ? "-" : plain(locale.duration(seconds)),
    ]),
  );
  const whys = report.steps.flatMap(({ name, why }) =>
    why === undefined ? [] : [wrapped(`${words.steps[name].name}: ${why}`, width, "  ")],
  );
  const groups = [...Map.groupBy(report.checks, ({ database }) => database)].map(([database, group]) =>
    [
      printable(database ?? words.wholeCluster, "?"),
      ...group.map((check) => checkText(check, words, width)),
    ].join("\n"),
  );
  const keys = report.recoveryKeys.map(({ label, fingerprint, ok, reason }) =>
    [
      `${words.outcomes[ok ? "passed" : "failed"]}  ${label}`,
      `  ${fingerprint}`,
      ...(reason === undefined ? [] : [wrapped(reason, width, "  ")]),
    ].join("\n"),
  );
  return [
    titled(headings.steps, [steps, ...whys].join("\n")),
    titled(headings.checks, groups.length === 0 ? words.noChecks : groups.join("\n\n")),
    titled(headings.keys, keys.length === 0 ? words.noKeys : keys.join("\n")),
  ];
}

/** One line, as far as the width allows; what is wrong below it. */
function checkText(check: ReportCheck, words: Words, width: number): string {
  const { name, subject, outcome, problems, why } = check;
  const seen = seenText(check, words);
  const head = `${words.checks[name]}${subject === undefined ? "" : ` ${subject}`}`;
  const pad = Math.max(...Object.values(words.outcomes).map((word) => word.length));
  const mark = `  ${words.outcomes[outcome].padEnd(pad)}  `;
  const line = wrapped(`${head}${seen === "" ? "" : `: ${seen}`}`, width, " ".repeat(mark.length));
  return [
    mark + line.slice(mark.length),
    ...problems.map((problem) => wrapped(problem, width, "    ")),
    ...(why === undefined ? [] : [wrapped(why, width, "    ")]),
  ].join("\n");
}

function dailyText(report: DailyReport, words: Words, width: number): string[] {
  const { headings, columns, locale } = words;
  const when = (at: string | undefined, none: string) =>
    at === undefined ? none : locale.instantShort(new Date(at));
  const clusters = report.clusters.map((one) => {
    const { proved, rtoSeconds, newestBackup } = one;
    const seconds = proved?.restoreSeconds;
    const target = rtoSeconds === undefined ? "" : ` (${words.of(locale.duration(rtoSeconds))})`;
    return [
      `${one.cluster}: ${words.verdicts[one.verdict]}`,
      `  ${columns.newestBackup}: ${when(newestBackup?.committed, words.never)}`,
      `  ${columns.newestProof}: ${when(proved?.committed, one.drill === undefined ? words.noTest : words.never)}`,
      `  ${words.measures.restoreSeconds}: ${seconds === undefined ? "-" : locale.duration(seconds)}${target}`,
    ].join("\n");
  });
  const { sabotage } = report;
  const state = words.sabotageState(
    sabotage === undefined ? undefined : { ...sabotage, at: locale.day(new Date(sabotage.finishedAt)) },
  );
  return [titled(headings.clusters, clusters.join("\n")), titled(headings.sabotage, wrapped(state, width))];
}

function sabotageText(report: SabotageReport, words: Words, width: number): string[] {
  const { columns } = words;
  const codes = (list: readonly string[]) => (list.length === 0 ? words.nothing : list.join(", "));
  const cases = report.cases.map(({ name, outcome, expected, found, why }) =>
    [
      wrapped(`${words.outcomes[outcome]}  ${name}`, width),
      ...(outcome === "passed"
        ? []
        : [
            wrapped(
              `${columns.expected}: ${codes(expected)}; ${columns.found}: ${codes(found)}`,
              width,
              "  ",
            ),
            ...(why === undefined ? [] : [wrapped(why, width, "  ")]),
          ]),
    ].join("\n"),
  );
  return [titled(words.headings.cases, cases.length === 0 ? words.noCases : cases.join("\n"))];
}
