/** The frame of the pages of administration, and what several of them show in the same way. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { Language } from "../settings.ts";
import { adminWords, type AdminWords } from "../words/admin.ts";
import { notice, page, type Page, type ScriptName } from "./page.ts";

export interface AdminContext {
  language: Language;
  organisation: string;
  timeZone: string;
  /** Of the forms on the page. */
  token: string;
  /** The second factor was shown a short time ago; otherwise changes lead to the confirmation first. */
  mayChange: boolean;
  /** The page's own path and query, to come back to. */
  here: string;
  now: Date;
  /** Beside the sections of the administration. */
  more?: readonly { href: string; text: string }[];
  said?: { kind: "good" | "bad"; text: string } | undefined;
}

export type AdminSection = "accounts" | "applications" | "locks" | "grants" | "audit";

const SECTIONS: [section: AdminSection, href: string][] = [
  ["accounts", "/admin"],
  ["applications", "/admin/applications"],
  ["locks", "/admin/locks"],
  ["grants", "/admin/grants"],
  ["audit", "/admin/audit"],
];

/** A page of administration. `changes`: there is something on it that asks for a fresh second factor. */
export function adminPage(
  context: AdminContext,
  {
    section,
    title,
    changes = true,
    scripts = [],
  }: { section: AdminSection; title: string; changes?: boolean; scripts?: readonly ScriptName[] },
  body: (words: AdminWords) => Value,
): Page {
  const { language, organisation, timeZone, mayChange, here, said, more = [] } = context;
  const words = adminWords(language);
  const menu = [
    ...SECTIONS.map(([name, href]) => ({ href, text: words[name], here: name === section })),
    ...more,
    { href: "/account", text: words.ownAccount },
    { href: "/sign-out", text: words.signOut },
  ];
  return page({ language, organisation, title, menu, wide: true, scripts }, [
    said !== undefined && notice(said.kind, said.text),
    changes &&
      !mayChange &&
      notice("note", [
        words.confirmFirst,
        " ",
        html`<a href="/confirm?next=${encodeURIComponent(here)}">${words.confirm}</a>`,
      ]),
    body(words),
    html`<p class="quiet">${words.times(timeZone)}</p>`,
  ]);
}

const LOCALE = { en: "en-GB", hu: "hu-HU", ro: "ro-RO" } as const satisfies Record<Language, string>;

/** A part of a page with a heading; `id`: for links that lead there. */
export function section(title: string, body: Value, id?: string): Html {
  return html`<section ${id !== undefined && html` id="${id}"`}>
    <h2>${title}</h2>
    ${body}
  </section> `;
}

/** A time inside a sentence. */
export function plainTime({
  language,
  timeZone,
}: Pick<AdminContext, "language" | "timeZone">): (at: Date) => string {
  const format = new Intl.DateTimeFormat(LOCALE[language], {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone,
  });
  return (at) => format.format(at);
}

/** A number as the reader's language writes it. */
export function numberIn({ language }: Pick<AdminContext, "language">, n: number): string {
  return n.toLocaleString(LOCALE[language]);
}

/** Writes times as the reader's language and the organisation's zone have them; what is not there is a dash. */
export function timesOf(
  { language, timeZone }: Pick<AdminContext, "language" | "timeZone">,
  seconds = false,
): (at: Date | undefined) => Html {
  const format = new Intl.DateTimeFormat(LOCALE[language], {
    dateStyle: "medium",
    timeStyle: seconds ? "medium" : "short",
    timeZone,
  });
  return (at) =>
    at === undefined ? DASH : html`<time datetime="${at.toISOString()}">${format.format(at)}</time>`;
}

export const DASH = html`–`;

/** The last day of something that is over at this time, as a date field has it. */
export function lastDay(endsAt: Date | undefined, timeZone: string): string {
  if (endsAt === undefined) return "";
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(
    new Date(endsAt.getTime() - 1),
  );
}

/** A table with a head; on a narrow screen each row is a card. `label`: what it holds, for screen readers. */
export function table(label: string, head: readonly string[], rows: readonly (readonly Value[])[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table class="cards">
      <thead>
        <tr>
          ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, i) => {
                const label = head[i] ?? "";
                return html`<td${label !== "" && html` data-label="${label}"`}>${cell}</td>`;
              })}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What is known, name by name; what is undefined is left out. */
export function facts(pairs: readonly (readonly [name: string, value: Value])[]): Html {
  return html`<dl>
    ${pairs.map(
      ([name, value]) =>
        value !== undefined &&
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export interface Choice {
  value: string;
  text: string;
}

export function selectField(name: string, label: string, choices: readonly Choice[], chosen: string): Html {
  return html`<p class="field">
    <label for="${name}">${label}</label
    ><select id="${name}" name="${name}">
      ${choices.map(
        ({ value, text }) =>
          html`<option value="${value}" ${value === chosen && html` selected`}>${text}</option>`,
      )}
    </select>
  </p>`;
}

/** Boxes to tick; each is sent as `prefix:value`. */
export function checkboxes(
  legend: string,
  prefix: string,
  choices: readonly string[],
  ticked: readonly string[],
): Html {
  return html`<fieldset>
    <legend>${legend}</legend>
    ${choices.map(
      (choice) =>
        html`<label class="tick"
          ><input
            type="checkbox"
            name="${prefix}:${choice}"
            value="on"
            ${ticked.includes(choice) && html` checked`}
          />
          ${choice}</label
        > `,
    )}
  </fieldset>`;
}

/** A form that looks for something and changes nothing. */
export function searchForm(action: string, fields: Value, submit: string): Html {
  return html`<form method="get" action="${action}" class="filter">
    ${fields}
    <p class="actions"><button class="quiet">${submit}</button></p>
  </form>`;
}

/** A path with what is not empty of a query. */
export function pathWith(path: string, query: Record<string, string | undefined>): string {
  const pairs = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "",
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** Links between pages of a list. */
export function pager(words: AdminWords, first: string | undefined, next: string | undefined): Value {
  if (first === undefined && next === undefined) return undefined;
  return html`<p class="pager">
    ${first !== undefined && html`<a href="${first}">${words.firstPage}</a> `}${next !== undefined && html`<a href="${next}" rel="next">${words.nextPage}</a>`}
  </p>`;
}
