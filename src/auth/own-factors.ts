/**
 * Flow: people and their own second factors: a second authenticator, new recovery codes, a phone. Codes that confirm
 * are counted in the account's `codes` lane before they are looked at, as those of sign-ins are.
 */
import { newDisplayName } from "./account-name.ts";
import type { Account } from "./account.ts";
import { strictest } from "./application.ts";
import { confirmEnrolment, enrol, type Enrolment } from "./enrolment.ts";
import type { Gateway } from "./gateway.ts";
import { lanesOfCode, lanesOfSms } from "./lane.ts";
import { tellOfLocks } from "./lock-notice.ts";
import { lockEvents } from "./login.ts";
import { asOwner, eventOf, finishSensitive, type Owner, type Stopped } from "./own-account.ts";
import { makeRecoveryCodes, shapeOf } from "./second-factor.ts";
import { policiesOf, type Language, type Settings } from "./settings.ts";
import { sendSmsCode, useSmsCode } from "./sms-code.ts";
import { phoneNumber, type Country } from "./sms.ts";
import type { Consumed } from "./store/lanes.ts";
import type { Transaction } from "./store/postgres.ts";

const FRESH = { fresh: true };
/** More than two never count. */
export const MOST_AUTHENTICATORS = 2;
const LABEL_LENGTH = 60;

/** What is being enrolled in this session, if anything is; begins nothing. */
export function enrolmentUnderWay(gateway: Gateway, owner: Owner): Promise<Enrolment | undefined | Stopped> {
  return asOwner(gateway, owner, FRESH, async (tx, { id }) => {
    const begun = await tx.factors.enrolmentOf(owner.session.id, id, owner.now);
    return begun && enrol(tx.factors, gateway.sealer, enrolmentFor(gateway, owner), begun.label);
  });
}

/** Begins to enrol another authenticator, by the name that its owner gives it. */
export function beginAuthenticator(
  gateway: Gateway,
  owner: Owner,
  typed: string,
): Promise<"begun" | "full" | "label" | Stopped> {
  return asOwner(gateway, owner, FRESH, async (tx, { id }) => {
    const label = newDisplayName(typed);
    if (label === undefined || Array.from(label).length > LABEL_LENGTH) return "label";
    if ((await tx.factors.totpsOf(id)).length >= MOST_AUTHENTICATORS) return "full";
    await enrol(tx.factors, gateway.sealer, enrolmentFor(gateway, owner), label);
    return "begun";
  });
}

/** `refused`: a wrong code, or too many of them. */
export function confirmAuthenticator(
  gateway: Gateway,
  owner: Owner,
  code: string,
): Promise<"confirmed" | "full" | "gone" | "refused" | Stopped> {
  const { now, address } = owner;
  return counted(gateway, owner, "totp", async (tx, account) => {
    const who = enrolmentFor(gateway, owner);
    const { codeTolerance } = gateway.settings;
    const answer = await confirmEnrolment(tx.factors, gateway.sealer, who, code, codeTolerance);
    if (answer === "confirmed")
      await finishSensitive(tx, gateway, owner, account, {
        event: "factor.added",
        factor: "totp",
        mail: ["factor-added", { at: now, address, factor: "totp" }],
      });
    return answer === "wrong" ? "refused" : answer;
  });
}

/** The last one stays: whoever has none enrols anew at the next sign-in, with nothing but the password. */
export function removeAuthenticator(
  gateway: Gateway,
  owner: Owner,
  id: string,
): Promise<"removed" | "last" | "gone" | Stopped> {
  const { now, address } = owner;
  return asOwner(gateway, owner, FRESH, async (tx, account) => {
    const answer = await tx.factors.removeTotp(account.id, id);
    if (answer === "removed")
      await finishSensitive(tx, gateway, owner, account, {
        event: "factor.removed",
        factor: "totp",
        mail: ["factor-removed", { at: now, address, factor: "totp" }],
      });
    return answer;
  });
}

/** New ones, to be shown once; those before are void. */
export function renewRecoveryCodes(gateway: Gateway, owner: Owner): Promise<string[] | Stopped> {
  const { now, address } = owner;
  return asOwner(gateway, owner, FRESH, async (tx, account) => {
    const codes = await makeRecoveryCodes(tx, gateway.sealer, account.id, now);
    await finishSensitive(tx, gateway, owner, account, {
      event: "recovery-codes.made",
      mail: ["recovery-codes-made", { at: now, address }],
    });
    return codes;
  });
}

/** Whether codes by SMS would ever count for this person. */
export function mayUsePhone(
  settings: Pick<Settings, "sms" | "rolePolicies" | "sessions">,
  { roles }: Pick<Account, "roles">,
): boolean {
  return settings.sms && strictest(policiesOf(settings, roles)).sms;
}

/** What a number without its country means to somebody who reads this language. */
const HOME: Record<Language, Country | undefined> = { en: undefined, hu: "HU", ro: "RO" };

/** Sends a code to a number that is to be confirmed; in E.164 for the page that asks for the code. */
export async function sendPhoneCode(
  gateway: Gateway,
  owner: Owner,
  typed: string,
): Promise<{ number: string } | "number" | "refused" | Stopped> {
  const { settings, lanes, store, smsKey } = gateway;
  const { account, now } = owner;
  const number = phoneNumber(typed, HOME[account.language]);
  if (number === undefined) return "number";
  if (!mayUsePhone(settings, account)) return "refused";
  // Nothing is counted for whoever may not ask.
  const may = await asOwner(gateway, owner, FRESH, async (): Promise<"may"> => "may");
  if (may !== "may") return may;
  const said = { event: "sign-in.code-sent", factor: "sms" } as const;
  const consumed = await lanes.consume(lanesOfSms(number, account.id));
  if (!consumed.allowed) {
    await store.transact(async ({ audit }) => {
      await audit.append(eventOf(owner, { ...said, outcome: "failure", reason: "lane-locked" }));
      for (const event of lockEvents(consumed, account, owner)) await audit.append(event);
    });
    return "refused";
  }
  return asOwner(gateway, owner, FRESH, async (tx, { id, language }) => {
    const place = { accountId: id, number };
    const { loginHost: host, smsCaps: caps } = settings;
    const answer = await sendSmsCode(tx, smsKey, { place, to: number, language, host, caps, now });
    if (answer.sent)
      await tx.messages.enqueue({
        message: answer.message,
        accountId: id,
        createdAt: now,
        expiresAt: answer.expiresAt,
      });
    await tx.audit.append(
      eventOf(
        owner,
        answer.sent
          ? { ...said, reason: "confirm-phone" }
          : { ...said, outcome: "failure", reason: `sms-${answer.reason}` },
      ),
    );
    return answer.sent ? { number } : "refused";
  });
}

/** `number` as `sendPhoneCode` gave it: the code is good for no other. */
export function confirmPhone(
  gateway: Gateway,
  owner: Owner,
  number: string,
  typed: string,
): Promise<"confirmed" | "refused" | Stopped> {
  const { now, address } = owner;
  const shape = shapeOf(typed);
  return counted(gateway, owner, "sms", async (tx, account) => {
    const place = { accountId: account.id, number };
    if (!mayUsePhone(gateway.settings, account) || shape?.kind !== "sms") return "refused";
    if (!(await useSmsCode(tx, gateway.smsKey, place, shape.code, now))) return "refused";
    await tx.factors.setPhone(account.id, number, now);
    await finishSensitive(tx, gateway, owner, account, {
      event: "factor.added",
      factor: "sms",
      mail: ["factor-added", { at: now, address, factor: "sms" }],
    });
    return "confirmed";
  });
}

/** Also of a number that was never confirmed, which nobody has to hear of. */
export function removePhone(gateway: Gateway, owner: Owner): Promise<"removed" | Stopped> {
  const { now, address } = owner;
  return asOwner(gateway, owner, FRESH, async (tx, account): Promise<"removed"> => {
    if (await tx.factors.removePhone(account.id))
      await finishSensitive(tx, gateway, owner, account, {
        event: "factor.removed",
        factor: "sms",
        mail: ["factor-removed", { at: now, address, factor: "sms" }],
      });
    else if (account.phone !== undefined)
      await tx.audit.append(eventOf(owner, { event: "account.changed", reason: "phone" }));
    return "removed";
  });
}

/** A code is counted, then looked at. A right one gives its attempt back; a wrong one is in the audit. */
async function counted<R extends string>(
  gateway: Gateway,
  owner: Owner,
  factor: "totp" | "sms",
  judge: (tx: Transaction, account: Account) => Promise<R>,
): Promise<R | "refused" | Stopped> {
  const { store, lanes, settings } = gateway;
  const refuse = async (reason: string, consumed?: Consumed): Promise<"refused"> => {
    await store.transact(async ({ audit, messages }) => {
      await tellOfLocks({ messages }, settings, owner.account, consumed, owner);
      await audit.append(eventOf(owner, { event: "factor.added", outcome: "failure", factor, reason }));
      for (const event of lockEvents(consumed, owner.account, owner)) await audit.append(event);
    });
    return "refused";
  };
  const attempt = lanesOfCode(owner.account.id);
  const consumed = await lanes.consume(attempt);
  if (!consumed.allowed) return refuse("lane-locked", consumed);
  const answer = await asOwner(gateway, owner, FRESH, judge);
  if (answer === "refused") return refuse("code-wrong");
  // It was right, or was never looked at.
  await lanes.refund(attempt).catch(() => undefined);
  return answer;
}

function enrolmentFor({ settings }: Gateway, { account, session, now }: Owner) {
  return {
    accountId: account.id,
    accountName: account.name,
    holder: session.id,
    issuer: settings.organisation,
    now,
  };
}
