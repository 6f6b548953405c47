/** The pages of signing in. Pure. */
import { renderSVG } from "uqr";
import { html, trusted, type Value } from "../../markup/html.ts";
import type { Enrolment } from "../enrolment.ts";
import type { RequestOptions } from "../passkey-options.ts";
import type { FactorKind } from "../second-factor.ts";
import type { Language } from "../settings.ts";
import { passkeyWords } from "../words/passkey.ts";
import { signInWords } from "../words/sign-in.ts";
import { button, form, hidden, notice, page, textField, type Page } from "./page.ts";
import { passkeyForm } from "./passkey-form.ts";

export interface PageContext {
  language: Language;
  organisation: string;
  /** Of the form on the page. */
  token: string;
  next: string | undefined;
}

export type SignInTrouble = "refused" | "busy" | "over" | "form-old";

/** Name and password. What was typed as the name is shown again, the password never. */
export function signInPage(context: PageContext, typed = "", trouble?: SignInTrouble): Page {
  const words = signInWords(context.language);
  const said = { refused: words.refused, busy: words.busy, over: words.over, "form-old": words.formOld };
  const fields = [
    hidden("next", context.next),
    textField({
      name: "name",
      label: words.name,
      autocomplete: "username",
      value: typed,
      attributes: html` autocapitalize="none" spellcheck="false"
      maxlength="254"${typed === "" && html` autofocus`}`,
    }),
    textField({
      name: "password",
      label: words.password,
      type: "password",
      autocomplete: "current-password",
      attributes: html`${typed !== "" && html` autofocus`}`,
    }),
  ];
  return page({ ...context, title: words.signIn }, [
    trouble !== undefined && notice("bad", said[trouble]),
    form("/sign-in", context.token, fields, button(words.signIn)),
    html`<p><a href="/forgotten">${words.forgotten}</a></p>`,
  ]);
}

/** The password once more, for what needs it. */
export function confirmPage(context: PageContext, name: string, trouble?: SignInTrouble): Page {
  const words = signInWords(context.language);
  const said = { refused: words.refused, busy: words.busy, over: words.over, "form-old": words.formOld };
  const fields = [
    hidden("next", context.next),
    html`<input type="hidden" name="name" value="${name}" autocomplete="username" />`,
    textField({
      name: "password",
      label: words.password,
      type: "password",
      autocomplete: "current-password",
      attributes: html` autofocus`,
    }),
  ];
  return page({ ...context, title: words.confirmTitle }, [
    trouble !== undefined && notice("bad", said[trouble]),
    html`<p>${words.confirmWhy}</p>`,
    form("/confirm", context.token, fields, button(words.next)),
  ]);
}

export type CodeSaid = "refused" | "passkey-refused" | "passkey-again" | "sms-sent" | "sms-refused";

export interface CodeStep {
  kinds: readonly FactorKind[];
  /** Masked. */
  phone: string | undefined;
  /** What to ask the browser for. */
  passkey?: RequestOptions | undefined;
  said?: CodeSaid | undefined;
}

export function codePage(context: PageContext, { kinds, phone, passkey, said }: CodeStep): Page {
  const words = signInWords(context.language);
  const passkeys = passkeyWords(context.language);
  const notices: Record<CodeSaid, Value> = {
    refused: notice("bad", words.codeRefused),
    "passkey-refused": notice("bad", passkeys.refused),
    "passkey-again": notice("note", passkeys.again),
    "sms-sent": notice("note", words.smsSent(phone ?? "")),
    "sms-refused": notice("bad", words.smsRefused),
  };
  const scripts = passkey === undefined ? [] : (["passkey"] as const);
  return page({ ...context, title: words.codeTitle, scripts }, [
    said !== undefined && notices[said],
    passkey !== undefined &&
      passkeyForm(
        context,
        { action: "/sign-in/passkey", page: "/sign-in/code", options: passkey },
        { fields: hidden("next", context.next), submit: passkeys.use, after: passkeys.or },
      ),
    form(
      "/sign-in/code",
      context.token,
      [hidden("next", context.next), codeField(words.code, words.codeHint(kinds))],
      button(words.check, passkey === undefined ? "main" : "quiet"),
    ),
    phone !== undefined &&
      kinds.includes("sms") &&
      form(
        "/sign-in/sms",
        context.token,
        hidden("next", context.next),
        button(words.sendSms(phone), "quiet"),
      ),
  ]);
}

export function enrolPage(context: PageContext, enrolment: Enrolment, refused: boolean): Page {
  const words = signInWords(context.language);
  return page({ ...context, title: words.enrolTitle }, [
    refused && notice("bad", words.codeRefused),
    html`<p>${words.enrolWhy}</p>`,
    qrOf(words.enrolScan, enrolment.uri),
    html`<details>
      <summary>${words.enrolType}</summary>
      <p><code>${grouped(enrolment.secret)}</code></p>
    </details>`,
    form(
      "/sign-in/code",
      context.token,
      [hidden("next", context.next), codeField(words.enrolCode)],
      button(words.check),
    ),
  ]);
}

/** A QR code, drawn on the page itself: no request, no script. */
export function qrOf(label: string, text: string): Value {
  return html`<p>${label}</p>
    <div class="qr" role="img" aria-label="${label}">${trusted(renderSVG(text, { border: 1 }))}</div>`;
}

/** Shown once. */
export function recoveryCodesPage(context: Omit<PageContext, "token">, codes: readonly string[]): Page {
  const words = signInWords(context.language);
  return page({ ...context, title: words.codesTitle }, [
    html`<p>${words.codesWhy}</p>`,
    html`<ol class="codes">
      ${codes.map((code) => html`<li>${code}</li>`)}
    </ol>`,
    html`<p><a href="${context.next ?? "/account"}">${words.codesGoOn}</a></p>`,
  ]);
}

/** `where`: what can be signed out of, by the value that the form sends. */
export function signOutPage(
  context: PageContext,
  action: string,
  where: { value: string; text: string }[],
): Page {
  const words = signInWords(context.language);
  const buttons = where.map(
    ({ value, text }, i) =>
      html`<button class="${i === 0 ? "main" : "quiet"}" name="what" value="${value}">${text}</button>`,
  );
  return page({ ...context, title: words.signOutTitle }, [
    where.length > 1 && html`<p>${words.signOutAsk}</p>`,
    form(action, context.token, undefined, buttons),
  ]);
}

/** `href`: where to sign in again. */
export function signedOutPage(context: Pick<PageContext, "language" | "organisation">, href: string): Page {
  const words = signInWords(context.language);
  const { signedOutTitle: title, signedOut: text, signIn: link } = words;
  return messagePage(context, { title, text, href, link, kind: "good" });
}

/** A page with one sentence, and perhaps a link that leads on. */
export function messagePage(
  context: Pick<PageContext, "language" | "organisation">,
  message: { title: string; text: string; href?: string; link?: string; kind?: "bad" | "good" | "note" },
): Page {
  return page({ ...context, title: message.title }, [
    notice(message.kind ?? "note", message.text),
    message.href !== undefined && html`<p><a href="${message.href}">${message.link ?? message.href}</a></p>`,
  ]);
}

export function codeField(label: string, hint?: string): Value {
  return textField({
    name: "code",
    label,
    autocomplete: "one-time-code",
    ...(hint === undefined ? {} : { hint }),
    attributes: html` class="code" maxlength="64" spellcheck="false" autocapitalize="none" autofocus`,
  });
}

function grouped(secret: string): string {
  return (secret.match(/.{1,4}/g) ?? []).join(" ");
}
