/** `lakat staff list`: accounts, by name. */
import { standing, type Account } from "../auth/account.ts";
import { Fault } from "../fault.ts";
import { table } from "../report/table.ts";
import { text, type Call, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { atDesk, plainAccount } from "./staff-desk.ts";

const MOST = 1000;

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}
  --search TEXT        part of a name, display name or e-mail address
  --role ROLE          with this role
  --status STATUS      invited, active or disabled
  --after NAME         the page that begins after this name
  --limit N            at most so many, 100 by default, up to ${MOST}`,
  options: {
    ...CONFIG_OPTION,
    search: { type: "string" },
    role: { type: "string" },
    status: { type: "string" },
    after: { type: "string" },
    limit: { type: "string" },
  },
  run: (call) =>
    atDesk(call, async ({ store, now }) => {
      const limit = limitOf(call);
      const accounts = await store.read.accounts.list({
        search: text(call, "search"),
        role: text(call, "role"),
        status: statusOf(text(call, "status")),
        after: text(call, "after"),
        limit: limit + 1,
      });
      const page = accounts.slice(0, limit);
      const factors = await store.read.factors.ofAll(page.map(({ id }) => id));
      const passkeys = ({ id }: Account): number => factors.get(id)?.passkeys ?? 0;
      const more = accounts.length > limit ? page.at(-1)?.name : undefined;
      const lines = [
        page.length === 0
          ? "no accounts"
          : table(
              ["NAME", "STANDING", "ROLES", "E-MAIL", "DISPLAY NAME", "ENDS", "PASSKEYS"],
              page.map((account) => [...cells(account, now), String(passkeys(account))]),
            ),
        ...(more === undefined ? [] : ["", `there are more: --after ${more}`]),
      ];
      return {
        text: lines.join("\n"),
        json: {
          accounts: page.map((account) => ({ ...plainAccount(account, now), passkeys: passkeys(account) })),
          after: more,
        },
        findings: [],
      };
    }),
};

function cells(account: Account, now: Date): string[] {
  return [
    account.name,
    account.mustReset ? `${standing(account, now)}, reset required` : standing(account, now),
    account.roles.join(",") || "-",
    account.email,
    account.displayName,
    account.endsAt?.toISOString() ?? "-",
  ];
}

function statusOf(wanted: string | undefined): Account["status"] | undefined {
  if (wanted === undefined || wanted === "invited" || wanted === "active" || wanted === "disabled")
    return wanted;
  throw new Fault("USAGE", `--status ${wanted} is not known`, "Use invited, active or disabled.");
}

function limitOf(call: Call): number {
  const wanted = text(call, "limit") ?? "100";
  const limit = /^\d{1,4}$/.test(wanted) ? Number(wanted) : 0;
  if (limit < 1 || limit > MOST)
    throw new Fault("USAGE", `--limit ${wanted} is not a number from 1 to ${MOST}`, "Use --after for more.");
  return limit;
}
