/** Flow: a new account, and the link by which its owner chooses the first password. */
import { randomUUID } from "node:crypto";
import { newDisplayName, newEmail, newLanguage, newName, newPhone } from "./account-name.ts";
import type { Account } from "./account.ts";
import { administer, mayAdminister, type Administration, type Refusal, type Refused } from "./administer.ts";
import { makeLink, type MadeLink } from "./links.ts";
import { doneBy, mailTo, type People, type PeopleTransaction } from "./people.ts";
import { ADMINISTRATOR_ROLE } from "./settings.ts";

/** As it was typed. */
export interface NewAccount {
  name: string;
  displayName: string;
  email: string;
  phone?: string | undefined;
  language: string;
  roles: readonly string[];
  endsAt?: Date | undefined;
}

/** `link` only when it was asked for. */
export interface Invited {
  account: Account;
  link?: MadeLink;
}

/** `showLink`: an operator on a gateway host may see it, and the audit says so; nobody else ever does. */
export interface Invitation extends Administration {
  showLink?: boolean;
}

/** Makes an account and invites its owner by mail. */
export async function createAccount(
  people: People,
  invitation: Invitation,
  wanted: NewAccount,
): Promise<Invited | Refused> {
  const { by, now } = invitation;
  const fields = readNew(wanted, knownRoles(people), now);
  if ("refused" in fields) return fields;
  return people.store.transact(async (tx) => {
    await tx.accounts.oneChangeAtATime();
    if (!(await mayAdminister(tx, by, now))) {
      const refused = "not-permitted";
      await tx.audit.append({
        at: now,
        event: "account.created",
        outcome: "failure",
        ...by,
        reason: refused,
      });
      return { refused };
    }
    const account: Account = {
      ...fields,
      id: randomUUID(),
      status: "invited",
      lockedReason: undefined,
      mustReset: false,
      epoch: 1,
      passwordHash: undefined,
      pepperId: undefined,
      passwordChangedAt: undefined,
      createdAt: now,
      createdBy: doneBy(by),
    };
    if (!(await tx.accounts.insert(account))) {
      const taken = (await tx.accounts.byIdentifier(account.name)) !== undefined;
      return { refused: taken ? "name-taken" : "email-taken" };
    }
    const link = await invite(tx, people, account, now);
    const shown = mayBeShown(invitation);
    await tx.audit.append({
      at: now,
      event: "account.created",
      outcome: "success",
      ...by,
      account: { id: account.id, name: account.name },
      details: { roles: account.roles, linkShown: shown },
    });
    return { account, ...(shown && { link }) };
  });
}

/** A new link for somebody who did not follow the one before, which is over now. */
export async function inviteAgain(
  people: People,
  invitation: Invitation,
  id: string,
): Promise<Invited | Refused> {
  const shown = mayBeShown(invitation);
  let link: MadeLink | undefined;
  const answer = await administer(people, invitation, id, "account.invited", ({ status }) =>
    status === "invited"
      ? {
          details: { linkShown: shown },
          async also(tx, account) {
            link = await invite(tx, people, account, invitation.now);
          },
        }
      : { refused: "not-invited" },
  );
  return "refused" in answer || !shown || link === undefined ? answer : { ...answer, link };
}

/** Every role that the configuration knows. */
export function knownRoles({ settings }: Pick<People, "settings">): ReadonlySet<string> {
  return new Set([ADMINISTRATOR_ROLE, ...settings.rolePolicies.keys()]);
}

function mayBeShown({ by, showLink = false }: Invitation): boolean {
  return showLink && by.actor.kind === "operator";
}

async function invite(
  tx: PeopleTransaction,
  { settings }: People,
  account: Account,
  now: Date,
): Promise<MadeLink> {
  const link = await makeLink(tx, settings, account, "invitation", now);
  const data = { account: account.name, link: link.url, until: link.until };
  await mailTo(tx, settings, account, ["invitation", data], now, link.until);
  return link;
}

type Fields = Pick<Account, "name" | "displayName" | "email" | "phone" | "language" | "roles" | "endsAt">;

function readNew(wanted: NewAccount, known: ReadonlySet<string>, now: Date): Fields | Refused {
  const name = newName(wanted.name);
  const displayName = newDisplayName(wanted.displayName);
  const email = newEmail(wanted.email);
  const phone = wanted.phone === undefined ? undefined : newPhone(wanted.phone);
  const language = newLanguage(wanted.language);
  const no = (refused: Refusal): Refused => ({ refused });
  if (name === undefined) return no("name-invalid");
  if (displayName === undefined) return no("display-name-invalid");
  if (email === undefined) return no("email-invalid");
  if (phone === undefined && wanted.phone !== undefined) return no("phone-invalid");
  if (language === undefined) return no("language-unknown");
  if (wanted.roles.some((role) => !known.has(role))) return no("role-unknown");
  if (wanted.endsAt !== undefined && !(wanted.endsAt > now)) return no("end-invalid");
  const roles = [...new Set(wanted.roles)].sort();
  return { name, displayName, email, phone, language, roles, endsAt: wanted.endsAt };
}
