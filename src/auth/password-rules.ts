/**
 * Which passwords may be chosen: NIST SP 800-63B-4, 3.1.1.2, and OWASP ASVS 5.0, 6.2. Length, no list they stand on,
 * and an estimate; no rules about kinds of characters and no expiry, both of which make passwords worse. Pure.
 */
import { contextWordIn, contextWords, isCommon } from "./password-list.ts";
import { weaknessOf, type Weakness } from "./password-strength.ts";
import { LEAST_LENGTH, lengthOf, MOST_LENGTH, readPassword } from "./password-text.ts";

/** Why a password is refused: a stable word and what a sentence about it needs (src/auth/words/password.ts). */
export type PasswordReason =
  | { reason: "too-short"; least: number }
  | { reason: "too-long"; most: number }
  /** No text that could be typed again: half a surrogate pair. */
  | { reason: "not-text" }
  | { reason: "common" }
  /** `word` belongs to the account or the company; lower case, without accents. */
  | { reason: "context"; word: string }
  | { reason: "weak"; weakness: Weakness }
  | { reason: "breached" }
  /** The list of breached passwords gave no answer. */
  | { reason: "unchecked" };

export type PasswordVerdict = { ok: true } | { ok: false; reasons: PasswordReason[] };

/** Passwords known from breaches of other services. */
export interface BreachedPasswords {
  /** In: a normalised password. Rejects, with a Fault, when it cannot say; that is no "no". */
  has(password: string): Promise<boolean>;
}

export interface PasswordRules {
  /** In characters (code points); fewer than 15 count as 15. */
  least: number;
  /** Name of the company, the product, and whatever else an outsider would try. */
  words: readonly string[];
  /** All that are asked; none is fine, since the bundled list always counts. */
  breached: readonly BreachedPasswords[];
  /** Hears why a list of breached passwords gave no answer. */
  tell: (error: unknown) => void;
}

/** What is known of the one who chooses. */
export interface PasswordOwner {
  name: string;
  displayName: string;
  email: string;
}

/**
 * Judges a password that somebody wants to have, typed as it is (not normalised). Reports every reason that can be
 * acted on at once. Lists of breached passwords are asked only about a password that is good otherwise; one that
 * cannot be asked refuses (`unchecked`). Never rejects.
 */
export async function judgePassword(
  password: string,
  owner: PasswordOwner,
  { least, words, breached, tell }: PasswordRules,
): Promise<PasswordVerdict> {
  const read = readPassword(password);
  if ("refused" in read)
    return refuse(
      read.refused === "too-long" ? { reason: "too-long", most: MOST_LENGTH } : { reason: "not-text" },
    );
  const { text } = read;
  const known = [owner.name, owner.displayName, owner.email, ...words];
  const reasons: PasswordReason[] = [];

  const shortest = Math.max(LEAST_LENGTH, least);
  if (lengthOf(text) < shortest) reasons.push({ reason: "too-short", least: shortest });
  if (isCommon(text)) reasons.push({ reason: "common" });
  const word = contextWordIn(text, known);
  if (word !== undefined) reasons.push({ reason: "context", word });
  if (reasons.length > 0) return refuse(...reasons);

  const weakness = weaknessOf(text, contextWords(known));
  if (weakness !== undefined) return refuse({ reason: "weak", weakness });

  try {
    for (const list of breached) if (await list.has(text)) return refuse({ reason: "breached" });
  } catch (error) {
    tell(error);
    return refuse({ reason: "unchecked" });
  }
  return { ok: true };
}

function refuse(...reasons: PasswordReason[]): PasswordVerdict {
  return { ok: false, reasons };
}
