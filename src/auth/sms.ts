/** What an SMS with a code says, how many parts it is billed as, and what is a phone number. Pure. */

import type { Language } from "./settings.ts";

/** So short that with their accents and a usual host they still fit into one part. */
const SENTENCES: Record<Language, (code: string) => string> = {
  en: (code) => `Your code: ${code}. Never tell it to anybody!`,
  hu: (code) => `Kódja: ${code}. Ne adja meg senkinek!`,
  ro: (code) => `Cod: ${code}. Nu îl spuneți nimănui!`,
};

/**
 * The text with a code. Its last line binds the code to the login host, as browsers and phones read it: they offer to
 * fill it in there and nowhere else. Accents are kept while one part holds them; else they are left off, since a
 * second part costs as much again.
 *
 * @param host of the login pages, without port
 */
export function codeText(language: Language, code: string, host: string): string {
  const text = `${SENTENCES[language](code)}\n@${host} #${code}`;
  return smsParts(text) === 1 ? text : plainest(text);
}

/**
 * How many parts a text is sent and billed as: 160 characters of the GSM alphabet (3GPP TS 23.038), 153 in each of
 * several; with any other character 70 and 67 UTF-16 units.
 */
export function smsParts(text: string): number {
  const septets = gsmSeptets(text);
  const [length, single, each] = septets === undefined ? [text.length, 70, 67] : [septets, 160, 153];
  return length <= single ? 1 : Math.ceil(length / each);
}

const GSM_BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Sent as two characters. */
const GSM_EXTENDED = new Set("\f^{}\\[~]|€");

function gsmSeptets(text: string): number | undefined {
  let septets = 0;
  for (const character of text) {
    if (GSM_BASIC.has(character)) septets += 1;
    else if (GSM_EXTENDED.has(character)) septets += 2;
    else return undefined;
  }
  return septets;
}

/** Without the accents that the GSM alphabet lacks: ő becomes o, while ö stays. */
function plainest(text: string): string {
  return Array.from(text, (character) =>
    GSM_BASIC.has(character) ? character : character.normalize("NFD").replace(/\p{M}/gu, ""),
  ).join("");
}

export type Country = "HU" | "RO";

/** Trunk prefix at home, and what a mobile number looks like; a landline gets no SMS. */
const COUNTRIES: Record<Country, { code: string; trunk: string; mobile: RegExp }> = {
  HU: { code: "+36", trunk: "06", mobile: /^\+36(20|30|31|50|70)[0-9]{7}$/ },
  RO: { code: "+40", trunk: "0", mobile: /^\+407[0-9]{8}$/ },
};

/** E.164: at most 15 digits. */
const E164 = /^\+[1-9][0-9]{6,14}$/;
const LONGEST_INPUT = 40;

/**
 * A phone number as a person writes it, in E.164 (`+36201234567`); undefined for what is none, or none of a mobile
 * phone where we know what those look like. Blanks, dashes, dots, slashes and brackets may be in it.
 *
 * @param home what a number without its country means: 06 20 … in Hungary, 07… in Romania
 */
export function phoneNumber(text: string, home?: Country): string | undefined {
  if (text.length > LONGEST_INPUT) return undefined;
  const bare = text.replace(/\(0\)/g, "").replace(/[\s./()\u2010-\u2015-]/g, "");
  if (!/^\+?[0-9]+$/.test(bare)) return undefined;
  const number = withCountry(bare, home);
  if (number === undefined || !E164.test(number)) return undefined;
  const known = Object.values(COUNTRIES).find(({ code }) => number.startsWith(code));
  return known === undefined || known.mobile.test(number) ? number : undefined;
}

function withCountry(bare: string, home: Country | undefined): string | undefined {
  if (bare.startsWith("+")) return bare;
  if (bare.startsWith("00")) return `+${bare.slice(2)}`;
  if (home === undefined) return undefined;
  const { code, trunk } = COUNTRIES[home];
  return bare.startsWith(trunk) ? code + bare.slice(trunk.length) : undefined;
}

/** How a number is shown to whoever has only given a password: `+36 … 67`. */
export function maskedPhone(number: string): string {
  return `${number.slice(0, 3)} … ${number.slice(-2)}`;
}
