/**
 * Recovery codes: what opens an account whose authenticator is lost. Pure.
 *
 * Ten of 80 random bits each, in Crockford's Base32 (no I, L, O, U; read leniently), shown once. They are kept as
 * HMAC-SHA-256 under a key of their set, and that key lies sealed: whoever copies the database alone cannot even
 * begin to guess, one set's guesses are worth nothing for another, and the gateway's own keys can be rotated without
 * ending anybody's codes. With so many random bits a slow hash would add nothing but its time.
 */
import { createHmac, randomBytes, randomInt } from "node:crypto";

export const RECOVERY_CODES = 10;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 16;
const CANONICAL = /^[0-9a-hjkmnp-tv-z]{16}$/;
/** No code that a person types is longer, however it is spaced. */
const LONGEST_INPUT = 64;

export interface RecoverySet {
  /** As shown to the person, once: `k3f8-x2mq-…`. */
  codes: string[];
  /** 32 bytes, to be sealed. */
  key: Buffer;
  /** What lies in the database for each code. */
  hashes: Buffer[];
}

/** A fresh set. */
export function newRecoverySet(): RecoverySet {
  const key = randomBytes(32);
  const made = new Set<string>();
  while (made.size < RECOVERY_CODES) made.add(newCode());
  const codes = [...made];
  return {
    codes: codes.map((code) => (code.match(/.{4}/g) ?? []).join("-")),
    key,
    hashes: codes.map((code) => recoveryCodeHash(key, code)),
  };
}

/**
 * The code a person typed, in its one form: without blanks and dashes, lower case, the letters o, i and l read as
 * the digits they look like. Undefined for what cannot be a recovery code.
 */
export function canonicalRecoveryCode(text: string): string | undefined {
  if (text.length > LONGEST_INPUT) return undefined;
  const code = text
    .replace(/[\s\u2010-\u2015-]/g, "")
    .toLowerCase()
    .replace(/o/g, "0")
    .replace(/[il]/g, "1");
  return CANONICAL.test(code) ? code : undefined;
}

/** @param code in its canonical form */
export function recoveryCodeHash(key: Buffer, code: string): Buffer {
  return createHmac("sha256", key).update(code).digest();
}

function newCode(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
