/**
 * The rules of second factors: who has to enrol, which kinds will do, and whether a code is right. One field takes all
 * codes, since their shapes differ: six digits are an authenticator's, eight came by SMS, sixteen letters and digits are
 * a recovery code. So one attempt is a guess at one kind only.
 *
 * Whoever calls `verifyCode` has consumed the account's `codes` lane before, and judges account, epoch and lock
 * after it in the same transaction.
 */
import { randomUUID } from "node:crypto";
import type { Policy } from "./application.ts";
import { canonicalRecoveryCode, newRecoverySet, recoveryCodeHash } from "./recovery-code.ts";
import type { Sealer } from "./sealed.ts";
import { SMS_DIGITS, useSmsCode } from "./sms-code.ts";
import type { Factors, FactorsOf } from "./store/factors.ts";
import type { SmsCodes } from "./store/sms-codes.ts";
import { matchStep } from "./totp.ts";

export type FactorKind = "totp" | "sms" | "recovery-code" | "passkey";
/** What is typed. */
export type CodeKind = Exclude<FactorKind, "passkey">;

/** What roles and application demand, taken together (`strictest` of application.ts). */
export type FactorPolicy = Pick<Policy, "secondFactor" | "sms">;

/** Nothing opens for whoever has none: the sign-in goes on to enrolment. */
export function mustEnrol({ totps, recoveryCodesLeft }: FactorsOf): boolean {
  return totps.length === 0 && recoveryCodesLeft === 0;
}

/**
 * The kinds whose codes count, in the order pages offer them. SMS only ever beside an authenticator. A recovery code
 * counts everywhere: who lost an authenticator may be the only administrator. The session says that it was one. So
 * does a passkey, which is no weaker than an authenticator.
 */
export function usableKinds(factors: FactorsOf, { sms }: FactorPolicy): FactorKind[] {
  const kinds: FactorKind[] = [];
  if (factors.passkeys > 0) kinds.push("passkey");
  if (factors.totps.length > 0) kinds.push("totp");
  if (sms && factors.phone !== undefined && factors.totps.length > 0) kinds.push("sms");
  if (factors.recoveryCodesLeft > 0) kinds.push("recovery-code");
  return kinds;
}

export interface FactorTransaction {
  factors: Factors;
  smsCodes: SmsCodes;
}

export interface FactorSecrets {
  sealer: Sealer;
  /** Of the hashes of SMS codes. */
  smsKey: Buffer;
}

export interface CodeAttempt {
  accountId: string;
  /** Without one, as in a session that steps up, no code by SMS counts. */
  signInId?: string | undefined;
  /** From `usableKinds`. */
  kinds: readonly FactorKind[];
  /** As the person typed it. */
  code: string;
  now: Date;
  /** Of authenticators, in steps. */
  tolerance?: 0 | 1;
}

/**
 * malformed: no code of ours; not-allowed: a kind that does not count here; used: was right, once; wrong: all else,
 * expired too. For the audit: the person is told the same each time.
 */
export type CodeRefusal = "malformed" | "not-allowed" | "used" | "wrong";

export type CodeAnswer =
  { right: true; factor: FactorKind; totpId?: string } | { right: false; reason: CodeRefusal };

/**
 * Judges a code and uses it up: a right one is right once, of however many that try it at the same time. In a
 * transaction; what is rolled back was not used.
 */
export async function verifyCode(
  tx: FactorTransaction,
  secrets: FactorSecrets,
  attempt: CodeAttempt,
): Promise<CodeAnswer> {
  const { accountId, signInId, kinds, now } = attempt;
  const shape = shapeOf(attempt.code);
  if (shape === undefined) return no("malformed");
  if (!kinds.includes(shape.kind)) return no("not-allowed");
  switch (shape.kind) {
    case "totp":
      return verifyTotp(tx, secrets.sealer, attempt, shape.code);
    case "sms": {
      if (signInId === undefined) return no("not-allowed");
      const right = await useSmsCode(tx, secrets.smsKey, { signInId }, shape.code, now);
      return right ? { right, factor: "sms" } : no("wrong");
    }
    case "recovery-code":
      return verifyRecoveryCode(tx, secrets.sealer, accountId, shape.code, now);
  }
}

/** Which kind of code this is, by its shape alone; undefined when it is none. Blanks are fine, other digits not. */
export function shapeOf(text: string): { kind: CodeKind; code: string } | undefined {
  if (text.length > 64) return undefined;
  const bare = text.replace(/\s/g, "");
  if (/^[0-9]{6}$/.test(bare)) return { kind: "totp", code: bare };
  if (bare.length === SMS_DIGITS && /^[0-9]+$/.test(bare)) return { kind: "sms", code: bare };
  const recovery = canonicalRecoveryCode(text);
  return recovery === undefined ? undefined : { kind: "recovery-code", code: recovery };
}

/** Ten new recovery codes, to be shown once; the old ones are void. In a transaction. */
export async function makeRecoveryCodes(
  { factors }: Pick<FactorTransaction, "factors">,
  sealer: Sealer,
  accountId: string,
  now: Date,
): Promise<string[]> {
  const setId = randomUUID();
  const { codes, key, hashes } = newRecoverySet();
  await factors.replaceRecoveryCodes(
    accountId,
    { id: setId, key: sealer.seal(key, recoverySetContext(setId)), hashes },
    now,
  );
  return codes;
}

/** What the secret of an authenticator is sealed for. */
export const totpContext = (totpId: string): string => `totp:${totpId}`;
const recoverySetContext = (setId: string): string => `recovery-set:${setId}`;

async function verifyTotp(
  { factors }: Pick<FactorTransaction, "factors">,
  sealer: Sealer,
  { accountId, now, tolerance }: CodeAttempt,
  code: string,
): Promise<CodeAnswer> {
  let reason: CodeRefusal = "wrong";
  for (const { id, secret, lastStep } of await factors.totpsOf(accountId)) {
    const plain = sealer.open(secret, totpContext(id)).toString("ascii");
    const step = matchStep(plain, code, now, lastStep, tolerance);
    if (step !== undefined && (await factors.claimStep(id, step)))
      return { right: true, factor: "totp", totpId: id };
    if (step !== undefined || matchStep(plain, code, now, undefined, tolerance) !== undefined)
      reason = "used";
  }
  return no(reason);
}

async function verifyRecoveryCode(
  { factors }: Pick<FactorTransaction, "factors">,
  sealer: Sealer,
  accountId: string,
  code: string,
  now: Date,
): Promise<CodeAnswer> {
  const set = await factors.recoverySetOf(accountId);
  if (set === undefined) return no("wrong");
  const hash = recoveryCodeHash(sealer.open(set.key, recoverySetContext(set.id)), code);
  const answer = await factors.useRecoveryCode(set.id, hash, now);
  if (answer === "used") return { right: true, factor: "recovery-code" };
  return no(answer === "before" ? "used" : "wrong");
}

const no = (reason: CodeRefusal): CodeAnswer => ({ right: false, reason });
