/**
 * Flow: what people do with their own account. Whatever decides who gets in (password, factors) needs password and
 * second factor shown in full a moment ago, ends the account's other sessions and is told to its owner by mail (OWASP
 * ASVS 5.0, 7.5.1). Each is one transaction, in which account and session are judged once more.
 */
import { LANGUAGES } from "./account-name.ts";
import { stillHolds, type Account } from "./account.ts";
import { ownEvent, type AuditEvent, type EventName } from "./audit-event.ts";
import { endDevice } from "./forget-device.ts";
import { CLOCK_TOLERANCE } from "./forward-auth.ts";
import type { Gateway, Origin } from "./gateway.ts";
import type { PasswordReason } from "./password-rules.ts";
import { mailTo } from "./people.ts";
import type { PasswordChoice } from "./redeem-link.ts";
import { FRESH_MS, type Language } from "./settings.ts";
import type { Transaction } from "./store/postgres.ts";
import type { Session } from "./store/sessions.ts";
import type { MailData, MailKind } from "./words/mail.ts";

/** Whoever asks: account and session as the request found them. */
export interface Owner extends Origin {
  account: Account;
  session: Session;
  now: Date;
}

/** over: the session or the account is not what it was; stale: both factors have to be shown again. */
export type Stopped = "over" | "stale";

/**
 * Whether password and second factor were both shown in full within FRESH_MS. A code by SMS is not enough: who has
 * somebody's number would make an authenticator of their own. Nor is a time that lies ahead of the clock.
 */
export function isFreshlyAuthenticated(
  {
    authenticatedAt,
    secondFactor,
    secondFactorAt,
  }: Pick<Session, "authenticatedAt" | "secondFactor" | "secondFactorAt">,
  now: Date,
): boolean {
  if (secondFactorAt === undefined || secondFactor === undefined || secondFactor === "sms") return false;
  return [authenticatedAt, secondFactorAt].every((at) => {
    const age = now.getTime() - at.getTime();
    return age >= -CLOCK_TOLERANCE && age < FRESH_MS;
  });
}

/** In a transaction with the account locked, while it and the session are what they were. */
export function asOwner<T>(
  { store }: Pick<Gateway, "store">,
  { account: { id, epoch }, session, now }: Owner,
  { fresh }: { fresh: boolean },
  work: (tx: Transaction, account: Account) => Promise<T>,
): Promise<T | Stopped> {
  return store.transact(async (tx) => {
    const account = await tx.accounts.byId(id, { lock: true });
    const current = await tx.sessions.byId(session.id, now);
    if (account === undefined || current?.accountId !== id || current.epoch !== account.epoch) return "over";
    if (!stillHolds(account, epoch, now)) return "over";
    if (fresh && !isFreshlyAuthenticated(current, now)) return "stale";
    return work(tx, account);
  });
}

/** What is written of a change that decides who gets in. */
export interface Sensitive<K extends MailKind> {
  event: EventName;
  factor?: AuditEvent["factor"];
  reason?: string;
  mail: [K, MailData[K]];
}

/**
 * Ends a change that decides who gets in: sign-ins under way and all other sessions are over, links too; the owner
 * hears of it, the audit and every node as well.
 *
 * @param account as it is after the change
 * @param raised whether the change raised the epoch itself
 */
export async function finishSensitive<K extends MailKind>(
  tx: Transaction,
  { settings }: Pick<Gateway, "settings">,
  owner: Owner,
  account: Account,
  { mail, ...said }: Sensitive<K>,
  { raised = false } = {},
): Promise<void> {
  const { session, now } = owner;
  const { id } = account;
  const after = raised ? account : await tx.accounts.change(id, {}, { raiseEpoch: true });
  if (after === undefined) throw new Error("an account went away while it was locked");
  await tx.sessions.follow(session.id, after.epoch);
  const sessions = await tx.sessions.endAllOf(id, said.event, now, session.id);
  await tx.links.endAllOf(id, ["invitation", "reset"], now);
  await mailTo(tx, settings, account, mail, now);
  const seq = await tx.audit.append(eventOf(owner, { ...said, details: { sessions } }));
  await tx.changes.record(seq, { accountId: id }, now);
}

/** An event about the owner's own account, done by the owner. */
export function eventOf(
  { account, session, address, userAgent, now }: Owner,
  event: Pick<AuditEvent, "event"> & Partial<AuditEvent>,
): AuditEvent {
  return ownEvent(account, { at: now, address, userAgent, sessionId: session.id, ...event });
}

/** Another password. Rejects with Busy as the hasher does; then nothing was changed. */
export async function changePassword(
  gateway: Gateway,
  judge: PasswordChoice["judge"],
  owner: Owner,
  password: string,
): Promise<"changed" | Stopped | { reasons: PasswordReason[] }> {
  if (!isFreshlyAuthenticated(owner.session, owner.now)) return "stale";
  const verdict = await judge(password, owner.account);
  if (!verdict.ok) return { reasons: verdict.reasons };
  // Hashed before anything is locked: it takes long, and others wait for the account.
  const stored = await gateway.hasher.hash(password);
  const { address, now } = owner;
  return asOwner(gateway, owner, { fresh: true }, async (tx, { id }) => {
    const account = await tx.accounts.setPassword(id, stored, now);
    if (account === undefined) return "over";
    await finishSensitive(
      tx,
      gateway,
      owner,
      account,
      { event: "password.changed", reason: "own", mail: ["password-changed", { at: now, address }] },
      { raised: true },
    );
    return "changed";
  });
}

/** The language of pages and mails; undefined text or one of no language of ours changes nothing. */
export async function changeLanguage(
  gateway: Gateway,
  owner: Owner,
  wanted: string,
): Promise<Language | Stopped | "unknown"> {
  const language = LANGUAGES.find((known) => known === wanted);
  if (language === undefined) return "unknown";
  return asOwner(gateway, owner, { fresh: false }, async (tx, { id, language: before }) => {
    if (before === language) return language;
    await tx.accounts.change(id, { language });
    await tx.audit.append(
      eventOf(owner, { event: "account.changed", reason: "language", details: { before, after: language } }),
    );
    return language;
  });
}

/** Ends every session of the account but the one that asks. How many. */
export async function endOtherSessions(gateway: Gateway, owner: Owner): Promise<number | Stopped> {
  return asOwner(gateway, owner, { fresh: false }, async (tx, { id }) => {
    const sessions = await tx.sessions.endAllOf(id, "ended-by-owner", owner.now, owner.session.id);
    const seq = await tx.audit.append(
      eventOf(owner, { event: "session.ended", reason: "all-others", details: { sessions } }),
    );
    await tx.changes.record(seq, { accountId: id }, owner.now);
    return sessions;
  });
}

/**
 * A device is trusted no longer: whoever signs in on it needs the second factor again. Its sessions end with it, but
 * for the one that asks. False when it was no trusted device of this account.
 */
export async function forgetOwnDevice(
  gateway: Gateway,
  owner: Owner,
  deviceId: string,
): Promise<boolean | Stopped> {
  const { session, now } = owner;
  return asOwner(gateway, owner, { fresh: false }, async (tx, { id }) => {
    const sessions = await endDevice(tx, { accountId: id, deviceId, keptSessionId: session.id, now });
    if (sessions === undefined) return false;
    const seq = await tx.audit.append(
      eventOf(owner, { event: "device.forgotten", deviceId, reason: "owner", details: { sessions } }),
    );
    await tx.changes.record(seq, { accountId: id }, now);
    return true;
  });
}
