/** What happened to one's own account, day by day. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import { browserName } from "../browser-name.ts";
import type { HistoryEntry } from "../own-history.ts";
import { accountWords } from "../words/account.ts";
import { historyWords } from "../words/history.ts";
import { accountTabs, HISTORY_PATH, named, rows, type OwnContext } from "./account.ts";
import { page, type Page } from "./page.ts";

export interface History {
  /** Newest first. */
  entries: readonly HistoryEntry[];
  isFirst: boolean;
  /** Where the next page begins. */
  next: string | undefined;
  /** Where whoever looks asks from. */
  address: string;
}

export function historyPage(context: OwnContext, { entries, isFirst, next, address }: History): Page {
  const words = historyWords(context.language);
  return page({ ...context, title: words.title, wide: true }, [
    accountTabs(context, "history"),
    html`<p>${words.lead}</p>
      <p class="quiet">
        ${words.notYou} <a href="/account">${words.endSessions}</a> ·
        <a href="/account/password">${accountWords(context.language).passwordTitle}</a>
      </p>`,
    entries.length === 0 && html`<p class="empty">${words.nothing}</p>`,
    byDay(context, entries).map(
      ([day, those]) =>
        html`<section>
          <h2>${day}</h2>
          ${rows(those.map((entry) => entryRow(context, entry, address)))}
        </section>`,
    ),
    (!isFirst || next !== undefined) &&
      html`<p class="pager">
        ${!isFirst && html`<a href="${HISTORY_PATH}">${words.newest}</a> `}${next !== undefined && html`<a href="${`${HISTORY_PATH}?before=${next}`}" rel="next">${words.older}</a>`}
      </p>`,
  ]);
}

/** Each day of the page's time zone with its entries, in the order they come in. */
function byDay(
  { language, timeZone }: OwnContext,
  entries: readonly HistoryEntry[],
): [day: string, entries: HistoryEntry[]][] {
  const format = new Intl.DateTimeFormat(accountWords(language).locale, { dateStyle: "full", timeZone });
  const days = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const day = format.format(entry.at);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days];
}

function entryRow(context: OwnContext, entry: HistoryEntry, now: string): Html {
  const { language, timeZone } = context;
  const words = historyWords(language);
  const { at, what, outcome, why, factor, byOthers, address, userAgent } = entry;
  const time = new Intl.DateTimeFormat(accountWords(language).locale, {
    timeStyle: "medium",
    hourCycle: "h23",
    timeZone,
  }).format(at);
  const about: Value[] = [
    html`<time datetime="${at.toISOString()}">${time}</time>`,
    outcome === "failure" && why !== undefined && words.why[why],
    outcome === "success" && factor !== undefined && words.factors[factor],
    userAgent !== undefined && named(browserName(userAgent).name),
    address !== undefined && accountWords(language).address(address),
    address !== undefined && address === now && words.asNow,
    byOthers && words.byOthers,
  ].filter((line) => line !== false);
  const failed = outcome === "failure";
  return html`<li>
    <div>
      <b>${failed ? (words.failed[what] ?? words.what[what]) : words.what[what]}</b
      >${failed && html` <span class="badge bad">${words.refused}</span>`}
      <span class="hint">${about.map((line, i) => [i > 0 && " · ", line])}</span>
    </div>
  </li>`;
}
