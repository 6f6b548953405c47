/** `lakat staff invite`: another link for somebody who has not followed the one before. */
import { inviteAgain } from "../auth/invite.ts";
import { flag, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { accountNamed, atDesk, done, plainAccount } from "./staff-desk.ts";
import { invitedText, LINK_OPTION, LINK_USAGE } from "./staff-link.ts";

export const command: Command = {
  usage: `NAME [options]

${CONFIG_USAGE}
${LINK_USAGE}

An earlier link of the account no longer works.`,
  options: { ...CONFIG_OPTION, ...LINK_OPTION },
  positionals: 1,
  run: (call) =>
    atDesk(call, async (desk) => {
      const { config, admin } = desk;
      const { id } = await accountNamed(desk, call);
      const showLink = flag(call, "print-link") || config.mail === undefined;
      const invited = done(await inviteAgain(desk, { ...admin, showLink }, id));
      return {
        text: invitedText(invited),
        json: { account: plainAccount(invited.account, desk.now), link: invited.link },
        findings: [],
      };
    }),
};
