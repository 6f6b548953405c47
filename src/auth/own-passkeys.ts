/** Flow: people and their own passkeys. What changes them ends the other sessions, as with every factor. */
import { randomUUID } from "node:crypto";
import { newDisplayName } from "./account-name.ts";
import type { Gateway } from "./gateway.ts";
import { asOwner, eventOf, finishSensitive, type Owner, type Stopped } from "./own-account.ts";
import { judgeRegistration, readRegistration } from "./passkey.ts";
import { askForNewPasskey, MOST_PASSKEYS, relyingPartyOf, type CreationOptions } from "./passkey-options.ts";
import type { Passkey } from "./store/passkeys.ts";

const FRESH = { fresh: true };
const NAME_LENGTH = 60;

export interface OwnPasskeys {
  passkeys: Passkey[];
  /** What to ask the browser for; undefined when the account has as many as it may. */
  options: CreationOptions | undefined;
}

/** Those there are, and the challenge for one more. */
export function ownPasskeys(gateway: Gateway, owner: Owner): Promise<OwnPasskeys | Stopped> {
  return asOwner(gateway, owner, FRESH, async (tx, account): Promise<OwnPasskeys> => {
    const passkeys = await tx.passkeys.of(account.id);
    if (passkeys.length >= MOST_PASSKEYS) return { passkeys, options: undefined };
    const asking = { holder: owner.session.id, account, now: owner.now };
    return { passkeys, options: await askForNewPasskey(tx, relyingPartyOf(gateway.settings), asking) };
  });
}

/**
 * Adds one by the name that its owner gives it. `refused`: what the browser sent is not right, too late, or of a
 * passkey that is here already, be it another account's.
 */
export function addPasskey(
  gateway: Gateway,
  owner: Owner,
  { name: typed, answer }: { name: string; answer: string },
): Promise<"added" | "name" | "full" | "refused" | Stopped> {
  const { now, address, session } = owner;
  return asOwner(gateway, owner, FRESH, async (tx, account) => {
    const refuse = async (reason: string): Promise<"refused"> => {
      const said = { event: "factor.added", outcome: "failure", factor: "passkey", reason } as const;
      await tx.audit.append(eventOf(owner, said));
      return "refused";
    };
    const name = newDisplayName(typed);
    if (name === undefined || Array.from(name).length > NAME_LENGTH) return "name";
    const challenge = await tx.passkeys.takeChallenge(session.id, account.id, now);
    if (challenge === undefined) return refuse("passkey-challenge");
    const registration = readRegistration(answer);
    if (registration === undefined) return refuse("passkey-malformed");
    const judged = await judgeRegistration(registration, relyingPartyOf(gateway.settings), challenge);
    if (judged === undefined) return refuse("passkey-wrong");
    const passkey = { ...judged, id: randomUUID(), accountId: account.id, name, createdAt: now };
    const added = await tx.passkeys.add(passkey);
    if (added === "full") return "full";
    if (added === "taken") return refuse("passkey-taken");
    await finishSensitive(tx, gateway, owner, account, {
      event: "factor.added",
      factor: "passkey",
      mail: ["factor-added", { at: now, address, factor: "passkey" }],
    });
    return "added";
  });
}

/** Always possible: the authenticator stays. */
export function removePasskey(
  gateway: Gateway,
  owner: Owner,
  id: string,
): Promise<"removed" | "gone" | Stopped> {
  const { now, address } = owner;
  return asOwner(gateway, owner, FRESH, async (tx, account) => {
    if (!(await tx.passkeys.remove(account.id, id))) return "gone";
    await finishSensitive(tx, gateway, owner, account, {
      event: "factor.removed",
      factor: "passkey",
      mail: ["factor-removed", { at: now, address, factor: "passkey" }],
    });
    return "removed";
  });
}
