/** `lakat staff show`: one account with what it has. */
import { standing } from "../auth/account.ts";
import { grantState } from "../auth/grant.ts";
import type { Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { accountNamed, atDesk, plainAccount } from "./staff-desk.ts";

export const command: Command = {
  usage: `NAME [options]

${CONFIG_USAGE}

NAME may be the name, the e-mail address or the id.`,
  options: CONFIG_OPTION,
  positionals: 1,
  run: (call) =>
    atDesk(call, async (desk) => {
      const { now } = desk;
      const { devices, sessions, grants, factors } = desk.store.read;
      const account = await accountNamed(desk, call);
      const { id } = account;
      const [has, trusted, open, given, locks] = await Promise.all([
        factors.of(id),
        devices.listOf(id, now),
        sessions.listOf(id, now),
        grants.list({ accountId: id, openAt: now, limit: 100 }),
        desk.lanes.locks(now),
      ]);
      const lanes = locks.filter(({ accountId }) => accountId === id);
      const state = standing(account, now);
      const lines: [string, string][] = [
        ["id", id],
        ["display name", account.displayName],
        ["e-mail", account.email],
        ["phone", account.phone ?? "-"],
        ["language", account.language],
        ["standing", account.lockedReason === undefined ? state : `${state} (${account.lockedReason})`],
        ["roles", account.roles.join(", ") || "-"],
        ["ends", account.endsAt?.toISOString() ?? "-"],
        ["password", passwordOf(account.passwordChangedAt, account.mustReset)],
        ["authenticators", has.totps.map(({ label }) => label).join(", ") || "-"],
        ["passkeys", String(has.passkeys)],
        ["phone confirmed", has.phone === undefined ? "no" : "yes"],
        ["recovery codes", String(has.recoveryCodesLeft)],
        ["created", `${account.createdAt.toISOString()} by ${account.createdBy}`],
        ...trusted.map(({ name, lastSeenAt, address }): [string, string] => [
          "device",
          `${name}, ${address}, last used ${lastSeenAt.toISOString()}`,
        ]),
        ...open.map(({ createdAt, address }): [string, string] => [
          "session",
          `since ${createdAt.toISOString()} from ${address}`,
        ]),
        ...given.map((grant): [string, string] => [
          "grant",
          `${grant.application} ${grant.scopes.join(",")}: ${grantState(grant, now)}, until ${grant.endsAt.toISOString()}`,
        ]),
        ...lanes.map(({ kind, lockedUntil }): [string, string] => [
          "locked lane",
          `${kind} until ${lockedUntil.toISOString()}`,
        ]),
      ];
      return {
        text: [account.name, ...lines.map(([label, value]) => `  ${label.padEnd(16)}${value}`)].join("\n"),
        json: {
          account: plainAccount(account, now),
          factors: has,
          devices: trusted,
          sessions: open,
          grants: given.map((grant) => ({ ...grant, state: grantState(grant, now) })),
          lanes,
        },
        findings: [],
      };
    }),
};

function passwordOf(changedAt: Date | undefined, mustReset: boolean): string {
  if (changedAt === undefined) return "none yet";
  return `set ${changedAt.toISOString()}${mustReset ? ", does not count until it is reset" : ""}`;
}
