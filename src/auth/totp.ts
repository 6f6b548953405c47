/**
 * Codes of authenticators: TOTP (RFC 6238) as every such app knows it: SHA-1, 6 digits, a new code each 30 seconds.
 * Pure. The only file that knows otplib, whose traps end here: it throws for codes that are malformed and for a
 * step that lies in the future.
 */
import { generateSecret, verifySync } from "otplib";

const STEP_SECONDS = 30;

/** 160 bits, as RFC 4226 (section 4, R6) recommends for SHA-1. */
const SECRET_BYTES = 20;
const SIX_DIGITS = /^[0-9]{6}$/;
/** No code that a person types is longer, however many blanks are in it. */
const LONGEST_INPUT = 64;

/** A new random secret in Base32, as authenticators take it from a QR code or from a person who types it. */
export function newSecret(): string {
  return generateSecret({ length: SECRET_BYTES });
}

/**
 * What the QR code holds: the Key URI that authenticators agree on. Colons stand between issuer and account there,
 * encoded ones too, so they become blanks in both; everything else is percent-encoded (a blank as %20: several
 * apps show the + of form encoding as it is).
 */
export function otpauthUri({
  issuer,
  account,
  secret,
}: {
  issuer: string;
  account: string;
  secret: string;
}): string {
  const from = encodeURIComponent(withoutColons(issuer));
  const label = `${from}:${encodeURIComponent(withoutColons(account))}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${from}&algorithm=SHA1&digits=6&period=${STEP_SECONDS}`;
}

/** The 30-second step that a time lies in. */
export function stepAt(now: Date): number {
  return Math.floor(now.getTime() / 1000 / STEP_SECONDS);
}

/**
 * The step that `code` belongs to, or undefined when it is no right code now. Only a step after `afterStep` (the last
 * one that was used) counts, so that no code opens twice; with a clock that was set back nothing matches until it
 * has caught up. Blanks in the code are fine ("123 456"), digits of other scripts are not. Whoever acts on the answer
 * has to claim the step: of many that ask at once, each gets it.
 *
 * @param secret Base32
 * @param tolerance steps before and after the present one that count too; 1 for clocks that are off, 0 is stricter
 */
export function matchStep(
  secret: string,
  code: string,
  now: Date,
  afterStep: number | undefined,
  tolerance: 0 | 1 = 0,
): number | undefined {
  const token = digitsOf(code);
  if (token === undefined) return undefined;
  const present = stepAt(now);
  const steps = tolerance === 0 ? [present] : [present, present - 1, present + 1];
  return steps
    .filter((step) => step >= 0 && step > (afterStep ?? -1))
    .find((step) => verifySync({ secret, token, epoch: step * STEP_SECONDS }).valid);
}

function digitsOf(code: string): string | undefined {
  if (code.length > LONGEST_INPUT) return undefined;
  const digits = code.replace(/\s/g, "");
  return SIX_DIGITS.test(digits) ? digits : undefined;
}

function withoutColons(text: string): string {
  return text.replaceAll(":", " ").trim();
}
