/** `lakat staff grant revoke`: ends a grant, or a request for one, at once. */
import { revokeGrant } from "../auth/grants.ts";
import { Fault } from "../fault.ts";
import type { Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { atDesk } from "./staff-desk.ts";
import { refusedFault } from "./staff-refused.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const command: Command = {
  usage: `ID [options]

${CONFIG_USAGE}

ID is as \`lakat staff grant list\` names it.`,
  options: CONFIG_OPTION,
  positionals: 1,
  run: (call) =>
    atDesk(call, async (desk) => {
      const [id] = call.positionals;
      if (id === undefined)
        throw new Fault("USAGE", "no grant is named", "Give its id; see `lakat staff grant list`.");
      const answer = UUID.test(id)
        ? await revokeGrant(desk, desk.admin, id)
        : ({ refused: "no-grant" } as const);
      if ("refused" in answer) throw refusedFault(answer.refused);
      const { grant } = answer;
      return {
        text: `revoked ${grant.application} ${grant.scopes.join(",")}`,
        json: { grant },
        findings: [],
      };
    }),
};
