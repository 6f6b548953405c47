/** The pages behind links in mails, and the one that asks for such a link. Pure. */
import { html, type Value } from "../../markup/html.ts";
import type { PasswordReason } from "../password-rules.ts";
import type { Language } from "../settings.ts";
import { frameWords } from "../words/frame.ts";
import { linkWords } from "../words/link.ts";
import { passwordWords } from "../words/password.ts";
import { button, form, notice, page, passwordField, textField, type Page } from "./page.ts";

export interface LinkContext {
  language: Language;
  organisation: string;
  /** Of the form on the page. */
  token: string;
}

/** Why what was sent was not taken. */
export type PasswordTrouble = "busy" | "form-old" | PasswordReason[];

/** Where a link leads that sets a password. `action` is the page's own path. */
export function passwordLinkPage(
  context: LinkContext,
  link: { kind: "invitation" | "reset"; action: string; name: string },
  trouble?: PasswordTrouble,
): Page {
  const words = linkWords(context.language);
  const isNew = link.kind === "invitation";
  return page(
    { ...context, scripts: ["password"], title: isNew ? words.invitationTitle : words.resetTitle },
    [
      troubleNotice(context.language, trouble),
      html`<p>${isNew ? words.invitationLead(link.name) : words.resetLead(link.name)}</p>`,
      form(
        link.action,
        context.token,
        [usernameFor(link.name), newPasswordField(context.language, trouble)],
        button(words.setPassword),
      ),
    ],
  );
}

/** For password managers: which account the new password is of. Nothing reads it. */
export function usernameFor(name: string): Value {
  return html`<input type="hidden" name="name" value="${name}" autocomplete="username" />`;
}

/** What is wrong apart from the password itself. */
export function troubleNotice(language: Language, trouble: PasswordTrouble | undefined): Value {
  const words = linkWords(language);
  if (trouble === "busy") return notice("bad", words.busy);
  return trouble === "form-old" && notice("bad", words.formOld);
}

/** The field, its rules in words, and why the one before was not taken. */
export function newPasswordField(language: Language, trouble?: PasswordTrouble): Value {
  const words = linkWords(language);
  const { tooShort, longEnough } = frameWords(language);
  const wrong = Array.isArray(trouble)
    ? trouble.map((reason) => passwordWords(language, reason)).join(" ")
    : undefined;
  return [
    html`<ul class="rules" id="password-rules">
      ${words.rules.map((rule) => html`<li>${rule}</li>`)}
    </ul>`,
    passwordField(language, {
      name: "password",
      label: words.newPassword,
      autocomplete: "new-password",
      about: "password-rules",
      ...(wrong !== undefined && { wrong }),
      attributes: html` minlength="15" data-short="${tooShort}" data-long="${longEnough}"
      passwordrules="minlength: 15; maxlength: 128;" autofocus`,
    }),
  ];
}

/** Asks for whom the mail is. What was typed is shown again. */
export function forgottenPage(context: LinkContext, typed = "", trouble?: "busy" | "form-old"): Page {
  const words = linkWords(context.language);
  return page({ ...context, title: words.forgottenTitle }, [
    troubleNotice(context.language, trouble),
    html`<p>${words.forgottenLead}</p>`,
    form(
      "/forgotten",
      context.token,
      textField({
        name: "name",
        label: words.name,
        autocomplete: "username",
        value: typed,
        attributes: html` autocapitalize="none" spellcheck="false" maxlength="254" autofocus`,
      }),
      button(words.send),
    ),
    html`<p><a href="/sign-in">${words.backToSignIn}</a></p>`,
  ]);
}

/** `device`: what the browser called itself, if that is still known. */
export function notMePage(
  context: LinkContext,
  { action, device, isOld = false }: { action: string; device: string | undefined; isOld?: boolean },
): Page {
  const words = linkWords(context.language);
  return page({ ...context, title: words.notMeTitle }, [
    isOld && notice("bad", words.formOld),
    html`<p>${words.notMeLead(device)}</p>
      <p>${words.notMeThen}</p>`,
    form(action, context.token, undefined, button(words.notMeButton, "danger")),
  ]);
}
