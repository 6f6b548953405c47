/**
 * Answers the proxies: from what was read lately where that may be trusted, else from PostgreSQL. A "no" that comes
 * from memory is asked again: another node may have seen the session since.
 */
import type { AccessCache, Cached } from "./access-cache.ts";
import { applicationFor, type Application } from "./application.ts";
import type { AssertionKeys } from "./assertion.ts";
import { decide, type Decision, type Identity, type SessionFacts } from "./forward-auth.ts";
import { identityHeaders, NOBODY, type IdentityHeaders } from "./identity-headers.ts";
import type { RequestTarget } from "./request-target.ts";
import { policiesOf, type Settings } from "./settings.ts";
import type { StoredFacts } from "./store/access.ts";
import { tokenKey } from "./token.ts";

export interface Entry extends Cached {
  facts: SessionFacts;
  appSessionId: string;
  /** When its use was last noted for PostgreSQL, that of the session and that of the host, milliseconds since 1970. */
  notedAt: number;
  presenceNotedAt: number;
  /** By application: the headers of an allow answer, and when they were made, milliseconds since 1970. */
  answers: Map<string, { madeAt: number; headers: IdentityHeaders }>;
}

export type Answer =
  | { kind: "allow"; headers: IdentityHeaders }
  | { kind: "sign-in"; application: Application }
  | { kind: "forbidden"; entry: Entry | undefined; application: Application | undefined; reason: string };

/** Which sessions were used and when, for whoever writes it to PostgreSQL from time to time. */
export interface Used {
  sessions: Map<string, Date>;
  apps: Map<string, Date>;
}

export interface Gatekeeper {
  /** In: the target, the value of the application's cookie, now, and a clock that never steps (ms). At once when it can. */
  ask(target: RequestTarget, cookie: string | undefined, now: Date, tick: number): Answer | Promise<Answer>;
  /** What was used since the last call. */
  takeUsed(): Used;
}

/** An assertion lasts a minute; one that is handed out has 40 seconds left at least. */
const REUSE_MS = 20_000;
/**
 * Questions to PostgreSQL at once; what comes beyond gets no answer at all (503). Made-up cookies would otherwise make
 * a queue in which everybody waits who is not in memory.
 */
const MOST_ASKING = 256;
/** Use is noted this often: an idle limit may be judged so much too early by another node, never too late. */
const NOTE_MS = 20_000;

export function openGatekeeper(
  settings: Settings,
  read: { byAppToken(hash: Buffer): Promise<StoredFacts | undefined> },
  cache: AccessCache<Entry>,
  keys: AssertionKeys,
): Gatekeeper {
  let asking = 0;
  let used: Used = { sessions: new Map(), apps: new Map() };

  const note = (entry: Entry, application: Application, now: Date): void => {
    const { session, appSession } = entry.facts;
    session.lastSeenAt = now;
    // Applications of one host share their presence there: what keeps it open is the use of the strictest alone.
    const counts = settings.applications
      .on(application.host)
      .every(({ policy }) => policy.idleSeconds >= application.policy.idleSeconds);
    const at = now.getTime();
    if (Math.abs(at - entry.notedAt) >= NOTE_MS) {
      entry.notedAt = at;
      used.sessions.set(session.id, now);
    }
    if (!counts) return;
    appSession.lastSeenAt = now;
    if (Math.abs(at - entry.presenceNotedAt) < NOTE_MS) return;
    entry.presenceNotedAt = at;
    used.apps.set(entry.appSessionId, now);
  };

  const headersFor = (
    entry: Entry,
    identity: Identity,
    application: Application,
    now: Date,
  ): IdentityHeaders => {
    const at = now.getTime();
    const made = entry.answers.get(application.name);
    const scopes = identity.scopes.join();
    if (
      made !== undefined &&
      Math.abs(at - made.madeAt) < REUSE_MS &&
      made.headers["Remote-Scopes"] === scopes
    )
      return made.headers;
    const headers = identityHeaders(
      identity,
      keys.assertion(identity, settings.publicUrl, application.audience, now),
    );
    entry.answers.set(application.name, { madeAt: at, headers });
    return headers;
  };

  const answer = (
    decision: Decision,
    entry: Entry | undefined,
    application: Application | undefined,
    now: Date,
  ): Answer => {
    switch (decision.outcome) {
      case "public":
        return { kind: "allow", headers: NOBODY };
      case "allow":
        if (entry === undefined || application === undefined) throw new Error("allowed without a session");
        note(entry, application, now);
        return { kind: "allow", headers: headersFor(entry, decision.identity, application, now) };
      case "unknown-host":
        return { kind: "forbidden", entry, application, reason: "unknown-host" };
      case "forbidden":
        return { kind: "forbidden", entry, application, reason: decision.reason };
      case "sign-in":
      case "step-up":
        if (application === undefined) throw new Error("a sign-in for no application");
        return { kind: "sign-in", application };
    }
  };

  return {
    ask(target, cookie, now, tick) {
      const match = applicationFor(settings.applications, target);
      const application = typeof match === "string" ? undefined : match.application;
      const key = tokenKey(cookie);
      if (typeof match === "string" || match.isPublic || key === undefined)
        return answer(decide(match, target.host, undefined, now), undefined, application, now);
      const known = cache.get(key, tick);
      if (known !== undefined) {
        const decision = decide(match, target.host, known.facts, now);
        if (decision.outcome === "allow") return answer(decision, known, application, now);
      }
      if (asking >= MOST_ASKING) throw new Error("too many questions wait for PostgreSQL");
      asking++;
      return (async () => {
        const asked = cache.generation();
        const facts = await read.byAppToken(Buffer.from(key, "base64url")).finally(() => asking--);
        const entry = facts && entryOf(settings, facts);
        const decision = decide(match, target.host, entry?.facts, now);
        if (entry !== undefined && decision.outcome === "allow") cache.put(key, entry, asked);
        return answer(decision, entry, application, now);
      })();
    },

    takeUsed() {
      const taken = used;
      used = { sessions: new Map(), apps: new Map() };
      return taken;
    },
  };
}

function entryOf(settings: Settings, { account, session, appSession }: StoredFacts): Entry {
  const { id, ...presence } = appSession;
  return {
    sessionId: session.id,
    accountId: account.id,
    appSessionId: id,
    facts: {
      account: { ...account, policies: policiesOf(settings, account.roles) },
      session,
      appSession: presence,
    },
    notedAt: appSession.lastSeenAt.getTime(),
    presenceNotedAt: appSession.lastSeenAt.getTime(),
    answers: new Map(),
  };
}
