/** `lakat staff create`: a new account, whose owner is invited by mail. */
import { createAccount } from "../auth/invite.ts";
import { endOfDay } from "../auth/zoned-time.ts";
import { Fault } from "../fault.ts";
import { flag, text, texts, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { atDesk, done, plainAccount } from "./staff-desk.ts";
import { invitedText, LINK_OPTION, LINK_USAGE } from "./staff-link.ts";
import { refusedFault } from "./staff-refused.ts";

export const command: Command = {
  usage: `NAME --email ADDRESS [options]

${CONFIG_USAGE}
  --email ADDRESS      where the invitation goes
  --display-name TEXT  as pages show it; NAME by default
  --role ROLE          may be repeated; the first account needs administrator
  --phone NUMBER       such as +36201234567
  --language LANGUAGE  en, hu or ro; the configuration's by default
  --end-date DAY       the last day of the account, such as 2026-12-31
${LINK_USAGE}

NAME is 2 to 64 of a-z, 0-9, dot, hyphen and underscore. The owner chooses the
password by the link, which is good once and for 72 hours.`,
  options: {
    ...CONFIG_OPTION,
    ...LINK_OPTION,
    email: { type: "string" },
    "display-name": { type: "string" },
    role: { type: "string", multiple: true },
    phone: { type: "string" },
    language: { type: "string" },
    "end-date": { type: "string" },
  },
  positionals: 1,
  async run(call) {
    const [name] = call.positionals;
    const email = text(call, "email");
    if (name === undefined || email === undefined)
      throw new Fault(
        "USAGE",
        "a new account needs a name and an e-mail address",
        "Such as `lakat staff create anna --email anna@example.hu --role sales`.",
      );
    return atDesk(call, async (desk) => {
      const { config, admin } = desk;
      const end = text(call, "end-date");
      const endsAt = end === undefined ? undefined : endOfDay(end, config.time_zone);
      if (end !== undefined && endsAt === undefined) throw refusedFault("end-invalid");
      const showLink = flag(call, "print-link") || config.mail === undefined;
      const invited = done(
        await createAccount(
          desk,
          { ...admin, showLink },
          {
            name,
            email,
            displayName: text(call, "display-name") ?? name,
            phone: text(call, "phone"),
            language: text(call, "language") ?? config.language,
            roles: texts(call, "role"),
            endsAt,
          },
        ),
      );
      return {
        text: invitedText(invited),
        json: { account: plainAccount(invited.account, desk.now), link: invited.link },
        findings: [],
      };
    });
  },
};
