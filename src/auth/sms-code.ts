/**
 * Flow: a code goes out by SMS, for a sign-in or to confirm a number. Nothing is sent here: the message is handed
 * back for the queue, in the same transaction, so that it goes out exactly when all of this is true.
 */
import { createHmac, randomInt } from "node:crypto";
import type { SmsBudget, SmsCaps } from "./store/sms-budget.ts";
import type { Sent, SmsCodes, SmsPlace } from "./store/sms-codes.ts";
import type { Language } from "./settings.ts";
import { codeText, smsParts } from "./sms.ts";

/** Eight digits, so that one field takes them beside the six of an authenticator. */
export const SMS_DIGITS = 8;
export const SMS_MINUTES = 10;
/** For one sign-in. */
export const SMS_SENDS = 3;
export const SMS_PAUSE_SECONDS = 60;

export interface SmsTransaction {
  smsCodes: SmsCodes;
  smsBudget: SmsBudget;
}

export interface SmsRequest {
  place: SmsPlace;
  /** E.164; for a sign-in the confirmed number of its account. */
  to: string;
  language: Language;
  /** Of the login pages. */
  host: string;
  caps: SmsCaps;
  now: Date;
}

export type SmsRefusal = "over" | "pause" | "sends" | "number" | "day";

export type SmsAnswer =
  | { sent: true; message: { kind: "sms"; to: string; text: string }; expiresAt: Date }
  /** over: the sign-in; pause: the last one went out just now; sends: all of them; number, day: the budget's caps. */
  | { sent: false; reason: SmsRefusal };

/** @param key 32 bytes that are not in the database: a code is so short that its bare hash would give it away */
export async function sendSmsCode(
  tx: SmsTransaction,
  key: Buffer,
  { place, to, language, host, caps, now }: SmsRequest,
): Promise<SmsAnswer> {
  const before = await tx.smsCodes.lock(place, now);
  const no = before === undefined ? "over" : refusal(before, now);
  if (no !== undefined) return { sent: false, reason: no };
  const code = String(randomInt(10 ** SMS_DIGITS)).padStart(SMS_DIGITS, "0");
  const text = codeText(language, code, host);
  const budget = await tx.smsBudget.claim(to, smsParts(text), caps, now);
  if (budget !== "granted") return { sent: false, reason: budget };
  const expiresAt = new Date(now.getTime() + SMS_MINUTES * 60_000);
  await tx.smsCodes.put(place, smsCodeHash(key, place, code), now, expiresAt);
  return { sent: true, message: { kind: "sms", to, text }, expiresAt };
}

/** Whether this is the code that went out for this place; it is used by that. */
export async function useSmsCode(
  { smsCodes }: Pick<SmsTransaction, "smsCodes">,
  key: Buffer,
  place: SmsPlace,
  code: string,
  now: Date,
): Promise<boolean> {
  return smsCodes.use(place, smsCodeHash(key, place, code), now);
}

/** How far the sending for one place has come. */
export interface SmsState {
  sent: number;
  /** Whole seconds until another one may go out; undefined when none will. */
  wait: number | undefined;
}

/** For the page that offers to send one. Budget and lanes may still say no. */
export function smsState({ sent, sentAt }: Sent, now: Date): SmsState {
  if (sent >= SMS_SENDS) return { sent, wait: undefined };
  const left = sentAt === undefined ? 0 : sentAt.getTime() + SMS_PAUSE_SECONDS * 1000 - now.getTime();
  return { sent, wait: Math.max(0, Math.ceil(left / 1000)) };
}

/** A clock that was set back asks for patience, never for one more message. */
function refusal({ sent, sentAt }: Sent, now: Date): "pause" | "sends" | undefined {
  if (sent >= SMS_SENDS) return "sends";
  if (sentAt !== undefined && now.getTime() < sentAt.getTime() + SMS_PAUSE_SECONDS * 1000) return "pause";
  return undefined;
}

function smsCodeHash(key: Buffer, place: SmsPlace, code: string): Buffer {
  const where = "signInId" in place ? ["sign-in", place.signInId] : ["phone", place.accountId, place.number];
  return createHmac("sha256", key)
    .update(["sms", ...where, code].join("\n"))
    .digest();
}
