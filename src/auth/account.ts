/** A person who may sign in, and whether he may at this time. Pure. */
import { ADMINISTRATOR_ROLE, type Language } from "./settings.ts";

export interface Account {
  id: string;
  /** Canonical, as `newName` makes it. */
  name: string;
  displayName: string;
  /** Canonical, as `newEmail` makes it. */
  email: string;
  /** E.164. */
  phone: string | undefined;
  language: Language;
  roles: string[];
  status: "invited" | "active" | "disabled";
  /** Set by "this was not me" or by an administrator; only an administrator lifts it. */
  lockedReason: LockedReason | undefined;
  /** From this moment on the account is over. */
  endsAt: Date | undefined;
  /** The password does not count any more: only a reset leads on. */
  mustReset: boolean;
  /** Rises with whatever must end what is under way. */
  epoch: number;
  passwordHash: string | undefined;
  pepperId: string | undefined;
  passwordChangedAt: Date | undefined;
  createdAt: Date;
  /** Who made it: `account:<id>` or `operator:<user>`. */
  createdBy: string;
}

export type LockedReason = "not-me" | "administrator";

export type Standing = "active" | "invited" | "disabled" | "ended" | "locked";

/** What an account is at this moment. Only `active` may sign in or keep a session. */
export function standing(
  { status, lockedReason, endsAt }: Pick<Account, "status" | "lockedReason" | "endsAt">,
  now: Date,
): Standing {
  if (status === "disabled") return "disabled";
  if (endsAt !== undefined && endsAt <= now) return "ended";
  if (lockedReason !== undefined) return "locked";
  return status;
}

/**
 * Whether what began at this epoch (a session, a sign-in) may go on: the account is active, owes no new password, and
 * nothing has happened since that ends what is under way.
 */
export function stillHolds(
  account: Pick<Account, "status" | "lockedReason" | "endsAt" | "mustReset" | "epoch">,
  epoch: number,
  now: Date,
): boolean {
  return standing(account, now) === "active" && !account.mustReset && account.epoch === epoch;
}

/** Whether the account has the administrators' role. */
export function isAdministrator({ roles }: Pick<Account, "roles">): boolean {
  return roles.includes(ADMINISTRATOR_ROLE);
}
