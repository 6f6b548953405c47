/** A report as one HTML page that needs nothing else: no script, no font, no image from anywhere. Pure. */
import type { Report } from "../seal/report.ts";
import { html, trusted, type Html, type Value } from "../markup/html.ts";
import { dailySections } from "./page-daily.ts";
import { drillSections } from "./page-drill.ts";
import { verdictWord } from "./page-parts.ts";
import { sabotageSections } from "./page-sabotage.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { summaryOfDay, dayOf, summaryOfDrill, summaryOfSabotage } from "./summary.ts";
import { sceneOf, type ReportContext, type Scene } from "./scene.ts";
import type { Words } from "./words.ts";

export type { ReportContext } from "./scene.ts";

/**
 * A complete document. Names in it may come from anywhere: everything is escaped, and no script may run. `before`: what
 * stands above it where it is a page among others.
 */
export function reportPage(report: Report, context: ReportContext, before?: Html): string {
  const scene = sceneOf(context, "page");
  return documentOf(
    report,
    scene,
    PAGE_STYLE,
    "light dark",
    before,
    headOf(report, scene),
    sectionsOf(report, scene),
  );
}

/** A document around what is given; `style` is ours. */
export function documentOf(
  report: Report,
  { words }: Scene,
  style: string,
  schemes: string,
  ...content: Value[]
): string {
  return html`<!doctype html>
    <html lang="${words.locale.language}">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="${schemes}" />
        <meta name="referrer" content="no-referrer" />
        <title>${titleOf(report, words)}</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <main class="${report.verdict}">${content}</main>
      </body>
    </html> `.text;
}

/** The verdict in one sentence, under what it is about. */
export function headOf(report: Report, scene: Scene): Html {
  const { words } = scene;
  const { locale } = words;
  return html`<header>
    <p class="about">${titleOf(report, words)}</p>
    <p class="verdict">${verdictWord(report.verdict, scene)}</p>
    <h1>${sentenceOf(report, words)}</h1>
    <p class="quiet">${locale.instant(new Date(report.finishedAt))}</p>
  </header> `;
}

/** What stands below the head, by the kind of the report. */
export function sectionsOf(report: Report, scene: Scene): Value {
  if (report.kind === "drill") return drillSections(report, scene);
  return report.kind === "daily" ? dailySections(report, scene) : sabotageSections(report, scene);
}

/** What the report is, and about what. */
export function titleOf(report: Report, words: Words): string {
  const about = report.kind === "daily" ? words.locale.day(dayOf(report)) : report.cluster;
  return `${words.kinds[report.kind]}: ${about}`;
}

/** The verdict in one sentence. */
export function sentenceOf(report: Report, words: Words): string {
  if (report.kind === "drill") return words.drill(summaryOfDrill(report));
  return report.kind === "daily"
    ? words.daily(summaryOfDay(report))
    : words.sabotage(summaryOfSabotage(report));
}
