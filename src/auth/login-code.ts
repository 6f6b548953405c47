/**
 * The second step of signing in: a code of any kind, a passkey, or the first authenticator of an account that has none.
 *
 * Whatever happened since the password was right counts: in the transaction that opens the session the account is
 * locked and judged again, so that disabling, locking or a new password in mid-flow ends the sign-in.
 */
import type { Account } from "./account.ts";
import { strictest } from "./application.ts";
import { ownEvent, type AuditEvent } from "./audit-event.ts";
import { confirmEnrolment, enrol, type Enrolment } from "./enrolment.ts";
import type { Gateway, Origin } from "./gateway.ts";
import { lanesOfCode, lanesOfSms } from "./lane.ts";
import { tellOfLocks } from "./lock-notice.ts";
import { lanesOfPassword, lockEvents, passed } from "./login.ts";
import { beginSession, type Begun } from "./login-session.ts";
import { linkAfter } from "./own-identities.ts";
import { mailTo } from "./people.ts";
import { askForPasskey, relyingPartyOf, type RequestOptions } from "./passkey-options.ts";
import { makeRecoveryCodes, mustEnrol, usableKinds, verifyCode, type FactorKind } from "./second-factor.ts";
import { policiesOf } from "./settings.ts";
import { sendSmsCode, smsState, type SmsState } from "./sms-code.ts";
import { maskedPhone } from "./sms.ts";
import type { Consumed } from "./store/lanes.ts";
import type { Repositories, Transaction } from "./store/postgres.ts";
import type { SessionFactor } from "./store/sessions.ts";
import type { SignIn } from "./store/sign-ins.ts";
import { newToken } from "./token.ts";
import { underWay, type SignInTokens } from "./under-way.ts";

/** What the page of the second step shows. */
export type Step =
  /** No such sign-in, or no longer: begin again. */
  | { kind: "over" }
  | {
      kind: "code";
      kinds: FactorKind[];
      phone: string | undefined;
      sms: SmsState;
      /** What to ask the browser for, when there are passkeys. */
      passkey: RequestOptions | undefined;
    }
  | { kind: "enrol"; enrolment: Enrolment };

export interface FactorAttempt extends Origin, SignInTokens {
  now: Date;
}

export interface CodeAttempt extends FactorAttempt {
  code: string;
}

export type CodeResult =
  | { kind: "over" }
  /** Wrong, used, malformed, not allowed, or too many of them: said in one way. */
  | { kind: "refused" }
  /** `recoveryCodes` are shown once, after an enrolment. */
  | { kind: "session"; begun: Begun; recoveryCodes: string[] | undefined }
  /** The open session got a new secret. */
  | { kind: "confirmed"; sessionToken: string };

/** What to ask for now. An authenticator that is being enrolled is the same each time the page is loaded. */
export async function stepOf(gateway: Gateway, tokens: SignInTokens, now: Date): Promise<Step> {
  return gateway.store.transact(async (tx): Promise<Step> => {
    const found = await underWay(tx, tokens, now);
    if (found === undefined) return { kind: "over" };
    const { signIn, account } = found;
    const factors = await tx.factors.of(account.id);
    if (mustEnrol(factors)) {
      const { organisation, loginHost } = gateway.settings;
      const who = {
        accountId: account.id,
        accountName: account.name,
        holder: signIn.id,
        issuer: organisation,
        now,
      };
      return {
        kind: "enrol",
        enrolment: await enrol(tx.factors, gateway.sealer, who, loginHost.slice(0, 60)),
      };
    }
    const kinds = kindsFor(gateway, account, signIn, factors);
    const phone =
      kinds.includes("sms") && factors.phone !== undefined ? maskedPhone(factors.phone) : undefined;
    const passkey = kinds.includes("passkey")
      ? await askForPasskey(tx, relyingPartyOf(gateway.settings), { holder: signIn.id, account, now })
      : undefined;
    const sms = smsState({ sent: signIn.smsSent, sentAt: signIn.smsSentAt }, now);
    return { kind: "code", kinds, phone, sms, passkey };
  });
}

/** Sends a code by SMS for this sign-in; `refused` also when there is none to send to, or too many went out. */
export async function sendCode(
  gateway: Gateway,
  { now, address, userAgent, ...tokens }: Omit<CodeAttempt, "code">,
): Promise<"sent" | "over" | "refused"> {
  const { store, settings, lanes } = gateway;
  const before = await underWay(store.read, tokens, now);
  if (before === undefined) return "over";
  const { account, signIn } = before;
  const factors = await store.read.factors.of(account.id);
  const to = factors.phone;
  if (!kindsFor(gateway, account, signIn, factors).includes("sms") || to === undefined) return "refused";
  const event = (outcome: AuditEvent["outcome"], reason?: string): AuditEvent =>
    ownEvent(account, {
      at: now,
      event: "sign-in.code-sent",
      outcome,
      address,
      userAgent,
      factor: "sms",
      reason,
    });
  const consumed = await lanes.consume(lanesOfSms(to, account.id));
  if (!consumed.allowed) {
    await store.transact(async ({ audit }) => {
      await audit.append(event("failure", "lane-locked"));
      for (const locked of lockEvents(consumed, account, { address, now })) await audit.append(locked);
    });
    return "refused";
  }
  return store.transact(async (tx): Promise<"sent" | "over" | "refused"> => {
    const found = await underWay(tx, tokens, now, true);
    if (found === undefined) return "over";
    const request = {
      place: { signInId: signIn.id },
      to,
      language: account.language,
      host: settings.loginHost,
      caps: settings.smsCaps,
      now,
    };
    const answer = await sendSmsCode(tx, gateway.smsKey, request);
    if (answer.sent)
      await tx.messages.enqueue({
        message: answer.message,
        accountId: account.id,
        createdAt: now,
        expiresAt: answer.expiresAt,
      });
    await tx.audit.append(answer.sent ? event("success") : event("failure", `sms-${answer.reason}`));
    return answer.sent ? "sent" : "refused";
  });
}

/** Judges a code, counted before it is looked at. A right one opens the session, or confirms the one that is open. */
export function attemptCode(gateway: Gateway, attempt: CodeAttempt): Promise<CodeResult> {
  const { code, now } = attempt;
  const tolerance = gateway.settings.codeTolerance;
  return attemptFactor(gateway, attempt, async (tx, { signIn, account, kinds }) => {
    const accountId = account.id;
    if (kinds === "none-yet") {
      const who = { accountId, holder: signIn.id, now };
      const answer = await confirmEnrolment(tx.factors, gateway.sealer, who, code, tolerance);
      return answer === "confirmed" ? { factor: "totp" } : { wrong: `enrolment-${answer}` };
    }
    const guess = { accountId, signInId: signIn.id, kinds, code, now, tolerance };
    const answer = await verifyCode(tx, gateway, guess);
    return answer.right ? { factor: answer.factor } : { wrong: `code-${answer.reason}` };
  });
}

/** The sign-in as its second factor finds it, all of it locked. `none-yet`: what is shown begins to count now. */
export interface Waiting {
  signIn: SignIn;
  account: Account;
  kinds: FactorKind[] | "none-yet";
}

/** Looks at what was shown. `wrong` is for the audit: few words of ours. What it wrote stays, right or wrong. */
export type Prover = (
  tx: Transaction,
  waiting: Waiting,
) => Promise<{ factor: SessionFactor } | { wrong: string }>;

/** As `attemptCode`, for whatever `prove` looks at. `shown`: what it is, when that is known before. */
export async function attemptFactor(
  gateway: Gateway,
  attempt: FactorAttempt,
  prove: Prover,
  shown?: SessionFactor,
): Promise<CodeResult> {
  const { store, lanes, settings } = gateway;
  const { now, address, userAgent } = attempt;
  const before = await underWay(store.read, attempt, now);
  if (before === undefined) return { kind: "over" };
  const known = before.account;
  const refuse = async (reason: string, consumed?: Consumed): Promise<CodeResult> => {
    await store.transact(async ({ audit, messages }) => {
      await tellOfLocks({ messages }, settings, before.account, consumed, attempt);
      await audit.append(
        ownEvent(known, {
          at: now,
          event: "sign-in.code",
          outcome: "failure",
          address,
          userAgent,
          factor: shown,
          reason,
        }),
      );
      for (const event of lockEvents(consumed, known, attempt)) await audit.append(event);
    });
    return { kind: "refused" };
  };

  const counted = lanesOfCode(known.id);
  const consumed = await lanes.consume(counted);
  if (!consumed.allowed) return refuse("lane-locked", consumed);
  const result = await store.transact(async (tx): Promise<CodeResult | { kind: "no"; reason: string }> => {
    const found = await underWay(tx, attempt, now, true);
    if (found === undefined) return { kind: "over" };
    const { signIn, account } = found;
    const factors = await tx.factors.of(account.id);
    const enrols = mustEnrol(factors);
    const kinds = enrols ? "none-yet" : kindsFor(gateway, account, signIn, factors);
    const answer = await prove(tx, { signIn, account, kinds });
    if ("wrong" in answer) return { kind: "no", reason: answer.wrong };
    await tx.signIns.end(signIn.id, now);
    const { factor } = answer;
    return open(gateway, tx, { signIn, account, factor, enrols, origin: attempt, now });
  });
  if (result.kind === "no") return refuse(result.reason);
  // The button was pressed twice, or another tab was quicker: it was never looked at, it is no attempt.
  if (result.kind === "over") await lanes.refund(counted).catch(() => undefined);
  if (result.kind === "session" || result.kind === "confirmed") {
    const { signIn } = before;
    const password = signIn.full ? lanesOfPassword(known, "", signIn.deviceId, signIn.address) : [];
    await passed(gateway, known.id, [...counted, ...password], signIn.deviceId);
  }
  return result;
}

interface Opening {
  signIn: SignIn;
  account: Account;
  factor: SessionFactor;
  enrols: boolean;
  origin: FactorAttempt;
  now: Date;
}

async function open(
  gateway: Gateway,
  tx: Transaction,
  { signIn, account, factor, enrols, origin, now }: Opening,
): Promise<CodeResult> {
  const { address, userAgent } = origin;
  const event = (name: AuditEvent["event"], more: Partial<AuditEvent> = {}): AuditEvent =>
    ownEvent(account, { at: now, event: name, address, userAgent, factor, ...more });
  const tellOwner = async (): Promise<void> => {
    if (enrols)
      await mailTo(
        tx,
        gateway.settings,
        account,
        ["factor-added", { at: now, address, factor: "totp" }],
        now,
      );
    if (factor !== "recovery-code") return;
    const { recoveryCodesLeft: left } = await tx.factors.of(account.id);
    await mailTo(tx, gateway.settings, account, ["recovery-code-used", { at: now, address, left }], now);
  };
  if (signIn.sessionId !== undefined) {
    const token = newToken();
    const { sessionId, full } = signIn;
    if (!(await tx.sessions.confirm(sessionId, token.hash, { factor, full, now }))) return { kind: "over" };
    await tellOwner();
    const seq = await tx.audit.append(
      event("sign-in.confirmed", { sessionId, reason: full ? "full" : "code" }),
    );
    await tx.changes.record(seq, { sessionId }, now);
    return { kind: "confirmed", sessionToken: token.text };
  }
  const device = signIn.deviceId === undefined ? undefined : await tx.devices.byId(signIn.deviceId, now);
  const begun = await beginSession(gateway, tx, { account, device, factor, address, userAgent, now });
  await linkAfter(tx, gateway, account, origin);
  const recoveryCodes = enrols ? await makeRecoveryCodes(tx, gateway.sealer, account.id, now) : undefined;
  await tellOwner();
  const { id: sessionId, deviceId } = begun.session;
  if (enrols) await tx.audit.append(event("factor.added", { sessionId }));
  if (begun.deviceToken !== undefined)
    await tx.audit.append(event("device.trusted", { sessionId, deviceId }));
  await tx.audit.append(event("sign-in", { sessionId, deviceId }));
  return { kind: "session", begun, recoveryCodes };
}

/**
 * A session that steps up does so for something that may be strict: no SMS then. Nor for a sign-in that links an identity
 * at a provider: whoever has somebody's number would make a way in of their own.
 */
function kindsFor(
  { settings }: Gateway,
  account: Account,
  signIn: SignIn,
  factors: Awaited<ReturnType<Repositories["factors"]["of"]>>,
): FactorKind[] {
  const { sms } = strictest(policiesOf(settings, account.roles));
  return usableKinds(factors, {
    secondFactor: "always",
    sms: sms && settings.sms && signIn.sessionId === undefined && !signIn.links,
  });
}
