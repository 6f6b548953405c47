/** Adapter: mails each report by SMTP. */
import nodemailer from "nodemailer";
import type SMTPTransport from "nodemailer/lib/smtp-transport/index.js";
import { errno, Fault, firstLine, type Finding } from "../fault.ts";
import type { Parcel } from "../report/deliver.ts";
import type { ReportChannel } from "../report/publish.ts";
import type { Report } from "../seal/report.ts";

/** Of silence: while connecting, until the greeting, between any two bytes. */
const SILENCE_MS = 30_000;
/** For one mail altogether: a server that answers a byte at a time is never silent. */
const WHOLE_MS = 180_000;

export interface Mailbox {
  host: string;
  port: number;
  /** starttls is demanded, never only tried. none is for a server on this machine. */
  security: "starttls" | "tls" | "none";
  /** Authorities in PEM that count instead of the public ones. */
  authorities: string | undefined;
  login: { user: string; password: string } | undefined;
  from: string;
  to: string[];
  /** trouble: of single restore tests only those that are not green. */
  send: "always" | "trouble";
}

export interface MailLimits {
  silenceMs: number;
  wholeMs: number;
}

/**
 * A mailbox as a channel; opens no connection yet. `send` throws REPORT_NOT_SENT, in one line without the password,
 * when nobody got the mail; addresses that were refused beside others are a finding. A mail sent again has the
 * Message-ID and date that it had before, so that a second copy shows as the same mail. Throws CONFIG_INVALID for
 * an address of several lines.
 *
 * @param limits tests do not wait for 30 seconds
 */
export function openMailbox(
  box: Mailbox,
  limits: MailLimits = { silenceMs: SILENCE_MS, wholeMs: WHOLE_MS },
): ReportChannel {
  for (const address of [box.from, ...box.to])
    if (/[\u0000-\u001f\u007f]/.test(address))
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
      const transport = nodemailer.createTransport(transportOptions(box, limits));
      const time = AbortSignal.timeout(limits.wholeMs);
      const message = { ...messageOf(box, report, since, parcel), signal: AbortSignal.any([signal, time]) };
      try {
        const { rejected } = await transport.sendMail(message);
        return rejected.length === 0 ? [] : [refusedSome(rejected.map(String))];
      } catch (error) {
        signal.throwIfAborted();
        throw mailFault(box, error, time.aborted);
      } finally {
        transport.close();
      }
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

function transportOptions(box: Mailbox, { silenceMs }: MailLimits): SMTPTransport.Options {
  return {
    host: box.host,
    port: box.port,
    secure: box.security === "tls",
    requireTLS: box.security === "starttls",
    ignoreTLS: box.security === "none",
    tls: {
      minVersion: "TLSv1.2",
      rejectUnauthorized: true,
      ...(box.authorities === undefined ? {} : { ca: box.authorities }),
    },
    ...(box.login === undefined ? {} : { auth: { user: box.login.user, pass: box.login.password } }),
    connectionTimeout: silenceMs,
    greetingTimeout: silenceMs,
    socketTimeout: silenceMs,
    dnsTimeout: silenceMs,
    // A report is text that names come into: nothing in it may make this host read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function messageOf(box: Mailbox, report: string, since: Date, parcel: Parcel): SMTPTransport.MailOptions {
  const { subject = "", text = "", html = "", page = "", attached = "lakat.html" } = parcel;
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(box.from)?.[1] ?? "lakat.invalid";
  return {
    from: box.from,
    to: box.to,
    subject: firstLine(subject),
    text,
    html,
    date: since,
    messageId: `<${report}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    attachments: [{ filename: attached, content: page, contentType: "text/html; charset=utf-8" }],
  };
}

function refusedSome(addresses: string[]): Finding {
  return {
    code: "REPORT_NOT_SENT",
    what: firstLine(`the mail server refused ${addresses.join(", ")}; the others got the report`),
    todo: "Correct these addresses in reports.mail.to.",
  };
}

/** nodemailer's names of what went wrong, and what to do about it. */
const TODO: Record<string, string> = {
  EAUTH: "Check reports.mail.user and its password.",
  ETLS: "Check reports.mail.security, and sslrootcert for a server with an authority of your own.",
  EENVELOPE: "Check reports.mail.from and reports.mail.to: the server refused them.",
  EMESSAGE: "Ask whoever runs the mail server why it refuses the message.",
};

function mailFault(box: Mailbox, error: unknown, late: boolean): Fault {
  const code = errno(error);
  const said = late
    ? "the server took too long"
    : withoutPassword(error instanceof Error ? error.message : String(error), box);
  const isTls = /certificate|self.signed|altnames|tls|ssl/i.test(said);
  const todo = TODO[code ?? ""] ?? (isTls ? TODO["ETLS"] : undefined);
  return new Fault(
    "REPORT_NOT_SENT",
    firstLine(`the mail server ${box.host}:${box.port} did not take the mail: ${said}`),
    todo ?? "Check reports.mail.host and port, and that this host may reach the server.",
  );
}

/** Some servers repeat in their answer what they were sent. */
function withoutPassword(said: string, { login }: Mailbox): string {
  if (login === undefined) return said;
  const { user, password } = login;
  const forms = [password, base64(password), base64(`\0${user}\0${password}`)];
  return forms.reduce((text, form) => text.replaceAll(form, "…"), said);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
