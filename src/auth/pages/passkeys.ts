/** Where people see to their passkeys. Pure. */
import { html } from "../../markup/html.ts";
import type { OwnPasskeys } from "../own-passkeys.ts";
import { accountWords } from "../words/account.ts";
import { passkeyWords } from "../words/passkey.ts";
import { PASSKEYS_PATH, row, rows, timesOf, type OwnContext } from "./account.ts";
import { button, form, hidden, notice, page, textField, type Page } from "./page.ts";
import { passkeyForm } from "./passkey-form.ts";

export type PasskeyTrouble = "form-old" | "name" | "full" | "refused" | "again";

/** `typed`: the name that somebody gave to one that could not be added. */
export function passkeysPage(
  context: OwnContext,
  { passkeys, options }: OwnPasskeys,
  trouble?: PasskeyTrouble,
  typed = "",
): Page {
  const own = accountWords(context.language);
  const words = passkeyWords(context.language);
  const { day, time } = timesOf(context);
  const said = {
    "form-old": own.formOld,
    name: undefined,
    full: words.full,
    refused: words.refusedNew,
    again: words.again,
  };
  const bad = trouble && said[trouble];
  const name = textField({
    name: "name",
    label: own.label,
    hint: words.nameHint,
    value: typed,
    ...(trouble === "name" && { wrong: own.labelWrong }),
    attributes: html` maxlength="60"`,
  });
  return page({ ...context, title: words.title, scripts: ["passkey"] }, [
    bad !== undefined && notice(trouble === "again" ? "note" : "bad", bad),
    html`<p>${words.lead}</p>`,
    passkeys.length > 0 &&
      rows(
        passkeys.map(({ id, name, createdAt, lastUsedAt }) =>
          row(
            name,
            [
              own.authenticatorSince(day(createdAt)),
              lastUsedAt === undefined ? words.neverUsed : own.lastUsed(time(lastUsedAt)),
            ],
            form(`${PASSKEYS_PATH}/remove`, context.token, hidden("id", id), button(own.remove, "danger")),
          ),
        ),
      ),
    html`<h2>${passkeys.length === 0 ? words.addFirst : words.addAnother}</h2>`,
    options === undefined
      ? html`<p>${words.full}</p>`
      : [
          html`<p class="quiet" data-without-passkey>${words.needs}</p>`,
          passkeyForm(
            context,
            { action: PASSKEYS_PATH, page: PASSKEYS_PATH, options },
            { fields: name, submit: words.add },
          ),
        ],
    html`<p class="quiet">${own.endsOthers}</p>
      <p><a href="/account">${own.back}</a></p>`,
  ]);
}
