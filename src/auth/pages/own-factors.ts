/** Where people change how they sign in. Pure. */
import { html, type Value } from "../../markup/html.ts";
import type { Enrolment } from "../enrolment.ts";
import { MOST_AUTHENTICATORS } from "../own-factors.ts";
import type { FactorsOf } from "../store/factors.ts";
import { accountWords, type AccountWords } from "../words/account.ts";
import { linkWords } from "../words/link.ts";
import { row, rows, timesOf, type OwnContext } from "./account.ts";
import { newPasswordField, troubleNotice, usernameFor, type PasswordTrouble } from "./link.ts";
import { button, form, hidden, notice, page, textField, type Page } from "./page.ts";
import { codeField, qrOf } from "./code.ts";

/** `name` is the account's. */
export function changePasswordPage(context: OwnContext, name: string, trouble?: PasswordTrouble): Page {
  const words = accountWords(context.language);
  return page({ ...context, title: words.passwordTitle, scripts: ["password"] }, [
    troubleNotice(context.language, trouble),
    html`<p>${words.endsOthers}</p>`,
    form(
      "/account/password",
      context.token,
      [usernameFor(name), newPasswordField(context.language, trouble)],
      button(linkWords(context.language).setPassword),
    ),
    back(words),
  ]);
}

export type AuthenticatorTrouble = "form-old" | "label" | "full" | "gone" | "refused" | "last";

export function authenticatorsPage(
  context: OwnContext,
  { totps, enrolment }: Pick<FactorsOf, "totps"> & { enrolment: Enrolment | undefined },
  trouble?: AuthenticatorTrouble,
): Page {
  const words = accountWords(context.language);
  const { day } = timesOf(context);
  const said = {
    "form-old": words.formOld,
    label: undefined,
    full: words.full,
    gone: words.gone,
    refused: words.codeRefused,
    last: words.lastStays,
  };
  const bad = trouble && said[trouble];
  return page({ ...context, title: words.authenticatorsTitle, scripts: ["code"] }, [
    bad !== undefined && notice("bad", bad),
    html`<p>${words.authenticatorsLead}</p>`,
    rows(
      totps.map(({ id, label, confirmedAt }) =>
        row(
          label,
          [words.authenticatorSince(day(confirmedAt))],
          totps.length > 1 &&
            form(
              "/account/authenticators/remove",
              context.token,
              hidden("id", id),
              button(words.remove, "danger"),
            ),
        ),
      ),
    ),
    totps.length <= 1 && html`<p class="quiet">${words.lastStays}</p>`,
    totps.length < MOST_AUTHENTICATORS &&
      html`<h2>${words.addAuthenticator}</h2>
        ${enrolment === undefined ? begin(context, words, trouble) : confirm(context, words, enrolment)}`,
    html`<p class="quiet">${words.endsOthers}</p>`,
    back(words),
  ]);
}

function begin(context: OwnContext, words: AccountWords, trouble: AuthenticatorTrouble | undefined): Value {
  return [
    html`<p>${words.addWhy}</p>`,
    form(
      "/account/authenticators",
      context.token,
      textField({
        name: "label",
        label: words.label,
        hint: words.labelHint,
        ...(trouble === "label" && { wrong: words.labelWrong }),
        attributes: html` maxlength="60"`,
      }),
      button(words.begin),
    ),
  ];
}

function confirm(context: OwnContext, words: AccountWords, { label, uri, secret }: Enrolment): Value {
  return [
    html`<p><b>${label}</b></p>`,
    qrOf(words.scan, uri),
    html`<details>
      <summary>${words.typeKey}</summary>
      <p><code>${(secret.match(/.{1,4}/g) ?? []).join(" ")}</code></p>
    </details>`,
    form("/account/authenticators/confirm", context.token, codeField(words.enrolCode), button(words.check)),
  ];
}

export function renewCodesPage(context: OwnContext, left: number, isOld = false): Page {
  const words = accountWords(context.language);
  return page({ ...context, title: words.codesTitle }, [
    isOld && notice("bad", words.formOld),
    html`<p>${words.codesLead}</p>
      <p><b>${words.recoveryCodesLeft(left)}</b></p>
      <p class="quiet">${words.endsOthers}</p>`,
    form("/account/recovery-codes", context.token, undefined, button(words.makeCodes)),
    back(words),
  ]);
}

export type PhoneTrouble = "form-old" | "number" | "send-refused" | "code-refused";

/** `asked`: the number that a code went out to. */
export function phonePage(
  context: OwnContext,
  { phone, confirmed, asked }: { phone: string | undefined; confirmed: boolean; asked?: string | undefined },
  trouble?: PhoneTrouble,
): Page {
  const words = accountWords(context.language);
  const said = {
    "form-old": words.formOld,
    number: undefined,
    "send-refused": words.sendRefused,
    "code-refused": words.codeRefused,
  };
  const bad = trouble && said[trouble];
  const askCode =
    asked !== undefined &&
    form(
      "/account/phone/confirm",
      context.token,
      [hidden("number", asked), codeField(words.smsCode)],
      button(words.check),
    );
  const askNumber = form(
    "/account/phone",
    context.token,
    textField({
      name: "number",
      label: words.number,
      type: "tel",
      autocomplete: "tel",
      value: confirmed ? "" : (phone ?? ""),
      hint: words.numberHint,
      ...(trouble === "number" && { wrong: words.numberWrong }),
      attributes: html` maxlength="40"`,
    }),
    button(words.sendCode, asked === undefined ? "main" : "quiet"),
  );
  return page({ ...context, title: words.phoneTitle, scripts: ["code"] }, [
    bad !== undefined && notice("bad", bad),
    asked !== undefined && trouble === undefined && notice("note", words.sentTo(asked)),
    html`<p>${words.phoneLead}</p>`,
    phone !== undefined &&
      asked === undefined &&
      rows([
        row(
          phone,
          [confirmed ? words.phoneConfirmed(phone) : words.phoneUnconfirmed(phone)],
          form("/account/phone/remove", context.token, undefined, button(words.remove, "danger")),
        ),
      ]),
    askCode,
    askNumber,
    html`<p class="quiet">${words.endsOthers}</p>`,
    back(words),
  ]);
}

function back({ back }: AccountWords): Value {
  return html`<p><a href="/account">${back}</a></p>`;
}
