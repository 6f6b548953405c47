/** What the gateway's mails say, as plain text and as simple HTML. Pure. */
import { html } from "../markup/html.ts";
import { printable } from "../markup/printable.ts";
import type { Language } from "./settings.ts";
import { mailEn } from "./words/mail-en.ts";
import { mailHu } from "./words/mail-hu.ts";
import { mailRo } from "./words/mail-ro.ts";
import type { Letter, MailData, MailKind, MailWords } from "./words/mail.ts";

const WORDS: Record<Language, MailWords> = { en: mailEn, hu: mailHu, ro: mailRo };

/** Whom a mail is for, and who sends it. */
export interface MailSetting {
  displayName: string;
  organisation: string;
  /** IANA, such as Europe/Budapest. */
  timeZone: string;
}

export interface MailText {
  subject: string;
  text: string;
  html: string;
}

/**
 * A mail of one kind. What people have written (names, reasons, the name of a browser) comes out as one line of
 * characters that can be seen: it forges no line, no header and no markup. Links stand alone on their line. A link
 * is in the text only, never in the subject.
 */
export function mailOf<K extends MailKind>(
  kind: K,
  language: Language,
  data: MailData[K],
  setting: MailSetting,
): MailText {
  const { locale, letters, greeting, automatic } = WORDS[language];
  const { displayName, organisation, timeZone } = visible(setting);
  const spoken = {
    time: (at: Date) => new Intl.DateTimeFormat(locale, { ...TIME, timeZone }).format(at),
    list: (items: string[]) => items.join(", "),
  };
  const letter = letters[kind](visible(data), spoken);
  const parts: Parts = {
    letter,
    facts: letter.facts.filter((fact): fact is [string, string] => fact[1] !== undefined),
    greeting: greeting(displayName),
    automatic: automatic(organisation),
  };
  return {
    subject: `${organisation}: ${letter.subject}`,
    text: plainText(parts),
    html: page(language, parts),
  };
}

const TIME = {
  year: "numeric",
  month: "long",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZoneName: "short",
} as const;

/** Every text in it as one line that can be seen whole. */
function visible<T extends object>(data: T): T {
  const seen = (value: unknown): unknown =>
    typeof value === "string" ? printable(value) : Array.isArray(value) ? value.map(seen) : value;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, seen(value)])) as T;
}

interface Parts {
  letter: Letter;
  facts: [string, string][];
  greeting: string;
  automatic: string;
}

function plainText({ letter, facts, greeting, automatic }: Parts): string {
  const { lead, ask, action, after } = letter;
  const paragraphs = [
    greeting,
    lead,
    facts.map(([label, value]) => `${label}: ${value}`).join("\n"),
    ask,
    action && `${action.label}:\n${action.link}`,
    after,
    `-- \n${automatic}`,
  ];
  return `${paragraphs.filter(Boolean).join("\n\n")}\n`;
}

function page(language: Language, { letter, facts, greeting, automatic }: Parts): string {
  const { subject, lead, ask, action, after } = letter;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <title>${subject}</title>
      </head>
      <body style="font-family: sans-serif; line-height: 1.5">
        <p>${greeting}</p>
        <p>${lead}</p>
        ${
          facts.length > 0 &&
          html`<table cellpadding="2">
            ${facts.map(
              ([label, value]) =>
                html`<tr>
                  <td style="padding-right: 1em">${label}</td>
                  <td><b>${value}</b></td>
                </tr> `,
            )}
          </table>`
        }
        ${ask !== undefined && html`<p>${ask}</p>`}
        ${action && html`<p><a href="${action.link}">${action.label}</a><br />${action.link}</p>`}
        ${after !== undefined && html`<p>${after}</p>`}
        <p><small>${automatic}</small></p>
      </body>
    </html> `.text;
}
