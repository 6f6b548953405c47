/**
 * The wall display: one light for each cluster, readable from five metres, and nothing that anybody could not see
 * who walks by. Without script it is loaded anew each 30 seconds; with it, src/auth/browser/wall.ts keeps it going. Pure.
 */
import { scriptPath, type Page } from "../../auth/pages/page.ts";
import type { Language } from "../../auth/settings.ts";
import { html, type Html } from "../../markup/html.ts";
import type { Forms } from "../../report/locale.ts";
import { wordsIn, type Words } from "../../report/words.ts";
import { ageText } from "../age.ts";
import type { Board, ClusterBoard, Light } from "../board.ts";
import { WALL_STYLE_PATH } from "../paths.ts";
import { boardWords, type BoardWords } from "../words/board.ts";
import { titleOf } from "./findings.ts";
import { lightShapes } from "./light.ts";

export interface WallContext {
  language: Language;
  timeZone: string;
}

/** Findings that have room at the foot. */
const ROOM = 3;

export function wallPage({ language, timeZone }: WallContext, board: Board): Page {
  const words = boardWords(language);
  const report = wordsIn(language, timeZone);
  const { locale } = report;
  const { now, verdict } = board;
  const { d, h, min } = words.units;
  return (nonce) =>
    html`<!doctype html>
      <html lang="${language}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="dark" />
          <title>${words.wall.title}</title>
          <link rel="stylesheet" href="${WALL_STYLE_PATH}" />
          <noscript><meta http-equiv="refresh" content="30" /></noscript>
          <script type="module" nonce="${nonce}" src="${scriptPath("wall")}"></script>
        </head>
        <body>
          ${lightShapes()}
          <main
            class="${verdict} ${columnsOf(board.clusters.length)}"
            data-now="${now.toISOString()}"
            data-zone="${timeZone}"
            data-units="${[d, h, min].map(formsOf).join(";")}"
            data-away="${words.wall.awaySince("%")}"
          >
            <header>
              <h1>${light(verdict)} <span>${headline(board, words)}</span></h1>
              <p class="clock">
                <time datetime="${now.toISOString()}" data-clock="minute">${locale.clock(now)}</time>
              </p>
            </header>
            ${
              board.clusters.length === 0
                ? html`<p class="nothing">${words.empty}</p>`
                : html`<ul class="tiles">
                    ${worstFirst(board.clusters).map((one) => tile(one, board, words, report))}
                  </ul>`
            }
            ${findings(board, words, report)}
            <footer>
              ${words.wall.contact}
              <time datetime="${now.toISOString()}" data-contact=""
                >${secondsOf(now, language, timeZone)}</time
              >
            </footer>
          </main>
        </body>
      </html> `.toString();
}

/** Worst first, then by name: what is wrong is where one looks first. */
export function worstFirst<T extends { light: Light; cluster: string }>(clusters: readonly T[]): T[] {
  const rank = { red: 0, amber: 1, green: 2 };
  return [...clusters].sort((a, b) => rank[a.light] - rank[b.light] || (a.cluster < b.cluster ? -1 : 1));
}

function headline(board: Board, words: BoardWords): string {
  return board.clusters.length === 0 ? words.title : words.verdict[board.verdict];
}

function light(of: Light): Html {
  return html`<svg class="light" viewBox="0 0 24 24" aria-hidden="true"><use href="#${of}" /></svg>`;
}

function tile(one: ClusterBoard, { now }: Board, words: BoardWords, { locale }: Words): Html {
  const { cluster, light: of, newestProved: proved } = one;
  const length = cluster.length > 20 ? "longer" : cluster.length > 11 ? "long" : "";
  return html`<li class="tile ${of}">
    <div>
      ${light(of)}
      <div class="said">
        <h2 class="${length}">${cluster}</h2>
        <p class="out">${words.lights[of]}</p>
        ${
          proved === undefined
            ? html`<p class="age">${words.wall.never}</p>`
            : html`<p class="age">
                  <time datetime="${proved.committed.toISOString()}" data-since=""
                    >${ageText(now.getTime() - proved.committed.getTime(), words.units, locale)}</time
                  >
                </p>
                <p class="label">${words.wall.proved}</p>`
        }
      </div>
    </div>
  </li> `;
}

/** Titles alone: what they are about in detail is for who may read the board. */
function findings({ findings: all, clusters }: Board, words: BoardWords, report: Words): Html {
  const titles = [
    ...new Set(
      all.map(
        (one) => `${one.cluster === undefined ? "" : `${one.cluster}: `}${titleOf(one, words, report)}`,
      ),
    ),
  ];
  if (titles.length === 0) return html`<p class="titles calm">${clusters.length > 0 && words.wall.calm}</p>`;
  const more = titles.length - ROOM;
  return html`<ul class="titles">
    ${titles.slice(0, ROOM).map((title) => html`<li>${title}</li> `)}
    ${more > 0 && html`<li class="more">${words.wall.more(report.locale.count(more))}</li>`}
  </ul>`;
}

function columnsOf(clusters: number): string {
  return `n${Math.min(clusters, 16)}`;
}

const formsOf = ({ one, few, other }: Forms): string => [one, few ?? other, other].join("|");

function secondsOf(at: Date, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(language, {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(at);
}
