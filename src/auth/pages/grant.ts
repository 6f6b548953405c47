/** Grants: asked for by whoever needs one, approved and ended by whoever owns what it opens. Pure. */
import { html, type Value } from "../../markup/html.ts";
import type { Application } from "../application.ts";
import type { Grant, GrantState } from "../grant.ts";
import { grantWords, type GrantWords } from "../words/grant.ts";
import { row, rows, timesOf, type OwnContext } from "./account.ts";
import { button, form, notice, page, type Page } from "./page.ts";

/** A grant as it is shown to somebody who owns its application. */
export interface GrantShown extends Grant {
  state: GrantState;
  /** Names. */
  forWhom: string;
  askedBy: string;
  /** Asked for by, or for, whoever looks. */
  own: boolean;
}

export function grantsPage(context: OwnContext, grants: readonly GrantShown[], isOwner: boolean): Page {
  const words = grantWords(context.language);
  const { time } = timesOf(context);
  return page({ ...context, title: words.title, wide: true }, [
    html`<p>${isOwner ? words.lead : words.notOwner}</p>`,
    isOwner && grants.length === 0 && html`<p class="quiet">${words.nothing}</p>`,
    rows(
      grants.map(({ id, forWhom, application, scopes, state, startsAt, endsAt }) =>
        row(
          `${forWhom}: ${application} (${scopes.join(", ")})`,
          [words.states[state], `${time(startsAt)} – ${time(endsAt)}`],
          html`<a class="button" href="/grants/${id}">${words.look}</a>`,
        ),
      ),
    ),
  ]);
}

export type GrantSaid = "form-old" | "refused" | "approved" | "ended";

export function grantPage(context: OwnContext, grant: GrantShown, said?: GrantSaid): Page {
  const words = grantWords(context.language);
  const { time } = timesOf(context);
  const notices: Record<GrantSaid, Value> = {
    "form-old": notice("bad", words.formOld),
    refused: notice("bad", words.refused),
    approved: notice("good", words.approved),
    ended: notice("good", words.ended),
  };
  const facts: [string, string][] = [
    [words.forWhom, grant.forWhom],
    [words.askedBy, grant.askedBy],
    [words.application, grant.application],
    [words.scopes, grant.scopes.join(", ")],
    [words.reason, grant.reason],
    [words.from, time(grant.startsAt)],
    [words.until, time(grant.endsAt)],
    [words.state, words.states[grant.state] ?? grant.state],
  ];
  return page({ ...context, title: words.oneTitle }, [
    said !== undefined && notices[said],
    html`<dl>
      ${facts.map(
        ([label, value]) =>
          html`<dt>${label}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>`,
    actions(context, words, grant),
    html`<p><a href="/grants">${words.back}</a></p>`,
  ]);
}

function actions({ token }: OwnContext, words: GrantWords, { id, state, own }: GrantShown): Value {
  const end = (text: string): Value => form(`/grants/${id}/end`, token, undefined, button(text, "danger"));
  if (state === "ended" || state === "revoked") return undefined;
  if (state !== "requested") return end(words.revoke);
  return [
    own ? html`<p>${words.own}</p>` : form(`/grants/${id}/approve`, token, undefined, button(words.approve)),
    end(words.refuse),
  ];
}

/** How long a grant may be asked for, hours. */
export const GRANT_HOURS = [1, 4, 8, 24, 72, 168, 720] as const;

export type AskTrouble = "form-old" | "what" | "why" | "long" | "many";

export interface Asking {
  /** Those that have scopes. */
  applications: readonly Pick<Application, "name" | "scopes">[];
  /** The one that was chosen. */
  application: Pick<Application, "name" | "scopes"> | undefined;
  mostHours: number;
  /** What was typed before. */
  reason?: string;
  scopes?: readonly string[];
}

/** First the application, then what of it, why and for how long. */
export function askGrantPage(context: OwnContext, asking: Asking, trouble?: AskTrouble): Page {
  const words = grantWords(context.language);
  const { application, applications } = asking;
  const said =
    trouble &&
    {
      "form-old": words.formOld,
      what: words.whatWrong,
      why: words.whyWrong,
      long: words.tooLong,
      many: words.tooMany,
    }[trouble];
  return page({ ...context, title: words.askTitle }, [
    said !== undefined && notice("bad", said),
    html`<p>${words.askLead}</p>`,
    application === undefined
      ? [
          html`<p>${words.chooseApplication}</p>`,
          rows(
            applications.map(({ name }) =>
              row(html`<a href="/account/access?application=${encodeURIComponent(name)}">${name}</a>`, []),
            ),
          ),
        ]
      : form(
          `/account/access?application=${encodeURIComponent(application.name)}`,
          context.token,
          askFields(words, application, asking),
          button(words.send),
        ),
  ]);
}

function askFields(
  words: GrantWords,
  { name, scopes }: Pick<Application, "name" | "scopes">,
  { mostHours, reason = "", scopes: chosen = [] }: Asking,
): Value {
  const hours = GRANT_HOURS.filter((count) => count <= mostHours);
  return [
    html`<p><b>${name}</b></p>
      <fieldset>
        <legend>${words.what}</legend>
        ${scopes.map(
          (scope) =>
            html`<p>
              <label
                ><input type="checkbox" name="scope-${scope}" ${chosen.includes(scope) && html` checked`} />
                ${scope}</label
              >
            </p>`,
        )}
      </fieldset>
      <p class="field">
        <label for="reason">${words.why}</label><span class="hint" id="reason-hint">${words.whyHint}</span
        ><textarea id="reason" name="reason" rows="3" maxlength="500" required aria-describedby="reason-hint">
${reason}</textarea>
      </p>
      <p class="field">
        <label for="hours">${words.howLong}</label
        ><select id="hours" name="hours">
          ${hours.map(
            (count) =>
              html`<option value="${count}">
                ${count < 24 ? words.hours(count) : words.days(count / 24)}
              </option>`,
          )}
        </select>
      </p>`,
  ];
}
