/** What is not as it should be, and what to do: titles by code in the reader's language, the rest as it was reported. Pure. */
import { html, type Html } from "../../markup/html.ts";
import { withCode } from "../../report/page-parts.ts";
import type { CodeWords, Words } from "../../report/words.ts";
import type { Board, BoardFinding } from "../board.ts";
import { reportPath } from "../paths.ts";
import type { BoardWords } from "../words/board.ts";
import { lightSign } from "./light.ts";

/** In the order of the board: red before amber. */
export function findingsOf(
  { findings }: Pick<Board, "findings">,
  { words, report }: { words: BoardWords; report: Words },
): Html {
  if (findings.length === 0) return html`<p>${words.noFindings}</p>`;
  return html`<ol class="todo">
    ${findings.map((finding) => {
      const own = wordsOf(finding, words, report)?.todo;
      return html`<li class="${finding.light}">
        ${lightSign(finding.light)}
        <div>
          <h3>
            ${finding.cluster !== undefined && `${finding.cluster}: `}${titleOf(finding, words, report)}
          </h3>
          <p><b>${words.todo}:</b> ${own === undefined ? english(finding.todo, report) : withCode(own)}</p>
          <p class="quiet">
            ${english(finding.what, report)}${own !== undefined && html` ${english(finding.todo, report)}`}
            <code>${finding.code}</code>
            ${finding.report !== undefined && html`<a href="${reportPath(finding.report)}">${words.seeReport}</a>`}
          </p>
        </div>
      </li> `;
    })}
  </ol>`;
}

/** What a finding is called, in the reader's language where there are words for it. */
export function titleOf(
  finding: Pick<BoardFinding, "code" | "what">,
  words: BoardWords,
  report: Words,
): string {
  return wordsOf(finding, words, report)?.title ?? finding.what;
}

function wordsOf(
  { code }: Pick<BoardFinding, "code">,
  words: BoardWords,
  report: Words,
): CodeWords | undefined {
  const codes: Partial<Record<string, CodeWords>> = { ...report.codes, ...words.codes };
  return Object.hasOwn(codes, code) ? codes[code] : undefined;
}

/** Text that is English whatever the page's language is. */
function english(text: string, { locale }: Words): Html {
  const sentence = withCode(/[.!?…]$/.test(text) ? text : `${text}.`);
  return locale.language === "en" ? sentence : html`<span lang="en">${sentence}</span>`;
}
