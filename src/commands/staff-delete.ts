/** `lakat staff delete`: removes an account for good. */
import { deleteAccount } from "../auth/directory.ts";
import { Fault } from "../fault.ts";
import { text } from "./command.ts";
import { LAST_OPTION, LAST_USAGE, staffAction } from "./staff-desk.ts";

export const command = staffAction({
  usage: `  --confirm NAME       the account's name once more
${LAST_USAGE}`,
  options: { confirm: { type: "string" }, ...LAST_OPTION },
  notes: `With its sessions, devices, links, second factors and grants. What the audit
tells of it stays for its time. Usually \`lakat staff disable\` is better: a
deleted name can be given to somebody else.`,
  act(desk, { id, name }, call) {
    if (text(call, "confirm") !== name)
      throw new Fault("USAGE", `${name} would be deleted for good`, `Add --confirm ${name}.`);
    return deleteAccount(desk, desk.admin, id);
  },
  said: ({ name }) => `deleted ${name}`,
});
