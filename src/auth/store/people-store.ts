/** Adapter: the repositories that flows about accounts work on, in one transaction each time. */
import type { PeopleStore, PeopleTransaction } from "../people.ts";
import type { Sealer } from "../sealed.ts";
import { accountsOn } from "./accounts.ts";
import { auditOn } from "./audit.ts";
import { changesOn } from "./changes.ts";
import { transact, type Pool, type Queryable } from "./database.ts";
import { devicesOn } from "./devices.ts";
import { factorsOn } from "./factors.ts";
import { grantsOn } from "./grants.ts";
import { linksOn } from "./links.ts";
import { messagesOn } from "./messages.ts";
import { sessionsOn } from "./sessions.ts";

/** @param sealer of the mails that wait */
export function openPeopleStore(pool: Pool, sealer: Sealer): PeopleStore {
  return { transact: (work) => transact(pool, (db) => work(peopleOn(db, sealer))) };
}

function peopleOn(db: Queryable, sealer: Sealer): PeopleTransaction {
  return {
    accounts: accountsOn(db),
    links: linksOn(db),
    grants: grantsOn(db),
    devices: devicesOn(db),
    sessions: sessionsOn(db),
    factors: factorsOn(db),
    messages: messagesOn(db, sealer),
    audit: auditOn(db),
    changes: changesOn(db),
  };
}
