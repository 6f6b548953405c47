/**
 * Flow: what administrators do with accounts. Each is one transaction with its audit event; what must end what is under
 * way does so on every node. Nobody does to the own account what would be a trap, and an administrator is left.
 */
import { newDisplayName, newEmail, newLanguage, newPhone } from "./account-name.ts";
import { isAdministrator, type Account } from "./account.ts";
import { administer, type Administration, type Refused } from "./administer.ts";
import { knownRoles } from "./invite.ts";
import { makeLink } from "./links.ts";
import { mailTo, type People, type PeopleTransaction } from "./people.ts";
import { ADMINISTRATOR_ROLE } from "./settings.ts";
import type { AccountChange } from "./store/accounts.ts";

export type Answer = { account: Account } | Refused;

const OWN: Refused = { refused: "own-account" };
const NOTHING: Refused = { refused: "nothing-to-change" };

/** Ends everything the account has under way, for as long as it is disabled; its devices are forgotten. */
export function disable(people: People, admin: Administration, id: string): Promise<Answer> {
  return administer(people, admin, id, "account.disabled", ({ status }, own) => {
    if (own) return OWN;
    if (status === "disabled") return NOTHING;
    return {
      change: { status: "disabled" },
      ends: { reason: "disabled", devices: true },
      takesAdministrator: true,
    };
  });
}

/** Back to what it was: who never chose a password has to be invited again. */
export function enable(people: People, admin: Administration, id: string): Promise<Answer> {
  return administer(people, admin, id, "account.enabled", ({ status, passwordHash }) =>
    status === "disabled"
      ? { change: { status: passwordHash === undefined ? "invited" : "active" }, ends: { reason: "enabled" } }
      : NOTHING,
  );
}

/** When the account is over, by itself; undefined: never. A time that has come ends it now. */
export function setEnd(
  people: People,
  admin: Administration,
  id: string,
  endsAt: Date | undefined,
): Promise<Answer> {
  return administer(people, admin, id, "account.changed", (account, own) => {
    if (own) return OWN;
    if (endsAt !== undefined && Number.isNaN(endsAt.getTime())) return { refused: "end-invalid" };
    if (account.endsAt?.getTime() === endsAt?.getTime()) return NOTHING;
    const over = endsAt !== undefined && endsAt <= admin.now;
    return {
      change: { endsAt },
      ...(over && { ends: { reason: "account-ended" } }),
      takesAdministrator: endsAt !== undefined && (over || account.endsAt === undefined),
      reason: "end-date",
      details: { endsAt: endsAt?.toISOString() ?? "none" },
    };
  });
}

/** The roles it has from now on. Who becomes or ceases to be an administrator signs in anew, under other limits. */
export function setRoles(
  people: People,
  admin: Administration,
  id: string,
  wanted: readonly string[],
): Promise<Answer> {
  const roles = [...new Set(wanted)].sort();
  const known = knownRoles(people);
  return administer(people, admin, id, "account.changed", (account, own) => {
    if (own) return OWN;
    // A role that the configuration lost may stay; nobody gets it any more.
    if (roles.some((role) => !known.has(role) && !account.roles.includes(role)))
      return { refused: "role-unknown" };
    if (roles.join() === account.roles.toSorted().join()) return NOTHING;
    const administrates = roles.includes(ADMINISTRATOR_ROLE);
    return {
      change: { roles },
      ...(administrates !== isAdministrator(account) && { ends: { reason: "roles-changed" } }),
      takesAdministrator: !administrates,
      reason: "roles",
      details: { before: account.roles, after: roles },
    };
  });
}

/** As they were typed; what is not there stays, an empty phone is none. */
export interface Details {
  displayName?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
  language?: string | undefined;
}

/**
 * Changes what is known of a person. Not the own e-mail address: whoever holds a stolen session would have resets sent
 * to another. Links that went to an address before are over.
 */
export async function changeDetails(
  people: People,
  admin: Administration,
  id: string,
  details: Details,
): Promise<Answer> {
  const read = readDetails(details);
  if ("refused" in read) return read;
  const fields = (Object.keys(read) as (keyof typeof read)[]).sort();
  return administer(people, admin, id, "account.changed", async (account, own, { accounts }) => {
    const changed = fields.filter((field) => read[field] !== account[field]);
    if (changed.length === 0) return NOTHING;
    if (own && changed.includes("email")) return OWN;
    const holder = read.email && (await accounts.byIdentifier(read.email));
    if (holder && holder.id !== id) return { refused: "email-taken" };
    return {
      change: read,
      reason: "details",
      details: { changed },
      async also({ links }: PeopleTransaction) {
        if (changed.includes("email")) await links.endAllOf(id, ["invitation", "reset"], admin.now);
      },
    };
  });
}

/** The password counts no more. Its owner gets a link to choose another: nobody chooses it for somebody else. */
export function requireReset(people: People, admin: Administration, id: string): Promise<Answer> {
  return administer(people, admin, id, "account.reset-required", ({ status }, own) => {
    if (own) return OWN;
    if (status !== "active") return NOTHING;
    return {
      change: { mustReset: true },
      ends: { reason: "reset-required" },
      also: (tx, account) => mailReset(tx, people, account, admin.now),
    };
  });
}

/**
 * All second factors are gone, and the trust in devices with them; the next sign-in enrols anew. So are links to
 * providers: whoever had the factors may have linked an identity of their own.
 */
export function resetFactors(
  people: People,
  admin: Administration,
  id: string,
  reason: string,
): Promise<Answer> {
  const said = reason.replace(/\s+/g, " ").trim();
  return administer(people, admin, id, "account.factors-reset", (_, own) => {
    if (own) return OWN;
    if (said === "" || said.length > 300) return { refused: "reason-invalid" };
    return {
      ends: { reason: "factors-reset", devices: true },
      details: { why: said },
      async also(tx, account) {
        await tx.factors.removeAll(id);
        await tx.identities.unlinkAll(id);
        await mailTo(tx, people.settings, account, ["factors-reset", { at: admin.now }], admin.now);
      },
    };
  });
}

/** Nobody signs in to it until it is unlocked; what is under way ends. */
export function lock(people: People, admin: Administration, id: string): Promise<Answer> {
  return administer(people, admin, id, "account.locked", ({ lockedReason }, own) => {
    if (own) return OWN;
    if (lockedReason !== undefined) return NOTHING;
    return {
      change: { lockedReason: "administrator" },
      ends: { reason: "locked" },
      takesAdministrator: true,
      reason: "administrator",
    };
  });
}

/** After "this was not me" the password is somebody else's too: another one has to be chosen before anything opens. */
export function unlock(people: People, admin: Administration, id: string): Promise<Answer> {
  return administer(people, admin, id, "account.unlocked", ({ lockedReason, status }) => {
    if (lockedReason === undefined) return NOTHING;
    const known = lockedReason === "not-me" && status === "active";
    return {
      change: { lockedReason: undefined, ...(known && { mustReset: true }) },
      ends: { reason: "unlocked" },
      reason: lockedReason,
      details: { resetRequired: known },
      ...(known && {
        also: (tx: PeopleTransaction, account: Account) => mailReset(tx, people, account, admin.now),
      }),
    };
  });
}

/** With its devices, sessions, links, factors and grants. What the audit says of it stays. */
export function deleteAccount(people: People, admin: Administration, id: string): Promise<Answer> {
  return administer(people, admin, id, "account.deleted", (_, own) =>
    own ? OWN : { ends: { reason: "deleted", devices: true }, takesAdministrator: true, delete: true },
  );
}

async function mailReset(
  tx: PeopleTransaction,
  { settings }: People,
  account: Account,
  now: Date,
): Promise<void> {
  const { url, until } = await makeLink(tx, settings, account, "reset", now);
  await mailTo(tx, settings, account, ["password-reset-required", { link: url, until }], now, until);
}

function readDetails(
  details: Details,
): Pick<AccountChange, "displayName" | "email" | "phone" | "language"> | Refused {
  const read: Pick<AccountChange, "displayName" | "email" | "phone" | "language"> = {};
  if (details.displayName !== undefined) {
    const displayName = newDisplayName(details.displayName);
    if (displayName === undefined) return { refused: "display-name-invalid" };
    read.displayName = displayName;
  }
  if (details.email !== undefined) {
    const email = newEmail(details.email);
    if (email === undefined) return { refused: "email-invalid" };
    read.email = email;
  }
  if (details.phone !== undefined) {
    const phone = details.phone.trim() === "" ? undefined : newPhone(details.phone);
    if (phone === undefined && details.phone.trim() !== "") return { refused: "phone-invalid" };
    read.phone = phone;
  }
  if (details.language !== undefined) {
    const language = newLanguage(details.language);
    if (language === undefined) return { refused: "language-unknown" };
    read.language = language;
  }
  return read;
}
