/**
 * What a person may be called, and how what is typed at sign-in is read. Pure.
 *
 * A name is plain ASCII, so no other name can look like it; an e-mail address has one spelling. Whatever is typed has
 * one canonical form or cannot be anybody's: attempts are counted by it, so no spelling may open a second count.
 */
import { domainToASCII } from "node:url";
import type { Language } from "./settings.ts";

/** Those there are texts in. */
export const LANGUAGES: readonly Language[] = ["en", "hu", "ro"];

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]$/;
/** RFC 5321 mailbox with a dot-string: no quotes, no comments. */
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN =
  /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Longer than anything that could be an identifier, in any spelling of it. */
const MOST_TYPED = 1000;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Cc}|\p{Cf}/gu;

/**
 * The one form of a name or an e-mail address, however it is typed: in capitals, wide letters, with spaces around it
 * or characters in it that nobody sees. Undefined for what no account can be called.
 */
export function canonicalIdentifier(typed: string): string | undefined {
  if (typed.length > MOST_TYPED) return undefined;
  const text = folded(typed);
  return text.includes("@") ? emailOf(text) : NAME.test(text) ? text : undefined;
}

/** A name for a new account: 2 to 64 characters of a-z, 0-9, `.`, `_` and `-`, with one of the first two at each end. */
export function newName(text: string): string | undefined {
  return NAME.test(text) ? text : undefined;
}

/** An e-mail address in its one form: lower case, its domain in ASCII (RFC 5890). */
export function newEmail(text: string): string | undefined {
  return text.length > MOST_TYPED ? undefined : emailOf(folded(text));
}

/** A name to show: 1 to 100 characters (NFC), with at least one letter or digit, and nothing that cannot be seen. */
export function newDisplayName(text: string): string | undefined {
  if (text.length > MOST_TYPED) return undefined;
  const name = text
    .normalize("NFC")
    .replace(/\p{Zs}+/gu, " ")
    .trim();
  const hidden = /\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|\p{M}{4}/u.test(name);
  return !hidden && /\p{L}|\p{N}/u.test(name) && Array.from(name).length <= 100 ? name : undefined;
}

/** A phone number in E.164, such as +36201234567; spaces and the usual marks may part it. */
export function newPhone(text: string): string | undefined {
  if (text.length > MOST_TYPED) return undefined;
  const phone = text.normalize("NFKC").replace(/[\s()./-]/g, "");
  return /^\+[1-9][0-9]{6,14}$/.test(phone) ? phone : undefined;
}

/** One of the languages there are texts in. */
export function newLanguage(text: string): Language | undefined {
  return LANGUAGES.find((known) => known === text);
}

/** NFKC may bring capitals, and lower case what NFKC folds again; after the second time nothing changes. */
function folded(typed: string): string {
  const once = (text: string): string => text.normalize("NFKC").toLowerCase().replace(INVISIBLE, "");
  return once(once(typed)).trim();
}

function emailOf(text: string): string | undefined {
  const [local = "", written = "", ...more] = text.split("@");
  // What the function below would decode, or take for a number, is no domain.
  if (more.length > 0 || !LOCAL_PART.test(local) || /[\s%:/?#[\]\\]/.test(written)) return undefined;
  const domain = domainToASCII(written);
  const email = `${local}@${domain}`;
  return DOMAIN.test(domain) && local.length <= 64 && email.length <= 254 ? email : undefined;
}
