/**
 * An audit event as it is written down: canonical JSON, one line, keys in a fixed order, times in UTC with
 * milliseconds. Text from outside is made harmless here, once: no control character, no mark that turns the
 * direction of text, no line end, nothing longer than its limit (OWASP ASVS 5.0, 16.4.1). Pure.
 */
import { z } from "zod";
import { printable } from "../markup/printable.ts";
import { EVENTS, type AuditEvent } from "./audit-event.ts";

export type Retention = "detail" | "record";

/**
 * An event that was read back. Its name may be one that this version of the program does not write any more; how
 * long it is kept was decided when it was written.
 */
export type RecordedEvent = Omit<AuditEvent, "event"> & { event: string; retention: Retention };

/** What the table's columns repeat of an event. */
export interface Columns {
  at: Date;
  event: string;
  outcome: string;
  retention: string;
  actor: string;
  accountId: string | null;
  address: string | null;
  sessionId: string | null;
  application: string | null;
}

/** Code points at most; whatever is longer ends with an ellipsis. */
const LIMITS = { userAgent: 200, name: 100, word: 100, detail: 300, items: 50, keys: 20 };

/** Characters of an entry at most; the table demands the same. */
const MAX_ENTRY = 16_384;
const KEY = /^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const PLAIN = /^[ -~]*$/;
/** What no text of an entry holds, whoever wrote it. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Cs}/u;

const safe = (limit: number): z.ZodString =>
  z
    .string()
    .max(2 * limit + 1)
    .refine((text) => !CONTROL.test(text));
const person = z.strictObject({ id: z.uuid(), name: safe(LIMITS.name) });
const Entry = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  event: z.string().regex(/^[a-z][a-z.-]{0,59}$/),
  outcome: z.enum(["success", "failure"]),
  retention: z.enum(["detail", "record"]),
  actor: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("account"), ...person.shape }),
    z.strictObject({ kind: z.literal("operator"), user: safe(LIMITS.name) }),
    z.strictObject({ kind: z.literal("gateway") }),
    z.strictObject({ kind: z.literal("stranger") }),
  ]),
  account: person.optional(),
  address: z
    .string()
    .refine((text) => canonicalAddress(text) === text)
    .optional(),
  userAgent: safe(LIMITS.userAgent).optional(),
  deviceId: z.uuid().optional(),
  sessionId: z.uuid().optional(),
  factor: z.enum(["password", "totp", "sms", "recovery-code", "passkey", "device"]).optional(),
  application: safe(LIMITS.word).optional(),
  reason: safe(LIMITS.word).optional(),
  details: z
    .record(
      z.string().regex(KEY),
      z.union([safe(LIMITS.detail), z.number(), z.boolean(), z.array(safe(LIMITS.detail)).max(LIMITS.items)]),
    )
    .optional(),
});

/**
 * The canonical JSON of an event. Text that is too long is cut, characters that cannot be seen become U+FFFD.
 * Throws for what only a defect of the program could pass: an invalid time, an id that is none, an address that
 * is none, a detail whose name is not plain.
 */
export function encodeEntry(event: AuditEvent | RecordedEvent): string {
  const whole = serialize(event);
  // Only details can be as long as this. The event itself must be written whatever came with it.
  const text = whole.length <= MAX_ENTRY ? whole : serialize({ ...event, details: { cut: true } });
  // What could not be read back must not be written.
  decodeEntry(text);
  return text;
}

/**
 * The event that a row's body holds. Throws when it is anything but the canonical form, so that two texts can
 * never stand for one event.
 */
export function decodeEntry(text: string): RecordedEvent {
  if (text.length > MAX_ENTRY) throw new TypeError("not an audit entry: too long");
  const parsed = Entry.safeParse(parseJson(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new TypeError(`not an audit entry: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  const event = { ...parsed.data, at: new Date(parsed.data.at) };
  if (serialize(event) !== text) throw new TypeError("not the canonical form of an audit entry");
  return event;
}

/** What the columns of an event's row hold. */
export function columnsOf(event: RecordedEvent): Columns {
  const { actor } = event;
  return {
    at: event.at,
    event: event.event,
    outcome: event.outcome,
    retention: event.retention,
    actor:
      actor.kind === "account"
        ? `account:${actor.id}`
        : actor.kind === "operator"
          ? `operator:${actor.user}`
          : actor.kind,
    accountId: event.account?.id ?? null,
    address: event.address ?? null,
    sessionId: event.sessionId ?? null,
    application: event.application ?? null,
  };
}

/** One spelling of an IPv4 or IPv6 address (RFC 5952, without a zone); undefined for what is none. */
export function canonicalAddress(text: string): string | undefined {
  const plain = text.replace(/%[^%]*$/, "");
  if (IPV4.test(plain)) return plain;
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(plain)) return undefined;
  const url = `http://[${plain}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
}

/** One spelling of an address or of a network (CIDR), as `AuditFilter` has it; undefined for what is neither. */
export function canonicalNetwork(text: string): string | undefined {
  const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const canonical = canonicalAddress(address);
  if (canonical === undefined || bits === undefined) return canonical;
  return Number(bits) > (address.includes(":") ? 128 : 32) ? undefined : `${canonical}/${Number(bits)}`;
}

/** Keys in their order; texts cut and cleaned. What is undefined is left out. */
function serialize(event: AuditEvent | RecordedEvent): string {
  const { at, outcome, actor, account, address, details } = event;
  const cleanPerson = ({ id, name }: { id: string; name: string }): { id: string; name: string } => ({
    id: id.toLowerCase(),
    name: clean(name, LIMITS.name),
  });
  return JSON.stringify({
    at: at.toISOString(),
    event: event.event,
    outcome,
    retention: "retention" in event ? event.retention : EVENTS[event.event],
    actor:
      actor.kind === "account"
        ? { kind: actor.kind, ...cleanPerson(actor) }
        : actor.kind === "operator"
          ? { kind: actor.kind, user: clean(actor.user, LIMITS.name) }
          : { kind: actor.kind },
    account: account && cleanPerson(account),
    address: address === undefined ? undefined : (canonicalAddress(address) ?? "not an address"),
    userAgent: optional(event.userAgent, LIMITS.userAgent),
    deviceId: event.deviceId?.toLowerCase(),
    sessionId: event.sessionId?.toLowerCase(),
    factor: event.factor,
    application: optional(event.application, LIMITS.word),
    reason: optional(event.reason, LIMITS.word),
    details: details && cleanDetails(details),
  });
}

function cleanDetails(details: NonNullable<AuditEvent["details"]>): NonNullable<AuditEvent["details"]> {
  const entries = Object.entries(details)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, LIMITS.keys);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      typeof value === "string"
        ? clean(value, LIMITS.detail)
        : Array.isArray(value)
          ? value.slice(0, LIMITS.items).map((item) => clean(item, LIMITS.detail))
          : value,
    ]),
  );
}

const optional = (text: string | undefined, limit: number): string | undefined =>
  text === undefined ? undefined : clean(text, limit);

function clean(text: string, limit: number): string {
  // Nearly every text, and a check of the chain reads millions.
  if (text.length <= limit && PLAIN.test(text)) return text;
  // Never look at megabytes that somebody sent as a name.
  const points = Array.from(printable(text.slice(0, 2 * limit + 2)));
  return points.length <= limit ? points.join("") : `${points.slice(0, limit - 1).join("")}…`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError("not an audit entry: not JSON", { cause: error });
  }
}
