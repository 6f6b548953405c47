/** Ending sessions: by their owner, by an administrator, by what happened to the account. */
import type { Actor } from "./audit-event.ts";
import type { Gateway, Origin } from "./gateway.ts";

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
  const { account, sessionId, by, reason, now, address, userAgent } = ending;
  const { id, name } = account;
  return store.transact(async (tx) => {
    if (!(await tx.sessions.end(sessionId, id, reason, now))) return false;
    const signedOut = by.kind === "account" && by.id === id && reason === "signed-out";
    const seq = await tx.audit.append({
      at: now,
      event: signedOut ? "sign-out" : "session.ended",
      outcome: "success",
      actor: by,
      account: { id, name },
      address,
      userAgent,
      sessionId,
      reason,
    });
    await tx.changes.record(seq, { sessionId }, now);
    return true;
  });
}

/** Ends the presence at one application's host and leaves the session open elsewhere. */
export async function endPresence(
  { store }: Pick<Gateway, "store">,
  { cookie, host }: { cookie: Buffer; host: string },
  { account, sessionId, by, address, userAgent, now }: Omit<Ending, "reason">,
): Promise<void> {
  const { id, name } = account;
  await store.transact(async (tx) => {
    if ((await tx.sessions.endApp(cookie, host, now)) === undefined) return;
    const seq = await tx.audit.append({
      at: now,
      event: "sign-out",
      outcome: "success",
      actor: by,
      account: { id, name },
      address,
      userAgent,
      sessionId,
      application: host,
    });
    await tx.changes.record(seq, { sessionId }, now);
  });
}
