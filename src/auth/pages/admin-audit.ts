/** The audit trail as administrators search it. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { RecordedEvent } from "../audit-entry.ts";
import { EVENTS } from "../audit-event.ts";
import { auditFields, type AuditAsked, type AuditTrouble } from "../audit-query.ts";
import type { AuditRow } from "../store/audit-list.ts";
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
import { button, form, hidden, textField, type Page } from "./page.ts";

export interface AuditFound {
  rows: readonly AuditRow[];
  /** Where the next page begins. */
  next: string | undefined;
  /** A field that could not be understood; then nothing was searched. */
  trouble: AuditTrouble | undefined;
  /** How many of the newest rows the button checks. */
  checked: number;
}

export function auditPage(context: AdminContext, asked: AuditAsked, found: AuditFound): Page {
  const words = adminWords(context.language);
  const { before, ...filter } = asked;
  return adminPage(context, { section: "audit", title: words.audit }, () => [
    searchForm("/admin/audit", filterFields(words, asked, found.trouble), words.show),
    found.trouble === undefined && auditTable(context, found.rows),
    pager(
      words,
      before === "" ? undefined : pathWith("/admin/audit", filter),
      found.next && pathWith("/admin/audit", { ...filter, before: found.next }),
    ),
    html`<h2>${words.exportTitle}</h2>
      <p>${words.exportWhy}</p>`,
    form(
      "/admin/audit/export",
      context.token,
      auditFields(asked).map(([name, value]) => hidden(name, value)),
      (["jsonl", "csv"] as const).map(
        (format) =>
          html`<button class="quiet" name="format" value="${format}">${words.exportAs[format]}</button>`,
      ),
    ),
    html`<h2>${words.verify}</h2>
      <p>${words.verifyWhy(found.checked.toLocaleString(context.language))}</p>`,
    form("/admin/audit/verify", context.token, undefined, button(words.verify, "quiet")),
  ]);
}

function filterFields(words: AdminWords, asked: AuditAsked, trouble: AuditTrouble | undefined): Value {
  const any = { value: "", text: words.any };
  const wrong = (field: AuditTrouble, text: string): { wrong?: string } =>
    trouble === field ? { wrong: text } : {};
  const day = (name: "from" | "to", label: string): Value =>
    textField({
      name,
      label,
      type: "date",
      value: asked[name],
      required: false,
      ...wrong(name, words.wrongDay),
    });
  return [
    textField({
      name: "account",
      label: words.account,
      value: asked.account,
      hint: words.accountHint,
      required: false,
      ...wrong("account", words.wrongAccount),
    }),
    textField({
      name: "address",
      label: words.address,
      value: asked.address,
      hint: words.addressHint,
      required: false,
      ...wrong("address", words.wrongAddress),
    }),
    selectField(
      "event",
      words.event,
      [any, ...Object.keys(EVENTS).map((name) => ({ value: name, text: name }))],
      asked.event,
    ),
    selectField(
      "outcome",
      words.outcome,
      [any, ...(["success", "failure"] as const).map((value) => ({ value, text: words.outcomes[value] }))],
      asked.outcome,
    ),
    day("from", words.firstDay),
    day("to", words.lastDay),
  ];
}

export function auditTable(context: AdminContext, rows: readonly AuditRow[]): Html {
  const words = adminWords(context.language);
  if (rows.length === 0) return html`<p>${words.noEvents}</p>`;
  const time = timesOf(context, true);
  return table(
    words.audit,
    [
      words.time,
      words.event,
      words.outcome,
      words.account,
      words.by,
      words.address,
      words.factor,
      words.why,
      words.details,
    ],
    rows.map(({ seq, at, event }) =>
      event === undefined
        ? [time(at), html`<strong>${words.damaged}</strong> (${seq})`, "", "", "", "", "", "", ""]
        : [
            time(at),
            html`<code>${event.event}</code>`,
            event.outcome === "failure"
              ? html`<span class="state failure">${words.outcomes.failure}</span>`
              : words.outcomes.success,
            accountLink(event.account),
            doer(words, event),
            event.address ?? DASH,
            event.factor ?? DASH,
            event.reason ?? DASH,
            details(event),
          ],
    ),
  );
}

function accountLink(account: RecordedEvent["account"]): Value {
  return account === undefined ? DASH : html`<a href="/admin/accounts/${account.id}">${account.name}</a>`;
}

function doer(words: AdminWords, { actor, account }: RecordedEvent): Value {
  switch (actor.kind) {
    case "account":
      return actor.id === account?.id ? DASH : accountLink(actor);
    case "operator":
      return words.operator(actor.user);
    case "gateway":
      return words.gateway;
    case "stranger":
      return words.stranger;
  }
}

function details({ application, details: more = {} }: RecordedEvent): Value {
  const told = Object.entries(more).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : String(value)}`,
  );
  if (application !== undefined) told.unshift(application);
  return told.length === 0 ? DASH : told.join("; ");
}
