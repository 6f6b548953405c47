/** The parts of the page about one restore test. Pure. */
import type { DrillReport, ReportCheck } from "../seal/report.ts";
import { html, type Html, type Value } from "../markup/html.ts";
import { evidenceOf } from "./page-evidence.ts";
import { measuresLegend, measuresOf } from "./page-measures.ts";
import { facts, findingsList, outcomeWord, section, tableOf, technical } from "./page-parts.ts";
import { placed } from "./summary.ts";
import type { Scene } from "./scene.ts";
import { seenText } from "./words.ts";

/** Everything below the verdict, in its order. */
export function drillSections(report: DrillReport, scene: Scene): Value {
  const { headings, noHistory } = scene.words;
  const measures = measuresOf(report, report.cluster, "m", scene);
  return [
    figures(report, scene),
    section("findings", headings.findings, findingsList(placed(report), scene)),
    section("steps", headings.steps, steps(report, scene)),
    section("checks", headings.checks, checks(report, scene)),
    section("keys", headings.keys, keys(report, scene)),
    section(
      "charts",
      headings.charts,
      scene.context.history === undefined
        ? undefined
        : measures === undefined
          ? html`<p>${noHistory}</p>`
          : [measuresLegend(scene), measures],
    ),
    section("evidence", headings.evidence, evidenceOf(report, scene)),
  ];
}

/** The numbers one asks for first. */
function figures({ backup, measures }: DrillReport, { words }: Scene): Html | undefined {
  if (backup === undefined) return undefined;
  const { locale } = words;
  const target = measures?.rtoSeconds;
  return facts(
    [
      [words.evidence.backup, locale.instantShort(new Date(backup.committed))],
      [words.measures.bytes, measures && locale.bytes(measures.bytes)],
      [words.measures.rows, measures?.rows === undefined ? undefined : locale.compact(measures.rows)],
      [words.measures.backupSeconds, measures && locale.duration(measures.backupSeconds)],
      [
        words.measures.restoreSeconds,
        measures?.restoreSeconds === undefined
          ? undefined
          : html`${locale.duration(measures.restoreSeconds)}${target !== undefined && html` <small>${words.of(locale.duration(target))}</small>`}`,
      ],
    ],
    "figures",
  );
}

function steps({ steps: all }: DrillReport, scene: Scene): Html {
  const { words } = scene;
  const { columns, locale } = words;
  const most = Math.max(...all.map(({ seconds }) => seconds), 0.001);
  return tableOf(
    {
      caption: words.headings.steps,
      head: 1,
      columns: [
        { title: columns.result, kind: "mark" },
        { title: columns.step },
        { title: columns.time, kind: "num" },
      ],
    },
    all.map(({ name, outcome, seconds, why }) => [
      outcomeWord(outcome, scene),
      html`<span class="pair"
          ><span>${words.steps[name].name}</span> <span class="quiet">${words.steps[name].does}</span></span
        >${why !== undefined && html`<span class="${outcome === "failed" ? "why failed" : "why quiet"}">${technical(why, scene)}</span>`}`,
      outcome === "skipped"
        ? "–"
        : html`${locale.duration(seconds)}${scene.medium === "page" && bar(seconds / most)}`,
    ]),
  );
}

/** A part of the longest step. An attribute of a drawing, since a policy may refuse styles of single elements. */
function bar(part: number): Html {
  const width = Math.max(1, Math.round(part * 100));
  return html`<svg class="bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
    <rect x="${100 - width}" width="${width}" height="3" />
  </svg>`;
}

/** A table for each database, in the report's order; the cluster's own checks first where they come first. */
function checks({ checks: all }: DrillReport, scene: Scene): Value {
  const { words } = scene;
  const { columns, locale } = words;
  if (all.length === 0) return html`<p>${words.noChecks}</p>`;
  return [...Map.groupBy(all, ({ database }) => database)].map(([database, group]) => {
    const title = database ?? words.wholeCluster;
    return html`<h3>${title}</h3>
      ${tableOf(
        {
          caption: `${words.headings.checks}: ${title}`,
          head: 1,
          columns: [
            { title: columns.result, kind: "mark" },
            { title: columns.check },
            { title: columns.time, kind: "num" },
          ],
        },
        group.map((check) => [
          outcomeWord(check.outcome, scene),
          checkCell(check, scene),
          check.outcome === "skipped" ? "–" : locale.duration(check.seconds),
        ]),
      )} `;
  });
}

function checkCell(check: ReportCheck, scene: Scene): Html {
  const { words } = scene;
  const { name, subject, problems, why } = check;
  return html`<span class="pair"
      ><span>${words.checks[name]}${subject !== undefined && html` <code>${subject}</code>`}</span>
      <span class="quiet">${seenText(check, words)}</span></span
    >${
      problems.length > 0 &&
      html`<ul class="problems" lang="en">
        ${problems.map((problem) => html`<li>${problem}</li>`)}
      </ul>`
    }${why !== undefined && html`<span class="why quiet">${technical(why, scene)}</span>`}`;
}

function keys({ recoveryKeys }: DrillReport, scene: Scene): Html {
  const { words } = scene;
  if (recoveryKeys.length === 0) return html`<p>${words.noKeys}</p>`;
  return tableOf(
    {
      caption: words.headings.keys,
      head: 1,
      columns: [{ title: words.columns.result, kind: "mark" }, { title: words.columns.key }],
    },
    recoveryKeys.map(({ label, fingerprint, ok, reason }) => [
      outcomeWord(ok ? "passed" : "failed", scene),
      html`<span class="pair"><span>${label}</span> <code class="quiet">${fingerprint}</code></span
        >${reason !== undefined && html`<span class="why ${ok ? "quiet" : "failed"}">${technical(reason, scene)}</span>`}`,
    ]),
  );
}
