/** `lakat staff disable`: nobody signs in to the account; what is under way ends at once. */
import { disable } from "../auth/directory.ts";
import { LAST_OPTION, LAST_USAGE, staffAction } from "./staff-desk.ts";

export const command = staffAction({
  usage: LAST_USAGE,
  options: LAST_OPTION,
  notes: "Ends sessions on every node, forgets devices, and ends links.",
  act: (desk, { id }) => disable(desk, desk.admin, id),
  said: ({ name }) => `disabled ${name}`,
});
