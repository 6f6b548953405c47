/** Adapter: sends the gateway's mails by SMTP. */
import { Fault } from "../../fault.ts";
import {
  handToServer,
  isOneLine,
  MAIL_LIMITS,
  type Letter,
  type MailLimits,
  type MailServer,
  type Refusal,
} from "../../mail/smtp.ts";
import { isBareAddress, type Mail, type Sender, type Trouble } from "../message.ts";

/**
 * Sends each mail on a connection of its own; opens none yet. The Message-ID is made of the message's id and the
 * date is when it was enqueued, so a mail that is sent twice shows as the same one. Troubles carry the server's
 * reply code only: what it says may repeat the address or the password. Throws CONFIG_INVALID for a sender of
 * several lines.
 *
 * @param limits tests do not wait for 30 seconds
 */
export function openMailSender(
  server: MailServer & { from: string },
  limits: MailLimits = MAIL_LIMITS,
): Sender<Mail> {
  if (!isOneLine(server.from))
    throw new Fault("CONFIG_INVALID", "mail.from is no mail address", "Write the address on one line.");
  return async ({ to, subject, text, html }, { id, createdAt }, signal) => {
    if (!isBareAddress(to)) return { word: "address-invalid", final: true };
    const letter: Letter = { from: server.from, to: [to], subject, text, html, date: createdAt, id };
    const handed = await handToServer(server, letter, limits, signal);
    if ("refusal" in handed) return troubleOf(handed.refusal);
    // A server that lists the only recipient here has taken the mail for nobody.
    return handed.rejected.length === 0 ? undefined : { word: "recipient-refused", final: true };
  };
}

function troubleOf({ reason, reply, enhanced, command }: Refusal): Trouble {
  // The mailbox does not exist. 5.7 is "not from you": a mistake in the configuration that somebody will correct.
  const isUnknown = command === "RCPT TO" && [550, 551, 553].includes(reply ?? 0);
  const final = isUnknown && enhanced?.startsWith("5.7.") !== true;
  if (reply !== undefined && reason !== "ETLS") return { word: `smtp-${reply}`, final };
  const named = (reason ?? "").toLowerCase();
  return { word: /^[a-z0-9]{1,30}$/.test(named) ? `smtp-${named}` : "smtp-failed", final: false };
}
