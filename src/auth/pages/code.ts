/** The pages of the second step: a code by one of several ways, the first enrolment, recovery codes. Pure. */
import { renderSVG } from "uqr";
import { html, trusted, type Html, type Value } from "../../markup/html.ts";
import type { Enrolment } from "../enrolment.ts";
import type { RequestOptions } from "../passkey-options.ts";
import type { CodeKind, FactorKind } from "../second-factor.ts";
import type { SmsState } from "../sms-code.ts";
import { codeWords, type CodeWords } from "../words/code.ts";
import { passkeyWords } from "../words/passkey.ts";
import { button, form, hidden, notice, page, textField, type Page } from "./page.ts";
import { passkeyForm } from "./passkey-form.ts";
import type { PageContext } from "./sign-in.ts";

export interface CodeStep {
  /** Those that count. */
  kinds: readonly FactorKind[];
  /** The way that was chosen; the field takes a code of any kind all the same. */
  by?: CodeKind | undefined;
  /** Masked. */
  phone: string | undefined;
  sms: SmsState;
  /** What to ask the browser for. */
  passkey?: RequestOptions | undefined;
  said?: "refused" | "passkey-refused" | "passkey-again" | "sms-refused" | undefined;
}

export function codePage(context: PageContext, step: CodeStep): Page {
  const words = codeWords(context.language);
  const ways = step.kinds.filter((kind): kind is CodeKind => kind !== "passkey");
  const by = ways.find((kind) => kind === step.by) ?? ways[0] ?? "totp";
  const { phone, sms, passkey, said } = step;
  const passkeys = passkeyWords(context.language);
  const { label, hint } = words.field[by];
  const scripts = ["code", "countdown", ...(passkey === undefined ? [] : (["passkey"] as const))] as const;
  return page({ ...context, title: words.title, scripts }, [
    said === "passkey-refused" && notice("bad", passkeys.refused),
    said === "passkey-again" && notice("note", passkeys.again),
    said === "sms-refused" && notice("bad", words.smsRefused),
    by === "sms" && sms.sent > 0 && said === undefined && notice("note", words.smsSent(phone ?? "")),
    passkey !== undefined &&
      passkeyForm(
        context,
        { action: "/sign-in/passkey", page: "/sign-in/code", options: passkey },
        { fields: hidden("next", context.next), submit: passkeys.use, after: passkeys.or },
      ),
    by === "sms" && sms.sent === 0 && sendForm(context, words.sendSms(phone ?? ""), "main"),
    form(
      "/sign-in/code",
      context.token,
      [
        hidden("next", context.next),
        hidden("by", by),
        codeField(label, hint, {
          letters: by === "recovery-code",
          ...(said === "refused" && { wrong: words.refused }),
        }),
      ],
      button(words.check, passkey === undefined ? "main" : "quiet"),
    ),
    by === "sms" && sms.sent > 0 && resend(context, words, sms),
    otherWays(context, words, ways, { ...step, by }),
  ]);
}

/** Each of the other ways; the one by SMS sends at once, unless one went out already. */
function otherWays(
  context: PageContext,
  words: CodeWords,
  ways: readonly CodeKind[],
  { by, phone, sms }: CodeStep,
): Value {
  const others = ways.filter((kind) => kind !== by);
  if (others.length === 0) return undefined;
  return html`<section class="ways" aria-labelledby="other-ways">
    <h2 id="other-ways">${words.otherWays}</h2>
    <ul>
      ${others.map((kind) =>
        kind === "sms" && sms.sent === 0
          ? html`<li>${sendForm(context, words.sendSms(phone ?? ""), "quiet")}</li>`
          : html`<li><a class="button" href="${pathBy(kind, context.next)}">${words.ways[kind]}</a></li>`,
      )}
    </ul>
  </section>`;
}

function pathBy(kind: CodeKind, next: string | undefined): string {
  return `/sign-in/code?${new URLSearchParams({ by: kind, ...(next !== undefined && { next }) }).toString()}`;
}

/** One more, and when: the time that is left is counted down where scripts run. */
function resend(context: PageContext, words: CodeWords, { wait }: SmsState): Value {
  if (wait === undefined) return html`<p class="quiet">${words.smsNoMore}</p>`;
  const left = `${Math.floor(wait / 60)}:${String(wait % 60).padStart(2, "0")}`;
  return html`<div class="resend" data-wait="${wait}">
    ${wait > 0 && html`<p class="quiet" id="wait">${words.smsWait} <span class="number">${left}</span></p>`}
    <p class="quiet" role="status" data-now="${words.smsNow}"></p>
    ${sendForm(context, words.sendAgain, "quiet")}
  </div>`;
}

function sendForm({ token, next }: PageContext, text: string, kind: "main" | "quiet"): Html {
  return form("/sign-in/sms", token, hidden("next", next), button(text, kind));
}

/** The first authenticator of an account. */
export function enrolPage(context: PageContext, enrolment: Enrolment, refused: boolean): Page {
  const words = codeWords(context.language);
  return page({ ...context, title: words.enrolTitle, scripts: ["code"] }, [
    html`<p>${words.enrolWhy}</p>
      <ol class="steps">
        <li><p>${words.enrolApp}</p></li>
        <li>
          ${qrOf(words.enrolScan, enrolment.uri)}
          <p><a href="${enrolment.uri}">${words.enrolHere}</a></p>
          ${keyOf(words.enrolType, enrolment.secret)}
        </li>
        <li>
          ${form(
            "/sign-in/code",
            context.token,
            [
              hidden("next", context.next),
              codeField(words.enrolCode, undefined, refused ? { wrong: words.refused } : {}),
            ],
            button(words.check),
          )}
        </li>
      </ol>`,
  ]);
}

/** A QR code, drawn on the page itself: no request, no script. */
export function qrOf(label: string, text: string): Value {
  return html`<p>${label}</p>
    <div class="qr" role="img" aria-label="${label}">${trusted(renderSVG(text, { border: 1 }))}</div>`;
}

/** A key to be typed, in groups of four. */
export function keyOf(label: string, secret: string): Html {
  return html`<details>
    <summary>${label}</summary>
    <p class="key"><code>${(secret.match(/.{1,4}/g) ?? []).join(" ")}</code></p>
  </details>`;
}

/** Shown once; so no choice of a language, which would lead away. The file to save is in the link itself. */
export function recoveryCodesPage(context: Omit<PageContext, "token">, codes: readonly string[]): Page {
  const words = codeWords(context.language);
  const text = [context.organisation, words.codesTitle, "", ...codes, ""].join("\r\n");
  return page({ ...context, title: words.codesTitle, again: false, scripts: ["print"] }, [
    html`<p>${words.codesWhy}</p>`,
    notice("warn", words.codesOnce),
    html`<ol class="codes">
        ${codes.map((code) => html`<li>${code}</li>`)}
      </ol>
      <p class="actions">
        <a
          class="button"
          download="recovery-codes.txt"
          href="data:text/plain;charset=utf-8,${encodeURIComponent(text)}"
          >${words.codesDownload}</a
        >
        <button type="button" class="quiet" data-print hidden>${words.codesPrint}</button>
      </p>
      <p class="actions">
        <a class="button main" href="${context.next ?? "/account"}">${words.codesGoOn}</a>
      </p>`,
  ]);
}

/** Takes every kind of code. `letters`: it is one of letters, so no keyboard of digits alone. */
export function codeField(
  label: string,
  hint?: string,
  { wrong, letters = false }: { wrong?: string; letters?: boolean } = {},
): Value {
  return textField({
    name: "code",
    label,
    autocomplete: "one-time-code",
    ...(hint === undefined ? {} : { hint }),
    ...(wrong === undefined ? {} : { wrong }),
    attributes: html` class="code" inputmode="${letters ? "text" : "numeric"}" maxlength="64"
    spellcheck="false" autocapitalize="none" autofocus`,
  });
}
