/** Rows of users, companies and contacts, in COPY's text format without the line's end. */
import { companyAt, countryOf, fullName, person, plain, STREAMS } from "./identity.ts";
import type { Plan } from "./plan.ts";
import type { Random } from "./random.ts";
import { moment } from "./time.ts";

const ROLES = ["sales", "sales", "sales", "support", "finance", "manager"];
const TAGS = ["vip", "export", "auto", "agro", "new", "risk", "public", "partner", "seasonal", "eu"];
const SOURCES = ["fair", "web", "referral", "cold call", "tender", "old customer"];
const POSITIONS = ["ceo", "buyer", "finance", "warehouse", "it", "production", "assistant", "legal"];

export const USER_COLUMNS = ["id", "full_name", "email", "role", "active", "preferences", "created_at"];

/** One of the staff, by id from 1. */
export function userRow(random: Random, id: number): string {
  const country = countryOf(random.at(STREAMS.user, id));
  const one = person(random, country);
  const email = `${plain(one.given)}.${plain(one.family)}${id}@crm.example`;
  const preferences = `{"language": "${country.language}", "page": ${random.pick([25, 50, 100])}, "theme": "${random.pick(["light", "dark"])}"}`;
  return `${id}\t${fullName(one, country)}\t${email}\t${random.pick(ROLES)}\t${random.chance(90) ? "t" : "f"}\t${preferences}\t${moment(random.below(90), random.below(30_000))}`;
}

export const COMPANY_COLUMNS =
  "id name legal_form country tax_number registration_number postal_code city street phone email website employees owner_id tags details created_at updated_at".split(
    " ",
  );

/** A company, by id from 1. */
export function companyRow(random: Random, id: number, plan: Plan): string {
  const { country, city, name, form, domain } = companyAt(random, id);
  const house = `${random.between(1, 190)}${country.code === "HU" ? "." : ""}`;
  const street = random.pick(country.streets);
  const address = country.code === "HU" ? `${street} ${house}` : `${street} nr. ${house}`;
  const tags = random.chance(50)
    ? `{${random.pick(TAGS)}}`
    : random.chance(50)
      ? "{}"
      : `{${random.pick(TAGS)},"${random.pick(SOURCES)}"}`;
  const details = `{"iban": "${country.code}${random.digits(country.code === "HU" ? 26 : 20)}", "source": "${random.pick(SOURCES)}", "rating": ${random.between(1, 5)}${random.chance(30) ? `, "newsletter": ${random.chance(50)}` : ""}}`;
  const created = random.below(900);
  const second = random.below(34_000);
  return [
    id,
    name,
    form,
    country.code,
    country.taxNumber(random, id),
    country.registrationNumber(random),
    city.postalCode,
    city.name,
    address,
    country.phone(random, city),
    `${random.pick(["info", "iroda", "office", "hello"])}@${domain}`,
    random.chance(80) ? `https://www.${domain}/` : "\\N",
    1 + Math.floor(random.between(1, 30) ** 2 / random.between(1, 30)),
    random.between(1, plan.users),
    tags,
    details,
    moment(created, second),
    moment(created + random.below(400), second),
  ].join("\t");
}

export const CONTACT_COLUMNS =
  "id company_id language family_name given_name position email phone birthday consent created_at".split(" ");

/** A person at a company, by id from 1. */
export function contactRow(random: Random, id: number): string {
  const company = contactsCompany(id);
  const { country, city, domain } = companyAt(random, company);
  random.at(STREAMS.contact, id);
  const one = person(random, country);
  const email = random.chance(92) ? `${plain(one.given)}.${plain(one.family)}@${domain}` : "\\N";
  const born = random.chance(40)
    ? `${random.between(1955, 2003)}-${String(random.between(1, 12)).padStart(2, "0")}-${String(random.between(1, 28)).padStart(2, "0")}`
    : "\\N";
  return `${id}\t${company}\t${country.language}\t${one.family}\t${one.given}\t${random.pick(POSITIONS)}\t${email}\t${country.phone(random, city)}\t${born}\t${random.chance(70) ? "t" : "f"}\t${moment(random.below(1300), random.below(34_000))}`;
}

/** Three contacts to a company. */
export function contactsCompany(contact: number): number {
  return 1 + Math.floor((contact - 1) / 3);
}
