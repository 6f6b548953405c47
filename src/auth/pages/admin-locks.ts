/** What is locked now, why, and until when. Pure. */
import { html } from "../../markup/html.ts";
import type { Locked } from "../store/locked.ts";
import { adminWords } from "../words/admin.ts";
import { adminPage, DASH, pathWith, table, timesOf, type AdminContext } from "./admin-frame.ts";
import { button, form, hidden, type Page } from "./page.ts";

/** Where the audit has what was counted against a lane: when, from where, under which account. */
export function causesPath({ accountId, network }: Pick<Locked, "accountId" | "network">): string {
  const of = accountId !== null ? { account: accountId } : network !== null ? { address: network } : {};
  return pathWith("/admin/audit", { ...of, outcome: "failure" });
}

/** `locks`: the latest; `more`: how many there are beside them. */
export function locksPage(
  context: AdminContext,
  { locks, more, names }: { locks: readonly Locked[]; more: number; names: ReadonlyMap<string, string> },
): Page {
  const words = adminWords(context.language);
  const time = timesOf(context);
  return adminPage(context, { section: "locks", title: words.locks }, () => [
    html`<p>${words.locksWhy}</p>`,
    locks.length === 0
      ? html`<p>${words.noLocks}</p>`
      : table(
          words.locks,
          [
            words.what,
            words.account,
            words.address,
            words.since,
            words.until,
            words.attempts,
            words.lockCount,
            "",
          ],
          locks.map((lock) => [
            html`<a href="${causesPath(lock)}">${words.lane[lock.kind]}</a>`,
            lock.accountId !== null
              ? html`<a href="/admin/accounts/${lock.accountId}"
                  >${names.get(lock.accountId) ?? lock.accountId}</a
                >`
              : lock.network === null
                ? words.unknownName
                : DASH,
            lock.network ?? DASH,
            time(lock.lockedAt),
            time(lock.lockedUntil),
            lock.attempts,
            lock.times,
            form(
              "/admin/locks/unlock",
              context.token,
              hidden("lane", lock.id),
              button(words.unlock, "quiet"),
            ),
          ]),
        ),
    more > 0 && html`<p>${words.moreLocks(more)}</p>`,
  ]);
}
