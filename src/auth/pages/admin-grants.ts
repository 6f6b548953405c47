/** Grants as administrators see them: whose, to what, by whom, and whether they hold. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import { grantState, type Grant, type GrantState } from "../grant.ts";
import { adminWords, type AdminWords } from "../words/admin.ts";
import {
  adminPage,
  DASH,
  pager,
  pathWith,
  searchForm,
  selectField,
  table,
  timesOf,
  type AdminContext,
} from "./admin-frame.ts";
import { button, form, hidden, type Page } from "./page.ts";

/** In the order in which somebody has to look at them. */
const STATES = [
  "requested",
  "active",
  "approved",
  "ended",
  "revoked",
] as const satisfies readonly GrantState[];

export interface GrantsAsked {
  application: string;
  /** Also those that are over. */
  all: boolean;
  after: string;
}

export function grantsPage(
  context: AdminContext,
  applications: readonly string[],
  { application, all, after }: GrantsAsked,
  found: { grants: readonly Grant[]; names: ReadonlyMap<string, string>; more: boolean },
): Page {
  const words = adminWords(context.language);
  return adminPage(context, { section: "grants", title: words.grants }, () => {
    const filter = { application, which: all ? "all" : "" };
    const last = found.grants.at(-1);
    const byState = STATES.map(
      (state) => [state, found.grants.filter((grant) => grantState(grant, context.now) === state)] as const,
    ).filter(([, grants]) => grants.length > 0);
    return [
      searchForm(
        "/admin/grants",
        [
          selectField(
            "application",
            words.application,
            [{ value: "", text: words.any }, ...applications.map((name) => ({ value: name, text: name }))],
            application,
          ),
          selectField(
            "which",
            words.state,
            [
              { value: "", text: words.openGrants },
              { value: "all", text: words.allGrants },
            ],
            filter.which,
          ),
        ],
        words.show,
      ),
      byState.length === 0 && html`<p>${words.noGrants}</p>`,
      byState.map(([state, grants]) => [
        html`<h2>${words.grantState[state]}</h2>`,
        grantsTable(context, grants, found.names, "/admin/grants"),
      ]),
      pager(
        words,
        after === "" ? undefined : pathWith("/admin/grants", filter),
        found.more && last !== undefined
          ? pathWith("/admin/grants", { ...filter, after: last.id })
          : undefined,
      ),
    ];
  });
}

/** `at`: the path that the buttons post below. */
export function grantsTable(
  context: AdminContext,
  grants: readonly Grant[],
  names: ReadonlyMap<string, string>,
  at: string,
): Html {
  const words = adminWords(context.language);
  const time = timesOf(context);
  return table(
    words.grants,
    [
      words.account,
      words.application,
      words.scopes,
      words.why,
      words.state,
      words.from,
      words.until,
      words.requestedBy,
      words.approvedBy,
      "",
    ],
    grants.map((grant) => {
      const state = grantState(grant, context.now);
      return [
        html`<a href="/admin/accounts/${grant.accountId}"
          >${names.get(grant.accountId) ?? grant.accountId}</a
        >`,
        grant.application,
        grant.scopes.join(", "),
        grant.reason,
        words.grantState[state],
        time(grant.startsAt),
        time(grant.endsAt),
        doerText(words, grant.requestedBy, names),
        grant.approvedBy === undefined ? DASH : doerText(words, grant.approvedBy, names),
        state !== "ended" && state !== "revoked" && revoke(context, words, grant, at),
      ];
    }),
  );
}

function revoke({ token }: AdminContext, words: AdminWords, { id }: Grant, at: string): Value {
  return form(`${at}/revoke-grant`, token, hidden("grant", id), button(words.revoke, "quiet"));
}

/** Who did something, as it lies in the database: `account:<id>` or `operator:<user>`. */
export function doerText(words: AdminWords, doer: string, names: ReadonlyMap<string, string>): string {
  const rest = doer.slice(doer.indexOf(":") + 1);
  if (doer.startsWith("account:")) return names.get(rest) ?? rest;
  return doer.startsWith("operator:") ? words.operator(rest) : doer;
}
