/** Flow: whom an account is linked to at providers. Each change is told to the owner by mail. */
import { randomUUID } from "node:crypto";
import type { Account } from "./account.ts";
import { ownEvent } from "./audit-event.ts";
import type { Gateway, Origin } from "./gateway.ts";
import { asOwner, finishSensitive, type Owner, type Stopped } from "./own-account.ts";
import { mailTo } from "./people.ts";
import type { Transaction } from "./store/postgres.ts";
import { tokenHash } from "./token.ts";

/**
 * Makes the link that this sign-in was begun for, if it was. In the transaction that opens its session, after its
 * second factor: nothing less proves that the account is theirs.
 */
export async function linkAfter(
  tx: Transaction,
  { settings, providers = [] }: Gateway,
  account: Account,
  { token, address, userAgent, now }: Origin & { token: string | undefined; now: Date },
): Promise<void> {
  const hash = tokenHash(token);
  if (hash === undefined || providers.length === 0) return;
  const pending = await tx.identities.takeOf(hash, now);
  if (pending === undefined) return;
  const { provider } = pending;
  const linked = await tx.identities.link({
    ...pending,
    id: randomUUID(),
    accountId: account.id,
    linkedAt: now,
  });
  if (!linked) return;
  const label = providers.find(({ name }) => name === provider)?.label ?? provider;
  await mailTo(tx, settings, account, ["identity-linked", { at: now, address, provider: label }], now);
  await tx.audit.append(
    ownEvent(account, { at: now, event: "identity.linked", address, userAgent, details: { provider } }),
  );
}

/** Ends the account's other sessions, as every change of what lets somebody in. */
export function unlinkIdentity(
  gateway: Gateway,
  owner: Owner,
  id: string,
): Promise<"unlinked" | "gone" | Stopped> {
  const { now, address } = owner;
  return asOwner(gateway, owner, { fresh: true }, async (tx, account) => {
    const provider = await tx.identities.unlink(account.id, id);
    if (provider === undefined) return "gone";
    const label = gateway.providers?.find(({ name }) => name === provider)?.label ?? provider;
    await finishSensitive(tx, gateway, owner, account, {
      event: "identity.unlinked",
      mail: ["identity-unlinked", { at: now, address, provider: label }],
    });
    return "unlinked";
  });
}
