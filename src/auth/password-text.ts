/** A password as text: one form for everything that looks at it, and how long it may be. Pure. */

/** A known device signs in with the password alone, so this is the least (NIST SP 800-63B-4, 3.1.1.2). */
export const LEAST_LENGTH = 15;
/** In code points of the normalised form. */
export const MOST_LENGTH = 128;

/**
 * No more than four code points of two units each become one by NFKC, which never drops any. What is longer than this
 * is too long without being normalised, so that a megabyte costs nothing.
 */
const MOST_UNITS = MOST_LENGTH * 4 * 2;

/**
 * The form of a password that is judged, hashed and compared: NFKC, so that two keyboards that write one letter in two
 * ways mean the same password. Nothing is trimmed, cut or folded otherwise. Normalising twice changes nothing.
 */
export function normalisePassword(text: string): string {
  return text.normalize("NFKC");
}

/**
 * In: a password as it was typed. Out: its normalised form, or why there is none. `not-text` has half a surrogate
 * pair: in UTF-8 all of these become the same replacement character, and different passwords would be one.
 */
export function readPassword(text: string): { text: string } | { refused: "too-long" | "not-text" } {
  if (text.length > MOST_UNITS) return { refused: "too-long" };
  if (!text.isWellFormed()) return { refused: "not-text" };
  const normal = normalisePassword(text);
  return lengthOf(normal) > MOST_LENGTH ? { refused: "too-long" } : { text: normal };
}

/** Length in code points, which is what people count as characters most of the time. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}
