/** Whether a secret was made by a random generator, as far as one can tell by looking at it. Pure. */
import { Fault } from "../fault.ts";

/** OWASP ASVS 11.2.3 asks for 128 bits of security at least; a key has 256. */
const LEAST_BYTES = 32;

/**
 * In: a secret as text, base64 (also base64url) or hexadecimal, of at least 32 random bytes; `what` names it.
 * Out: the bytes. Throws SECRET_WEAK for what is short, no such encoding, or plainly not random: a phrase, a
 * repeated pattern, the zeros of an example.
 */
export function strongSecret(text: string, what: string): Buffer {
  const weak = (why: string): Fault =>
    new Fault(
      "SECRET_WEAK",
      `${what} ${why}`,
      "Make a new one: `openssl rand -base64 32`, or all of them with `lakat gateway secrets`.",
    );
  const bytes = decode(text.trim());
  if (bytes === undefined) throw weak("is neither base64 nor hexadecimal");
  if (bytes.length < LEAST_BYTES) throw weak(`has ${bytes.length} bytes, and ${LEAST_BYTES} are the least`);
  // Of 32 random bytes about 30 differ; fewer than 20 come by chance once in more than 10^12 keys.
  if (new Set(bytes).size < 20 || isTyped(bytes) || isCounting(bytes) || isPhrase(text.trim()))
    throw weak("does not look random");
  return bytes;
}

function decode(text: string): Buffer | undefined {
  if (/^[0-9a-fA-F]+$/.test(text) && text.length % 2 === 0) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return Buffer.from(text, "base64");
  return undefined;
}

/** Only what a keyboard has: text that somebody encoded. 32 random bytes are so once in more than 10^13 keys. */
function isTyped(bytes: Buffer): boolean {
  return /^[\t\n\r\x20-\x7e]+$/.test(bytes.toString("latin1"));
}

/** Bytes that count up, as keys in examples do: of 31 random steps about 29 differ. */
function isCounting(bytes: Buffer): boolean {
  const steps = new Set<number>();
  for (let i = 1; i < bytes.length; i++) steps.add(((bytes[i] ?? 0) - (bytes[i - 1] ?? 0)) & 0xff);
  return steps.size < 15;
}

/**
 * Text that somebody typed and that happens to be base64 or hexadecimal: letters of one case only, a word of examples,
 * a row of the keyboard. By chance once in some 10^5 keys; then another one is made.
 */
function isPhrase(text: string): boolean {
  const isHex = /^[0-9a-fA-F]+$/.test(text);
  if (!isHex && (text === text.toLowerCase() || text === text.toUpperCase())) return true;
  return /secret|change|example|passw|lakat|insecure|default|01234567|12345678|abcdefgh|qwertz|qwerty/i.test(
    text,
  );
}
