/** What is said of an invitation, with its link where the operator may see it. */
import type { Invited } from "../auth/invite.ts";

export const LINK_OPTION = { "print-link": { type: "boolean" } } as const;
export const LINK_USAGE = `  --print-link         also print the link, which the audit records; always
                       while no mail server is configured`;

/** For the operator on the host. */
export function invitedText({ account, link }: Invited): string {
  const lines = [`invited ${account.name}; the gateway sends the mail to ${account.email}`];
  if (link !== undefined)
    lines.push("", `good once, until ${link.until.toISOString()}, for its owner only:`, `  ${link.url}`);
  return lines.join("\n");
}
