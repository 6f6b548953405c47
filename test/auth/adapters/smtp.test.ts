/** The gateway's mails on a real SMTP server, and through the queue while it is down. */
import { randomUUID } from "node:crypto";
import t from "tap";
import { openMailSender } from "../../../src/auth/adapters/smtp.ts";
import type { Dispatch, Mail } from "../../../src/auth/message.ts";
import { CODES } from "../../../src/fault.ts";
import type { MailServer } from "../../../src/mail/smtp.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { mailTo, MINUTE, NOW, PLANTED, postOffice } from "../../fixtures/messages.ts";
import { certificate, startMailServer, startRawServer } from "../../fixtures/smtp-server.ts";
import { never } from "../../fixtures/store-conformance.ts";

const { cert, key } = await certificate();
const PASSWORD = "s3cret-in-no-message";
const QUICK = { silenceMs: 300, wholeMs: 1500 };
const server = (port: number, changes: Partial<MailServer> = {}): MailServer & { from: string } => ({
  host: "localhost",
  port,
  security: "starttls",
  authorities: cert,
  login: { user: "lakat", password: PASSWORD },
  from: "Lakat <lakat@example.org>",
  ...changes,
});
const dispatch = (): Dispatch => ({
  id: randomUUID(),
  createdAt: NOW,
  expiresAt: new Date(NOW.getTime() + 60 * MINUTE),
});
const mail: Mail = { ...mailTo("anna"), text: "árvíztűrő tükörfúrógép\n" };
const refusal = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });
const headersOf = (raw = ""): string => raw.split("\r\n\r\n")[0] ?? "";

t.test("a mail arrives, over TLS, and a second copy of it shows as the same", async (t) => {
  const { port, mails } = await startMailServer(t, { key, cert });
  const send = openMailSender(server(port), QUICK);
  const one = dispatch();
  t.equal(await send(mail, one, never()), undefined);
  t.equal(await send(mail, one, never()), undefined);
  t.match(mails, [{ to: ["anna@example.org"], secure: true, user: "lakat" }, {}]);
  const headers = headersOf(mails[0]?.raw);
  t.match(headers, `Message-ID: <${one.id}@example.org>`);
  t.match(headers, "Date: Sun, 01 Mar 2026 10:00:00 +0000");
  t.match(headers, "Auto-Submitted: auto-generated");
  t.equal(mails[1]?.raw.split("boundary")[0], mails[0]?.raw.split("boundary")[0]);
});

t.test("nothing in a subject or an address becomes a header or another recipient", async (t) => {
  const { port, mails } = await startMailServer(t, { key, cert });
  const send = openMailSender(server(port), QUICK);
  await send({ ...mail, subject: "Invitation\r\nBcc: thief@example.org\r\n\r\nhello" }, dispatch(), never());
  t.notMatch(headersOf(mails[0]?.raw), /^Bcc/im);
  t.strictSame(mails[0]?.to, ["anna@example.org"]);
  const bad = [
    "anna@example.org, thief@example.org",
    "anna@example.org;thief@example.org",
    "<thief@example.org> anna@example.org",
    '"anna@example.org" <thief@example.org>',
    "anna@example.org\r\nRCPT TO:<thief@example.org>",
    "thief@example.org(anna",
    "list:thief@example.org;",
    "anna@@example.org",
    "anna",
    "",
  ];
  for (const to of bad)
    t.strictSame(
      await send({ ...mail, to }, dispatch(), never()),
      { word: "address-invalid", final: true },
      to,
    );
  t.equal(mails.length, 1);
  t.throws(() => openMailSender({ ...server(1), from: "a@example.org\r\nBcc: b@example.org" }), {
    code: "CONFIG_INVALID",
  });
});

t.test("why a server does not take a mail, in a word of ours", async (t) => {
  const words = async (options: Parameters<typeof startMailServer>[1]) => {
    const { port, mails } = await startMailServer(t, { key, cert, ...options });
    const trouble = await openMailSender(server(port), QUICK)(mail, dispatch(), never());
    t.strictSame(mails, []);
    t.notMatch(JSON.stringify(trouble), /anna|s3cret/);
    return trouble;
  };
  const rcpt = (code: number, text: string) =>
    words({ onRcptTo: ({ address }, _session, done) => done(refusal(code, `${text} <${address}>`)) });
  t.strictSame(await rcpt(550, "5.1.1 no such user"), { word: "smtp-550", final: true });
  t.strictSame(await rcpt(550, "5.7.1 relaying denied"), { word: "smtp-550", final: false });
  t.strictSame(await rcpt(451, "greylisted"), { word: "smtp-451", final: false });
  const noLogin = words({
    onAuth: ({ password = "" }, _session, done) => done(refusal(535, `wrong password ${password}`)),
  });
  t.strictSame(await noLogin, { word: "smtp-535", final: false });
  t.strictSame(await words({ disabledCommands: ["STARTTLS"] }), { word: "smtp-etls", final: false });
  t.strictSame(await words(await certificate("mail.example.org")), { word: "smtp-etls", final: false });
  const silent = await startRawServer(t, () => undefined);
  t.match(await openMailSender(server(silent), QUICK)(mail, dispatch(), never()), { final: false });
});

t.test("the mail server is down, then up: the mail comes once, and nothing was said of it", async (t) => {
  const database = await withGatewayDatabase(t);
  const office = postOffice(database);
  const first = await startMailServer(t, { key, cert });
  await first.stop();
  office.senders.mail = openMailSender(server(first.port), QUICK);
  const id = await office.put(mailTo("anna"));
  const node = office.node();
  await node.round();
  t.match(await office.row(id), { tries: 1, last_error: /^smtp-e/, sent_at: null });

  const again = await startMailServer(t, { key, cert }, first.port);
  office.clock.now = new Date(NOW.getTime() + MINUTE);
  await node.round();
  await node.round();
  await node.stop();
  t.equal(again.mails.length, 1);
  t.match(headersOf(again.mails[0]?.raw), `Message-ID: <${id}@example.org>`);
  t.match(await office.row(id), { sent_at: office.clock.now, sealed: null });
  t.equal(office.said.length, 1);
  for (const secret of [PLANTED, PASSWORD, "anna@"]) t.notOk(office.said.join().includes(secret));
  t.ok(office.said.every((line) => Object.keys(CODES).some((code) => line.includes(`"${code}"`))));
});
