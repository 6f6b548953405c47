/** `lakat staff roles`: the roles of an account. */
import { setRoles } from "../auth/directory.ts";
import { Fault } from "../fault.ts";
import { flag, texts } from "./command.ts";
import { LAST_OPTION, LAST_USAGE, staffAction } from "./staff-desk.ts";

export const command = staffAction({
  usage: `  --add ROLE           one more; may be repeated
  --remove ROLE        one less; may be repeated
  --none               no role at all
${LAST_USAGE}`,
  options: {
    add: { type: "string", multiple: true },
    remove: { type: "string", multiple: true },
    none: { type: "boolean" },
    ...LAST_OPTION,
  },
  notes: `Counts at once on every node. Who becomes or ceases to be an administrator
has to sign in anew.`,
  act(desk, { id, roles }, call) {
    const [add, remove] = [texts(call, "add"), texts(call, "remove")];
    if (add.length + remove.length === 0 && !flag(call, "none"))
      throw new Fault("USAGE", "no role is given", "Give --add ROLE, --remove ROLE or --none.");
    const kept = flag(call, "none") ? [] : roles.filter((role) => !remove.includes(role));
    return setRoles(desk, desk.admin, id, [...kept, ...add]);
  },
  said: ({ name, roles }) => `${name} has ${roles.length === 0 ? "no roles" : roles.join(", ")}`,
});
