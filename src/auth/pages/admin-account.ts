/** The page of one account: all that is known of it, and what can be done to it. Pure. */
import { html, type Value } from "../../markup/html.ts";
import { standing, type Account } from "../account.ts";
import { browserName } from "../browser-name.ts";
import type { Grant } from "../grant.ts";
import type { Hindrance } from "../hindrance.ts";
import type { AuditRow } from "../store/audit-list.ts";
import type { Device } from "../store/devices.ts";
import type { FactorsOf } from "../store/factors.ts";
import type { Session } from "../store/sessions.ts";
import type { AdminWords } from "../words/admin.ts";
import { hindranceWords } from "../words/hindrance.ts";
import { endField, factorsText, personFields, stateOf, type TypedAccount } from "./admin-accounts.ts";
import { auditTable } from "./admin-audit.ts";
import {
  adminPage,
  checkboxes,
  DASH,
  facts,
  lastDay,
  pathWith,
  section,
  table,
  timesOf,
  type AdminContext,
} from "./admin-frame.ts";
import { doerText, grantsTable } from "./admin-grants.ts";
import { hindrancesOf } from "./admin-hindrances.ts";
import { button, form, hidden, notice, textField, type Page } from "./page.ts";

export interface AccountView {
  account: Account;
  /** It is that of whoever looks at it. */
  own: boolean;
  /** Roles it may get, and those it has. */
  roles: readonly string[];
  factors: FactorsOf;
  lastSeen: Date | undefined;
  sessions: readonly Session[];
  devices: readonly Device[];
  grants: readonly Grant[];
  /** Names of the accounts that are mentioned, by id. */
  names: ReadonlyMap<string, string>;
  /** What is in the way of its owner's sign-in. */
  hindrances: readonly Hindrance[];
  /** Names of the applications that it opens. */
  opens: readonly string[];
  /** The newest of its events. */
  events: readonly AuditRow[];
  /** What was typed of its details and refused; shown again. */
  typed?: Pick<TypedAccount, "displayName" | "email" | "phone" | "language"> | undefined;
}

export function accountPage(context: AdminContext, view: AccountView): Page {
  const { account, own } = view;
  return adminPage(context, { section: "accounts", title: account.displayName }, (words) => {
    const at = `/admin/accounts/${account.id}`;
    const post = (what: string, fields: Value, submit: Value): Value =>
      form(`${at}/${what}`, context.token, fields, submit);
    return [
      own && notice("note", words.ownNote),
      hindrancesOf(context, view.hindrances, own ? undefined : at),
      html`<section>${factsOf(context, words, view)}</section>`,
      section(
        words.details,
        post(
          "details",
          html`<div class="fields">${personFields(words, view.typed ?? typedOf(account))}</div>`,
          button(words.save),
        ),
        "details",
      ),
      !own && [
        section(
          words.roles,
          post("roles", checkboxes(words.roles, "role", view.roles, account.roles), button(words.save)),
          "roles",
        ),
        section(
          words.ends,
          post("end", endField(words, lastDay(account.endsAt, context.timeZone)), button(words.save)),
          "ends",
        ),
        html`<h2>${words.access}</h2>`,
        accessOf(words, account, context.now, post),
      ],
      section(words.sessions, sessionsOf(context, words, view, post)),
      section(words.devices, devicesOf(context, words, view, post)),
      section(
        words.grants,
        view.grants.length === 0
          ? html`<p class="empty">${words.noGrants}</p>`
          : grantsTable(context, view.grants, view.names, at),
      ),
      html`<h2>${words.audit}</h2>`,
      auditTable(context, view.events),
      html`<p><a href="${pathWith("/admin/audit", { account: account.id })}">${words.allEvents}</a></p>`,
      !own && section(words.delete, deletion(words, account, post)),
    ];
  });
}

type Post = (what: string, fields: Value, submit: Value) => Value;

function typedOf({ displayName, email, phone = "", language }: Account): NonNullable<AccountView["typed"]> {
  return { displayName, email, phone, language };
}

function factsOf(
  context: AdminContext,
  words: AdminWords,
  { account, factors, lastSeen, names, opens }: AccountView,
): Value {
  const time = timesOf(context);
  return facts([
    [words.name, account.name],
    [words.state, stateOf(words, account, context.now)],
    [hindranceWords(context.language).opens, opens.length === 0 ? DASH : opens.join(", ")],
    [words.secondFactors, factorsText(words, factors)],
    [words.passwordChanged, time(account.passwordChangedAt)],
    [words.lastSeen, time(lastSeen)],
    [words.ends, time(account.endsAt)],
    [words.created, [time(account.createdAt), ", ", doerText(words, account.createdBy, names)]],
  ]);
}

/** One button for each thing that can be done now, with what it does. */
function accessOf(words: AdminWords, account: Account, now: Date, post: Post): Value {
  const { status, lockedReason } = account;
  const deed = (what: string, text: string, why: string, kind: "quiet" | "danger" = "quiet"): Value =>
    html`<section class="deed">
      <h3>${text}</h3>
      <p>${why}</p>
      ${post(what, undefined, button(text, kind))}
    </section>`;
  return html`<div class="deeds">
    ${[
      status === "invited" && deed("invite", words.invite, words.inviteWhy),
      status === "active" && deed("require-reset", words.requireReset, words.requireResetWhy),
      status !== "disabled" && lockedReason === undefined && standing(account, now) !== "ended"
        ? deed("lock", words.lock, words.lockWhy, "danger")
        : lockedReason !== undefined && deed("unlock", words.unlock, words.unlockWhy),
      status === "disabled"
        ? deed("enable", words.enable, words.enableWhy)
        : deed("disable", words.disable, words.disableWhy, "danger"),
      html`<section class="deed">
        <h3>${words.resetFactors}</h3>
        <p>${words.resetFactorsWhy}</p>
        ${post(
          "reset-factors",
          textField({
            name: "why",
            label: words.why,
            attributes: html` maxlength="300"`,
            hint: words.whyHint,
          }),
          button(words.resetFactors, "danger"),
        )}
      </section>`,
    ]}
  </div>`;
}

function sessionsOf(context: AdminContext, words: AdminWords, { sessions }: AccountView, post: Post): Value {
  if (sessions.length === 0) return html`<p class="empty">${words.noSessions}</p>`;
  const time = timesOf(context);
  return [
    table(
      words.sessions,
      [words.device, words.address, words.since, words.lastSeen, words.factor, ""],
      sessions.map((session) => [
        browserName(session.userAgent).name,
        session.address,
        time(session.createdAt),
        time(session.lastSeenAt),
        session.secondFactor ?? words.device,
        post("end-session", hidden("session", session.id), button(words.end, "quiet")),
      ]),
    ),
    sessions.length > 1 && post("end-session", hidden("session", "all"), button(words.endAll, "danger")),
  ];
}

function devicesOf(context: AdminContext, words: AdminWords, { devices }: AccountView, post: Post): Value {
  if (devices.length === 0) return html`<p class="empty">${words.noDevices}</p>`;
  const time = timesOf(context);
  return table(
    words.devices,
    [words.device, words.address, words.since, words.lastSeen, words.until, ""],
    devices.map((device) => [
      device.name,
      device.address,
      time(device.createdAt),
      time(device.lastSeenAt),
      time(device.expiresAt),
      post("forget-device", hidden("device", device.id), button(words.forget, "quiet")),
    ]),
  );
}

function deletion(words: AdminWords, { name }: Account, post: Post): Value {
  return [
    html`<p>${words.deleteWhy}</p>`,
    post(
      "delete",
      textField({
        name: "typedName",
        label: words.deleteName(name),
        attributes: html` maxlength="64" autocapitalize="none" spellcheck="false"`,
      }),
      button(words.delete, "danger"),
    ),
  ];
}
