/** Who reaches which application, by a role or by a grant that holds. Pure. */
import type { Application } from "./application.ts";
import { grantState, type Grant } from "./grant.ts";

type Reachable = Pick<Application, "name" | "roles" | "scopes">;
type Held = Pick<Grant, "application" | "scopes" | "approvedAt" | "startsAt" | "endsAt" | "revokedAt">;

/** Names of the applications that these roles and grants open at this moment, as `decide` of forward-auth.ts has it. */
export function opensTo(
  applications: readonly Reachable[],
  roles: readonly string[],
  grants: readonly Held[],
  now: Date,
): string[] {
  return applications
    .filter((one) => hasRoleOf(one, roles) || grants.some((grant) => opens(grant, one, now)))
    .map(({ name }) => name);
}

export function hasRoleOf({ roles: wanted }: Pick<Reachable, "roles">, roles: readonly string[]): boolean {
  return roles.some((role) => wanted.includes(role));
}

/** A scope that the configuration lost opens nothing any more. */
export function opens(grant: Held, { name, scopes }: Reachable, now: Date): boolean {
  return (
    grant.application === name &&
    grantState(grant, now) === "active" &&
    grant.scopes.some((scope) => scopes.includes(scope))
  );
}
