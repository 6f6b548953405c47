/** Adapter: everything the gateway keeps, bundled for flows: inside one transaction, or statement by statement. */
import type { Sealer } from "../sealed.ts";
import { accessOn } from "./access.ts";
import { accountsOn } from "./accounts.ts";
import { auditOn } from "./audit.ts";
import { auditChecksOn } from "./audit-checks.ts";
import { changesOn } from "./changes.ts";
import { transact, type Pool, type Queryable } from "./database.ts";
import { devicesOn } from "./devices.ts";
import { factorsOn } from "./factors.ts";
import { grantsOn } from "./grants.ts";
import { historyOn } from "./history.ts";
import { identitiesOn } from "./identities.ts";
import { linksOn } from "./links.ts";
import { messagesOn } from "./messages.ts";
import { passkeysOn } from "./passkeys.ts";
import { sessionsOn } from "./sessions.ts";
import { signInsOn } from "./sign-ins.ts";
import { smsBudgetOn } from "./sms-budget.ts";
import { smsCodesOn } from "./sms-codes.ts";

function repositoriesOn(db: Queryable, sealer: Sealer) {
  return {
    access: accessOn(db),
    accounts: accountsOn(db),
    audit: auditOn(db),
    auditChecks: auditChecksOn(db),
    changes: changesOn(db),
    devices: devicesOn(db),
    factors: factorsOn(db),
    grants: grantsOn(db),
    history: historyOn(db),
    identities: identitiesOn(db),
    links: linksOn(db),
    messages: messagesOn(db, sealer),
    passkeys: passkeysOn(db),
    sessions: sessionsOn(db),
    signIns: signInsOn(db),
    smsBudget: smsBudgetOn(db),
    smsCodes: smsCodesOn(db),
  };
}

export type Repositories = ReturnType<typeof repositoriesOn>;
/** What a flow does in one of these happens whole or not at all, its audit event included. */
export type Transaction = Repositories;

export interface Store {
  /** Statement by statement: for looking. */
  read: Repositories;
  /** Commits when `work` resolves, rolls back when it rejects. `work` appends its audit event last. */
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export function openStore(pool: Pool, sealer: Sealer): Store {
  return {
    read: repositoriesOn(pool, sealer),
    transact: (work) => transact(pool, (db) => work(repositoriesOn(db, sealer))),
  };
}
