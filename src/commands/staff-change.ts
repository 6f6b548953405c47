/** `lakat staff change`: what is known of a person. */
import { changeDetails } from "../auth/directory.ts";
import { text } from "./command.ts";
import { staffAction } from "./staff-desk.ts";

export const command = staffAction({
  usage: `  --display-name TEXT
  --email ADDRESS      links that went to the one before are over
  --phone NUMBER       has to be confirmed by its owner; empty for none
  --language LANGUAGE  en, hu or ro`,
  options: {
    "display-name": { type: "string" },
    email: { type: "string" },
    phone: { type: "string" },
    language: { type: "string" },
  },
  notes: "The name of an account never changes.",
  act: (desk, { id }, call) =>
    changeDetails(desk, desk.admin, id, {
      displayName: text(call, "display-name"),
      email: text(call, "email"),
      phone: text(call, "phone"),
      language: text(call, "language"),
    }),
  said: ({ name }) => `changed ${name}`,
});
