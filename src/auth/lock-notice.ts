/**
 * Whoever owns an account hears by mail that somebody ran against one of its lanes: once for each lock, since one
 * attempt alone sets it. Codes are worse news than passwords: whoever tries them knew the password.
 */
import { standing, type Account } from "./account.ts";
import type { LaneKind } from "./lane.ts";
import { mailTo, type PeopleSettings, type PeopleTransaction } from "./people.ts";
import type { Consumed } from "./store/lanes.ts";

const MAILS: Partial<Record<LaneKind, "passwords-locked" | "codes-locked">> = {
  account: "passwords-locked",
  codes: "codes-locked",
  "codes-run": "codes-locked",
};

/** Puts the mails for what `consumed` has locked into the transaction. Nobody hears of an account that is no way in. */
export async function tellOfLocks(
  tx: Pick<PeopleTransaction, "messages">,
  settings: Pick<PeopleSettings, "organisation" | "timeZone">,
  account: Account | undefined,
  consumed: Consumed | undefined,
  { address, now }: { address: string; now: Date },
): Promise<void> {
  if (account === undefined || consumed === undefined || consumed.allowed) return;
  if (standing(account, now) !== "active") return;
  for (const { kind } of consumed.newlyLocked) {
    const mail = MAILS[kind];
    if (mail !== undefined)
      await mailTo(tx, settings, account, [mail, { at: now, address, until: consumed.lockedUntil }], now);
  }
}
