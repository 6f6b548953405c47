/** What the audit records: who, when, what, from where, with which factor, with what outcome. Pure. */

export type Outcome = "success" | "failure";

/** Who did it: a person by account, an operator on the host, the gateway itself, or nobody known. */
export type Actor =
  | { kind: "account"; id: string; name: string }
  | { kind: "operator"; user: string }
  | { kind: "gateway" }
  | { kind: "stranger" };

export interface AuditEvent {
  at: Date;
  /** A name of EVENTS, such as `sign-in` or `account.disabled`. */
  event: EventName;
  outcome: Outcome;
  actor: Actor;
  /** Whom it is about, when that is an account. */
  account?: { id: string; name: string } | undefined;
  address?: string | undefined;
  userAgent?: string | undefined;
  deviceId?: string | undefined;
  sessionId?: string | undefined;
  factor?: "password" | "totp" | "sms" | "recovery-code" | "passkey" | "device" | undefined;
  application?: string | undefined;
  /** One of few words of ours, such as `wrong-password`; never text from outside. */
  reason?: string | undefined;
  /** What else belongs to it. Never a secret, a code, a token or a link. */
  details?: Record<string, string | number | boolean | string[]> | undefined;
}

/** An account as the one who does something. */
export function actorOf({ id, name }: { id: string; name: string }): Extract<Actor, { kind: "account" }> {
  return { kind: "account", id, name };
}

/** An event that an account caused and that is about itself; a success, unless it says otherwise. */
export function ownEvent(
  { id, name }: { id: string; name: string },
  event: Pick<AuditEvent, "at" | "event"> & Partial<AuditEvent>,
): AuditEvent {
  return { outcome: "success", actor: actorOf({ id, name }), account: { id, name }, ...event };
}

/**
 * Every event and how long it is kept: `detail` (single steps of signing in) 90 days, `record` (who could do what,
 * and who changed it) 365.
 */
export const EVENTS = {
  "sign-in": "detail",
  "sign-in.password": "detail",
  "sign-in.provider": "detail",
  "sign-in.code": "detail",
  "sign-in.code-sent": "detail",
  "sign-in.confirmed": "detail",
  "sign-out": "detail",
  "lane.locked": "record",
  "lane.unlocked": "record",
  "device.trusted": "record",
  "device.forgotten": "record",
  "session.ended": "detail",
  "access.refused": "detail",
  "access.entered": "detail",
  "account.created": "record",
  "account.invited": "record",
  "account.activated": "record",
  "account.changed": "record",
  "account.disabled": "record",
  "account.enabled": "record",
  "account.locked": "record",
  "account.unlocked": "record",
  "account.deleted": "record",
  "account.reset-required": "record",
  "account.factors-reset": "record",
  "password.changed": "record",
  "password.reset-asked": "detail",
  "factor.added": "record",
  "factor.removed": "record",
  "identity.linked": "record",
  "identity.unlinked": "record",
  "recovery-codes.made": "record",
  "grant.requested": "record",
  "grant.approved": "record",
  "grant.revoked": "record",
  "display.created": "record",
  "display.paired": "record",
  "display.revoked": "record",
  "audit.exported": "record",
  "audit.check-begun": "record",
  "audit.checked": "record",
  "audit.purged": "record",
  "gateway.started": "record",
  "gateway.overloaded": "detail",
} as const satisfies Record<string, "detail" | "record">;

export type EventName = keyof typeof EVENTS;
