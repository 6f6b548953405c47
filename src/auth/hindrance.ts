/** Why somebody cannot sign in, as an administrator has to know it with that person on the telephone. Pure. */
import { standing, type Account } from "./account.ts";
import type { FactorsOf } from "./store/factors.ts";
import type { Locked } from "./store/locked.ts";
import type { Undelivered } from "./store/messages.ts";

/** What is known of an account beside itself. */
export interface Circumstances {
  /** Lanes that are locked: the account's, and those of addresses that it was asked for from lately. */
  locks: readonly Locked[];
  /** Until when its newest invitation or reset link is good. */
  linkUntil: Date | undefined;
  /** Its newest message, when that did not go out. */
  undelivered: Undelivered | undefined;
  factors: FactorsOf;
  /** Names of the applications that its roles and grants open. */
  opens: readonly string[];
}

/** `stops`: nothing goes until it is solved. `slows`: some ways are closed. `notes`: good to know. */
export type Weight = "stops" | "slows" | "notes";

export type Hindrance = { weight: Weight } & (
  | { kind: "disabled" | "no-factor" | "opens-nothing" }
  | { kind: "ended"; at: Date }
  | { kind: "locked"; reason: NonNullable<Account["lockedReason"]> }
  | { kind: "invited" | "must-reset"; linkUntil: Date | undefined }
  | { kind: "undelivered"; message: Undelivered }
  | { kind: "lane"; lock: Locked }
);

/** Everything that is in the way at this moment, what weighs most first. Empty: the person can sign in. */
export function whatHinders(
  account: Account,
  { locks, linkUntil, undelivered, factors, opens }: Circumstances,
  now: Date,
): Hindrance[] {
  const { status, lockedReason, endsAt, mustReset } = account;
  const found: Hindrance[] = [];
  if (status === "disabled") found.push({ kind: "disabled", weight: "stops" });
  if (endsAt !== undefined && endsAt <= now) found.push({ kind: "ended", at: endsAt, weight: "stops" });
  if (lockedReason !== undefined) found.push({ kind: "locked", reason: lockedReason, weight: "stops" });
  if (status === "invited") found.push({ kind: "invited", linkUntil, weight: "stops" });
  if (status === "active" && mustReset) found.push({ kind: "must-reset", linkUntil, weight: "stops" });
  if (undelivered !== undefined) found.push({ kind: "undelivered", message: undelivered, weight: "slows" });
  for (const lock of locks) found.push({ kind: "lane", lock, weight: "slows" });
  if (standing(account, now) === "active") {
    if (!hasFactor(factors)) found.push({ kind: "no-factor", weight: "notes" });
    if (opens.length === 0) found.push({ kind: "opens-nothing", weight: "notes" });
  }
  return found;
}

function hasFactor({ totps, phone, passkeys }: FactorsOf): boolean {
  return totps.length > 0 || phone !== undefined || passkeys > 0;
}
