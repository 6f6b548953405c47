/** A form whose answer comes from a passkey: the browser's script (browser/passkey.ts) asks for it and sends it. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { CreationOptions, RequestOptions } from "../passkey-options.ts";
import type { Language } from "../settings.ts";
import { passkeyWords } from "../words/passkey.ts";
import { button, hidden } from "./page.ts";

export interface PasskeyAsked {
  /** Where the answer goes. */
  action: string;
  /** Where the script finds new options, when those here have become old. */
  page: string;
  options: CreationOptions | RequestOptions;
}

/** Not to be seen until the script has found that the browser knows passkeys; `after` is shown with it. */
export function passkeyForm(
  { language, token }: { language: Language; token: string },
  { action, page, options }: PasskeyAsked,
  { fields, submit, after }: { fields: Value; submit: string; after?: string },
): Html {
  const { cancelled, already, failed } = passkeyWords(language);
  // By the names of what browsers throw.
  const said = { NotAllowedError: cancelled, InvalidStateError: already, failed };
  return html`<form
    method="post"
    action="${action}"
    hidden
    data-passkey
    data-page="${page}"
    data-options="${JSON.stringify(options)}"
    data-said="${JSON.stringify(said)}"
  >
    ${hidden("token", token)}${hidden("answer", "")}${fields}
    <p class="notice bad" role="alert" hidden></p>
    <p class="actions">${button(submit)}</p>
    ${after !== undefined && html`<p class="or">${after}</p>`}
  </form>`;
}
