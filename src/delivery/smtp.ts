/** Adapter: mails each report by SMTP. */
import { Fault, firstLine, type Finding } from "../fault.ts";
import {
  handToServer,
  isOneLine,
  MAIL_LIMITS,
  type Letter,
  type MailLimits,
  type MailServer,
  type Refusal,
} from "../mail/smtp.ts";
import type { Parcel } from "../report/deliver.ts";
import type { ReportChannel } from "../report/publish.ts";
import type { Report } from "../seal/report.ts";

export interface Mailbox extends MailServer {
  from: string;
  to: string[];
  /** trouble: of single restore tests only those that are not green. */
  send: "always" | "trouble";
}

/**
 * A mailbox as a channel; opens no connection yet. `send` throws REPORT_NOT_SENT, in one line without the password,
 * when nobody got the mail; addresses that were refused beside others are a finding. A mail sent again has the
 * Message-ID and date that it had before, so that a second copy shows as the same mail. Throws CONFIG_INVALID for
 * an address of several lines.
 *
 * @param limits tests do not wait for 30 seconds
 */
export function openMailbox(box: Mailbox, limits: MailLimits = MAIL_LIMITS): ReportChannel {
  for (const address of [box.from, ...box.to])
    if (!isOneLine(address))
      throw new Fault(
        "CONFIG_INVALID",
        `reports.mail: ${JSON.stringify(address)} is no mail address`,
        "Write each address on one line.",
      );
  return {
    name: "mail",
    pack: ({ report, page, mail }) =>
      Promise.resolve({
        parcel: isWanted(report, box.send) ? { ...mail, page, attached: attachedName(report) } : undefined,
        findings: [],
      }),
    async send({ report, parcel, since }, signal) {
      const handed = await handToServer(box, letterOf(box, report, since, parcel), limits, signal);
      if ("refusal" in handed) throw mailFault(box, handed.refusal);
      return handed.rejected.length === 0 ? [] : [refusedSome(handed.rejected)];
    },
  };
}

function isWanted(report: Report, send: Mailbox["send"]): boolean {
  return send === "always" || report.kind === "daily" || report.verdict !== "passed";
}

function attachedName(report: Report): string {
  if (report.kind === "daily") return `lakat-daily-${report.day}.html`;
  const what = report.kind === "drill" ? report.cluster : `sabotage-${report.cluster}`;
  return `lakat-${what}-${report.startedAt.slice(0, 10)}.html`;
}

function letterOf(box: Mailbox, id: string, date: Date, parcel: Parcel): Letter {
  const { subject = "", text = "", html = "", page = "", attached = "lakat.html" } = parcel;
  const attachments = [{ filename: attached, content: page, contentType: "text/html; charset=utf-8" }];
  return { from: box.from, to: box.to, subject, text, html, date, id, attachments };
}

function refusedSome(addresses: string[]): Finding {
  return {
    code: "REPORT_NOT_SENT",
    what: firstLine(`the mail server refused ${addresses.join(", ")}; the others got the report`),
    todo: "Correct these addresses in reports.mail.to.",
  };
}

/** What to do about the reason of a refusal. */
const TODO: Record<string, string> = {
  EAUTH: "Check reports.mail.user and its password.",
  ETLS: "Check reports.mail.security, and sslrootcert for a server with an authority of your own.",
  EENVELOPE: "Check reports.mail.from and reports.mail.to: the server refused them.",
  EMESSAGE: "Ask whoever runs the mail server why it refuses the message.",
};

function mailFault(box: Mailbox, { reason = "", said }: Refusal): Fault {
  return new Fault(
    "REPORT_NOT_SENT",
    firstLine(`the mail server ${box.host}:${box.port} did not take the mail: ${said}`),
    TODO[reason] ?? "Check reports.mail.host and port, and that this host may reach the server.",
  );
}
