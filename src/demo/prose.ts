/** What people write into a CRM: short sentences, with the dates, sums and numbers that make notes hard to compress. */
import type { Country } from "./country.ts";
import { fullName, person } from "./identity.ts";
import type { Random } from "./random.ts";
import { day } from "./time.ts";

/** Sentences of a country's language, parted by spaces and sometimes by `\n`, the escape of COPY's text format. */
export function sentences(random: Random, country: Country, count: number): string {
  let text = sentence(random, country);
  for (let n = 1; n < count; n++) text += (random.chance(12) ? "\\n" : " ") + sentence(random, country);
  return text;
}

function sentence(random: Random, country: Country): string {
  const { prose } = country;
  const drawn = random.next();
  const who = drawn & 3 ? random.pick(prose.who) : fullName(person(random, country), country);
  const claim = `${random.pick(prose.when)} ${who} ${random.pick(prose.says)} ${random.pick(prose.thing)} ${random.pick(prose.state)}`;
  const why = drawn & 4 ? ` ${random.pick(prose.why)}` : "";
  const fact = drawn & 24 ? `, ${detail(random, country, (drawn >>> 5) & 7)}` : "";
  const next = drawn & 256 ? `. ${random.pick(prose.next)}` : "";
  return `${claim}${why}${fact}${next}.`;
}

function detail(random: Random, country: Country, kind: number): string {
  const { prose } = country;
  switch (kind) {
    case 0:
    case 1:
      return `${random.pick(prose.date)} ${day(random.between(0, 1400))}`;
    case 2:
    case 3:
      return `${random.pick(prose.amount)} ${random.between(11, 9999)} ${random.digits(3)} ${random.pick(country.currencies)}`;
    case 4:
    case 5:
      return `${random.pick(prose.order)} ${random.pick(["A", "B", "K", "M", "SZ", "R"])}-${random.digits(7)}`;
    case 6:
      return `${random.between(2, 480)} ${random.pick(country.units)} ${random.pick(country.products)}`;
    default:
      return `${random.pick(prose.call)} ${country.phone(random, random.pick(country.cities))}`;
  }
}
