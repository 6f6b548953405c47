/** The audit trail as administrators search it. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { RecordedEvent } from "../audit-entry.ts";
import { EVENTS } from "../audit-event.ts";
import { auditFields, type AuditAsked, type AuditTrouble } from "../audit-query.ts";
import type { AuditRow } from "../store/audit-list.ts";
import { adminWords, type AdminWords } from "../words/admin.ts";
import { auditWatchWords } from "../words/audit-watch.ts";
import { checksPart, type ChecksShown } from "./admin-audit-check.ts";
import {
  adminPage,
  DASH,
  pager,
  pathWith,
  searchForm,
  section,
  selectField,
  table,
  timesOf,
  type AdminContext,
} from "./admin-frame.ts";
import { form, hidden, textField, type Page } from "./page.ts";

export interface AuditFound {
  rows: readonly AuditRow[];
  /** Where the next page begins. */
  next: string | undefined;
  /** A field that could not be understood; then nothing was searched. */
  trouble: AuditTrouble | undefined;
  /** The number of the last event, from which on what is new appears by itself; undefined when nothing does. */
  liveAfter: number | undefined;
  checks: ChecksShown;
}

export const TAIL_PATH = "/admin/audit/tail";

export function auditPage(context: AdminContext, asked: AuditAsked, found: AuditFound): Page {
  const words = adminWords(context.language);
  const { before, ...filter } = asked;
  return adminPage(context, { section: "audit", title: words.audit, scripts: ["live"] }, () => [
    searchForm("/admin/audit", filterFields(words, asked, found.trouble), words.show),
    found.trouble === undefined && [
      before === "" && liveSwitch(context, filter, found.liveAfter !== undefined),
      found.liveAfter === undefined
        ? auditTable(context, found.rows)
        : tailPart(context, filter, found.rows, found.liveAfter),
    ],
    pager(
      words,
      before === "" ? undefined : pathWith("/admin/audit", filter),
      found.next && pathWith("/admin/audit", { ...filter, before: found.next }),
    ),
    section(words.exportTitle, [
      html`<p>${words.exportWhy}</p>`,
      form(
        "/admin/audit/export",
        context.token,
        auditFields(asked).map(([name, value]) => hidden(name, value)),
        (["jsonl", "csv"] as const).map(
          (format) =>
            html`<button class="quiet" name="format" value="${format}">${words.exportAs[format]}</button>`,
        ),
      ),
    ]),
    checksPart(context, found.checks),
  ]);
}

type Filter = Omit<AuditAsked, "before">;

/** Events that appear by themselves have to be stoppable (WCAG 2.2, 2.2.2). */
function liveSwitch({ language }: AdminContext, filter: Filter, isLive: boolean): Html {
  const words = auditWatchWords(language);
  const live = pathWith("/admin/audit", { ...filter, live: "on" });
  return isLive
    ? html`<p class="top">
        <span><span class="badge good">●</span> ${words.following}</span>
        <span class="actions"
          ><a class="button small" href="${live}">${words.reload}</a
          ><a class="button small" href="${pathWith("/admin/audit", { ...filter })}">${words.stop}</a></span
        >
      </p>`
    : html`<p class="actions"><a class="button small" href="${live}">${words.follow}</a></p>`;
}

/** Rows, and the address that has those after the event of this number. */
export function tailPart(
  context: AdminContext,
  filter: Filter,
  rows: readonly AuditRow[],
  after: number,
): Html {
  const live = pathWith(TAIL_PATH, { ...filter, after: String(after) });
  const { over } = auditWatchWords(context.language);
  return html`<div data-part data-add data-live="${live}" data-over="${over}">
    ${auditTable(context, rows)}
  </div>`;
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
  if (rows.length === 0) return html`<p class="empty">${words.noEvents}</p>`;
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
