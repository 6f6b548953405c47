/** Parts that the pages of all kinds of reports share. Pure. */
import { isFinding } from "../fault.ts";
import type { ReportFinding, StepOutcome, Verdict } from "../seal/report.ts";
import { html, type Html, type Value } from "../markup/html.ts";
import type { Scene } from "./scene.ts";
import type { Placed } from "./summary.ts";
import type { Words } from "./words.ts";

/** Each outcome has a shape beside its colour and its word. */
const SHAPES: Record<Verdict | StepOutcome, Html> = {
  passed: html`<circle cx="8" cy="8" r="7" /><path d="M4.8 8.3l2.3 2.3 4.2-4.8" />`,
  findings: html`<path d="M8 1.2l7 13H1z" /><path d="M8 6v4.2m0 1.6v.4" />`,
  failed: html`<path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" /><path d="M5.5 5.5l5 5m0-5l-5 5" />`,
  skipped: html`<circle cx="8" cy="8" r="7" /><path d="M4.8 8h6.4" />`,
};

/** The sign of an outcome; nothing in a mail, whose readers see the word and its colour. */
export function sign(outcome: Verdict | StepOutcome, { medium }: Scene): Html | undefined {
  if (medium === "mail") return undefined;
  return html`<svg class="sign" viewBox="0 0 16 16" aria-hidden="true">${SHAPES[outcome]}</svg>`;
}

/** The verdict in a word, with its sign. */
export function verdictWord(verdict: Verdict, scene: Scene): Html {
  return html`<span class="mark ${verdict}">${sign(verdict, scene)} ${scene.words.verdicts[verdict]}</span>`;
}

/** The outcome of a step or check in a word, with its sign. */
export function outcomeWord(outcome: StepOutcome, scene: Scene): Html {
  return html`<span class="mark ${outcome}"
    >${sign(outcome, scene)} <span class="word">${scene.words.outcomes[outcome]}</span></span
  >`;
}

/** Text that is English whatever the page's language is; what stands between backticks in it is code. */
export function technical(text: string, { words }: Scene): Html {
  const content = withCode(text);
  return words.locale.language === "en" ? content : html`<span lang="en">${content}</span>`;
}

/** A terminal and a mail's plain text show `lakat drill run` as it is written; a page need not. */
export function withCode(text: string): Html {
  return html`${text.split(/`([^`]+)`/).map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

/** A part of the page under its heading; nothing when there is no content. */
export function section(id: string, title: string, content: Value): Html | undefined {
  if (content === undefined) return undefined;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section> `;
}

export interface Column {
  title: string;
  kind?: "num" | "mark";
}

/** A table whose first `heads`-th cell of a row names the row. `caption` is for those who do not see the heading. */
export function tableOf(
  of: { caption: string; columns: Column[]; head: number; class?: string },
  rows: readonly Value[][],
): Html {
  const kinds = of.columns.map(({ kind }) => kind ?? "");
  // Where a phone shows the cells of a row below each other, each beside its column's title.
  const inner = (cell: Value): Value => (of.class === "stack" ? html`<div>${cell}</div>` : cell);
  return html`<table class="${of.class}">
    <caption>
      ${of.caption}
    </caption>
    <thead>
      <tr>
        ${of.columns.map(({ title, kind }) => html`<th scope="col" class="${kind}">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell, i) =>
              i === of.head
                ? html`<th scope="row" class="${kinds[i]}" data-label="${of.columns[i]?.title}">
                    ${inner(cell)}
                  </th>`
                : html`<td class="${kinds[i]}" data-label="${of.columns[i]?.title}">${inner(cell)}</td>`,
            )}
          </tr> `,
      )}
    </tbody>
  </table>`;
}

/** What a finding is called, in the page's language. */
export function findingTitle(finding: ReportFinding, words: Words): string {
  return words.codes[finding.code]?.title ?? words.unknownCode[isFinding(finding) ? "finding" : "failed"];
}

/** What to do, in the page's language where it has words for it. */
export function todoOf({ code, todo }: ReportFinding, words: Words): string {
  return words.codes[code]?.todo ?? todo;
}

/** Findings in the order given, each with what to do and the technical sentence below. */
export function findingsList(findings: readonly Placed[], scene: Scene): Html {
  const { words } = scene;
  if (findings.length === 0) return html`<p>${words.noFindings}</p>`;
  return html`<ol class="findings">
    ${findings.map(({ finding, cluster, red }) => {
      const own = words.codes[finding.code]?.todo;
      return html`<li class="${red ? "failed" : "findings"}">
        <h3>
          ${sign(red ? "failed" : "findings", scene)}
          ${cluster !== undefined && `${cluster}: `}${findingTitle(finding, words)}
        </h3>
        <p><b>${words.todo}:</b> ${own === undefined ? technical(finding.todo, scene) : withCode(own)}</p>
        <p class="quiet">
          ${technical(sentence(finding.what), scene)}${own !== undefined && html` ${technical(sentence(finding.todo), scene)}`}
          <code>${finding.code}</code>
        </p>
      </li> `;
    })}
  </ol>`;
}

/** Names and values; a value that is undefined is left out with its name. */
export function facts(pairs: readonly (readonly [name: string, value: Value])[], name = "facts"): Html {
  return html`<dl class="${name}">
    ${pairs.map(
      ([term, value]) =>
        value !== undefined &&
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl>`;
}

/** With a full stop, if it has none: two of them stand beside each other. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
