/** `lakat staff lock`: nobody signs in until it is unlocked. */
import { lock } from "../auth/directory.ts";
import { LAST_OPTION, LAST_USAGE, staffAction } from "./staff-desk.ts";

export const command = staffAction({
  usage: LAST_USAGE,
  options: LAST_OPTION,
  notes: "Ends sessions; devices stay trusted. For good use `lakat staff disable`.",
  act: (desk, { id }) => lock(desk, desk.admin, id),
  said: ({ name }) => `locked ${name}`,
});
