/** Rows of calls and notes, in COPY's text format without the line's end. */
import { companyAt, STREAMS } from "./identity.ts";
import { contactsCompany } from "./people.ts";
import type { Plan } from "./plan.ts";
import { sentences } from "./prose.ts";
import type { Random } from "./random.ts";
import { moment } from "./time.ts";

const OUTCOMES = ["reached", "reached", "reached", "no answer", "busy", "voicemail", "wrong number"];

export const CALL_COLUMNS = "id contact_id user_id direction started_at seconds outcome summary".split(" ");

/** A telephone call, by id from 1. */
export function callRow(random: Random, id: number, plan: Plan): string {
  const contact = random.at(STREAMS.call, id).between(1, plan.contacts);
  const { country } = companyAt(random, contactsCompany(contact));
  random.at(STREAMS.call, id).next();
  const outcome = random.pick(OUTCOMES);
  const reached = outcome === "reached";
  // Calls are numbered as they come in.
  const when = moment(Math.floor(((id - 1) / plan.calls) * 1370), random.below(34_000));
  const summary = reached || random.chance(15) ? sentences(random, country, random.between(1, 5)) : "\\N";
  return `${id}\t${contact}\t${random.between(1, plan.users)}\t${random.chance(35) ? "in" : "out"}\t${when}\t${reached ? random.between(20, 1500) : random.below(40)}\t${outcome}\t${summary}`;
}

export const NOTE_COLUMNS = "id company_id author_id created_at pinned body".split(" ");

/** A note on a company, by id from 1. */
export function noteRow(random: Random, id: number, plan: Plan): string {
  const company = random.at(STREAMS.note, id).between(1, plan.companies);
  const { country } = companyAt(random, company);
  random.at(STREAMS.note, id).next();
  const when = moment(Math.floor(((id - 1) / plan.notes) * 1370), random.below(34_000));
  return `${id}\t${company}\t${random.between(1, plan.users)}\t${when}\t${random.chance(4) ? "t" : "f"}\t${sentences(random, country, random.between(1, 9))}`;
}
