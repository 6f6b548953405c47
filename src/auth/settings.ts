/** What the gateway is told by its configuration, in the shape its rules want. Pure. */
import type { Applications, Policy } from "./application.ts";
import type { SmsCaps } from "./store/sms-budget.ts";
import { STRICT_POLICY, USUAL_POLICY } from "./application.ts";

export type Language = "en" | "hu" | "ro";
export const ADMINISTRATOR_ROLE = "administrator";

export interface Settings {
  /** `https://login.example.hu`; every link is built from it. */
  publicUrl: string;
  /** Its host, without a port. */
  loginHost: string;
  organisation: string;
  applications: Applications;
  /** What each role demands, by its name; a role that is not in here demands nothing. */
  rolePolicies: ReadonlyMap<string, Policy>;
  sessions: { idleMs: number; absoluteMs: number; strictIdleMs: number; strictAbsoluteMs: number };
  deviceMs: number;
  grantMs: number;
  codeTolerance: 0 | 1;
  /** SMS can be sent at all. */
  sms: boolean;
  smsCaps: SmsCaps;
  language: Language;
  timeZone: string;
}

/** How long a sign-in may wait for its second factor, milliseconds. */
export const SIGN_IN_MS = 10 * 60_000;
/** How long password and second factor, shown in full, allow changes of either. */
export const FRESH_MS = 10 * 60_000;

/** What an account's roles mean: administrators are strict whatever the configuration says. */
export function rolesOf(
  { rolePolicies }: Pick<Settings, "rolePolicies">,
  roles: readonly string[],
): { administrator: boolean; policies: Policy[] } {
  const administrator = roles.includes(ADMINISTRATOR_ROLE);
  const policies = roles.flatMap((role) => rolePolicies.get(role) ?? []);
  return { administrator, policies: administrator ? [...policies, STRICT_POLICY] : policies };
}

/** A role of the configuration as a policy. */
export function rolePolicy(role: { second_factor: "new-device" | "always"; sms: boolean }): Policy {
  return { ...USUAL_POLICY, secondFactor: role.second_factor, sms: role.sms };
}

/** Limits of a session that begins now, by who it is for. */
export function sessionLimits(
  { sessions }: Pick<Settings, "sessions">,
  administrator: boolean,
): { idleSeconds: number; absoluteMs: number } {
  return administrator
    ? { idleSeconds: sessions.strictIdleMs / 1000, absoluteMs: sessions.strictAbsoluteMs }
    : { idleSeconds: sessions.idleMs / 1000, absoluteMs: sessions.absoluteMs };
}
