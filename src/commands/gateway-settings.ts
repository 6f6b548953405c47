/** From a gateway's configuration to what its rules want to know. */
import { openApplications } from "../auth/application.ts";
import { laneRules, type LaneRules } from "../auth/lockout.ts";
import { rolePolicy, strictPolicy, type Settings } from "../auth/settings.ts";
import type { GatewayConfig } from "../config.ts";

const DAY_MS = 86_400_000;

/** Throws CONFIG_INVALID for what only the rules of applications can tell. */
export function settingsOf(config: GatewayConfig): Settings {
  const sessions = {
    idleMs: config.sessions.idle,
    absoluteMs: config.sessions.absolute,
    strictIdleMs: config.sessions.strict_idle,
    strictAbsoluteMs: config.sessions.strict_absolute,
  };
  return {
    publicUrl: config.public_url,
    loginHost: new URL(config.public_url).hostname,
    organisation: config.organisation,
    applications: openApplications(config.applications, strictPolicy(sessions)),
    rolePolicies: new Map(config.roles.map((role) => [role.name, rolePolicy(role)])),
    sessions,
    deviceMs: config.device_days * DAY_MS,
    grantMs: config.grant_days * DAY_MS,
    codeTolerance: config.code_tolerance === 1 ? 1 : 0,
    // Into files where nothing is configured at all, for a trial; with a mail server and without SMSAPI nobody would
    // ever see the code.
    sms: config.sms !== undefined || config.mail === undefined,
    smsCaps: { aDay: config.sms?.a_day ?? 500, aDayPerNumber: config.sms?.a_day_per_number ?? 10 },
    language: config.language,
    timeZone: config.time_zone,
  };
}

/** How many attempts each lane has. */
export function laneRulesOf({ lockout }: Pick<GatewayConfig, "lockout">): LaneRules {
  const { account, device, address, codes } = lockout;
  return laneRules({ account, device, address, codes });
}
