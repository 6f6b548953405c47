/** Adapter: the applications and who reaches them, for administrators. */
import { applicationPage, applicationsPage } from "../pages/admin-applications.ts";
import { hasRoleOf, opens, opensTo } from "../reach.ts";
import type { Pool } from "../store/database.ts";
import { reachOn } from "../store/reach.ts";
import type { AdminArea } from "./admin-area.ts";
import type { Desk } from "./desk.ts";
import { field } from "./form.ts";

const PAGE = 50;

export function adminApplicationRoutes(area: AdminArea, desk: Desk, { pool }: { pool: Pool }): void {
  const { all } = desk.gateway.settings.applications;
  const reach = reachOn(pool);

  /** How many people reach each application, by its name: one pass over the accounts, however many applications. */
  const counts = async (now: Date): Promise<Map<string, number>> => {
    const [byRoles, holding] = await Promise.all([reach.countsByRoles(now), reach.holding(now)]);
    const people = new Map(all.map(({ name }) => [name, 0]));
    const add = (name: string, n: number): void => void people.set(name, (people.get(name) ?? 0) + n);
    for (const { roles, count } of byRoles) for (const name of opensTo(all, roles, [], now)) add(name, count);
    for (const application of all) {
      const byGrant = holding.filter(
        (grant) => opens(grant, application, now) && !hasRoleOf(application, grant.roles),
      );
      add(application.name, new Set(byGrant.map(({ accountId }) => accountId)).size);
    }
    return people;
  };

  area.get("/admin/applications", async (call) =>
    call.show(applicationsPage(call.context(), all, await counts(call.now))),
  );

  area.get("/admin/applications/:name", async (call) => {
    const application = all.find(({ name }) => name === call.param("name"));
    if (application === undefined) return call.notFound();
    const after = field(call.query, "after", 100);
    const [found, people] = await Promise.all([
      reach.of(application, call.now, PAGE + 1, after),
      counts(call.now),
    ]);
    return call.show(
      applicationPage(call.context(), application, {
        people: found.slice(0, PAGE),
        count: people.get(application.name) ?? 0,
        after,
        more: found.length > PAGE,
      }),
    );
  });
}
