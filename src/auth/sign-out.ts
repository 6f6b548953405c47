/** Ending sessions: by their owner, by an administrator, by what happened to the account. */
import type { Actor, AuditEvent } from "./audit-event.ts";
import type { Gateway, Origin } from "./gateway.ts";
import type { Transaction } from "./store/postgres.ts";

export interface Ending extends Partial<Origin> {
  account: { id: string; name: string };
  sessionId: string;
  by: Actor;
  /** A word for the audit, such as `signed-out`. */
  reason: string;
  now: Date;
}

/** Ends one session of this account everywhere; false when it was over already. */
export async function endSession({ store }: Pick<Gateway, "store">, ending: Ending): Promise<boolean> {
  const { account, sessionId, by, reason, now } = ending;
  return store.transact(async (tx) => {
    if (!(await tx.sessions.end(sessionId, account.id, reason, now))) return false;
    const signedOut = by.kind === "account" && by.id === account.id && reason === "signed-out";
    await tell(tx, ending, { event: signedOut ? "sign-out" : "session.ended", reason });
    return true;
  });
}

/** Ends the presence at one application's host and leaves the session open elsewhere. */
export async function endPresence(
  { store }: Pick<Gateway, "store">,
  { cookie, host }: { cookie: Buffer; host: string },
  ending: Omit<Ending, "reason">,
): Promise<void> {
  await store.transact(async (tx) => {
    if ((await tx.sessions.endApp(cookie, host, ending.now)) === undefined) return;
    await tell(tx, ending, { event: "sign-out", application: host });
  });
}

/** The audit hears of it, and every node. */
async function tell(
  { audit, changes }: Pick<Transaction, "audit" | "changes">,
  { account: { id, name }, sessionId, by, address, userAgent, now }: Omit<Ending, "reason">,
  said: Pick<AuditEvent, "event" | "reason" | "application">,
): Promise<void> {
  const event = {
    at: now,
    outcome: "success",
    actor: by,
    account: { id, name },
    address,
    userAgent,
  } as const;
  const seq = await audit.append({ ...event, sessionId, ...said });
  await changes.record(seq, { sessionId }, now);
}
