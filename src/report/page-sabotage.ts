/** The parts of the page about a sabotage run. Pure. */
import type { SabotageReport } from "../seal/report.ts";
import { html, type Html, type Value } from "../markup/html.ts";
import { evidenceOf } from "./page-evidence.ts";
import { findingsList, outcomeWord, section, tableOf, technical } from "./page-parts.ts";
import { placed } from "./summary.ts";
import type { Scene } from "./scene.ts";

/** Everything below the verdict, in its order. */
export function sabotageSections(report: SabotageReport, scene: Scene): Value {
  const { headings } = scene.words;
  return [
    section("findings", headings.findings, findingsList(placed(report), scene)),
    section("cases", headings.cases, cases(report, scene)),
    section("evidence", headings.evidence, evidenceOf(report, scene)),
  ];
}

function cases({ cases: all, leftOut = [] }: SabotageReport, scene: Scene): Html {
  const { words } = scene;
  const { columns, locale } = words;
  if (all.length === 0) return html`<p>${words.noCases}</p>`;
  const codes = (list: readonly string[]): Value =>
    list.length === 0
      ? words.nothing
      : list.map((code, i) => html`${i > 0 && html`<br />`}<code>${code}</code>`);
  const named = (name: string, why: string | undefined, manner: "failed" | "quiet"): Html =>
    html`${technical(name, scene)}${why !== undefined && html`<span class="why ${manner}">${technical(why, scene)}</span>`}`;
  return tableOf(
    {
      caption: words.headings.cases,
      class: "stack",
      head: 1,
      columns: [
        { title: columns.result, kind: "mark" },
        { title: columns.case },
        { title: columns.expected },
        { title: columns.found },
        { title: columns.time, kind: "num" },
      ],
    },
    [
      ...all.map(({ name, expected, found, outcome, seconds, why }) => [
        outcomeWord(outcome, scene),
        named(name, why, outcome === "failed" ? "failed" : "quiet"),
        codes(expected),
        codes(found),
        locale.duration(seconds),
      ]),
      ...leftOut.map(({ name, why }) => [
        outcomeWord("skipped", scene),
        named(name, why, "quiet"),
        "–",
        "–",
        "–",
      ]),
    ],
  );
}
