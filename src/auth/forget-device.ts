/** Flow: a device is trusted no more, by its owner or by an administrator. */
import type { By } from "./people.ts";
import type { Gateway } from "./gateway.ts";

export interface Forgetting {
  account: { id: string; name: string };
  deviceId: string;
  by: By;
  now: Date;
}

/**
 * Forgets one device of this account; the sessions that began on it end everywhere, for it may have stood in for their
 * second factor. False when it was not trusted any more, or is another account's.
 */
export async function forgetDevice(
  { store }: Pick<Gateway, "store">,
  { account, deviceId, by, now }: Forgetting,
): Promise<boolean> {
  const { id, name } = account;
  return store.transact(async (tx) => {
    // A sign-in on this device that is being finished holds the account: its session is there when we look.
    await tx.accounts.byId(id, { lock: true });
    if (!(await tx.devices.forget(deviceId, id, now))) return false;
    let sessions = 0;
    for (const session of await tx.sessions.listOf(id, now))
      if (session.deviceId === deviceId && (await tx.sessions.end(session.id, id, "device-forgotten", now)))
        sessions++;
    const own = by.actor.kind === "account" && by.actor.id === id;
    const seq = await tx.audit.append({
      at: now,
      event: "device.forgotten",
      outcome: "success",
      ...by,
      account: { id, name },
      deviceId,
      reason: own ? "owner" : "administrator",
      details: { sessions },
    });
    await tx.changes.record(seq, { accountId: id }, now);
    return true;
  });
}
