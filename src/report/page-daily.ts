/** The parts of the page about a day. Pure. */
import type { DailyCluster, DailyReport } from "../seal/report.ts";
import { html, type Html, type Value } from "../markup/html.ts";
import { evidenceOf } from "./page-evidence.ts";
import { measuresLegend, measuresOf } from "./page-measures.ts";
import { findingsList, section, tableOf, verdictWord } from "./page-parts.ts";
import { placed } from "./summary.ts";
import type { Scene } from "./scene.ts";

/** Everything below the verdict, in its order. */
export function dailySections(report: DailyReport, scene: Scene): Value {
  const { headings, noHistory } = scene.words;
  const measured = report.clusters.flatMap(({ cluster }, i) => {
    const content = measuresOf(report, cluster, `m${i}`, scene);
    return content === undefined
      ? []
      : [
          html`<h3>${cluster}</h3>
            ${content} `,
        ];
  });
  return [
    section("findings", headings.findings, findingsList(placed(report), scene)),
    section("clusters", headings.clusters, clusters(report, scene)),
    section("sabotage", headings.sabotage, sabotage(report, scene)),
    section(
      "charts",
      headings.charts,
      scene.context.history === undefined
        ? undefined
        : measured.length === 0
          ? html`<p>${noHistory}</p>`
          : [measuresLegend(scene), measured],
    ),
    section("evidence", headings.evidence, evidenceOf(report, scene)),
  ];
}

function clusters(report: DailyReport, scene: Scene): Html {
  const { words } = scene;
  const { columns } = words;
  return tableOf(
    {
      caption: words.headings.clusters,
      class: "stack",
      head: 0,
      columns: [
        { title: columns.cluster },
        { title: columns.verdict, kind: "mark" },
        { title: columns.newestBackup },
        { title: columns.newestProof },
        { title: words.measures.restoreSeconds },
      ],
    },
    report.clusters.map((one) => [
      one.cluster,
      verdictWord(one.verdict, scene),
      one.newestBackup === undefined ? words.never : since(one.newestBackup.committed, report, scene),
      proved(one, report, scene),
      restore(one, scene),
    ]),
  );
}

/** When, and how old that is at the time of the report. */
function since(at: string, { finishedAt }: DailyReport, { words }: Scene): Html {
  const when = new Date(at);
  const seconds = Math.max(0, (Date.parse(finishedAt) - when.getTime()) / 1000);
  return html`${words.locale.instantShort(when)}
    <span class="quiet">${words.age(words.locale.duration(seconds))}</span>`;
}

function proved(
  { proved: proof, drill, newestBackup }: DailyCluster,
  report: DailyReport,
  scene: Scene,
): Value {
  if (proof === undefined) return drill === undefined ? scene.words.noTest : scene.words.never;
  // The same backup: its age stands in the cell before.
  return proof.backup === newestBackup?.id
    ? scene.words.locale.instantShort(new Date(proof.committed))
    : since(proof.committed, report, scene);
}

function restore({ proved: proof, rtoSeconds }: DailyCluster, { words }: Scene): Html {
  const { locale } = words;
  const seconds = proof?.restoreSeconds;
  return html`${seconds === undefined ? "–" : locale.duration(seconds)}${
    rtoSeconds !== undefined && html` <span class="quiet">${words.of(locale.duration(rtoSeconds))}</span>`
  }`;
}

function sabotage({ sabotage: run }: DailyReport, scene: Scene): Html {
  const { words } = scene;
  const sentence = words.sabotageState(
    run === undefined
      ? undefined
      : { missed: run.missed, cases: run.cases, at: words.locale.day(new Date(run.finishedAt)) },
  );
  return html`<p>
    ${run !== undefined && html`${verdictWord(run.verdict, scene)}. `}${sentence}${run !== undefined && html` <code class="quiet">${run.report}</code>`}
  </p>`;
}
