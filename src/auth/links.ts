/**
 * Links in mails: 256 random bits, kept as SHA-256, good once and for a time that is judged when they are used. They
 * lead to a page that only looks; what they are for happens by POST, since mail scanners open links.
 */
import type { Account } from "./account.ts";
import type { PeopleSettings, PeopleStore, PeopleTransaction } from "./people.ts";
import type { Link, LinkKind } from "./store/links.ts";
import { newToken, tokenHash } from "./token.ts";

const MINUTE = 60_000;
/** How long each kind is good, milliseconds. */
export const LINK_MS: Record<LinkKind, number> = {
  invitation: 72 * 60 * MINUTE,
  reset: 30 * MINUTE,
  "not-me": 7 * 24 * 60 * MINUTE,
};

/** Where it leads on the login host; the token is the rest of the path. */
export const LINK_PATH: Record<LinkKind, string> = {
  invitation: "/invitation/",
  reset: "/reset/",
  "not-me": "/not-me/",
};

export interface MadeLink {
  /** The secret itself, for a mail. */
  url: string;
  until: Date;
}

/**
 * Makes a link, built from the configured address and nothing that a request says. An invitation or a reset ends those
 * of its kind before it. In a transaction.
 *
 * @param about the device and session that "this was not me" is about
 */
export async function makeLink(
  { links }: Pick<PeopleTransaction, "links">,
  { publicUrl }: Pick<PeopleSettings, "publicUrl">,
  { id, epoch }: Pick<Account, "id" | "epoch">,
  kind: LinkKind,
  now: Date,
  about: { deviceId?: string | undefined; sessionId?: string | undefined } = {},
): Promise<MadeLink> {
  const { text, hash } = newToken();
  const until = new Date(now.getTime() + LINK_MS[kind]);
  if (kind !== "not-me") await links.endAllOf(id, [kind], now);
  await links.insert({
    tokenHash: hash,
    kind,
    accountId: id,
    epoch,
    ...about,
    createdAt: now,
    expiresAt: until,
  });
  return { url: `${publicUrl}${LINK_PATH[kind]}${text}`, until };
}

/** For the page that the link leads to: whose it is, while it is good. Uses nothing up. */
export async function lookAtLink(
  store: PeopleStore,
  kind: LinkKind,
  token: string | undefined,
  now: Date,
): Promise<{ account: Account; link: Link } | undefined> {
  const hash = tokenHash(token);
  if (hash === undefined) return undefined;
  return store.transact(async (tx) => {
    const link = await tx.links.look(hash, kind, now);
    const account = link && (await tx.accounts.byId(link.accountId));
    return link && account && { account, link };
  });
}

/**
 * Uses a link up, with its account locked until the transaction ends; undefined, and nothing is used, when it is not
 * good or `may` says no. Account first and link after it: whoever changes an account locks them in this order.
 */
export async function useLink(
  { accounts, links }: Pick<PeopleTransaction, "accounts" | "links">,
  kind: LinkKind,
  token: string | undefined,
  now: Date,
  may: (account: Account) => boolean,
): Promise<{ account: Account; link: Link } | undefined> {
  const hash = tokenHash(token);
  const seen = hash && (await links.look(hash, kind, now));
  if (hash === undefined || seen === undefined) return undefined;
  const account = await accounts.byId(seen.accountId, { lock: true });
  if (account === undefined || !may(account)) return undefined;
  const link = await links.use(hash, kind, now);
  return link && { account, link };
}
