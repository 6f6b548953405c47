/** Flow: everything that the page of one's own account shows. Only looks. */
import { grantState } from "./grant.ts";
import type { Gateway } from "./gateway.ts";
import type { Owner } from "./own-account.ts";
import { mayUsePhone } from "./own-factors.ts";
import type { AccountView } from "./pages/account.ts";

/** More than anybody has open at once. */
const MOST_GRANTS = 50;

export async function ownView(
  { store: { read }, settings, providers = [] }: Gateway,
  { account, session, address, now }: Owner,
): Promise<AccountView> {
  const { id, roles } = account;
  const [factors, sessions, devices, grants, identities] = await Promise.all([
    read.factors.of(id),
    read.sessions.listOf(id, now),
    read.devices.listOf(id, now),
    read.grants.list({ accountId: id, openAt: now, limit: MOST_GRANTS }),
    providers.length === 0 ? [] : read.identities.of(id),
  ]);
  const stated = grants.map((grant) => ({ ...grant, state: grantState(grant, now) }));
  const applications = settings.applications.all.flatMap(({ name, audience: url, ...application }) => {
    if (roles.some((role) => application.roles.includes(role))) return [{ name, url }];
    const ends = stated
      .filter((grant) => grant.state === "active" && grant.application === name)
      .filter(({ scopes }) => scopes.some((scope) => application.scopes.includes(scope)))
      .map(({ endsAt }) => endsAt.getTime());
    return ends.length === 0 ? [] : [{ name, url, until: new Date(Math.max(...ends)) }];
  });
  return {
    account,
    applications,
    grants: stated,
    mayAsk: settings.applications.all.some(({ scopes }) => scopes.length > 0),
    factors,
    phones: mayUsePhone(settings, account) && factors.totps.length > 0,
    // Of an epoch that is over, a session opens nothing any more.
    linked:
      providers.length === 0
        ? undefined
        : identities.map(({ id, provider, linkedAt }) => ({
            id,
            label: providers.find(({ name }) => name === provider)?.label ?? provider,
            linkedAt,
          })),
    sessions: sessions.filter(({ epoch }) => epoch === account.epoch),
    devices,
    current: { id: session.id, deviceId: session.deviceId },
    address,
  };
}
