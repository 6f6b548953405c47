/**
 * What somebody gets to see of the audit trail: what happened to their own account. Who else acted stays unnamed, and
 * so does from where: an administrator's address is nobody's business. Pure.
 */
import type { RecordedEvent } from "./audit-entry.ts";
import type { EventName, Outcome } from "./audit-event.ts";

/** Every event that tells an owner something about who gets in. */
export const HISTORY_EVENTS = [
  "sign-in",
  "sign-in.password",
  "sign-in.provider",
  "sign-in.code",
  "sign-in.code-sent",
  "sign-in.confirmed",
  "sign-out",
  "session.ended",
  "lane.locked",
  "device.trusted",
  "device.forgotten",
  "password.changed",
  "password.reset-asked",
  "factor.added",
  "factor.removed",
  "recovery-codes.made",
  "identity.linked",
  "identity.unlinked",
  "account.activated",
  "account.disabled",
  "account.enabled",
  "account.locked",
  "account.unlocked",
  "account.reset-required",
  "account.factors-reset",
] as const satisfies readonly EventName[];
export type HistoryEvent = (typeof HISTORY_EVENTS)[number];

/** Why something was refused, as far as its owner is told. */
export type HistoryWhy = "password" | "code" | "too-many" | "other";

export interface HistoryEntry {
  at: Date;
  what: HistoryEvent;
  outcome: Outcome;
  /** Of a failure. */
  why: HistoryWhy | undefined;
  factor: RecordedEvent["factor"];
  /** Somebody of the organisation did it. */
  byOthers: boolean;
  /** Where it came from, and with which browser: undefined when others did it, or nothing is known. */
  address: string | undefined;
  userAgent: string | undefined;
}

/** The entry of an event about the account with this id; undefined for what is no event of its history. */
export function historyEntry(event: RecordedEvent, accountId: string): HistoryEntry | undefined {
  const what = HISTORY_EVENTS.find((name) => name === event.event);
  if (what === undefined || event.account?.id !== accountId) return undefined;
  const { at, outcome, actor, factor } = event;
  const byOthers = actor.kind === "operator" || (actor.kind === "account" && actor.id !== accountId);
  return {
    at,
    what,
    outcome,
    why: outcome === "failure" ? whyOf(event) : undefined,
    factor,
    byOthers,
    address: byOthers ? undefined : event.address,
    userAgent: byOthers ? undefined : event.userAgent,
  };
}

function whyOf({ event, reason = "" }: RecordedEvent): HistoryWhy {
  if (reason === "lane-locked" || reason.startsWith("sms-")) return "too-many";
  if (reason === "wrong-password") return "password";
  return event === "sign-in.code" || event === "factor.added" ? "code" : "other";
}
