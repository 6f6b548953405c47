/**
 * Flow: an administrator opens lanes that are locked, and the account itself. What is opened is recorded before it
 * opens: counts lie outside the transaction, and nothing must open that the audit does not tell of.
 */
import { mayAdminister, type Administration, type Refused } from "./administer.ts";
import { unlock } from "./directory.ts";
import type { People } from "./people.ts";
import type { Lanes } from "./store/lanes.ts";
import type { Locked } from "./store/locked.ts";

type LaneLocks = Pick<Lanes, "locks" | "unlock">;

/** Opens everything that is locked of an account. Refuses with `nothing-to-change` when nothing is. */
export async function unlockAccount(
  people: People,
  lanes: LaneLocks,
  admin: Administration,
  accountId: string,
): Promise<{ lanes: Locked[]; account: boolean } | Refused> {
  const locks = (await lanes.locks(admin.now)).filter((lock) => lock.accountId === accountId);
  const answer = await unlock(people, admin, accountId);
  if ("refused" in answer && answer.refused !== "nothing-to-change") return answer;
  const account = !("refused" in answer);
  if (!account && locks.length === 0) return answer;
  for (const lock of locks) {
    const refused = await openLane(people, lanes, admin, lock);
    if (refused !== undefined) return refused;
  }
  return { lanes: locks, account };
}

/** Opens one lane, by the id that `locks` gave; undefined when no lane of this id is locked. */
export async function unlockLane(
  people: People,
  lanes: LaneLocks,
  admin: Administration,
  id: string,
): Promise<Locked | Refused | undefined> {
  const lock = (await lanes.locks(admin.now)).find((one) => one.id === id);
  return lock && ((await openLane(people, lanes, admin, lock)) ?? lock);
}

async function openLane(
  { store }: People,
  lanes: LaneLocks,
  { by, now }: Administration,
  lock: Locked,
): Promise<Refused | undefined> {
  const permitted = await store.transact(async (tx) => {
    const may = await mayAdminister(tx, by, now);
    const account = lock.accountId === null ? undefined : await tx.accounts.byId(lock.accountId);
    await tx.audit.append({
      at: now,
      event: "lane.unlocked",
      outcome: may ? "success" : "failure",
      ...by,
      account: account && { id: account.id, name: account.name },
      ...(lock.deviceId !== null && { deviceId: lock.deviceId }),
      ...(!may && { reason: "not-permitted" }),
      details: {
        lane: lock.kind,
        lockedUntil: lock.lockedUntil.toISOString(),
        ...(lock.network !== null && { network: lock.network }),
      },
    });
    return may;
  });
  if (!permitted) return { refused: "not-permitted" };
  await lanes.unlock(lock.id);
  return undefined;
}
