/** A sign-in between its password and its code: whose it is, and whether it still is what it was. */
import { randomUUID } from "node:crypto";
import { stillHolds, type Account } from "./account.ts";
import type { Origin } from "./gateway.ts";
import { SIGN_IN_MS } from "./settings.ts";
import type { Repositories } from "./store/postgres.ts";
import type { SignIn } from "./store/sign-ins.ts";
import { newToken, tokenHash } from "./token.ts";

/** What the browser brings. */
export interface SignInTokens {
  /** Of the sign-in's cookie. */
  token: string | undefined;
  /** Of the session's cookie. */
  sessionToken: string | undefined;
}

export interface BeginningSignIn extends Origin, Pick<SignIn, "deviceId" | "sessionId" | "full"> {
  account: Account;
  now: Date;
}

/** A sign-in that waits for a code begins; resolves to the secret of its cookie. */
export async function beginSignIn(
  { signIns }: Pick<Repositories, "signIns">,
  { account, deviceId, sessionId, full, address, userAgent, now }: BeginningSignIn,
): Promise<string> {
  const token = newToken();
  await signIns.insert(
    {
      id: randomUUID(),
      accountId: account.id,
      epoch: account.epoch,
      deviceId,
      sessionId,
      full,
      address,
      userAgent: userAgent.slice(0, 500),
      createdAt: now,
      expiresAt: new Date(now.getTime() + SIGN_IN_MS),
    },
    token.hash,
  );
  return token.text;
}

/**
 * The sign-in and its account, while both still are what they were when the password was right. One that confirms a
 * session is under way in that session's browser only: by itself it would carry the session, without a password, to
 * whoever has its cookie and a code.
 *
 * @param lock others neither finish it nor change the account before the transaction ends
 */
export async function underWay(
  tx: Repositories,
  { token, sessionToken }: SignInTokens,
  now: Date,
  lock = false,
): Promise<{ signIn: SignIn; account: Account } | undefined> {
  const hash = tokenHash(token);
  const signIn = hash && (await tx.signIns.byToken(hash, now, lock));
  const account = signIn && (await tx.accounts.byId(signIn.accountId, { lock }));
  if (signIn === undefined || account === undefined) return undefined;
  if (!stillHolds(account, signIn.epoch, now)) return undefined;
  if (signIn.sessionId !== undefined) {
    const sessionHash = tokenHash(sessionToken);
    const session = sessionHash && (await tx.sessions.byToken(sessionHash, now));
    if (session?.id !== signIn.sessionId) return undefined;
  }
  return { signIn, account };
}
