/**
 * What flows about accounts share: the store in which each change is one transaction, who does it, how somebody hears
 * of it by mail, and why something is refused.
 */
import type { Account } from "./account.ts";
import type { AuditEvent } from "./audit-event.ts";
import { mailOf } from "./mail.ts";
import type { Settings } from "./settings.ts";
import type { Accounts } from "./store/accounts.ts";
import type { Audit } from "./store/audit.ts";
import type { Changes } from "./store/changes.ts";
import type { devicesOn } from "./store/devices.ts";
import type { Factors } from "./store/factors.ts";
import type { Grants } from "./store/grants.ts";
import type { identitiesOn } from "./store/identities.ts";
import type { Links } from "./store/links.ts";
import type { Messages } from "./store/messages.ts";
import type { sessionsOn } from "./store/sessions.ts";
import type { MailData, MailKind } from "./words/mail.ts";

export interface PeopleTransaction {
  accounts: Accounts;
  links: Links;
  grants: Grants;
  devices: Pick<ReturnType<typeof devicesOn>, "forget" | "forgetAllOf">;
  sessions: Pick<ReturnType<typeof sessionsOn>, "end" | "endAllOf">;
  factors: Pick<Factors, "removeAll">;
  identities: Pick<ReturnType<typeof identitiesOn>, "unlinkAll">;
  messages: Pick<Messages, "enqueue">;
  audit: Audit;
  changes: Changes;
}

export interface PeopleStore {
  /** Commits when `work` resolves, undoes everything when it rejects. */
  transact<T>(work: (tx: PeopleTransaction) => Promise<T>): Promise<T>;
}

export type PeopleSettings = Pick<
  Settings,
  "publicUrl" | "organisation" | "timeZone" | "applications" | "rolePolicies" | "grantMs"
>;

export interface People {
  store: PeopleStore;
  settings: PeopleSettings;
}

/** Who does something, and from where, for the audit. */
export type By = Pick<AuditEvent, "actor" | "address" | "userAgent" | "sessionId">;

/** Who did it as it is written beside what was done. */
export function doneBy({ actor }: By): string {
  if (actor.kind === "account") return `account:${actor.id}`;
  return actor.kind === "operator" ? `operator:${actor.user}` : actor.kind;
}

/** A notice that says what happened is of no use after a few days. */
const NOTICE_MS = 3 * 24 * 3_600_000;

/** Puts a mail to this person into the transaction, in the person's language. */
export async function mailTo<K extends MailKind>(
  tx: Pick<PeopleTransaction, "messages">,
  { organisation, timeZone }: Pick<PeopleSettings, "organisation" | "timeZone">,
  account: Pick<Account, "id" | "email" | "displayName" | "language">,
  [kind, data]: [K, MailData[K]],
  now: Date,
  expiresAt: Date = new Date(now.getTime() + NOTICE_MS),
): Promise<void> {
  const { displayName, language } = account;
  const text = mailOf(kind, language, data, { displayName, organisation, timeZone });
  await tx.messages.enqueue({
    message: { kind: "mail", to: account.email, ...text },
    accountId: account.id,
    createdAt: now,
    expiresAt,
  });
}
