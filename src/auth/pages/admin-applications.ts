/** The applications as administrators see them: what each demands, and who reaches it. Pure. */
import { html, type Value } from "../../markup/html.ts";
import type { Application, Policy } from "../application.ts";
import type { Reacher } from "../store/reach.ts";
import { adminWords } from "../words/admin.ts";
import { reachWords } from "../words/reach.ts";
import {
  adminPage,
  DASH,
  facts,
  numberIn,
  pager,
  pathWith,
  plainTime,
  table,
  type AdminContext,
} from "./admin-frame.ts";
import type { Page } from "./page.ts";

type Shown = Pick<Application, "name" | "audience" | "roles" | "scopes" | "owners" | "policy">;

const pathOf = (name: string): string => `/admin/applications/${encodeURIComponent(name)}`;

/** `people`: how many reach each, by its name. */
export function applicationsPage(
  context: AdminContext,
  applications: readonly Shown[],
  people: ReadonlyMap<string, number>,
): Page {
  const words = reachWords(context.language);
  const title = adminWords(context.language).applications;
  return adminPage(context, { section: "applications", title, changes: false }, (admin) => [
    html`<p>${words.why}</p>`,
    applications.length === 0
      ? html`<p class="empty">${words.none}</p>`
      : table(
          title,
          [admin.application, words.people, words.roles, words.scopes, words.owners, words.demands],
          applications.map((one) => [
            html`<a href="${pathOf(one.name)}">${one.name}</a><br /><span class="quiet"
                >${one.audience}</span
              >`,
            numberIn(context, people.get(one.name) ?? 0),
            list(one.roles),
            list(one.scopes),
            list(one.owners),
            demands(context, one.policy),
          ]),
        ),
    html`<p class="quiet">${words.onlyActive}</p>`,
  ]);
}

/** One page of who reaches it; `count`: how many do. */
export function applicationPage(
  context: AdminContext,
  application: Shown,
  found: { people: readonly Reacher[]; count: number; after: string; more: boolean },
): Page {
  const words = reachWords(context.language);
  const { name, audience, roles, scopes, owners, policy } = application;
  const time = plainTime(context);
  const last = found.people.at(-1);
  return adminPage(context, { section: "applications", title: name, changes: false }, (admin) => [
    html`<section>
      ${facts([
        [words.address, html`<a href="${audience}">${audience}</a>`],
        [words.roles, list(roles)],
        [words.scopes, list(scopes)],
        [words.owners, owners.length === 0 ? words.noOwners : list(owners)],
        [words.demands, demands(context, policy)],
      ])}
    </section>`,
    html`<h2>${words.whoCan}</h2>`,
    found.count === 0
      ? html`<p class="empty">${words.nobody}</p>`
      : [
          html`<p>${words.reach(found.count, numberIn(context, found.count))}</p>`,
          table(
            words.whoCan,
            [admin.name, admin.email, words.by],
            found.people.map((person) => [
              html`<a href="/admin/accounts/${person.id}">${person.name}</a><br />${person.displayName}`,
              person.email,
              [
                list(
                  person.roles.filter((role) => roles.includes(role)),
                  "",
                ),
                person.grantUntil !== undefined &&
                  html` <span class="badge note">${words.grantUntil(time(person.grantUntil))}</span>`,
              ],
            ]),
          ),
          pager(
            admin,
            found.after === "" ? undefined : pathOf(name),
            found.more && last !== undefined ? pathWith(pathOf(name), { after: last.name }) : undefined,
          ),
        ],
    html`<p class="quiet">${words.onlyActive}</p>`,
    html`<p><a href="${pathWith("/admin/grants", { application: name })}">${admin.grants}</a></p>`,
  ]);
}

function list(words: readonly string[], none: Value = DASH): Value {
  return words.length === 0 ? none : words.join(", ");
}

/** What a session has to show, in words. */
function demands({ language }: AdminContext, policy: Policy): string {
  const words = reachWords(language);
  return [
    policy.secondFactor === "always" ? words.always : words.newDevice,
    ...(policy.sms ? [] : [words.noSms]),
    words.idle(Math.round(policy.idleSeconds / 60)),
    words.absolute(Math.round(policy.absoluteSeconds / 3600)),
  ].join("; ");
}
