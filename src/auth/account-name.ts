/**
 * What a person may be called, and how what is typed at sign-in is read. Pure.
 *
 * A name is plain ASCII, so no other name can look like it; an e-mail address has one spelling. Whatever is typed has
 * one canonical form or cannot be anybody's: attempts are counted by it, so no spelling may open a second count.
 */
import { domainToASCII } from "node:url";
import { Fault } from "../fault.ts";
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

/** A name for a new account: 2 to 64 characters of a-z, 0-9, `.`, `_` and `-`. Throws ACCOUNT_INVALID. */
export function newName(text: string): string {
  if (!NAME.test(text))
    throw invalid(
      "a name is 2 to 64 characters of a-z, 0-9, dot, hyphen and underscore, and begins and ends with a letter or digit",
      "Choose such a name, for instance anna.kovacs.",
    );
  return text;
}

/** An e-mail address in its one form: lower case, its domain in ASCII. Throws ACCOUNT_INVALID. */
export function newEmail(text: string): string {
  const email = text.length > MOST_TYPED ? undefined : emailOf(folded(text));
  if (email === undefined)
    throw invalid(
      "this is no e-mail address that mail can be sent to",
      "Give an address such as anna@example.hu, without a display name.",
    );
  return email;
}

/** A name to show: 1 to 100 characters (NFC), at least one letter, nothing invisible. Throws ACCOUNT_INVALID. */
export function newDisplayName(text: string): string {
  const name = text
    .slice(0, MOST_TYPED)
    .normalize("NFC")
    .replace(/\p{Zs}+/gu, " ")
    .trim();
  const plain =
    !/\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|\p{M}{4}/u.test(name) && /\p{L}|\p{N}/u.test(name);
  if (!plain || Array.from(name).length > 100)
    throw invalid(
      "a display name is 1 to 100 characters that can be seen, with at least one letter or digit",
      "Write the name as it should stand on pages, without control characters.",
    );
  return name;
}

/** A phone number in E.164, such as +36201234567; spaces and the usual marks may part it. Throws ACCOUNT_INVALID. */
export function newPhone(text: string): string {
  const phone = text
    .slice(0, MOST_TYPED)
    .normalize("NFKC")
    .replace(/[\s()./-]/g, "");
  if (!/^\+[1-9][0-9]{6,14}$/.test(phone))
    throw invalid(
      "a phone number begins with + and the country, and has 7 to 15 digits",
      "Write it in full, such as +36 20 123 4567.",
    );
  return phone;
}

/** One of the languages there are texts in. Throws ACCOUNT_INVALID. */
export function newLanguage(text: string): Language {
  const language = LANGUAGES.find((known) => known === text);
  if (language === undefined)
    throw invalid(`there are no texts in this language`, `Choose one of ${LANGUAGES.join(", ")}.`);
  return language;
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

function invalid(what: string, todo: string): Fault {
  return new Fault("ACCOUNT_INVALID", what, todo);
}
