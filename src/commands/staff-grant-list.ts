/** `lakat staff grant list`: rights for a time, and who asked for and approved them. */
import { grantState } from "../auth/grant.ts";
import { table } from "../report/table.ts";
import { flag, text, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { atDesk, findAccount } from "./staff-desk.ts";

const MOST = 1000;

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}
  --account NAME       for this account
  --application NAME   to this application
  --all                also those that are over or revoked

The newest first, at most ${MOST}.`,
  options: {
    ...CONFIG_OPTION,
    account: { type: "string" },
    application: { type: "string" },
    all: { type: "boolean" },
  },
  run: (call) =>
    atDesk(call, async (desk) => {
      const { store, now } = desk;
      const name = text(call, "account");
      const application = text(call, "application");
      const grants = await store.read.grants.list({
        accountId: name === undefined ? undefined : (await findAccount(desk, name)).id,
        applications: application === undefined ? undefined : [application],
        openAt: flag(call, "all") ? undefined : now,
        limit: MOST,
      });
      const names = await store.read.accounts.namesOf(
        grants.flatMap(({ accountId, requestedBy, approvedBy }) => [
          accountId,
          ...[requestedBy, approvedBy].flatMap((by) => /^account:(.+)$/.exec(by ?? "")?.[1] ?? []),
        ]),
      );
      const who = (by: string | undefined): string => {
        const id = /^account:(.+)$/.exec(by ?? "")?.[1];
        return id === undefined ? (by ?? "-") : (names.get(id) ?? id);
      };
      const rows = grants.map((grant) => [
        names.get(grant.accountId) ?? grant.accountId,
        grant.application,
        grant.scopes.join(","),
        grantState(grant, now),
        grant.startsAt.toISOString(),
        grant.endsAt.toISOString(),
        who(grant.requestedBy),
        who(grant.approvedBy),
        grant.id,
      ]);
      return {
        text: rows.length === 0 ? "no grants" : table(HEAD, rows),
        json: {
          grants: grants.map((grant) => ({
            ...grant,
            account: names.get(grant.accountId),
            state: grantState(grant, now),
          })),
        },
        findings: [],
      };
    }),
};

const HEAD = ["FOR", "APPLICATION", "SCOPES", "STATE", "FROM", "UNTIL", "ASKED BY", "APPROVED BY", "ID"];
