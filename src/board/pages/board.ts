/** The board: whether last night was good, in one glance, and below it why and what to do. Pure. */
import type { OwnContext } from "../../auth/pages/account.ts";
import { page, type Page } from "../../auth/pages/page.ts";
import { html, type Html } from "../../markup/html.ts";
import { chart, legend } from "../../report/charts.ts";
import type { SeriesPoint } from "../../report/series.ts";
import { wordsIn, type Words } from "../../report/words.ts";
import { ageText } from "../age.ts";
import type { Board, ClusterBoard } from "../board.ts";
import { boardWords, type BoardWords } from "../words/board.ts";
import { clusterPath, DISPLAYS_PATH, reportPath } from "../paths.ts";
import { calendar, calendarLegend } from "./calendar.ts";
import { findingsOf } from "./findings.ts";
import { lightSign } from "./light.ts";
import { sparkline, targetBar } from "./sparkline.ts";

export interface BoardContext extends Omit<OwnContext, "token"> {
  /** Displays are theirs to make. */
  administrator: boolean;
}

interface Scene {
  context: BoardContext;
  board: Board;
  words: BoardWords;
  report: Words;
}

/** @param chosen the cluster whose history is shown; otherwise that of the first that is worst */
export function boardPage(context: BoardContext, board: Board, chosen?: string): Page {
  const { language, organisation, timeZone, menu } = context;
  const scene: Scene = {
    context,
    board,
    words: boardWords(language),
    report: wordsIn(language, timeZone),
  };
  const { words } = scene;
  const shown =
    board.clusters.find(({ cluster }) => cluster === chosen) ??
    (["red", "amber", "green"] as const)
      .map((light) => board.clusters.find((one) => one.light === light))
      .find((one) => one !== undefined);
  const heard = board.clusters.some((one) => one.newestBackup ?? one.newestProved ?? one.trend[0]);
  const whole = page({ language, organisation, title: words.title, menu: menu ?? [], wide: true }, [
    heard || board.daily !== undefined ? banner(scene) : empty(scene),
    board.clusters.length > 0 &&
      html`<section class="clusters" aria-labelledby="clusters">
        <h2 id="clusters" class="out">${words.clusters}</h2>
        <ul>
          ${board.clusters.map((one) => card(one, one === shown, scene))}
        </ul>
      </section>`,
    (heard || board.findings.length > 0) &&
      html`<section aria-labelledby="findings">
        <h2 id="findings">${words.findings}</h2>
        ${findingsOf(board, scene)}
      </section>`,
    shown !== undefined && history(shown, scene),
    board.sabotage !== undefined && alarm(board.sabotage, scene),
    context.administrator && html`<p class="foot"><a href="${DISPLAYS_PATH}">${words.allDisplays}</a></p>`,
  ]);
  // Nothing on it keeps its spaces; without those of the templates it is a third lighter.
  return (nonce, surroundings) => whole(nonce, surroundings).replace(/\n\s+/g, "\n");
}

function banner({ board, words, report, context }: Scene): Html {
  const good = board.clusters.filter(({ light }) => light === "green").length;
  const { daily } = board;
  const { locale } = report;
  return html`<div class="banner ${board.verdict}">
    ${lightSign(board.verdict)}
    <div>
      <p class="verdict">${words.verdict[board.verdict]}</p>
      <p>
        ${words.good(good, board.clusters.length)} ·
        <time datetime="${board.now.toISOString()}">${locale.instantShort(board.now)}</time>
        <span class="quiet">(${context.timeZone})</span>
      </p>
    </div>
    <p class="day">
      ${
        daily === undefined
          ? words.noDayReport
          : html`<a class="button" href="${reportPath(daily.id)}"
              >${words.dayReport(locale.dayOfYear(daily.at))}</a
            >`
      }
    </p>
  </div>`;
}

function empty({ words }: Scene): Html {
  return html`<div class="banner none">
    <div>
      <p class="verdict">${words.empty}</p>
      <p>${words.emptyWhy}</p>
      <ol>
        ${words.emptyTodo.map((step) => html`<li>${coded(step)}</li>`)}
      </ol>
    </div>
  </div>`;
}

/** What stands between backticks is code. */
function coded(text: string): Html {
  return html`${text.split(/`([^`]+)`/).map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

function card(one: ClusterBoard, shown: boolean, { board, words, report }: Scene): Html {
  const { cluster, light, newestProved, newestBackup, restore, trend } = one;
  const { locale } = report;
  const age = (at: Date) => ageText(board.now.getTime() - at.getTime(), words.units, locale);
  const when = (at: Date) => html`<time datetime="${at.toISOString()}">${locale.instantShort(at)}</time>`;
  const newest = trend.at(-1);
  return html`<li class="cluster ${light}">
    <p class="name">
      <a href="${clusterPath(cluster)}" ${shown && html` aria-current="true"`}>${cluster}</a>
      <span class="word">${lightSign(light)} ${words.lights[light]}</span>
    </p>
    <p class="figure">
      <span>${words.proved}</span>
      ${
        newestProved === undefined
          ? html`<b>${words.neverProved}</b>`
          : html`<b>${age(newestProved.committed)}</b> <span>${when(newestProved.committed)}</span>`
      }
    </p>
    <dl>
      <div>
        <dt>${words.restore}</dt>
        <dd>
          ${restore === undefined ? words.noRestore : locale.duration(restore.seconds)}
          ${
            restore?.target !== undefined &&
            html`<span class="quiet">${words.ofTarget(locale.duration(restore.target))}</span
              >${targetBar(restore.seconds, restore.target)}`
          }
        </dd>
      </div>
      <div>
        <dt>${words.newestBackup}</dt>
        <dd>${newestBackup === undefined ? words.noBackup : when(newestBackup.committed)}</dd>
      </div>
      ${
        newest !== undefined &&
        html`<div>
          <dt>${words.size}</dt>
          <dd>${locale.bytes(newest.bytes)} ${sparkline(trend, board.now)}</dd>
        </div>`
      }
    </dl>
  </li> `;
}

const TRENDS = [
  { measure: "bytes", scale: "bytes" },
  { measure: "rows", scale: "rows" },
  { measure: "restoreSeconds", scale: "seconds" },
] as const;

function history(one: ClusterBoard, { board, words, report }: Scene): Html {
  const { cluster, days, trend, restore } = one;
  const lights = new Map(days.map(({ day, light }) => [day, light]));
  const verdicts = { green: "passed", amber: "findings", red: "failed", none: "passed" } as const;
  const charts = TRENDS.flatMap(({ measure, scale }) => {
    const series = trend
      .filter((point) => measure === "restoreSeconds" || point[measure] !== undefined)
      .map((point): SeriesPoint => ({
        at: point.at,
        verdict: verdicts[lights.get(report.locale.isoDay(point.at)) ?? "none"],
        value: point[measure],
      }));
    const of = { id: `t-${measure}`, title: report.measures[measure], series, scale, until: board.now };
    const target = measure === "restoreSeconds" ? restore?.target : undefined;
    return chart({ ...of, target }, report) ?? [];
  });
  return html`<section id="history" class="history" aria-labelledby="history-of">
    <h2 id="history-of">${words.history(cluster)}</h2>
    <div class="two">
      <div>
        <h3>${words.calendar}</h3>
        <p class="quiet">${words.calendarLead}</p>
        ${calendar(one, words, report.locale, reportPath)} ${calendarLegend(words)}
      </div>
      <div>
        <h3>${words.trends}</h3>
        ${
          charts.length === 0
            ? html`<p>${words.noTrends}</p>`
            : [legend(report), html`<div class="charts">${charts} ${nights(days, words, report)}</div>`]
        }
      </div>
    </div>
  </section>`;
}

/** How many nights were how. */
function nights(days: ClusterBoard["days"], words: BoardWords, { locale }: Words): Html {
  const lights = ["green", "amber", "red", "none"] as const;
  const count = (of: (typeof lights)[number]) => days.filter(({ light }) => light === of).length;
  return html`<div class="nights">
    <h4>${words.nights}</h4>
    <dl>
      ${lights.map(
        (of) =>
          html`<div class="${of}">
            <dt>${words.lights[of]}</dt>
            <dd>${locale.count(count(of))}</dd>
          </div> `,
      )}
    </dl>
  </div>`;
}

function alarm(sabotage: NonNullable<Board["sabotage"]>, { words, report }: Scene): Html {
  const { cases, missed, at, id } = sabotage;
  return html`<section aria-labelledby="alarm">
    <h2 id="alarm">${words.alarm}</h2>
    <p>
      ${report.sabotageState({ cases, missed, at: report.locale.day(at) })}
      <a href="${reportPath(id)}">${words.seeReport}</a>
    </p>
  </section>`;
}
