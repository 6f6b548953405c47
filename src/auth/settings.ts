/** What the gateway is told by its configuration, in the shape its rules want. Pure. */
import type { Applications, Policy } from "./application.ts";
import type { SmsCaps } from "./store/sms-budget.ts";
import { strictest, STRICT_POLICY, USUAL_POLICY } from "./application.ts";

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
  /** What else the menu leads to; pages of parts that the gateway itself knows nothing of. */
  more?: readonly MenuEntry[];
}

/** An entry of the menu, for administrators and for whoever has one of these roles. */
export interface MenuEntry {
  href: string;
  text: Record<Language, string>;
  roles: readonly string[];
}

/** How long a sign-in may wait for its second factor, milliseconds. */
export const SIGN_IN_MS = 10 * 60_000;
/** How long password and second factor, shown in full, allow changes of either. */
export const FRESH_MS = 10 * 60_000;

/** What an account's roles demand: of administrators the strict policy, whatever the configuration says of the role. */
export function policiesOf(
  { rolePolicies, sessions }: Pick<Settings, "rolePolicies" | "sessions">,
  roles: readonly string[],
): Policy[] {
  const policies = roles.flatMap((role) => rolePolicies.get(role) ?? []);
  return roles.includes(ADMINISTRATOR_ROLE) ? [...policies, strictPolicy(sessions)] : policies;
}

/** The strict policy with the limits of the configuration, which never loosens it. */
export function strictPolicy({ strictIdleMs, strictAbsoluteMs }: Settings["sessions"]): Policy {
  return strictest([
    STRICT_POLICY,
    { ...STRICT_POLICY, idleSeconds: strictIdleMs / 1000, absoluteSeconds: strictAbsoluteMs / 1000 },
  ]);
}

/** A role of the configuration as a policy. */
export function rolePolicy(role: { second_factor: "new-device" | "always"; sms: boolean }): Policy {
  return { ...USUAL_POLICY, secondFactor: role.second_factor, sms: role.sms };
}

/** Limits of a session that begins now, by the roles of its owner. */
export function sessionLimits(
  { sessions }: Pick<Settings, "sessions">,
  roles: readonly string[],
): { idleSeconds: number; absoluteMs: number } {
  return roles.includes(ADMINISTRATOR_ROLE)
    ? { idleSeconds: sessions.strictIdleMs / 1000, absoluteMs: sessions.strictAbsoluteMs }
    : { idleSeconds: sessions.idleMs / 1000, absoluteMs: sessions.absoluteMs };
}
