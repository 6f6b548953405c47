/**
 * Flow: the owner of an account says of a new device "this was not me". Whoever signed in there knew password and
 * second factor, so the account is locked until an administrator has spoken with its owner.
 */
import { standing } from "./account.ts";
import { useLink } from "./links.ts";
import { mailTo, type By, type People } from "./people.ts";

export interface NotMe {
  token: string | undefined;
  from: Pick<By, "address" | "userAgent">;
  now: Date;
}

/**
 * Ends the session and every other, forgets the device, locks the account, tells its owner and the administrators.
 * False when the link is not good, or not any more.
 */
export async function sayNotMe({ store, settings }: People, { token, from, now }: NotMe): Promise<boolean> {
  return store.transact(async (tx) => {
    const used = await useLink(tx, "not-me", token, now, () => true);
    if (used === undefined) return false;
    const { id, name } = used.account;
    const { deviceId, sessionId, browser } = used.link;
    const account =
      (await tx.accounts.change(id, { lockedReason: "not-me" }, { raiseEpoch: true })) ?? used.account;
    const sessions = await tx.sessions.endAllOf(id, "not-me", now);
    const forgotten = deviceId !== undefined && (await tx.devices.forget(deviceId, id, now));
    await tx.links.endAllOf(id, ["invitation", "reset"], now);
    await mailTo(tx, settings, account, ["account-locked", { at: now }], now);
    for (const administrator of await tx.accounts.administrators())
      if (standing(administrator, now) === "active" && administrator.id !== id)
        await mailTo(
          tx,
          settings,
          administrator,
          [
            "account-locked-staff",
            { at: now, address: from.address, account: name, browser: browser ?? "?" },
          ],
          now,
        );
    const seq = await tx.audit.append({
      at: now,
      event: "account.locked",
      outcome: "success",
      actor: { kind: "stranger" },
      account: { id, name },
      ...from,
      ...(deviceId !== undefined && { deviceId }),
      ...(sessionId !== undefined && { sessionId }),
      reason: "not-me",
      details: { sessions, deviceForgotten: forgotten },
    });
    await tx.changes.record(seq, { accountId: id }, now);
    return true;
  });
}
