/** `lakat staff enable`: a disabled account is as it was before. */
import { enable } from "../auth/directory.ts";
import { staffAction } from "./staff-desk.ts";

export const command = staffAction({
  notes: "Whoever never chose a password has to be invited again.",
  act: (desk, { id }) => enable(desk, desk.admin, id),
  said: ({ name, status }) =>
    status === "invited"
      ? `enabled ${name}, who has no password: \`lakat staff invite ${name}\``
      : `enabled ${name}`,
});
