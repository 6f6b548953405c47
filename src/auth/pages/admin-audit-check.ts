/** Checks of the audit trail's chain: the one that goes on, and what the last ones found. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { AuditCheck } from "../store/audit-checks.ts";
import { adminWords } from "../words/admin.ts";
import { auditWatchWords } from "../words/audit-watch.ts";
import { DASH, facts, numberIn, table, timesOf, type AdminContext } from "./admin-frame.ts";
import { doerText } from "./admin-grants.ts";
import { button, form, notice } from "./page.ts";

export interface ChecksShown {
  /** The newest first. */
  checks: readonly AuditCheck[];
  /** Of the accounts that began them, by id. */
  names: ReadonlyMap<string, string>;
  /** How many events there are. */
  rows: number;
}

const BADGE = { whole: "good", broken: "bad", stopped: "warn" } as const;
export const CHECK_PATH = "/admin/audit/check";

/** A part of its own, which takes its own place again and again while a check goes on. */
export function checksPart(context: AdminContext, { checks, names, rows }: ChecksShown): Html {
  const words = auditWatchWords(context.language);
  const [newest, ...earlier] = checks;
  const goesOn = newest !== undefined && newest.outcome === undefined;
  return html`<section id="check" data-part ${goesOn && html` data-live="${CHECK_PATH}"`}>
    <h2>${adminWords(context.language).verify}</h2>
    ${newest === undefined ? html`<p class="empty">${words.never}</p>` : latest(context, newest, names)}
    ${!goesOn && html`<p>${words.checkWhy(numberIn(context, rows))}</p>`}
    ${goesOn ? html`<p><a href="/admin/audit#check">${words.reload}</a></p>` : form("/admin/audit/verify", context.token, undefined, button(words.begin, "quiet"))}
    ${earlier.length > 0 && history(context, earlier, names)}
  </section>`;
}

function latest(context: AdminContext, check: AuditCheck, names: ReadonlyMap<string, string>): Value {
  const words = auditWatchWords(context.language);
  const time = timesOf(context, true);
  const { outcome, breaks = [], broken = 0, head } = check;
  const number = (n: number): string => numberIn(context, n);
  return [
    outcome === undefined && [
      html`<p class="notice note">
        ${words.goingOn} ${words.progress(number(check.rows), number(check.expected))}
      </p>`,
      html`<progress
        max="${Math.max(1, check.expected)}"
        value="${Math.min(check.rows, check.expected)}"
        aria-label="${words.goingOn}"
      ></progress>`,
    ],
    outcome === "whole" && notice("good", words.whole),
    outcome === "broken" && notice("bad", words.broken(number(broken))),
    outcome === "stopped" && notice("warn", words.stopped),
    breaks.length > 0 &&
      html`<ul lang="en">
        ${breaks.map(({ what }) => html`<li>${what}</li>`)}
      </ul>`,
    facts([
      [
        words.begun,
        [time(check.startedAt), ", ", doerText(adminWords(context.language), check.startedBy, names)],
      ],
      [words.finished, check.finishedAt && time(check.finishedAt)],
      [
        adminWords(context.language).audit,
        check.purged === undefined ? undefined : words.range(number(check.rows), number(check.purged)),
      ],
      [words.head, head && [html`<code>${head}</code>`, html`<span class="hint">${words.headHint}</span>`]],
    ]),
  ];
}

function history(
  context: AdminContext,
  checks: readonly AuditCheck[],
  names: ReadonlyMap<string, string>,
): Html {
  const words = auditWatchWords(context.language);
  const admin = adminWords(context.language);
  const time = timesOf(context);
  return html`<details>
    <summary>${words.earlier}</summary>
    ${table(
      words.earlier,
      [words.begun, words.by, admin.outcome, admin.audit, words.head],
      checks.map(({ startedAt, startedBy, outcome, rows, head }) => [
        time(startedAt),
        doerText(admin, startedBy, names),
        outcome === undefined
          ? DASH
          : html`<span class="badge ${BADGE[outcome]}">${words.outcome[outcome]}</span>`,
        numberIn(context, rows),
        head === undefined ? DASH : html`<code>${head.slice(0, head.indexOf(":") + 13)}…</code>`,
      ]),
    )}
  </details>`;
}
