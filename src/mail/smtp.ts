/** Adapter: hands one mail to a mail server by SMTP (RFC 5321), over TLS as it is told and in no other way. */
import nodemailer from "nodemailer";
import type SMTPTransport from "nodemailer/lib/smtp-transport/index.js";
import { errno, firstLine } from "../fault.ts";

/** Of silence: while connecting, until the greeting, between any two bytes. */
const SILENCE_MS = 30_000;
/** For one mail altogether: a server that answers a byte at a time is never silent. */
const WHOLE_MS = 180_000;

export interface MailServer {
  host: string;
  port: number;
  /** starttls is demanded, never only tried. none is for a server on this machine. */
  security: "starttls" | "tls" | "none";
  /** Authorities in PEM that count instead of the public ones. */
  authorities: string | undefined;
  login: { user: string; password: string } | undefined;
}

export interface MailLimits {
  silenceMs: number;
  wholeMs: number;
}

export const MAIL_LIMITS: MailLimits = { silenceMs: SILENCE_MS, wholeMs: WHOLE_MS };

export interface Letter {
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  date: Date;
  /** Left part of the Message-ID. The same for a mail that is sent again, so that a second copy shows as such. */
  id: string;
  attachments?: { filename: string; content: string; contentType: string }[];
}

/** Why a server did not take a mail. */
export interface Refusal {
  /** `late`: it took longer than wholeMs. Else nodemailer's name for it (EAUTH, ETLS, EENVELOPE, …), if any. */
  reason: string | undefined;
  /** The server's own reply code, such as 550, its enhanced one (RFC 3463), such as 5.1.1, and what it was said to. */
  reply: number | undefined;
  enhanced: string | undefined;
  command: string | undefined;
  /** One line, without the password. It may repeat addresses. */
  said: string;
}

/** `rejected`: addresses that the server refused while it took the mail for the others. */
export type Handed = { rejected: string[] } | { refusal: Refusal };

/** Whether an address would be read as something else in a header. */
export function isOneLine(address: string): boolean {
  return !/[\u0000-\u001f\u007f]/.test(address);
}

/** One attempt on a connection of its own. Rejects with the signal's reason only. */
export async function handToServer(
  server: MailServer,
  letter: Letter,
  limits: MailLimits,
  signal: AbortSignal,
): Promise<Handed> {
  const transport = nodemailer.createTransport(transportOptions(server, limits));
  const time = AbortSignal.timeout(limits.wholeMs);
  try {
    const message = { ...messageOf(letter), signal: AbortSignal.any([signal, time]) };
    const { rejected } = await transport.sendMail(message);
    return { rejected: rejected.map(String) };
  } catch (error) {
    signal.throwIfAborted();
    return { refusal: refusalOf(server, error, time.aborted) };
  } finally {
    transport.close();
  }
}

/** A letter as nodemailer takes it, with the headers that keep other programs from answering it. */
function messageOf({ id, attachments = [], ...letter }: Letter): SMTPTransport.MailOptions {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(letter.from)?.[1] ?? "lakat.invalid";
  return {
    ...letter,
    subject: firstLine(letter.subject),
    messageId: `<${id}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    attachments,
    ...NO_ACCESS,
  };
}

/** A mail is text that names come into: nothing in it may make this host read a file or an address. */
const NO_ACCESS = { disableFileAccess: true, disableUrlAccess: true };

function transportOptions(server: MailServer, { silenceMs }: MailLimits): SMTPTransport.Options {
  const { host, port, security, authorities, login } = server;
  return {
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: {
      minVersion: "TLSv1.2",
      rejectUnauthorized: true,
      ...(authorities === undefined ? {} : { ca: authorities }),
    },
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: silenceMs,
    greetingTimeout: silenceMs,
    socketTimeout: silenceMs,
    dnsTimeout: silenceMs,
    ...NO_ACCESS,
  };
}

/** What nodemailer hangs on its errors. */
interface SmtpError {
  responseCode?: unknown;
  response?: unknown;
  command?: unknown;
}

function refusalOf(server: MailServer, error: unknown, late: boolean): Refusal {
  const { responseCode, response, command } = (error instanceof Error ? error : {}) as SmtpError;
  const reply = typeof responseCode === "number" ? responseCode : undefined;
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
  const answer = { reply, enhanced, command: typeof command === "string" ? command : undefined };
  if (late) return { ...answer, reason: "late", said: "the server took too long" };
  const said = withoutPassword(error instanceof Error ? error.message : String(error), server);
  const isTls = /certificate|self.signed|altnames|tls|ssl/i.test(said);
  const code = errno(error);
  const named = /^E(AUTH|ENVELOPE|MESSAGE)$/.test(code ?? "") || !isTls ? code : "ETLS";
  return { ...answer, reason: named, said: firstLine(said) };
}

/** Some servers repeat in their answer what they were sent. */
function withoutPassword(said: string, { login }: MailServer): string {
  if (login === undefined) return said;
  const { user, password } = login;
  const forms = [password, base64(password), base64(`\0${user}\0${password}`)];
  return forms.reduce((text, form) => text.replaceAll(form, "…"), said);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
