/** Grants: a right to some scopes of one application, for a time, approved by whoever owns what it opens. Pure. */

export interface Grant {
  id: string;
  /** Whom it is for. */
  accountId: string;
  application: string;
  scopes: string[];
  reason: string;
  /** `account:<id>` or `operator:<user>`. */
  requestedBy: string;
  requestedAt: Date;
  startsAt: Date;
  endsAt: Date;
  approvedBy: string | undefined;
  approvedAt: Date | undefined;
  revokedBy: string | undefined;
  revokedAt: Date | undefined;
}

/** requested: nobody approved it yet; approved: its time has not come. */
export type GrantState = "requested" | "approved" | "active" | "ended" | "revoked";

/** What a grant is at this moment. Only `active` opens anything; nothing has to sweep it away. */
export function grantState(
  {
    approvedAt,
    startsAt,
    endsAt,
    revokedAt,
  }: Pick<Grant, "approvedAt" | "startsAt" | "endsAt" | "revokedAt">,
  now: Date,
): GrantState {
  if (revokedAt !== undefined) return "revoked";
  if (endsAt <= now) return "ended";
  if (approvedAt === undefined || approvedAt > now) return "requested";
  return startsAt <= now ? "active" : "approved";
}

/** What a grant is asked for, as it was typed. */
export interface GrantWish {
  application: string;
  scopes: readonly string[];
  reason: string;
  /** Now, when undefined. */
  startsAt?: Date | undefined;
  endsAt: Date;
}

/** An application as grants see it. */
export interface Grantable {
  name: string;
  scopes: readonly string[];
  owners: readonly string[];
}

export type GrantRefusal =
  | "application-unknown"
  | "scope-unknown"
  | "reason-invalid"
  | "grant-times"
  | "grant-too-long"
  | "not-owner"
  | "own-grant"
  | "grant-too-many"
  | "grant-over";

/** A wish made plain, or why it cannot be had. `longestMs`: how long a grant may last, and lie ahead, at most. */
export function judgeWish(
  wish: GrantWish,
  applications: readonly Grantable[],
  longestMs: number,
  now: Date,
): Pick<Grant, "application" | "scopes" | "reason" | "startsAt" | "endsAt"> | { refused: GrantRefusal } {
  const application = applications.find(({ name }) => name === wish.application);
  if (application === undefined) return { refused: "application-unknown" };
  const scopes = application.scopes.filter((scope) => wish.scopes.includes(scope));
  if (scopes.length === 0 || new Set(wish.scopes).size !== scopes.length) return { refused: "scope-unknown" };
  const reason = wish.reason.normalize("NFC").replace(/\s+/g, " ").trim();
  if (
    reason === "" ||
    Array.from(reason).length > 500 ||
    /\p{C}|\p{Default_Ignorable_Code_Point}/u.test(reason)
  )
    return { refused: "reason-invalid" };
  const { startsAt = now, endsAt } = wish;
  const [start, end] = [startsAt.getTime(), endsAt.getTime()];
  // A page that was open for a while asks for "from now on" of a little ago.
  if (!(start >= now.getTime() - PAST_MS && start < end && end > now.getTime()))
    return { refused: "grant-times" };
  if (end - start > longestMs || start - now.getTime() > longestMs) return { refused: "grant-too-long" };
  return { application: application.name, scopes, reason, startsAt, endsAt };
}

const PAST_MS = 600_000;

/** So many may be asked for in an hour for one account: every one of them is a mail to each owner. */
export const MOST_WISHES = 10;
const WISHES_MS = 3_600_000;

/** Whether one more is too many. In: the newest `MOST_WISHES` of the account, revoked or not, the newest first. */
export function isTooMany(newest: readonly Pick<Grant, "requestedAt">[], now: Date): boolean {
  const oldest = newest[MOST_WISHES - 1];
  return oldest !== undefined && now.getTime() - oldest.requestedAt.getTime() < WISHES_MS;
}

/** Who approves, as approval sees him. */
export interface Approver {
  id: string;
  roles: readonly string[];
}

/**
 * Why this person may not approve, or undefined. An owner of the application may, unless the grant was requested by
 * the same person or is for that person. Being an administrator is not enough.
 */
export function refuseApproval(
  grant: Grant,
  application: Grantable | undefined,
  approver: Approver,
  now: Date,
): GrantRefusal | undefined {
  if (application === undefined || grant.scopes.some((scope) => !application.scopes.includes(scope)))
    return "scope-unknown";
  if (!owns(application, approver)) return "not-owner";
  if (grant.accountId === approver.id || grant.requestedBy === `account:${approver.id}`) return "own-grant";
  return grantState(grant, now) === "requested" ? undefined : "grant-over";
}

/** Whether one of the person's roles owns the application. */
export function owns({ owners }: Pick<Grantable, "owners">, { roles }: Pick<Approver, "roles">): boolean {
  return owners.some((owner) => roles.includes(owner));
}
