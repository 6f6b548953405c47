/** What differs between the two countries of the sample. The word lists stand in hungary.ts and romania.ts. */
import type { Random } from "./random.ts";

export interface City {
  name: string;
  postalCode: string;
  /** Area code of its telephones, without leading zero. */
  area: string;
}

export interface Country {
  code: "HU" | "RO";
  language: "hu" | "ro";
  currencies: readonly ("HUF" | "RON" | "EUR")[];
  vat: string;
  familyNames: readonly string[];
  givenNames: readonly string[];
  cities: readonly City[];
  streets: readonly string[];
  /** First words of company names, and what the companies do. */
  firms: readonly string[];
  trades: readonly string[];
  forms: readonly string[];
  products: readonly string[];
  units: readonly string[];
  prose: Prose;
  /** Valid by its check digit, and another one for every company up to two million. */
  taxNumber(random: Random, company: number): string;
  registrationNumber(random: Random): string;
  phone(random: Random, city: City): string;
}

/** Parts a sentence is put together from, in this order. */
export interface Prose {
  when: readonly string[];
  who: readonly string[];
  says: readonly string[];
  thing: readonly string[];
  state: readonly string[];
  why: readonly string[];
  next: readonly string[];
  /** Words in front of a date, an amount, a number of an order and a telephone number. */
  date: readonly string[];
  amount: readonly string[];
  order: readonly string[];
  call: readonly string[];
}
