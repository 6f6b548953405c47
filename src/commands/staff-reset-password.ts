/** `lakat staff reset-password`: the password counts no more, its owner chooses another. */
import { requireReset } from "../auth/directory.ts";
import { staffAction } from "./staff-desk.ts";

export const command = staffAction({
  notes: `Ends the sessions of the account. Its owner gets a link by mail, good for 30
minutes, and can ask for another on the sign-in page. Nobody chooses a
password for somebody else.`,
  act: (desk, { id }) => requireReset(desk, desk.admin, id),
  said: ({ name, email }) => `${name} has to choose another password; a link went to ${email}`,
});
