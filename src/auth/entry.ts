/**
 * From the login host into an application: /go decides whether the session may enter, a one-time ticket carries it over,
 * and the application's host gets a cookie of its own. So no application ever holds what opens another.
 *
 * The ticket works only in the browser that asked: it is bound to the state cookie of the application's host, so that
 * nobody can sign somebody else in as himself.
 */
import { hash, randomUUID } from "node:crypto";
import { stillHolds, type Account } from "./account.ts";
import { applicationFor, type Application } from "./application.ts";
import { ownEvent } from "./audit-event.ts";
import { decide, type Decision, type SessionFacts } from "./forward-auth.ts";
import type { Gateway, Origin } from "./gateway.ts";
import { targetFromForwarded, type RequestTarget } from "./request-target.ts";
import { policiesOf } from "./settings.ts";
import type { Session } from "./store/sessions.ts";
import { newToken, tokenHash } from "./token.ts";

/** From the redirect to the application's host; then it is asked for anew. */
const TICKET_MS = 60_000;

export interface Destination {
  application: Application;
  target: RequestTarget;
  /** SHA-256 of the state cookie. */
  stateHash: Buffer;
}

/** Where a person wants to go: a host of the configuration and a path of it. Undefined for anywhere else. */
export function destinationOf(
  { settings }: Pick<Gateway, "settings">,
  host: string | undefined,
  to: string | undefined,
  state: string | undefined,
): Destination | undefined {
  const stateHash =
    state !== undefined && /^[A-Za-z0-9_-]{43}$/.test(state) ? Buffer.from(state, "base64url") : undefined;
  const target = pathOn(host ?? "", to ?? "/");
  if (target === undefined || stateHash === undefined) return undefined;
  const match = applicationFor(settings.applications, target);
  return typeof match === "string" ? undefined : { application: match.application, target, stateHash };
}

/** A path of a host, by the same rules as those of the proxies' questions. */
export function pathOn(host: string, to: string): RequestTarget | undefined {
  const headers = [
    "X-Forwarded-Method",
    "GET",
    "X-Forwarded-Proto",
    "https",
    "X-Forwarded-Host",
    host,
    "X-Forwarded-Uri",
    to,
  ];
  const target = targetFromForwarded(headers);
  // `//evil.example` is a path for us and a host for a browser.
  return "refused" in target || target.path.startsWith("//") ? undefined : target;
}

/** What stands between this session and the application; `allow` when nothing does. */
export function mayEnter(
  { settings }: Pick<Gateway, "settings">,
  { application, target }: Pick<Destination, "application" | "target">,
  {
    account,
    session,
    grants,
  }: { account: Account; session: Session; grants: SessionFacts["account"]["grants"] },
  now: Date,
): Decision {
  const facts: SessionFacts = {
    account: {
      id: account.id,
      name: account.name,
      displayName: account.displayName,
      email: account.email,
      status: account.status,
      locked: account.lockedReason !== undefined,
      mustReset: account.mustReset,
      endsAt: account.endsAt ?? null,
      epoch: account.epoch,
      roles: account.roles,
      policies: policiesOf(settings, account.roles),
      grants,
    },
    session: {
      id: session.id,
      epoch: session.epoch,
      deviceId: session.deviceId ?? null,
      createdAt: session.createdAt,
      authenticatedAt: session.authenticatedAt,
      secondFactor: session.secondFactor ?? null,
      secondFactorAt: session.secondFactorAt ?? null,
      lastSeenAt: session.lastSeenAt,
      idleSeconds: session.idleSeconds,
      expiresAt: session.expiresAt,
      endedAt: null,
    },
    appSession: { host: target.host, createdAt: now, lastSeenAt: now, endedAt: null },
  };
  return decide({ application, isPublic: false }, target.host, facts, now);
}

/** A ticket for the application's host. */
export async function issueTicket(
  { store }: Pick<Gateway, "store">,
  { target, stateHash }: Destination,
  session: Session,
  now: Date,
): Promise<string> {
  const token = newToken();
  const expiresAt = new Date(now.getTime() + TICKET_MS);
  await store.read.sessions.insertTicket({
    tokenHash: token.hash,
    sessionId: session.id,
    host: target.host,
    stateHash,
    expiresAt,
  });
  return token.text;
}

/**
 * Uses a ticket at an application's host; resolves to the secret of its cookie. Undefined for a ticket that was used,
 * is too old, of another host or another browser, or whose session is over.
 */
export async function enter(
  { store }: Pick<Gateway, "store">,
  {
    ticket,
    state,
    host,
    now,
    ...origin
  }: Origin & { ticket: string | undefined; state: string | undefined; host: string; now: Date },
): Promise<string | undefined> {
  const ticketHash = tokenHash(ticket);
  const stateHash = tokenHash(state);
  if (ticketHash === undefined || stateHash === undefined) return undefined;
  return store.transact(async (tx) => {
    const carried = await tx.sessions.useTicket(ticketHash, host, stateHash, now);
    const session = carried === undefined ? undefined : await tx.sessions.byId(carried, now);
    const account = session && (await tx.accounts.byId(session.accountId));
    if (session === undefined || account === undefined) return undefined;
    if (!stillHolds(account, session.epoch, now)) return undefined;
    const token = newToken();
    await tx.sessions.insertApp(
      { id: randomUUID(), sessionId: session.id, host, createdAt: now, lastSeenAt: now },
      token.hash,
    );
    const { id: sessionId } = session;
    await tx.audit.append(
      ownEvent(account, { at: now, event: "access.entered", ...origin, sessionId, application: host }),
    );
    return token.text;
  });
}

/** A session that may not open this application is told so, and the audit as well. */
export async function refuseEntry(
  { store }: Pick<Gateway, "store">,
  { application }: Pick<Destination, "application">,
  { account, session, reason }: { account: Account; session: Session; reason: string },
  { address, userAgent }: Origin,
  now: Date,
): Promise<void> {
  await store.transact(({ audit }) =>
    audit.append(
      ownEvent(account, {
        at: now,
        event: "access.refused",
        outcome: "failure",
        address,
        userAgent,
        sessionId: session.id,
        application: application.name,
        reason,
      }),
    ),
  );
}

/** What /go is told of a state cookie: who sees the address learns nothing that opens anything. */
export function stateOf(cookie: string): string {
  return hash("sha256", cookie, "buffer").toString("base64url");
}
