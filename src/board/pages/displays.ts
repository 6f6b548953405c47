/** Displays: the list, a fresh code, and the page on which a screen is paired. Pure. */
import type { OwnContext } from "../../auth/pages/account.ts";
import { button, form, hidden, notice, page, textField, type Page } from "../../auth/pages/page.ts";
import type { Language } from "../../auth/settings.ts";
import { html, type Html } from "../../markup/html.ts";
import { LANGUAGES, localeOf, type Locale } from "../../report/locale.ts";
import { ageText } from "../age.ts";
import { BOARD_PATH, DISPLAYS_PATH, WALL_PATH } from "../paths.ts";
import type { Display } from "../store/displays.ts";
import { boardWords, type BoardWords } from "../words/board.ts";

export type DisplaysSaid = "revoked" | "form-old" | "name-wrong";

/** @param typed a name that was sent and is none */
export function displaysPage(
  context: OwnContext,
  displays: readonly Display[],
  now: Date,
  said?: DisplaysSaid,
  typed = "",
): Page {
  const { language, organisation, timeZone, menu, token } = context;
  const words = boardWords(language);
  const locale = localeOf(language, timeZone);
  return page({ language, organisation, title: words.displays, menu: menu ?? [], wide: true }, [
    said === "revoked" && notice("good", words.revoked),
    said === "form-old" && notice("bad", words.formOld),
    html`<p>${words.displaysLead}</p>`,
    displays.length === 0
      ? html`<p class="empty">${words.noDisplays}</p>`
      : html`<ul class="rows card">
          ${displays.map(
            (display) =>
              html`<li>
                <div>
                  <b>${display.name}</b> <span class="quiet">${words.languages[display.language]}</span><br />
                  <span class="quiet">${stateOf(display, now, words, locale)}</span>
                </div>
                ${form(`${DISPLAYS_PATH}/revoke`, token, hidden("id", display.id), button(words.revoke, "danger"))}
              </li> `,
          )}
        </ul>`,
    html`<section class="make-display" aria-labelledby="make">
      <h2 id="make">${words.makeDisplay}</h2>
      ${form(
        DISPLAYS_PATH,
        token,
        [
          textField({
            name: "name",
            label: words.displayName,
            hint: words.displayNameHint,
            value: typed,
            wrong: said === "name-wrong" ? words.displayNameWrong : undefined,
            attributes: html` maxlength="60"`,
          }),
          languageField(words, language),
        ],
        button(words.makeCode),
      )}
    </section>`,
    html`<p class="foot"><a href="${BOARD_PATH}">${words.back}</a></p>`,
  ]);
}

function languageField(words: BoardWords, chosen: Language): Html {
  return html`<p class="field">
    <label for="language">${words.displayLanguage}</label
    ><select id="language" name="language">
      ${LANGUAGES.map(
        (language) =>
          html`<option value="${language}" ${language === chosen && html` selected`}>
            ${words.languages[language]}
          </option>`,
      )}
    </select>
  </p>`;
}

function stateOf(
  { codeUntil, pairedAt, until, seenAt }: Display,
  now: Date,
  words: BoardWords,
  locale: Locale,
): string {
  if (codeUntil !== undefined) return words.waiting(locale.clock(codeUntil));
  return [
    pairedAt !== undefined && words.pairedAt(locale.instantShort(pairedAt)),
    seenAt !== undefined && words.seenAt(ageText(now.getTime() - seenAt.getTime(), words.units, locale)),
    until !== undefined && words.displayUntil(locale.day(until)),
  ]
    .filter((part) => part !== false)
    .join(" · ");
}

/** The code is told here, once. */
export function displayCodePage(
  { language, organisation, timeZone, menu }: OwnContext,
  { name, code, until, publicUrl }: { name: string; code: string; until: Date; publicUrl: string },
): Page {
  const words = boardWords(language);
  const { clock } = localeOf(language, timeZone);
  return page({ language, organisation, title: words.codeFor(name), menu: menu ?? [] }, [
    html`<ol class="steps">
      ${words.codeSteps(`${publicUrl}${WALL_PATH}`).map((step) => html`<li>${step}</li>`)}
    </ol>`,
    html`<p class="big-code">${code.slice(0, 4)} ${code.slice(4)}</p>`,
    html`<p class="quiet">${words.codeUntil(clock(until))} ${words.codeOnce}</p>`,
    html`<p class="actions"><a class="button" href="${DISPLAYS_PATH}">${words.done}</a></p>`,
  ]);
}

/** What a screen shows that is not paired. */
export function pairPage(
  { language, organisation, token }: { language: Language; organisation: string; token: string },
  trouble?: "refused" | "too-many" | "form-old",
): Page {
  const words = boardWords(language);
  const said = {
    refused: words.pairRefused,
    "too-many": words.pairTooMany,
    "form-old": words.formOld,
  };
  return page({ language, organisation, title: words.pairTitle }, [
    trouble !== undefined && notice("bad", said[trouble]),
    html`<p>${words.pairLead}</p>`,
    form(
      WALL_PATH,
      token,
      textField({
        name: "code",
        label: words.pairCode,
        hint: words.pairHint,
        attributes: html` class="code" inputmode="numeric" maxlength="12" autofocus`,
      }),
      button(words.pair),
    ),
  ]);
}
