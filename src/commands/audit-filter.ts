/** Which events a command is asked for. */
import { canonicalNetwork } from "../auth/audit-entry.ts";
import { EVENTS } from "../auth/audit-event.ts";
import { accountIdOf, type AuditFilter } from "../auth/store/audit-list.ts";
import type { Queryable } from "../auth/store/database.ts";
import { Fault } from "../fault.ts";
import { text, texts, type Call } from "./command.ts";

export const FILTER_OPTIONS = {
  account: { type: "string" },
  event: { type: "string", multiple: true },
  outcome: { type: "string" },
  address: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
} as const;

export const FILTER_USAGE = `  --account NAME       what this account did, or what was done to it: name,
                       e-mail address or id
  --event NAME         only this event, such as sign-in; account.* for all that
                       begin so; may be repeated
  --outcome OUTCOME    success or failure
  --address ADDRESS    from this address or network (CIDR)
  --since TIME         2026-03-01, 2026-03-01T10:00Z (UTC), or 90m, 24h, 7d ago
  --until TIME         before this time`;

/** What the options say. Throws USAGE, ACCOUNT_NOT_FOUND. */
export async function auditFilter(call: Call, db: Queryable): Promise<AuditFilter> {
  const { outcome, ...rest } = readFilter(call);
  return { ...rest, outcome, accountId: await accountId(text(call, "account"), db) };
}

/** The same without the account, which only the database knows. Throws USAGE. */
function readFilter(call: Call): AuditFilter {
  const events = texts(call, "event").flatMap(eventsNamed);
  const outcome = text(call, "outcome");
  if (outcome !== undefined && outcome !== "success" && outcome !== "failure")
    throw new Fault("USAGE", `--outcome ${outcome} is not known`, "Use success or failure.");
  return {
    events: events.length === 0 ? undefined : [...new Set(events)],
    outcome,
    address: addressOf(text(call, "address")),
    since: timeOf("--since", text(call, "since"), call.now()),
    until: timeOf("--until", text(call, "until"), call.now()),
  };
}

/** The filter in words, for the audit's own event. */
export function filterDetails(call: Call): Record<string, string | string[]> {
  const given: Record<string, string | string[]> = {};
  for (const name of Object.keys(FILTER_OPTIONS)) {
    const value = name === "event" ? texts(call, name) : text(call, name);
    if (value !== undefined && value.length > 0) given[name] = value;
  }
  return given;
}

function eventsNamed(wanted: string): string[] {
  const all = Object.keys(EVENTS);
  const names = wanted.endsWith("*")
    ? all.filter((name) => name.startsWith(wanted.slice(0, -1)))
    : all.filter((name) => name === wanted);
  if (names.length === 0)
    throw new Fault("USAGE", `there is no event ${wanted}`, `The events are: ${all.join(", ")}.`);
  return names;
}

function addressOf(wanted: string | undefined): string | undefined {
  if (wanted === undefined) return undefined;
  const network = canonicalNetwork(wanted);
  if (network === undefined)
    throw new Fault(
      "USAGE",
      `--address ${wanted} is neither an address nor a network`,
      "Give one such as 192.0.2.7 or 2001:db8::/64.",
    );
  return network;
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;

function timeOf(option: string, wanted: string | undefined, now: Date): Date | undefined {
  if (wanted === undefined) return undefined;
  const ago = /^(\d{1,6})([mhd])$/.exec(wanted);
  if (ago !== null) return new Date(now.getTime() - Number(ago[1]) * UNITS[ago[2] as keyof typeof UNITS]);
  // Without a zone it is UTC, as everything in the audit is; Date would take it for the host's own.
  const zoned = /T[^Z+]*$/.test(wanted) && !/-\d\d:\d\d$/.test(wanted.slice(10)) ? `${wanted}Z` : wanted;
  const time = TIME.test(wanted) ? new Date(zoned) : new Date(NaN);
  if (Number.isNaN(time.getTime()))
    throw new Fault(
      "USAGE",
      `${option} ${wanted} is no time`,
      "Give a date (2026-03-01), a time (2026-03-01T10:00Z) or how long ago (90m, 24h, 7d).",
    );
  return time;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function accountId(wanted: string | undefined, db: Queryable): Promise<string | undefined> {
  if (wanted === undefined) return undefined;
  // The events of an account that was deleted are found by its id.
  if (UUID.test(wanted)) return wanted.toLowerCase();
  const id = await accountIdOf(db, wanted);
  if (id === undefined)
    throw new Fault(
      "ACCOUNT_NOT_FOUND",
      `there is no account ${wanted}`,
      "Check the name; of a deleted account give the id.",
    );
  return id;
}
