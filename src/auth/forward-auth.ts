/**
 * The answer to a proxy's question: may this request pass, and as whom. Everything is judged at each request against the
 * clock, nothing waits for a sweeper, and any single fact that is not as it should be closes. Pure.
 */
import { strictest, USUAL_POLICY, type Application, type Match, type Policy } from "./application.ts";

/** What is known of the session whose cookie came, read from the store. All times as the program wrote them. */
export interface SessionFacts {
  account: {
    id: string;
    name: string;
    displayName: string;
    email: string;
    status: "invited" | "active" | "disabled";
    /** Its owner said "this was not me". */
    locked: boolean;
    mustReset: boolean;
    endsAt: Date | null;
    epoch: number;
    roles: readonly string[];
    /** What its roles demand beyond what the application does (`policiesOf` of settings.ts); often none. */
    policies: readonly Policy[];
    grants: readonly GrantFacts[];
  };
  session: {
    id: string;
    epoch: number;
    deviceId: string | null;
    createdAt: Date;
    authenticatedAt: Date;
    secondFactor: "totp" | "sms" | "recovery-code" | "passkey" | null;
    secondFactorAt: Date | null;
    lastSeenAt: Date;
    idleSeconds: number;
    expiresAt: Date;
    endedAt: Date | null;
  };
  /** Its presence at the host that was asked for. */
  appSession: {
    host: string;
    createdAt: Date;
    /** Equal to `createdAt` until a request was allowed. */
    lastSeenAt: Date;
    endedAt: Date | null;
  };
}

export interface GrantFacts {
  application: string;
  scopes: readonly string[];
  startsAt: Date;
  endsAt: Date;
  approvedAt: Date | null;
  revokedAt: Date | null;
}

/** Whom an application is told about. */
export interface Identity {
  id: string;
  user: string;
  name: string;
  email: string;
  groups: readonly string[];
  /** From grants alone: who enters by a role has none, and is known by `groups`. */
  scopes: readonly string[];
  sessionId: string;
  secondFactor: SessionFacts["session"]["secondFactor"];
}

export type Decision =
  | { outcome: "allow"; identity: Identity }
  | { outcome: "public" }
  | { outcome: "unknown-host" }
  | { outcome: "sign-in"; reason: SignInReason }
  | { outcome: "step-up"; reason: StepUpReason }
  | { outcome: "forbidden"; reason: "ambiguous-path" | "no-role" };
export type SignInReason =
  | "no-session"
  | "session-ended"
  | "other-host"
  | "account-disabled"
  | "account-ended"
  | "account-locked"
  | "account-changed"
  | "reset-required"
  | "first-factor-only"
  | "idle"
  | "expired"
  | "clock";
export type StepUpReason = "second-factor" | "sms-not-enough" | "idle" | "expired";

/** How far the clocks of two gateway hosts may differ, in milliseconds. */
export const CLOCK_TOLERANCE = 5000;

/**
 * Decides. `host` is the request's, `facts` what is known of the cookie's session, undefined when there is none.
 * `step-up` means that the session is good and its second factor has to be shown (again) for this application.
 */
export function decide(match: Match, host: string, facts: SessionFacts | undefined, now: Date): Decision {
  if (match === "unknown") return { outcome: "unknown-host" };
  if (match === "ambiguous") return { outcome: "forbidden", reason: "ambiguous-path" };
  const { application, isPublic } = match;
  if (isPublic) return { outcome: "public" };
  if (facts === undefined) return { outcome: "sign-in", reason: "no-session" };
  const closed = whyClosed(facts, host, now);
  if (closed !== undefined) return { outcome: "sign-in", reason: closed };
  const scopes = grantedScopes(facts, application, now);
  const byRole = facts.account.roles.some((role) => application.roles.includes(role));
  if (!byRole && scopes.length === 0) return { outcome: "forbidden", reason: "no-role" };
  const lacking = whatIsLacking(facts, application, now);
  if (lacking !== undefined) return { outcome: "step-up", reason: lacking };
  const { id, name, displayName, email, roles } = facts.account;
  const { id: sessionId, secondFactor } = facts.session;
  return {
    outcome: "allow",
    identity: { id, user: name, name: displayName, email, groups: roles, scopes, sessionId, secondFactor },
  };
}

/** Why the session opens nothing anywhere, or undefined. */
function whyClosed(facts: SessionFacts, host: string, now: Date): SignInReason | undefined {
  const { account, session, appSession } = facts;
  const at = now.getTime();
  if (!Number.isFinite(at) || isAhead(facts, at)) return "clock";
  if (session.endedAt !== null || appSession.endedAt !== null) return "session-ended";
  if (appSession.host !== host) return "other-host";
  if (account.status !== "active") return "account-disabled";
  if (account.endsAt !== null && !(at < account.endsAt.getTime())) return "account-ended";
  if (account.locked) return "account-locked";
  if (account.epoch !== session.epoch) return "account-changed";
  if (account.mustReset) return "reset-required";
  if (!hasSecondFactor(session) && session.deviceId === null) return "first-factor-only";
  const { idleSeconds, absoluteSeconds } = strictest(account.policies);
  if (!isWithin(session.lastSeenAt, Math.min(idleSeconds, session.idleSeconds), at)) return "idle";
  if (!(at < session.expiresAt.getTime()) || !isWithin(session.createdAt, absoluteSeconds, at))
    return "expired";
  return undefined;
}

/** What application and roles demand of a good session that it has not shown, or undefined. */
function whatIsLacking(
  { account, session, appSession }: SessionFacts,
  application: Application,
  now: Date,
): StepUpReason | undefined {
  const at = now.getTime();
  const policy = strictest([application.policy, ...account.policies]);
  if (policy.secondFactor === "always" && !hasSecondFactor(session)) return "second-factor";
  if (!policy.sms && session.secondFactor === "sms") return "sms-not-enough";
  const { idleSeconds, absoluteSeconds } = application.policy;
  if (!isWithin(session.authenticatedAt, absoluteSeconds, at)) return "expired";
  if (idleSeconds >= USUAL_POLICY.idleSeconds) return undefined;
  // Use of another application, and a ticket fetched without a person, do not keep a strict application open.
  const usedHere = appSession.lastSeenAt > appSession.createdAt ? appSession.lastSeenAt.getTime() : 0;
  const shown = Math.max(session.authenticatedAt.getTime(), session.secondFactorAt?.getTime() ?? 0);
  if (!isWithin(new Date(Math.max(usedHere, shown)), idleSeconds, at)) return "idle";
  return undefined;
}

function hasSecondFactor(session: SessionFacts["session"]): boolean {
  return session.secondFactor !== null && session.secondFactorAt !== null;
}

/** What active, approved grants open here at this moment, without repeats, in the application's order. */
function grantedScopes({ account }: SessionFacts, application: Application, now: Date): string[] {
  const active = account.grants.filter(
    (grant) =>
      grant.application === application.name &&
      grant.approvedAt !== null &&
      grant.revokedAt === null &&
      grant.approvedAt <= now &&
      grant.startsAt <= now &&
      now < grant.endsAt,
  );
  return application.scopes.filter((scope) => active.some((grant) => grant.scopes.includes(scope)));
}

function isWithin(start: Date, seconds: number, at: number): boolean {
  return at - start.getTime() < seconds * 1000;
}

/**
 * Whether something already happened that by this clock is still to come. Then the clock was set back, limits that have
 * passed would count as ahead again, and nothing may be judged by it.
 */
function isAhead({ session, appSession }: SessionFacts, at: number): boolean {
  const past = [session.createdAt, session.authenticatedAt, session.lastSeenAt, session.secondFactorAt];
  return [...past, appSession.createdAt, appSession.lastSeenAt].some(
    (time) => time !== null && !(time.getTime() <= at + CLOCK_TOLERANCE),
  );
}
