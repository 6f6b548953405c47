/**
 * Flow: a password chosen by a link, for the first time (invitation) or anew (reset). It signs nobody in and asks for
 * no second factor: that is for the sign-in that follows, which asks for all that it always asks for.
 */
import { standing, type Account } from "./account.ts";
import { ownEvent } from "./audit-event.ts";
import { lookAtLink, useLink } from "./links.ts";
import type { PasswordHasher } from "./password.ts";
import type { PasswordOwner, PasswordReason, PasswordVerdict } from "./password-rules.ts";
import { mailTo, type By, type People, type PeopleTransaction } from "./people.ts";
import { tokenHash } from "./token.ts";

export interface Redemption {
  kind: "invitation" | "reset";
  token: string | undefined;
  password: string;
  /** The account that this browser is signed in as, if any. */
  signedInAs: string | undefined;
  from: Pick<By, "address" | "userAgent">;
  now: Date;
}

/** The rules and the hasher. Rejects with Busy as the hasher does; then the link is as good as before. */
export interface PasswordChoice {
  judge: (password: string, owner: PasswordOwner) => Promise<PasswordVerdict>;
  hasher: Pick<PasswordHasher, "hash">;
}

/**
 * link-over: not good, or not any more, or its account may not have it; another-account: whoever is signed in here is
 * somebody else, who shall not choose this person's password. The link is used up by success alone.
 */
export type Redeemed =
  | { account: Account }
  | { refused: "link-over" | "another-account" }
  | { refused: "password"; reasons: PasswordReason[] };

/** Sets the password that was chosen. Ends every session of the account and tells its owner by mail. */
export async function redeemLink(
  people: People,
  { judge, hasher }: PasswordChoice,
  redemption: Redemption,
): Promise<Redeemed> {
  const { kind, token, password, signedInAs, now } = redemption;
  const seen = await lookAtLink(people.store, kind, token, now);
  if (seen === undefined || !mayRedeem(kind, seen.account, now)) return over(people, redemption);
  if (signedInAs !== undefined && signedInAs !== seen.account.id) return { refused: "another-account" };
  const verdict = await judge(password, seen.account);
  if (!verdict.ok) return { refused: "password", reasons: verdict.reasons };
  // Hashed before anything is locked: it takes long, and others wait for the account.
  const stored = await hasher.hash(password);
  const account = await people.store.transact(async (tx) => {
    const used = await useLink(tx, kind, token, now, (owner) => mayRedeem(kind, owner, now));
    return used && setPassword(tx, people, used.account, stored, redemption);
  });
  return account === undefined ? over(people, redemption) : { account };
}

function mayRedeem(kind: "invitation" | "reset", account: Account, now: Date): boolean {
  return standing(account, now) === (kind === "invitation" ? "invited" : "active");
}

async function setPassword(
  tx: PeopleTransaction,
  { settings }: People,
  { id, name }: Account,
  stored: { hash: string; pepperId: string },
  { kind, from, now }: Redemption,
): Promise<Account | undefined> {
  const account = await tx.accounts.setPassword(id, stored, now);
  if (account === undefined) return undefined;
  const activated = kind === "invitation" ? await tx.accounts.change(id, { status: "active" }) : account;
  await tx.links.endAllOf(id, ["invitation", "reset"], now);
  // Whoever knew the old password may have linked an identity of their own, and would keep what the new one takes away.
  const identities = await tx.identities.unlinkAll(id);
  const sessions = await tx.sessions.endAllOf(id, "password-changed", now);
  await mailTo(tx, settings, account, ["password-changed", { at: now, address: from.address }], now);
  const event = kind === "invitation" ? "account.activated" : "password.changed";
  const seq = await tx.audit.append(
    ownEvent({ id, name }, { at: now, event, ...from, reason: kind, details: { sessions, identities } }),
  );
  await tx.changes.record(seq, { accountId: id }, now);
  return activated;
}

/** A link of ours that is over is worth an event; any other text is not. */
async function over({ store }: People, { kind, token, from, now }: Redemption): Promise<Redeemed> {
  const hash = tokenHash(token);
  if (hash !== undefined)
    await store.transact(async ({ links, audit }) => {
      const account = await links.ownerOf(hash, kind);
      if (account === undefined) return;
      await audit.append({
        at: now,
        event: kind === "invitation" ? "account.activated" : "password.changed",
        outcome: "failure",
        actor: { kind: "stranger" },
        account,
        ...from,
        reason: "link-over",
      });
    });
  return { refused: "link-over" };
}
