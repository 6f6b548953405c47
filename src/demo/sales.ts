/** Rows of deals, invoices and their lines, in COPY's text format without the line's end. */
import type { Country } from "./country.ts";
import { companyAt, STREAMS } from "./identity.ts";
import type { Plan } from "./plan.ts";
import type { Random } from "./random.ts";
import { day, moment } from "./time.ts";

type Currency = Country["currencies"][number];

const STAGES = [
  ["new", 10],
  ["qualified", 30],
  ["offer", 50],
  ["negotiation", 70],
  ["won", 100],
  ["won", 100],
  ["lost", 0],
] as const;

export const DEAL_COLUMNS =
  "id company_id contact_id owner_id title stage amount currency probability expected_close created_at".split(
    " ",
  );

/** A deal, by id from 1. */
export function dealRow(random: Random, id: number, plan: Plan): string {
  const company = 1 + ((id - 1) % plan.companies);
  const { country } = companyAt(random, company);
  random.at(STREAMS.deal, id);
  const [stage, probability] = random.pick(STAGES);
  const currency = random.pick(country.currencies);
  const created = random.below(1200);
  const contact = 3 * company - random.below(3);
  const title = `${random.pick(country.products)}, ${random.between(2, 400)} ${random.pick(country.units)}`;
  return `${id}\t${company}\t${contact}\t${random.between(1, plan.users)}\t${title}\t${stage}\t${cents(price(random, currency) * random.between(2, 90))}\t${currency}\t${probability}\t${day(created + random.between(10, 200))}\t${moment(created, random.below(34_000))}`;
}

interface Line {
  description: string;
  /** Hundredths. */
  quantity: number;
  unit: string;
  /** Hundredths of the currency. */
  unitPrice: number;
}

interface Invoice {
  company: number;
  country: Country;
  currency: Currency;
  lines: Line[];
}

export const INVOICE_COLUMNS =
  "id number company_id deal_id issued_on due_on paid_on currency net vat_rate status".split(" ");

/** An invoice, by id from 1. */
export function invoiceRow(random: Random, id: number, plan: Plan): string {
  const { company, country, currency, lines } = invoiceAt(random, id, plan);
  random.at(STREAMS.invoice, id);
  const issued = Math.floor(((id - 1) / plan.invoices) * 1350);
  const due = issued + random.pick([8, 15, 30, 30, 60]);
  const fate = random.below(100);
  const [status, paid] =
    fate < 78
      ? ["paid", day(issued + random.between(1, 75))]
      : [fate < 90 ? "open" : fate < 97 ? "overdue" : "void", "\\N"];
  const net = lines.reduce((sum, line) => sum + lineTotal(line), 0);
  const deal = random.chance(60) ? String(company + (random.chance(50) ? plan.companies : 0)) : "\\N";
  return `${id}\t${day(issued).slice(0, 4)}/${String(id).padStart(7, "0")}\t${company}\t${deal}\t${day(issued)}\t${day(due)}\t${paid}\t${currency}\t${cents(net)}\t${country.vat}\t${status}`;
}

export const LINE_COLUMNS = ["invoice_id", "position", "description", "quantity", "unit", "unit_price"];

/** All lines of one invoice, each with its end. */
export function lineRows(random: Random, id: number, plan: Plan): { text: string; rows: number } {
  const { lines } = invoiceAt(random, id, plan);
  let text = "";
  lines.forEach((line, at) => {
    text += `${id}\t${at + 1}\t${line.description}\t${cents(line.quantity)}\t${line.unit}\t${cents(line.unitPrice)}\n`;
  });
  return { text, rows: lines.length };
}

function invoiceAt(random: Random, id: number, plan: Plan): Invoice {
  const company = random.at(STREAMS.line, id).between(1, plan.companies);
  const { country } = companyAt(random, company);
  random.at(STREAMS.line, id).next();
  const currency = random.pick(country.currencies);
  const lines = Array.from({ length: random.between(1, 5) }, () => ({
    description: `${random.pickOften(country.products)}${random.chance(40) ? ` ${random.pick("ABCDEFKMX".split(""))}${random.digits(4)}` : ""}`,
    quantity: random.chance(80) ? random.between(1, 60) * 100 : random.between(25, 9000),
    unit: random.pick(country.units),
    unitPrice: price(random, currency),
  }));
  return { company, country, currency, lines };
}

/** As the database computes its generated column: rounded to hundredths, halves away from zero. */
function lineTotal(line: Line): number {
  return Math.floor((line.quantity * line.unitPrice + 50) / 100);
}

/** Hundredths of the currency: forints are whole and end in 0 or 5, lei and euros often in .99 or .50. */
function price(random: Random, currency: Currency): number {
  const euros = random.between(2, 20) * random.between(1, 25);
  if (currency === "HUF") return euros * random.between(70, 84) * 500;
  const cent = random.pick([0, 0, 50, 99, 90, random.below(100)]);
  return (currency === "RON" ? euros * 5 : euros) * 100 + cent;
}

function cents(hundredths: number): string {
  const rest = hundredths % 100;
  return `${(hundredths - rest) / 100}.${rest < 10 ? "0" : ""}${rest}`;
}
