/** Adapter: accounts as administrators find, make and change them. What may be done is for the flows to say. */
import type { Account } from "../account.ts";
import { laneAddress } from "../client-address.ts";
import * as directory from "../directory.ts";
import { forgetDevice } from "../forget-device.ts";
import { whatHinders } from "../hindrance.ts";
import { createAccount, inviteAgain, knownRoles } from "../invite.ts";
import { accountPage, type AccountView } from "../pages/admin-account.ts";
import { accountsPage, newAccountPage, STANDINGS, type TypedAccount } from "../pages/admin-accounts.ts";
import { opensTo } from "../reach.ts";
import { endSession } from "../sign-out.ts";
import { listAudit, type AuditRow } from "../store/audit-list.ts";
import type { Pool } from "../store/database.ts";
import { lockedOn } from "../store/locked.ts";
import { unlockAccount, unlockLane } from "../unlock.ts";
import type { AdminDone, AdminRefusal } from "../words/admin.ts";
import { endOfDay } from "../zoned-time.ts";
import { REFUSED_STATUS, type AdminArea, type AdminCall } from "./admin-area.ts";
import { accountIds, revoke, UUID } from "./admin-grant-routes.ts";
import type { Desk } from "./desk.ts";
import { field, type Form } from "./form.ts";
import { originOf } from "./visit.ts";

const PAGE = 50;
/** Of the events of one account. */
const EVENTS_SHOWN = 20;
const LATE_MS = 86_400_000;

export function adminAccountRoutes(area: AdminArea, desk: Desk, { pool }: { pool: Pool }): void {
  const { gateway } = desk;
  const { settings } = gateway;
  const { read } = gateway.store;
  const roles = [...knownRoles(gateway)].sort();

  area.get("/admin", async (call) => {
    const { query, now } = call;
    const [search, role, after] = [field(query, "search", 200), field(query, "role"), field(query, "after")];
    const state = STANDINGS.find((one) => one === query.get("state")) ?? "";
    const found = await read.accounts.list({
      search: search.trim() === "" ? undefined : search.trim(),
      role: role === "" ? undefined : role,
      standing: state === "" ? undefined : { is: state, at: now },
      after: after === "" ? undefined : after,
      limit: PAGE + 1,
    });
    const accounts = found.slice(0, PAGE);
    const ids = accounts.map(({ id }) => id);
    const [factors, lastSeen, locks] = await Promise.all([
      read.factors.ofAll(ids),
      read.accounts.lastSeen(ids),
      lockedOn(pool).of(ids, [], now),
    ]);
    const lockedOut = new Set(locks.flatMap(({ accountId }) => accountId ?? []));
    const asked = { search, role, state, after } as const;
    const more = found.length > PAGE;
    return call.show(
      accountsPage(call.context(), roles, asked, { accounts, factors, lastSeen, lockedOut, more }),
    );
  });

  area.get("/admin/accounts/new", (call) =>
    call.show(newAccountPage(call.context(), roles, { ...NOTHING, language: settings.language })),
  );

  area.post("/admin/accounts", async (call) => {
    const { by, now, form } = call;
    const typed = typedAccount(form);
    const endsAt = endOf(typed.endDay);
    const again = (refused: AdminRefusal) =>
      call.show(newAccountPage(call.context(refused), roles, typed), REFUSED_STATUS);
    if (endsAt === "no-day") return again("end-invalid");
    const phone = typed.phone.trim() === "" ? undefined : typed.phone;
    const answer = await createAccount(gateway, { by, now }, { ...typed, phone, endsAt });
    return "refused" in answer ? again(answer.refused) : call.done(pathOf(answer.account), "create");
  });

  const viewOf = async (account: Account, { me, now }: AdminCall): Promise<AccountView> => {
    const { id } = account;
    const [factors, lastSeen, sessions, devices, grants, events, held, linkUntil, undelivered] =
      await Promise.all([
        read.factors.of(id),
        read.accounts.lastSeen([id]),
        read.sessions.listOf(id, now),
        read.devices.listOf(id, now),
        read.grants.list({ accountId: id, limit: PAGE }),
        listAudit(pool, { accountId: id }, EVENTS_SHOWN),
        read.grants.list({ accountId: id, openAt: now, limit: 1000 }),
        read.links.goodUntil(account, now),
        read.messages.undelivered(id),
      ]);
    const locks = await lockedOn(pool).of([id], lateNetworks(events, id, now), now);
    const opens = opensTo(settings.applications.all, account.roles, held, now);
    const doers = [account.createdBy, ...grants.flatMap((one) => [one.requestedBy, one.approvedBy ?? ""])];
    return {
      account,
      own: id === me.account.id,
      roles: [...new Set([...roles, ...account.roles])],
      factors,
      lastSeen: lastSeen.get(id),
      sessions: sessions.filter(({ epoch }) => epoch === account.epoch),
      devices,
      grants,
      opens,
      hindrances: whatHinders(account, { locks, linkUntil, undelivered, factors, opens }, now),
      names: (await read.accounts.namesOf(accountIds(doers))).set(id, account.name),
      events,
    };
  };

  const accountOf = async (call: AdminCall): Promise<Account | undefined> => {
    const id = call.param("id");
    return UUID.test(id) ? read.accounts.byId(id) : undefined;
  };

  area.get("/admin/accounts/:id", async (call) => {
    const account = await accountOf(call);
    if (account === undefined) return call.notFound();
    return call.show(accountPage(call.context(), await viewOf(account, call)));
  });

  /** A change of one account. Refused, the page is shown again as it is now, with what was typed. */
  const change = (what: AdminDone, deed: Deed, after: (account: Account) => string = pathOf): void =>
    area.post(`/admin/accounts/:id/${what}`, async (call) => {
      const account = await accountOf(call);
      if (account === undefined) return call.notFound();
      const answer = await deed(call, account);
      if (!("refused" in answer)) return call.done(after(account), what);
      const now = await accountOf(call);
      if (now === undefined) return call.notFound();
      const typed = what === "details" ? { typed: typedAccount(call.form) } : {};
      const view = { ...(await viewOf(now, call)), ...typed };
      return call.show(accountPage(call.context(answer.refused), view), REFUSED_STATUS);
    });

  change("details", (call, { id }) => {
    const { displayName, email, phone, language } = typedAccount(call.form);
    return directory.changeDetails(gateway, call, id, { displayName, email, phone, language });
  });
  change("roles", (call, { id }) => directory.setRoles(gateway, call, id, ticked(call.form)));
  change("end", (call, { id }) => {
    const endsAt = endOf(field(call.form, "endDay", 30));
    return endsAt === "no-day" ? { refused: "end-invalid" } : directory.setEnd(gateway, call, id, endsAt);
  });
  change("invite", (call, { id }) => inviteAgain(gateway, call, id));
  change("disable", (call, { id }) => directory.disable(gateway, call, id));
  change("enable", (call, { id }) => directory.enable(gateway, call, id));
  change("lock", (call, { id }) => directory.lock(gateway, call, id));
  change("unlock", (call, { id }) => directory.unlock(gateway, call, id));
  change("unlock-lane", async (call) => {
    const answer = await unlockLane(gateway, gateway.lanes, call, field(call.form, "lane", 100));
    return answer ?? { refused: "nothing-to-change" };
  });
  change("unlock-all", (call, { id }) => unlockAccount(gateway, gateway.lanes, call, id));
  change("require-reset", (call, { id }) => directory.requireReset(gateway, call, id));
  change("reset-factors", (call, { id }) =>
    directory.resetFactors(gateway, call, id, field(call.form, "why", 2000)),
  );
  change(
    "delete",
    (call, { id, name }) =>
      field(call.form, "typedName").trim() === name
        ? directory.deleteAccount(gateway, call, id)
        : { refused: "name-differs" },
    () => "/admin",
  );
  change("end-session", async ({ form, by, now, me: { visit } }, account) => {
    const wanted = field(form, "session");
    let ended = false;
    for (const session of await read.sessions.listOf(account.id, now)) {
      if (wanted !== "all" && wanted !== session.id) continue;
      const { actor } = by;
      const origin = originOf(visit);
      const ending = { ...origin, account, by: actor, reason: "administrator", now };
      if (await endSession(gateway, { ...ending, sessionId: session.id })) ended = true;
    }
    return ended ? DONE : { refused: "nothing-to-change" };
  });
  change("forget-device", async ({ form, by, now }, account) => {
    const deviceId = field(form, "device");
    return UUID.test(deviceId) && (await forgetDevice(gateway, { account, deviceId, by, now }))
      ? DONE
      : { refused: "nothing-to-change" };
  });
  change("revoke-grant", async (call) => {
    const refused = await revoke(gateway, call);
    return refused === undefined ? DONE : { refused };
  });

  function endOf(day: string): Date | undefined | "no-day" {
    return day === "" ? undefined : (endOfDay(day, settings.timeZone) ?? "no-day");
  }
}

type Deed = (call: AdminCall, account: Account) => Outcome | Promise<Outcome>;
type Outcome = { refused: AdminRefusal } | object;

const DONE = {};
const NOTHING = { name: "", displayName: "", email: "", phone: "", roles: [], endDay: "" };

const pathOf = ({ id }: Account): string => `/admin/accounts/${id}`;

function typedAccount(form: Form): TypedAccount {
  return {
    name: field(form, "name", 200).trim(),
    displayName: field(form, "displayName", 1000),
    email: field(form, "email", 1000),
    phone: field(form, "phone", 1000),
    language: field(form, "language", 10),
    roles: ticked(form),
    endDay: field(form, "endDay", 30),
  };
}

/** Networks that the account was asked for from in the last day: a lock of one may keep its owner out. */
function lateNetworks(events: readonly AuditRow[], id: string, now: Date): string[] {
  const since = now.getTime() - LATE_MS;
  return [
    ...new Set(
      events.flatMap(({ at, event }) =>
        event?.address !== undefined && event.account?.id === id && at.getTime() > since
          ? laneAddress(event.address)
          : [],
      ),
    ),
  ];
}

/** The roles whose boxes were ticked. */
function ticked(form: Form): string[] {
  return [...form.keys()]
    .filter((name) => name.startsWith("role:"))
    .map((name) => name.slice("role:".length))
    .sort();
}
