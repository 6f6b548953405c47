/** Links of somebody who is signed in. Pure. */
import { isAdministrator, type Account } from "../account.ts";
import type { Applications } from "../application.ts";
import { owns } from "../grant.ts";
import { accountWords } from "../words/account.ts";
import type { PageFrame } from "./page.ts";

/** What the account may see; `here` is the path of the page that it is shown on. */
export function menuOf(
  { all }: Pick<Applications, "all">,
  account: Pick<Account, "id" | "roles" | "language">,
  here: string,
): NonNullable<PageFrame["menu"]> {
  const { menu } = accountWords(account.language);
  const mayApprove = all.some((application) => owns(application, account));
  const links = [
    { href: "/account", text: menu.account, there: true },
    { href: "/grants", text: menu.grants, there: mayApprove },
    { href: "/admin", text: menu.administration, there: isAdministrator(account) },
    { href: "/sign-out", text: menu.signOut, there: true },
  ];
  return links.filter(({ there }) => there).map(({ href, text }) => ({ href, text, here: href === here }));
}
