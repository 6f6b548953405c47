/** `lakat staff grant request`: asks for a right for a time; an owner of the application approves it. */
import { requestGrant } from "../auth/grants.ts";
import { endOfDay, startOfDay } from "../auth/zoned-time.ts";
import { Fault } from "../fault.ts";
import { text, texts, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { accountNamed, atDesk } from "./staff-desk.ts";
import { refusedFault } from "./staff-refused.ts";

export const command: Command = {
  usage: `NAME [options]

${CONFIG_USAGE}
  --application NAME   as the configuration names it
  --scope SCOPE        one that the application declares; may be repeated
  --from DAY           from now on by default
  --until DAY          the last day, or a moment such as 2026-12-31T12:00Z
  --reason TEXT        told to whoever approves it; all but --from are needed

NAME is whom it is for. It opens nothing until somebody with an owner's role of
the application has approved it, signed in: on this host nobody owns one.`,
  options: {
    ...CONFIG_OPTION,
    application: { type: "string" },
    scope: { type: "string", multiple: true },
    from: { type: "string" },
    until: { type: "string" },
    reason: { type: "string" },
  },
  positionals: 1,
  run: (call) =>
    atDesk(call, async (desk) => {
      const zone = desk.config.time_zone;
      const [from, until] = [text(call, "from"), text(call, "until")];
      if (until === undefined) throw new Fault("USAGE", "a grant needs an end", "Give --until.");
      const startsAt = from === undefined ? undefined : startOfDay(from, zone);
      const endsAt = endOfDay(until, zone);
      if (endsAt === undefined || (from !== undefined && startsAt === undefined))
        throw refusedFault("grant-times");
      const account = await accountNamed(desk, call);
      const answer = await requestGrant(desk, desk.admin, account.id, {
        application: text(call, "application") ?? "",
        scopes: texts(call, "scope"),
        reason: text(call, "reason") ?? "",
        // Today has begun already.
        startsAt: startsAt !== undefined && startsAt < desk.now ? undefined : startsAt,
        endsAt,
      });
      if ("refused" in answer) throw refusedFault(answer.refused);
      const { grant } = answer;
      return {
        text: `asked for ${grant.application} ${grant.scopes.join(",")} for ${account.name}; its owners are told: ${grant.id}`,
        json: { grant },
        findings: [],
      };
    }),
};
