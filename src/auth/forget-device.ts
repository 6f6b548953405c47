/** Flow: an administrator forgets a device of somebody's; and what that means, whoever does it (own-account.ts). */
import type { Gateway } from "./gateway.ts";
import type { By } from "./people.ts";
import type { Transaction } from "./store/postgres.ts";

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
    const sessions = await endDevice(tx, { accountId: id, deviceId, now });
    if (sessions === undefined) return false;
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

/**
 * Ends the trust in a device and the sessions that began on it, but for the one that is kept; how many ended, or
 * undefined when the device was not trusted any more or is another account's. The account is locked, audit and news
 * of the change are the caller's.
 */
export async function endDevice(
  tx: Pick<Transaction, "devices" | "sessions">,
  {
    accountId,
    deviceId,
    keptSessionId,
    now,
  }: { accountId: string; deviceId: string; keptSessionId?: string; now: Date },
): Promise<number | undefined> {
  if (!(await tx.devices.forget(deviceId, accountId, now))) return undefined;
  let ended = 0;
  for (const { id, deviceId: began } of await tx.sessions.listOf(accountId, now))
    if (began === deviceId && id !== keptSessionId)
      if (await tx.sessions.end(id, accountId, "device-forgotten", now)) ended++;
  return ended;
}
