/** The frame of every page the gateway shows. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import { LANGUAGES } from "../account-name.ts";
import type { Language } from "../settings.ts";
import { frameWords, LANGUAGE_NAMES } from "../words/frame.ts";
import { MARK } from "./mark.ts";

export interface PageFrame {
  language: Language;
  organisation: string;
  title: string;
  /** Links of somebody who is signed in. */
  menu?: { href: string; text: string; here?: boolean }[];
  /** Wide pages hold tables. */
  wide?: boolean;
  /**
   * Where the choice of a language leads, for a page that cannot be asked for a second time. `false`: there is none,
   * since what the page shows would be lost.
   */
  again?: string | false;
  /** What makes the page better where scripts run; every page works without. */
  scripts?: readonly ScriptName[];
}

/** Each is a file of src/auth/browser. */
export const SCRIPTS = [
  "send-once",
  "password",
  "code",
  "countdown",
  "print",
  "passkey",
  "wall",
  "live",
] as const;
export type ScriptName = (typeof SCRIPTS)[number];

/** Where a page is shown, which is known only when its answer goes out. */
export interface Surroundings {
  /** What our own paths begin with: on the hosts of applications only what is below /.lakat is ours. */
  base?: "" | "/.lakat";
  /** For the choice of a language; without it none is offered. `back`: a path of ours. */
  choice?: { token: string; back: string };
}

/** A whole document. It waits for the nonce of the answer it goes out with (CSP level 3, 8.1). */
export type Page = (nonce: string, surroundings?: Surroundings) => string;

/** Where the style sheet is served, and the mark for a browser's tab; on hosts of applications below /.lakat. */
export const STYLE_PATH = "/style.css";
export const ICON_PATH = "/icon.svg";

/** Where a script is served. */
export const scriptPath = (name: ScriptName): string => `/script/${name}.js`;

export function page(
  { language, organisation, title, menu = [], wide = false, again, scripts = [] }: PageFrame,
  body: Value,
): Page {
  const words = frameWords(language);
  const isAlone = menu.length === 0;
  const names = [...new Set<ScriptName>(["send-once", ...scripts])];
  return (nonce, { base = "", choice } = {}) =>
    html`<!doctype html>
      <html lang="${language}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>${title} · ${organisation}</title>
          <link rel="icon" type="image/svg+xml" href="${base}${ICON_PATH}" />
          <link rel="stylesheet" href="${base}${STYLE_PATH}" />
          ${names.map((name) => html`<script type="module" nonce="${nonce}" src="${base}${scriptPath(name)}"></script>`)}
        </head>
        <body${isAlone && html` class="alone"`}>
          <a class="skip" href="#main">${words.skip}</a>
          <header>
            <p class="brand">${MARK}${isAlone ? html`<span>${organisation}</span>` : html`<a href="/account">${organisation}</a>`}</p>
            ${!isAlone && menuOf(words.menu, menu)}
          </header>
          <main id="main" tabindex="-1" class="${wide ? "wide" : "narrow"}">
            <h1>${title}</h1>
            ${body}
          </main>
          ${choice !== undefined && again !== false && languageChoice(language, base, { ...choice, ...(again !== undefined && { back: again }) })}
        </body>
      </html> `.toString();
}

/** A row of links; on a phone they are behind a button, without script (HTML, 6.12, popover). */
function menuOf(label: string, links: NonNullable<PageFrame["menu"]>): Html {
  return html`<nav aria-label="${label}">
    <button type="button" popovertarget="menu">${label}</button>
    <ul id="menu" popover>
      ${links.map(
        ({ href, text, here }) =>
          html`<li><a href="${href}" ${here === true ? html` aria-current="page"` : ""}>${text}</a></li>`,
      )}
    </ul>
  </nav>`;
}

function languageChoice(
  chosen: Language,
  base: string,
  { token, back }: NonNullable<Surroundings["choice"]>,
): Html {
  return html`<footer>
    <form method="post" action="${base}/language" aria-label="${frameWords(chosen).language}">
      <input type="hidden" name="token" value="${token}" /><input type="hidden" name="back" value="${back}" />
      ${LANGUAGES.map(
        (language) =>
          html`<button
            name="language"
            value="${language}"
            lang="${language}"
            ${language === chosen && html` aria-current="true"`}
          >
            ${LANGUAGE_NAMES[language]}
          </button> `,
      )}
    </form>
  </footer>`;
}

/** A form of ours: posts, and carries its token. */
export function form(action: string, token: string, fields: Value, submit: Value): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="token" value="${token}" />${fields}
    <p class="actions">${submit}</p>
  </form>`;
}

export function button(text: string, kind: "main" | "quiet" | "danger" = "main"): Html {
  return html`<button class="${kind}">${text}</button>`;
}

export function hidden(name: string, value: string | undefined): Value {
  return value !== undefined && html`<input type="hidden" name="${name}" value="${value}" />`;
}

export interface TextField {
  name: string;
  label: string;
  type?: "text" | "password" | "email" | "tel" | "search" | "date" | "datetime-local";
  autocomplete?: string;
  value?: string;
  hint?: Value;
  /** What is wrong with what was sent. */
  wrong?: Value;
  /** The id of what says so elsewhere, of several fields together. */
  blamedBy?: string | undefined;
  /** The id of more that is to be known of it. */
  about?: string;
  attributes?: Html;
  required?: boolean;
}

export function textField(field: TextField): Html {
  const {
    name,
    label,
    type = "text",
    autocomplete = "off",
    value = "",
    hint,
    wrong,
    blamedBy,
    about,
    attributes,
    required = true,
  } = field;
  const isWrong = wrong !== undefined || blamedBy !== undefined;
  const described = [wrong && `${name}-wrong`, blamedBy, hint && `${name}-hint`, about]
    .filter(Boolean)
    .join(" ");
  const input = html`<input
    id="${name}"
    name="${name}"
    type="${type}"
    autocomplete="${autocomplete}"
    value="${value}"
    ${described !== "" && html` aria-describedby="${described}"`}${isWrong && html` aria-invalid="true"`}${required && html` required`}${attributes}
  />`;
  return html`<p class="field">
    <label for="${name}">${label}</label
    >${hint !== undefined && html`<span class="hint" id="${name}-hint">${hint}</span>`}${type === "password" ? html`<span class="with">${input}</span>` : input}${wrong !== undefined && html`<span class="wrong" id="${name}-wrong">${wrong}</span>`}
  </p>`;
}

/** A password that can be looked at where scripts run; the page has the script `password`. */
export function passwordField(language: Language, field: Omit<TextField, "type">): Html {
  const { show, hide } = frameWords(language);
  const attributes = html` data-show="${show}" data-hide="${hide}"${field.attributes}`;
  return textField({ ...field, type: "password", attributes });
}

/** What a page has to say before anything else; read out by screen readers when the page comes. */
export function notice(kind: "bad" | "good" | "warn" | "note", text: Value, id?: string): Html {
  return html`<p
    class="notice ${kind}"
    role="${kind === "bad" ? "alert" : "status"}"
    ${id !== undefined && html` id="${id}"`}
  >
    ${text}
  </p>`;
}
