/** The measurements of one cluster: charts and all values on a page, a table of numbers in a mail. Pure. */
import type { Report } from "../seal/report.ts";
import { chart, legend, valueIn } from "./charts.ts";
import { html, type Html } from "../markup/html.ts";
import { outcomeWord, tableOf, verdictWord } from "./page-parts.ts";
import type { DrillPoint } from "./point.ts";
import type { Scene } from "./scene.ts";
import { MEASURES, pointsFor, seriesOf, spreadOf } from "./series.ts";

/** Undefined: nothing was measured. `id` keeps the elements of several clusters apart. */
export function measuresOf(report: Report, cluster: string, id: string, scene: Scene): Html | undefined {
  const points = pointsFor(report, cluster, scene.context.history ?? []);
  if (points.length === 0) return undefined;
  return scene.medium === "mail"
    ? numbers(points, cluster, scene)
    : charts(report, points, cluster, id, scene);
}

/** The legend, once for all charts of a page. */
export function measuresLegend({ medium, words }: Scene): Html | undefined {
  return medium === "mail" ? undefined : legend(words);
}

function charts(report: Report, points: DrillPoint[], cluster: string, id: string, scene: Scene): Html {
  const { words } = scene;
  const { locale } = words;
  const until = new Date(report.finishedAt);
  const target = points.findLast(({ measures }) => measures.rtoSeconds !== undefined)?.measures.rtoSeconds;
  return html`<div class="charts">
      ${MEASURES.map(({ measure, scale }) =>
        chart(
          {
            id: `${id}-${measure}`,
            title: words.measures[measure],
            series: seriesOf(points, measure),
            scale,
            until,
            target: measure === "restoreSeconds" ? target : undefined,
          },
          words,
        ),
      )}
    </div>
    <details>
      <summary>${words.headings.numbers}</summary>
      ${tableOf(
        {
          caption: `${words.headings.numbers}: ${cluster}`,
          class: "values",
          head: 0,
          columns: [
            { title: words.columns.day },
            { title: words.columns.result },
            ...MEASURES.map(({ measure }) => ({ title: words.measures[measure], kind: "num" as const })),
          ],
        },
        points.toReversed().map((point) => [
          locale.instantShort(point.at),
          point.verdict === "findings"
            ? verdictWord(point.verdict, scene)
            : outcomeWord(point.verdict, scene),
          ...MEASURES.map(({ measure, scale }) => {
            const value = point.measures[measure];
            if (value === undefined) return "–";
            return scale === "rows" ? locale.count(value) : valueIn(scale, locale)(value);
          }),
        ]),
      )}
    </details>`;
}

function numbers(points: DrillPoint[], cluster: string, { words }: Scene): Html {
  const { columns, locale } = words;
  return tableOf(
    {
      caption: `${words.headings.charts}: ${cluster}`,
      head: 0,
      columns: [
        { title: columns.measure },
        { title: columns.newest, kind: "num" },
        { title: columns.median, kind: "num" },
        { title: columns.lowest, kind: "num" },
        { title: columns.highest, kind: "num" },
      ],
    },
    MEASURES.flatMap(({ measure, scale }) => {
      const spread = spreadOf(seriesOf(points, measure));
      if (spread === undefined) return [];
      const say = valueIn(scale, locale);
      const { newest, median, lowest, highest } = spread;
      return [[words.measures[measure], say(newest), say(median), say(lowest), say(highest)]];
    }),
  );
}
