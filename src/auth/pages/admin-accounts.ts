/** The list of accounts, and the form for a new one. Pure. */
import { html, type Value } from "../../markup/html.ts";
import { LANGUAGES } from "../account-name.ts";
import { standing, type Account, type Standing } from "../account.ts";
import type { FactorsOf } from "../store/factors.ts";
import { adminWords, type AdminWords } from "../words/admin.ts";
import {
  adminPage,
  checkboxes,
  DASH,
  pager,
  pathWith,
  searchForm,
  selectField,
  table,
  timesOf,
  type AdminContext,
} from "./admin-frame.ts";
import { button, form, textField, type Page } from "./page.ts";

export const STANDINGS = [
  "active",
  "invited",
  "locked",
  "disabled",
  "ended",
] as const satisfies readonly Standing[];

export interface AccountsAsked {
  search: string;
  role: string;
  state: Standing | "";
  after: string;
}

export interface AccountsFound {
  accounts: readonly Account[];
  factors: ReadonlyMap<string, FactorsOf>;
  lastSeen: ReadonlyMap<string, Date>;
  /** Those that have a lane that is locked. */
  lockedOut: ReadonlySet<string>;
  /** There are more after the last one. */
  more: boolean;
}

export function accountsPage(
  context: AdminContext,
  roles: readonly string[],
  asked: AccountsAsked,
  found: AccountsFound,
): Page {
  return adminPage(
    context,
    { section: "accounts", title: adminWords(context.language).accounts, changes: false },
    (words) => {
      const { after, ...filter } = asked;
      const last = found.accounts.at(-1);
      return [
        searchForm("/admin", filterFields(words, roles, asked), words.show),
        html`<p class="actions">
          <a class="button main" href="/admin/accounts/new">${words.newAccount}</a>
        </p>`,
        found.accounts.length === 0
          ? html`<p class="empty">${words.noAccounts}</p>`
          : accountsTable(context, words, found),
        pager(
          words,
          after === "" ? undefined : pathWith("/admin", filter),
          found.more && last !== undefined ? pathWith("/admin", { ...filter, after: last.name }) : undefined,
        ),
      ];
    },
  );
}

function filterFields(
  words: AdminWords,
  roles: readonly string[],
  { search, role, state }: AccountsAsked,
): Value {
  const any = { value: "", text: words.any };
  return [
    textField({ name: "search", label: words.search, type: "search", value: search, required: false }),
    selectField("role", words.role, [any, ...roles.map((value) => ({ value, text: value }))], role),
    selectField(
      "state",
      words.state,
      [any, ...STANDINGS.map((value) => ({ value, text: words.standing[value] }))],
      state,
    ),
  ];
}

function accountsTable(
  context: AdminContext,
  words: AdminWords,
  { accounts, factors, lastSeen, lockedOut }: AccountsFound,
): Value {
  const time = timesOf(context);
  return table(
    words.accounts,
    [words.name, words.email, words.state, words.roles, words.secondFactors, words.lastSeen, words.ends],
    accounts.map((account) => [
      html`<a href="/admin/accounts/${account.id}">${account.name}</a><br />${account.displayName}`,
      account.email,
      [
        stateOf(words, account, context.now),
        lockedOut.has(account.id) && html` <span class="badge bad">${words.lockedOut}</span>`,
      ],
      account.roles.length === 0 ? DASH : account.roles.join(", "),
      factorsText(words, factors.get(account.id)),
      time(lastSeen.get(account.id)),
      time(account.endsAt),
    ]),
  );
}

/** What an account is, as a word of its own colour. */
export function stateOf(words: AdminWords, account: Account, now: Date): Value {
  const is = standing(account, now);
  return html`<span class="state ${is}">${words.standing[is]}</span>`;
}

export function factorsText(words: AdminWords, factors: FactorsOf | undefined): string {
  const parts: string[] = [];
  if (factors !== undefined && factors.totps.length > 0)
    parts.push(words.authenticators(factors.totps.length));
  if (factors !== undefined && factors.passkeys > 0) parts.push(words.passkeys(factors.passkeys));
  if (factors?.phone !== undefined) parts.push("SMS");
  if (factors !== undefined && factors.recoveryCodesLeft > 0)
    parts.push(words.recoveryCodes(factors.recoveryCodesLeft));
  return parts.length === 0 ? words.none : parts.join(", ");
}

export interface TypedAccount {
  name: string;
  displayName: string;
  email: string;
  phone: string;
  language: string;
  roles: readonly string[];
  endDay: string;
}

/** What was typed is shown again when it was refused. */
export function newAccountPage(context: AdminContext, roles: readonly string[], typed: TypedAccount): Page {
  return adminPage(
    context,
    { section: "accounts", title: adminWords(context.language).newAccount },
    (words) => [
      html`<p>${words.createHint}</p>`,
      form(
        "/admin/accounts",
        context.token,
        html`<div class="fields">
          ${[
            textField({
              name: "name",
              label: words.name,
              value: typed.name,
              hint: words.nameHint,
              attributes: html` maxlength="64" autocapitalize="none" spellcheck="false"`,
            }),
            ...personFields(words, typed),
            endField(words, typed.endDay),
            checkboxes(words.roles, "role", roles, typed.roles),
          ]}
        </div>`,
        button(words.createAndInvite),
      ),
    ],
  );
}

/** Fields of a person, for a new account and for one that is there. */
export function personFields(
  words: AdminWords,
  { displayName, email, phone, language }: Pick<TypedAccount, "displayName" | "email" | "phone" | "language">,
): Value[] {
  return [
    textField({
      name: "displayName",
      label: words.displayName,
      value: displayName,
      attributes: html` maxlength="200"`,
    }),
    textField({
      name: "email",
      label: words.email,
      type: "email",
      value: email,
      attributes: html` maxlength="254"`,
    }),
    textField({
      name: "phone",
      label: words.phone,
      type: "tel",
      value: phone,
      hint: words.phoneHint,
      required: false,
      attributes: html` maxlength="40"`,
    }),
    selectField(
      "language",
      words.language,
      LANGUAGES.map((value) => ({ value, text: words.languages[value] })),
      language,
    ),
  ];
}

export function endField(words: AdminWords, day: string): Value {
  return textField({
    name: "endDay",
    label: words.endDay,
    type: "date",
    value: day,
    hint: words.endHint,
    required: false,
  });
}
