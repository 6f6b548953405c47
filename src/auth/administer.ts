/**
 * How one account is changed by somebody else: one transaction that judges who asks and what would be left, changes the
 * account, ends what must end, writes the audit event and tells every node to forget what it holds.
 */
import { isAdministrator, standing, type Account } from "./account.ts";
import type { AuditEvent, EventName } from "./audit-event.ts";
import type { By, People, PeopleTransaction } from "./people.ts";
import { ADMINISTRATOR_ROLE } from "./settings.ts";
import type { AccountChange } from "./store/accounts.ts";

/** Why something was not done; one word for pages and commands to explain. */
export type Refusal =
  | "not-permitted"
  | "no-account"
  | "own-account"
  | "last-administrator"
  | "nothing-to-change"
  | "not-invited"
  | "name-invalid"
  | "name-taken"
  | "email-invalid"
  | "email-taken"
  | "display-name-invalid"
  | "phone-invalid"
  | "language-unknown"
  | "role-unknown"
  | "end-invalid"
  | "reason-invalid";

export interface Refused {
  refused: Refusal;
}

export interface Administration {
  by: By;
  now: Date;
  /** Honoured on a gateway host only: goes on although nobody could administer accounts afterwards. */
  leaveNoAdministrator?: boolean | undefined;
}

/** What is to become of an account. */
export interface Plan {
  change?: AccountChange;
  /** Everything under way ends: sessions, sign-ins, links; devices too, when said so. */
  ends?: { reason: string; devices?: boolean };
  /** It could be the last administrator's. */
  takesAdministrator?: boolean;
  reason?: string;
  details?: AuditEvent["details"];
  /** With the account as it is afterwards; before the audit event. */
  also?: (tx: PeopleTransaction, account: Account) => Promise<void>;
  /** Instead of changing it. */
  delete?: boolean;
}

/** What the plan is, once the account is known and locked. `own`: it is that of whoever asks. */
export type Planner = (
  account: Account,
  own: boolean,
  tx: PeopleTransaction,
) => Plan | Refused | Promise<Plan | Refused>;

/** Carries a plan out. Refusals that say something of whoever asks are audited too. */
export async function administer(
  { store }: People,
  { by, now, leaveNoAdministrator }: Administration,
  id: string,
  event: EventName,
  planner: Planner,
): Promise<{ account: Account } | Refused> {
  return store.transact(async (tx) => {
    await tx.accounts.oneChangeAtATime();
    const before = await tx.accounts.byId(id, { lock: true });
    const refuse = async (refused: Refusal): Promise<Refused> => {
      const account = before && { id: before.id, name: before.name };
      await tx.audit.append({ at: now, event, outcome: "failure", ...by, account, reason: refused });
      return { refused };
    };
    if (!(await mayAdminister(tx, by, now))) return refuse("not-permitted");
    if (before === undefined) return { refused: "no-account" };
    const own = by.actor.kind === "account" && by.actor.id === id;
    const plan = await planner(before, own, tx);
    if ("refused" in plan) return plan.refused === "own-account" ? refuse("own-account") : plan;
    const forced = leaveNoAdministrator === true && by.actor.kind === "operator";
    if (plan.takesAdministrator === true && !forced && (await isLast(tx, before, now)))
      return refuse("last-administrator");

    const account = await carryOut(tx, before, plan, now);
    const seq = await tx.audit.append({
      at: now,
      event,
      outcome: "success",
      ...by,
      account: { id, name: account.name },
      ...(plan.reason !== undefined && { reason: plan.reason }),
      ...(plan.details !== undefined && { details: plan.details }),
    });
    await tx.changes.record(seq, { accountId: id }, now);
    return { account };
  });
}

/** Operators on a gateway host, and administrators whose account stands at this moment, whatever it was before. */
export async function mayAdminister(
  { accounts }: Pick<PeopleTransaction, "accounts">,
  { actor }: By,
  now: Date,
): Promise<boolean> {
  if (actor.kind !== "account") return actor.kind === "operator";
  const account = await accounts.byId(actor.id);
  return account !== undefined && standing(account, now) === "active" && isAdministrator(account);
}

async function carryOut(
  tx: PeopleTransaction,
  { id, ...before }: Account,
  { change = {}, ends, also, delete: deletes = false }: Plan,
  now: Date,
): Promise<Account> {
  const account = await tx.accounts.change(id, change, { raiseEpoch: ends !== undefined });
  if (account === undefined) throw new Error(`account ${before.name} went away while it was locked`);
  if (ends !== undefined) {
    await tx.sessions.endAllOf(id, ends.reason, now);
    await tx.links.endAllOf(id, ["invitation", "reset"], now);
    if (ends.devices === true) await tx.devices.forgetAllOf(id, now);
  }
  await also?.(tx, account);
  if (deletes) await tx.accounts.delete(id);
  return account;
}

/**
 * Whether nobody could administer accounts without this one, now or after the ends that are set already. Two at once
 * cannot both see the other: `oneChangeAtATime` came before.
 */
async function isLast(
  { accounts }: Pick<PeopleTransaction, "accounts">,
  account: Account,
  now: Date,
): Promise<boolean> {
  if (standing(account, now) !== "active" || !account.roles.includes(ADMINISTRATOR_ROLE)) return false;
  const others = (await accounts.administrators()).filter(
    (other) => other.id !== account.id && standing(other, now) === "active",
  );
  if (others.length === 0) return true;
  return account.endsAt === undefined && others.every(({ endsAt }) => endsAt !== undefined);
}
