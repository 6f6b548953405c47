/** Links of somebody who is signed in. Pure. */
import { isAdministrator, type Account } from "../account.ts";
import type { Applications } from "../application.ts";
import { owns } from "../grant.ts";
import type { MenuEntry } from "../settings.ts";
import { accountWords } from "../words/account.ts";
import type { PageFrame } from "./page.ts";

/** What the account may see; `here` is the path of the page that it is shown on. */
export function menuOf(
  { all }: Pick<Applications, "all">,
  account: Pick<Account, "id" | "roles" | "language">,
  here: string,
  more: readonly MenuEntry[] = [],
): NonNullable<PageFrame["menu"]> {
  const { menu } = accountWords(account.language);
  const mayApprove = all.some((application) => owns(application, account));
  const links = [
    { href: "/account", text: menu.account, there: true },
    { href: "/grants", text: menu.grants, there: mayApprove },
    ...moreLinks(more, account).map((link) => ({ ...link, there: true })),
    { href: "/admin", text: menu.administration, there: isAdministrator(account) },
    { href: "/sign-out", text: menu.signOut, there: true },
  ];
  return links.filter(({ there }) => there).map(({ href, text }) => ({ href, text, here: href === here }));
}

/** Those of the entries that the account may follow, in its language. */
export function moreLinks(
  more: readonly MenuEntry[],
  account: Pick<Account, "roles" | "language">,
): { href: string; text: string }[] {
  return more
    .filter(({ roles }) => isAdministrator(account) || roles.some((role) => account.roles.includes(role)))
    .map(({ href, text }) => ({ href, text: text[account.language] }));
}
