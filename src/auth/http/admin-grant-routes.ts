/** Adapter: grants and locks as administrators see them, and end them. */
import type { Gateway } from "../gateway.ts";
import { revokeGrant } from "../grants.ts";
import { grantsPage } from "../pages/admin-grants.ts";
import { locksPage } from "../pages/admin-locks.ts";
import { unlockLane } from "../unlock.ts";
import type { AdminRefusal } from "../words/admin.ts";
import { REFUSED_STATUS, type AdminArea, type AdminCall } from "./admin-area.ts";
import type { Desk } from "./desk.ts";
import { field } from "./form.ts";

const PAGE = 50;
/** During an attack there can be thousands; the latest are enough to see what goes on. */
const MOST_LOCKS = 200;
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function adminGrantRoutes(area: AdminArea, desk: Desk): void {
  const { gateway } = desk;
  const { read } = gateway.store;
  const applications = gateway.settings.applications.all.map(({ name }) => name);

  const showGrants = async (call: AdminCall, refused?: AdminRefusal) => {
    const { query, now } = call;
    const [application, after] = [field(query, "application", 200), field(query, "after", 50)];
    const all = query.get("which") === "all";
    const found = await read.grants.list({
      applications: application === "" ? undefined : [application],
      openAt: all ? undefined : now,
      after: UUID.test(after) ? after : undefined,
      limit: PAGE + 1,
    });
    const grants = found.slice(0, PAGE);
    const names = await read.accounts.namesOf([
      ...grants.map(({ accountId }) => accountId),
      ...accountIds(grants.flatMap(({ requestedBy, approvedBy = "" }) => [requestedBy, approvedBy])),
    ]);
    const html = grantsPage(
      call.context(refused),
      applications,
      { application, all, after },
      { grants, names, more: found.length > PAGE },
    );
    return call.show(html, refused === undefined ? 200 : REFUSED_STATUS);
  };
  area.get("/admin/grants", (call) => showGrants(call));
  area.post("/admin/grants/revoke-grant", async (call) => {
    const refused = await revoke(gateway, call);
    return refused === undefined ? call.done("/admin/grants", "revoke-grant") : showGrants(call, refused);
  });

  const showLocks = async (call: AdminCall, refused?: AdminRefusal) => {
    const found = await gateway.lanes.locks(call.now);
    const locks = found.slice(0, MOST_LOCKS);
    const names = await read.accounts.namesOf(locks.flatMap(({ accountId }) => accountId ?? []));
    const html = locksPage(call.context(refused), { locks, more: found.length - locks.length, names });
    return call.show(html, refused === undefined ? 200 : REFUSED_STATUS);
  };
  area.get("/admin/locks", (call) => showLocks(call));
  area.post("/admin/locks/unlock", async (call) => {
    const answer = await unlockLane(gateway, gateway.lanes, call, field(call.form, "lane", 100));
    if (answer === undefined) return showLocks(call, "nothing-to-change");
    return "refused" in answer ? showLocks(call, answer.refused) : call.done("/admin/locks", "unlock-lane");
  });
}

/** Revokes the grant that the form names; why not, when it was not. */
export async function revoke(
  gateway: Pick<Gateway, "store" | "settings">,
  call: AdminCall,
): Promise<AdminRefusal | undefined> {
  const id = field(call.form, "grant", 50);
  const answer = UUID.test(id) ? await revokeGrant(gateway, call, id) : { refused: "no-grant" };
  if (!("refused" in answer)) return undefined;
  const { refused } = answer;
  return refused === "not-owner" || refused === "grant-over" ? refused : "no-grant";
}

/** The ids of accounts among those who did something: `account:<id>`. */
export function accountIds(doers: readonly string[]): string[] {
  return doers.map((doer) => doer.replace(/^account:/, "")).filter((id) => UUID.test(id));
}
