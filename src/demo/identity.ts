/** Who the sample's companies, contacts and users are: found again from their number alone. */
import type { City, Country } from "./country.ts";
import { hungary } from "./hungary.ts";
import type { Random } from "./random.ts";
import { romania } from "./romania.ts";

/** Numbers of the random streams, one for each kind of row; changing one changes all data. */
export const STREAMS = {
  user: 1,
  company: 2,
  contact: 3,
  deal: 4,
  invoice: 5,
  line: 6,
  call: 7,
  note: 8,
  document: 9,
} as const;

export interface Company {
  country: Country;
  city: City;
  name: string;
  form: string;
  domain: string;
}

export interface Person {
  family: string;
  given: string;
}

/** Company `id`; leaves `random` behind the draws it took, so that its other columns can follow. */
export function companyAt(random: Random, id: number): Company {
  random.at(STREAMS.company, id);
  const country = countryOf(random);
  const firm = random.pick(country.firms);
  const trade = random.pick(country.trades);
  const form = random.pick(country.forms);
  // A family name and a number keep the names apart, as in the register of companies.
  const founder = random.chance(40) ? ` ${random.pick(country.familyNames)}` : "";
  const name = `${firm}${founder} ${trade} ${form}`;
  const domain = `${plain(firm)}${founder === "" ? "" : `-${plain(founder.trim())}`}-${id}.example`;
  return { country, city: random.pickOften(country.cities), name, form, domain };
}

/** A person of a country; the language decides which name is said first. */
export function person(random: Random, country: Country): Person {
  return { family: random.pickOften(country.familyNames), given: random.pickOften(country.givenNames) };
}

/** How the person is called in full: family name first in Hungarian, last in Romanian. */
export function fullName(one: Person, country: Country): string {
  return country.language === "hu" ? `${one.family} ${one.given}` : `${one.given} ${one.family}`;
}

/** The country of the next company or person: drawn, not looked up. */
export function countryOf(random: Random): Country {
  return random.chance(58) ? hungary : romania;
}

const known = new Map<string, string>();

/** Lower-case letters of the English alphabet, for addresses. */
export function plain(text: string): string {
  let made = known.get(text);
  if (made === undefined) {
    made = text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[^a-z]+/g, "-")
      .replace(/^-|-$/g, "");
    known.set(text, made);
  }
  return made;
}
