/** `lakat staff reset-factors`: for somebody who lost every second factor. */
import { resetFactors } from "../auth/directory.ts";
import { text } from "./command.ts";
import { staffAction } from "./staff-desk.ts";

export const command = staffAction({
  usage: `  --reason TEXT        needed; stands in the audit, such as how you made sure
                       that it is the owner who asks`,
  options: { reason: { type: "string" } },
  notes: `Removes authenticators, passkeys, recovery codes and the confirmed phone, ends
sessions and forgets devices. Whoever signs in next with the password enrols
anew: have the password reset as well when it may be known.`,
  act: (desk, { id }, call) => resetFactors(desk, desk.admin, id, text(call, "reason") ?? ""),
  said: ({ name }) => `${name} has no second factor and enrols anew at the next sign-in`,
});
