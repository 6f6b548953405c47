/** A report as a mail: the verdict in its subject, everything in its text, and the page without drawings. Pure. */
import type { Report } from "../seal/report.ts";
import { valueIn } from "./charts.ts";
import { MAIL_STYLE } from "./mail-style.ts";
import { documentOf, headOf, sectionsOf } from "./page.ts";
import { findingTitle, todoOf } from "./page-parts.ts";
import { plain, reportText, titled, wrapped } from "./plain.ts";
import { printable } from "../markup/printable.ts";
import { summaryOfDay, summaryOfDrill, placed, summaryOfSabotage } from "./summary.ts";
import { sceneOf, type ReportContext } from "./scene.ts";
import { MEASURES, pointsFor, seriesOf, spreadOf } from "./series.ts";
import type { Words } from "./words.ts";

/** Columns of the text. */
const WIDTH = 72;
/** Most characters of a subject; what is beyond says less than a subject that is read. */
const SUBJECT = 150;

export interface ReportMail {
  /** One line without control characters. */
  subject: string;
  text: string;
  /** A complete document; it draws nothing and loads nothing. */
  html: string;
}

/** A report as a mail: subject, plain text, and HTML that mail readers can show. */
export function reportMail(report: Report, context: ReportContext): ReportMail {
  const scene = sceneOf(context, "mail");
  return {
    subject: subjectOf(report, scene.words),
    text: textOf(report, context, scene.words),
    html: documentOf(report, scene, MAIL_STYLE, "light", headOf(report, scene), sectionsOf(report, scene)),
  };
}

function subjectOf(report: Report, words: Words): string {
  const about =
    report.kind === "drill"
      ? words.drillSubject(summaryOfDrill(report))
      : report.kind === "daily"
        ? words.dailySubject(summaryOfDay(report))
        : words.sabotageSubject(summaryOfSabotage(report));
  const subject = plain(printable(`${words.subjects[report.verdict]} ${about}`, "?"));
  return subject.length <= SUBJECT ? subject : `${subject.slice(0, SUBJECT - 3)}...`;
}

function textOf(report: Report, context: ReportContext, words: Words): string {
  const { headings } = words;
  const [verdict = "", ...rest] = reportText(report, context, WIDTH).split("\n\n");
  const parts = [
    verdict,
    titled(headings.findings, findingsIn(report, words, WIDTH)),
    rest.join("\n\n"),
    ...numbersText(report, context, words),
    titled(headings.evidence, evidenceText(report, context, words)),
  ];
  return `${plain(parts.join("\n\n"))}\n`;
}

/** The report's findings and what to do about each, under their title, in lines of `width` characters. */
export function findingsText(report: Report, context: ReportContext, width: number): string {
  const { words } = sceneOf(context, "mail");
  return plain(titled(words.headings.findings, findingsIn(report, words, width)));
}

function findingsIn(report: Report, words: Words, width: number): string {
  const all = placed(report);
  if (all.length === 0) return words.noFindings;
  return all
    .map(({ finding, cluster }) =>
      [
        wrapped(
          `${cluster === undefined ? "" : `${cluster}: `}${findingTitle(finding, words)} (${finding.code})`,
          width,
        ),
        wrapped(`${words.todo}: ${todoOf(finding, words)}`, width, "  "),
        wrapped(finding.what, width, "  "),
      ].join("\n"),
    )
    .join("\n\n");
}

/** A line for each measure of each cluster. */
function numbersText(report: Report, { history }: ReportContext, words: Words): string[] {
  if (report.kind === "sabotage") return [];
  const { columns, locale } = words;
  const clusters = report.kind === "drill" ? [report.cluster] : report.clusters.map(({ cluster }) => cluster);
  const groups = clusters.flatMap((cluster) => {
    const points = pointsFor(report, cluster, history ?? []);
    const lines = MEASURES.flatMap(({ measure, scale }) => {
      const spread = spreadOf(seriesOf(points, measure));
      if (spread === undefined) return [];
      const say = valueIn(scale, locale);
      const { newest, median, lowest, highest } = spread;
      return [
        wrapped(
          `${words.measures[measure]}: ${columns.newest.toLowerCase()} ${say(newest)}, ${columns.median.toLowerCase()} ${say(median)}, ${columns.lowest.toLowerCase()} ${say(lowest)}, ${columns.highest.toLowerCase()} ${say(highest)}`,
          WIDTH,
          "  ",
        ),
      ];
    });
    return lines.length === 0 ? [] : [[cluster, ...lines].join("\n")];
  });
  return groups.length === 0 ? [] : [titled(words.headings.charts, groups.join("\n"))];
}

function evidenceText(report: Report, { sha256 }: ReportContext, words: Words): string {
  const { evidence } = words;
  const { previous } = report;
  const backup = report.kind === "drill" ? report.backup : undefined;
  const facts: [string, string][] = [
    [evidence.report, report.id],
    [evidence.sha256, sha256],
    [evidence.signer, report.host],
    ...(previous === undefined
      ? []
      : [[evidence.previous, `${previous.id} ${previous.sha256}`] as [string, string]]),
    ...(backup === undefined
      ? []
      : ([
          [evidence.backup, backup.id],
          [evidence.manifest, backup.manifest],
          [evidence.backupHost, backup.host],
        ] as [string, string][])),
    [evidence.lakat, report.lakat],
  ];
  return facts.map(([name, value]) => `${name}\n${wrapped(value, WIDTH, "  ")}`).join("\n");
}
