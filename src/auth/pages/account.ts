/** One's own account, at a glance. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { Account } from "../account.ts";
import { LANGUAGES } from "../account-name.ts";
import { browserName } from "../browser-name.ts";
import type { Grant } from "../grant.ts";
import { maskedPhone } from "../sms.ts";
import type { Device } from "../store/devices.ts";
import type { FactorsOf } from "../store/factors.ts";
import type { Session } from "../store/sessions.ts";
import { accountWords, type Done } from "../words/account.ts";
import { grantWords } from "../words/grant.ts";
import { historyWords } from "../words/history.ts";
import { passkeyWords } from "../words/passkey.ts";
import { providerWords } from "../words/provider.ts";
import { button, form, hidden, notice, page, type PageFrame, type Page } from "./page.ts";

/** Where people see to their passkeys. */
export const PASSKEYS_PATH = "/account/passkeys";

/** What every page of somebody signed in is made with. */
export interface OwnContext extends Pick<PageFrame, "language" | "organisation" | "menu"> {
  /** Of the forms on the page. */
  token: string;
  /** IANA. */
  timeZone: string;
}

export interface AccountView {
  account: Account;
  /** Those that open now, by a role or by a grant; `until` when a grant alone opens it. */
  applications: { name: string; url: string; until?: Date | undefined }[];
  grants: (Pick<Grant, "id" | "application" | "scopes" | "startsAt" | "endsAt"> & { state: string })[];
  mayAsk: boolean;
  factors: FactorsOf;
  /** Whether a phone would be of any use. */
  phones: boolean;
  /** At providers; undefined when there are none. */
  linked: { id: string; label: string; linkedAt: Date }[] | undefined;
  sessions: Session[];
  devices: Device[];
  /** The session that asks. */
  current: Pick<Session, "id" | "deviceId">;
  /** Where it asks from. */
  address: string;
}

export function accountPage(context: OwnContext, view: AccountView, said?: Done | "form-old"): Page {
  const words = accountWords(context.language);
  return page({ ...context, title: words.title, wide: true }, [
    accountTabs(context, "account"),
    said !== undefined &&
      (said === "form-old" ? notice("bad", words.formOld) : notice("good", words.done[said])),
    applications(context, view),
    security(context, view),
    sessions(context, view),
    devices(context, view),
    you(context, view),
  ]);
}

/** Where people see what happened to their account. */
export const HISTORY_PATH = "/account/history";

/** The two pages of one's own account. */
export function accountTabs({ language }: Pick<OwnContext, "language">, here: "account" | "history"): Html {
  const words = historyWords(language);
  const tab = (name: typeof here, href: string, text: string): Html =>
    html`<li><a href="${href}" ${name === here && html` aria-current="page"`}>${text}</a></li>`;
  // Not `nav`, which is the menu of the frame.
  return html`<div role="navigation" aria-label="${accountWords(language).title}">
    <ul class="tabs">
      ${tab("account", "/account", words.overview)}${tab("history", HISTORY_PATH, words.title)}
    </ul>
  </div>`;
}

/** Times in the language and the zone of the page. */
export function timesOf({ language, timeZone }: Pick<OwnContext, "language" | "timeZone">): {
  day: (at: Date) => string;
  time: (at: Date) => string;
} {
  const { locale } = accountWords(language);
  const of = (more: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, {
      day: "numeric",
      month: "short",
      year: "numeric",
      timeZone,
      ...more,
    });
    return (at: Date): string => format.format(at);
  };
  return { day: of({}), time: of({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) };
}

/** One thing of a list: what it is, more about it in small, and what can be done with it. */
export function row(title: Value, about: readonly Value[], action?: Value): Html {
  const lines = about.filter((line) => line !== undefined && line !== false);
  return html`<li>
    <div>
      <b>${title}</b>
      ${lines.length > 0 && html`<span class="hint">${lines.map((line, i) => [i > 0 && " · ", line])}</span>`}
    </div>
    ${action}
  </li>`;
}

export function rows(items: readonly Html[]): Html {
  return html`<ul class="rows">
    ${items}
  </ul>`;
}

function applications(context: OwnContext, { applications, grants, mayAsk }: AccountView): Value {
  const words = accountWords(context.language);
  const grantsWords = grantWords(context.language);
  const { time } = timesOf(context);
  return html`<section>
    <h2>${words.applications}</h2>
    ${
      applications.length === 0
        ? html`<p>${words.noApplications}</p>`
        : rows(
            applications.map(({ name, url, until }) =>
              row(html`<a href="${url}">${name}</a>`, [until !== undefined && words.until(time(until))]),
            ),
          )
    }
    ${
      grants.length > 0 &&
      html`<h3>${grantsWords.yours}</h3>
        ${rows(
          grants.map((grant) =>
            row(
              `${grant.application}: ${grant.scopes.join(", ")}`,
              [grantsWords.states[grant.state], `${time(grant.startsAt)} – ${time(grant.endsAt)}`],
              form(
                "/account/grants/end",
                context.token,
                hidden("id", grant.id),
                button(grantsWords.giveUp, "quiet"),
              ),
            ),
          ),
        )}`
    }
    ${mayAsk && html`<p><a href="/account/access">${words.askAccess}</a></p>`}
  </section>`;
}

function security(context: OwnContext, { account, factors, phones, linked }: AccountView): Value {
  const words = accountWords(context.language);
  const passkeys = passkeyWords(context.language);
  const others = providerWords(context.language);
  const { day } = timesOf(context);
  const link = (href: string, text: string, about: string): Html =>
    html`<a class="button" href="${href}" aria-label="${`${about}: ${text}`}">${text}</a>`;
  const phone =
    factors.phone !== undefined
      ? words.phoneConfirmed(maskedPhone(factors.phone))
      : account.phone !== undefined
        ? words.phoneUnconfirmed(maskedPhone(account.phone))
        : words.noPhone;
  return html`<section>
    <h2>${words.security}</h2>
    ${rows([
      row(
        words.password,
        [account.passwordChangedAt !== undefined && words.passwordChanged(day(account.passwordChangedAt))],
        link("/account/password", words.change, words.password),
      ),
      row(
        words.authenticators,
        [words.authenticatorsCount(factors.totps.length), ...factors.totps.map(({ label }) => label)],
        link("/account/authenticators", words.change, words.authenticators),
      ),
      row(
        passkeys.title,
        [passkeys.count(factors.passkeys)],
        link(PASSKEYS_PATH, factors.passkeys === 0 ? words.setUp : words.change, passkeys.title),
      ),
      row(
        words.recoveryCodes,
        [words.recoveryCodesLeft(factors.recoveryCodesLeft)],
        link("/account/recovery-codes", words.makeNew, words.recoveryCodes),
      ),
      ...(phones
        ? [
            row(
              words.phone,
              [phone],
              link("/account/phone", factors.phone === undefined ? words.setUp : words.change, words.phone),
            ),
          ]
        : []),
      ...(linked?.length === 0 ? [row(others.linked, [others.none])] : []),
      ...(linked ?? []).map(({ id, label, linkedAt }) =>
        row(
          `${others.linked}: ${label}`,
          [words.authenticatorSince(day(linkedAt))],
          form("/account/unlink", context.token, hidden("id", id), button(others.unlink, "danger")),
        ),
      ),
    ])}
  </section>`;
}

/** An address, and whether it is the one that is used now: words that say more would be a guess. */
function place({ language }: OwnContext, address: string, now: string): string {
  const from = accountWords(language).address(address);
  return address === now ? `${from} (${historyWords(language).asNow})` : from;
}

function sessions(context: OwnContext, { sessions, current, address: now }: AccountView): Value {
  const words = accountWords(context.language);
  const { time } = timesOf(context);
  const others = sessions.filter(({ id }) => id !== current.id);
  return html`<section>
    <h2>${words.sessions}</h2>
    <p class="quiet">${words.sessionsLead}</p>
    ${rows(
      sessions.map(({ id, userAgent, address, createdAt, lastSeenAt }) =>
        row(
          [named(browserName(userAgent).name), id === current.id && mark(words.thisOne)],
          [place(context, address, now), words.signedInAt(time(createdAt)), words.lastUsed(time(lastSeenAt))],
          id !== current.id &&
            form("/account/sessions/end", context.token, hidden("id", id), button(words.endSession, "quiet")),
        ),
      ),
    )}
    ${
      others.length === 0
        ? html`<p class="quiet">${words.noOtherSessions}</p>`
        : form("/account/sessions/end-others", context.token, undefined, button(words.endOthers, "danger"))
    }
  </section>`;
}

function devices(context: OwnContext, { devices, current, address: now }: AccountView): Value {
  const words = accountWords(context.language);
  const { day, time } = timesOf(context);
  return html`<section>
    <h2>${words.devices}</h2>
    <p class="quiet">${devices.length === 0 ? words.noDevices : words.devicesLead}</p>
    ${
      devices.length > 0 &&
      rows(
        devices.map(({ id, name, address, lastSeenAt, expiresAt }) =>
          row(
            [named(name), id === current.deviceId && mark(words.thisOne)],
            [
              place(context, address, now),
              words.lastUsed(time(lastSeenAt)),
              words.trustedUntil(day(expiresAt)),
            ],
            form(
              "/account/devices/forget",
              context.token,
              hidden("id", id),
              button(words.forgetDevice, "quiet"),
            ),
          ),
        ),
      )
    }
  </section>`;
}

function you(context: OwnContext, { account }: AccountView): Value {
  const words = accountWords(context.language);
  return html`<section>
    <h2>${words.you}</h2>
    <p><b>${account.displayName}</b></p>
    <dl>
      <dt>${words.name}</dt>
      <dd>${account.name}</dd>
      <dt>${words.email}</dt>
      <dd>${account.email}</dd>
      <dt>${words.roles}</dt>
      <dd>${account.roles.length === 0 ? words.none : account.roles.join(", ")}</dd>
    </dl>
    <p class="quiet">${words.detailsWrong}</p>
    ${form(
      "/account/language",
      context.token,
      html`<p class="field">
        <label for="language">${words.language}</label
        ><select id="language" name="language">
          ${LANGUAGES.map(
            (language) =>
              html`<option value="${language}" ${language === account.language && html` selected`}>
                ${words.languages[language]}
              </option>`,
          )}
        </select>
      </p>`,
      button(words.save, "quiet"),
    )}
  </section>`;
}

function mark(text: string): Html {
  return html` <span class="mark">${text}</span>`;
}

/** `Firefox on Linux` is English; a dot is read in every language. */
export function named(name: string): string {
  return name.replace(" on ", " · ");
}
