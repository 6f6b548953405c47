/** What somebody asks of the audit trail in a form, made plain. Pure. */
import { canonicalNetwork } from "./audit-entry.ts";
import { EVENTS } from "./audit-event.ts";
import type { AuditFilter, PageEnd } from "./store/audit-list.ts";
import { endOfDay, startOfDay } from "./zoned-time.ts";

/** As it was typed; "" is what was left empty. */
export interface AuditAsked {
  /** Name, e-mail address or id. */
  account: string;
  event: string;
  outcome: string;
  address: string;
  /** The first and the last day, such as 2026-03-02. */
  from: string;
  to: string;
  /** Where the page before ended, as `pageMark` wrote it. */
  before: string;
}

export type AuditTrouble = "account" | "address" | "from" | "to";

/** The filter's fields that are not empty, by the names that forms and queries give them. */
export function auditFields(asked: AuditAsked): [name: Exclude<keyof AuditAsked, "before">, value: string][] {
  return (["account", "event", "outcome", "address", "from", "to"] as const)
    .map((name): [typeof name, string] => [name, asked[name]])
    .filter(([, value]) => value !== "");
}

/** The filter but for the account, which only the store knows; or the field that cannot be understood. */
export function readAuditQuery(asked: AuditAsked, timeZone: string): AuditFilter | { trouble: AuditTrouble } {
  const address = asked.address.trim();
  const network = address === "" ? undefined : canonicalNetwork(address);
  if (address !== "" && network === undefined) return { trouble: "address" };
  const since = asked.from === "" ? undefined : startOfDay(asked.from, timeZone);
  if (asked.from !== "" && since === undefined) return { trouble: "from" };
  const until = asked.to === "" ? undefined : endOfDay(asked.to, timeZone);
  if (asked.to !== "" && until === undefined) return { trouble: "to" };
  const { event, outcome } = asked;
  return {
    ...(event in EVENTS && { events: [event] }),
    ...((outcome === "success" || outcome === "failure") && { outcome }),
    address: network,
    since,
    until,
  };
}

/** Where a page ended, for a link to the next one. */
export function pageMark({ seq, at }: PageEnd): string {
  return `${seq}.${at.getTime()}`;
}

/** Undefined for what `pageMark` did not write. */
export function readPageMark(text: string): PageEnd | undefined {
  const [, seq, at] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  return seq === undefined || at === undefined || Number(at) > 8.64e15
    ? undefined
    : { seq: Number(seq), at: new Date(Number(at)) };
}
