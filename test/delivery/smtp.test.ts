/** Mail on a real SMTP server: what arrives, and every way in which it does not. */
import type { Socket } from "node:net";
import t, { type Test } from "tap";
import { openMailbox, type Mailbox } from "../../src/delivery/smtp.ts";
import type { MailLimits } from "../../src/mail/smtp.ts";
import type { Entry } from "../../src/report/deliver.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { drillDraft, greenDay, signDraft } from "../fixtures/drafts.ts";
import { certificate, startMailServer, startRawServer } from "../fixtures/smtp-server.ts";
import { faultOf, never } from "../fixtures/store-conformance.ts";

const { cert, key } = await certificate();
const NOW = new Date("2026-11-24T03:00:00Z");
const PASSWORD = "s3cret-in-no-message";
const QUICK: MailLimits = { silenceMs: 300, wholeMs: 1500 };
const MAIL = { subject: "drill crm: passed", text: "All is well.\n", html: "<p>All is well.</p>" };
const PAGE = "<!doctype html><title>crm</title><p>árvíztűrő tükörfúrógép</p>";

const box = (port: number, changes: Partial<Mailbox> = {}): Mailbox => ({
  host: "localhost",
  port,
  security: "starttls",
  authorities: cert,
  login: { user: "lakat", password: PASSWORD },
  from: "Lakat <lakat@example.org>",
  to: ["ops@example.org", "audit@example.org"],
  send: "always",
  ...changes,
});

async function entryFor(box: Mailbox, mail = MAIL, draft = drillDraft(NOW)): Promise<Entry> {
  const made = signDraft(draft, newSigningKey());
  const { parcel = {} } = await openMailbox(box).pack({ ...made, page: PAGE, mail });
  return { report: made.report.id, channel: "mail", since: NOW, parcel };
}

const header = (raw: string, name: string): string[] =>
  [...(raw.split("\r\n\r\n")[0] ?? "").matchAll(new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, "gim"))].map(
    ([, value = ""]) => value.replace(/\r\n[ \t]+/g, " "),
  );

async function refused(
  t: Test,
  mailbox: Mailbox,
  expected: RegExp,
  limits: MailLimits = QUICK,
): Promise<void> {
  const fault = await faultOf(openMailbox(mailbox, limits).send(await entryFor(mailbox), never()));
  t.equal(fault.code, "REPORT_NOT_SENT");
  t.match(fault.message, expected);
  t.match(fault.todo, /\.$/);
  const said = `${fault.message}${fault.todo}`;
  t.notOk(said.includes(PASSWORD) || said.includes(Buffer.from(PASSWORD).toString("base64")), "no password");
  t.notMatch(fault.message, /\n/);
}

t.test("a mail by STARTTLS holds text, HTML and the page", async (t) => {
  const server = await startMailServer(t, { key, cert });
  const mailbox = box(server.port);
  const entry = await entryFor(mailbox);
  t.strictSame(await openMailbox(mailbox).send(entry, never()), []);
  const [mail] = server.mails;
  t.match(mail, { from: "lakat@example.org", to: mailbox.to, secure: true, user: "lakat" });
  const raw = mail?.raw ?? "";
  t.strictSame(header(raw, "Message-ID"), [`<${entry.report}@example.org>`]);
  t.strictSame(header(raw, "Auto-Submitted"), ["auto-generated"]);
  t.strictSame(header(raw, "Date"), ["Tue, 24 Nov 2026 03:00:00 +0000"]);
  t.match(raw, /multipart\/alternative/);
  t.match(raw, /filename=lakat-crm-2026-11-24\.html/);
  const body = raw.split("\r\n\r\n").map((part) => Buffer.from(part, "base64").toString("utf8"));
  t.ok(
    body.some((part) => part.includes("árvíztűrő tükörfúrógép")),
    "the page is attached whole",
  );

  await openMailbox(mailbox).send(entry, never());
  t.equal(server.mails[1]?.raw.split("boundary")[0], raw.split("boundary")[0], "a repeat is the same mail");
});

t.test("TLS from the first byte, and none on this machine", async (t) => {
  const secure = await startMailServer(t, { key, cert, secure: true });
  const one = box(secure.port, { security: "tls" });
  await openMailbox(one).send(await entryFor(one), never());
  t.match(secure.mails, [{ secure: true }]);

  const plain = await startMailServer(t, { hideSTARTTLS: true, disabledCommands: ["AUTH"] });
  const two = box(plain.port, { security: "none", login: undefined });
  await openMailbox(two).send(await entryFor(two), never());
  t.match(plain.mails, [{ secure: false }]);
});

t.test("what is mailed of single restore tests", async (t) => {
  const made = signDraft(drillDraft(NOW), newSigningKey());
  const trouble = openMailbox(box(1, { send: "trouble" }));
  const rendered = { page: PAGE, mail: MAIL };
  t.equal((await trouble.pack({ ...made, ...rendered })).parcel, undefined, "not a green one");
  const failed = { ...made.report, verdict: "failed" as const };
  t.ok((await trouble.pack({ ...made, report: failed, ...rendered })).parcel, "a red one");
  const day = signDraft(greenDay(NOW), newSigningKey());
  t.match((await trouble.pack({ ...day, ...rendered })).parcel, {
    attached: /^lakat-daily-2026-11-2\d\.html$/,
  });
});

t.test("nothing in a subject or an address becomes a header", async (t) => {
  const server = await startMailServer(t, { key, cert });
  const mailbox = box(server.port);
  const subject = "drill\r\nBcc: thief@example.org\r\n\r\nhello";
  await openMailbox(mailbox).send(await entryFor(mailbox, { ...MAIL, subject }), never());
  const [mail] = server.mails;
  t.strictSame(header(mail?.raw ?? "", "Bcc"), []);
  t.strictSame(mail?.to, mailbox.to);
  t.throws(() => openMailbox(box(1, { from: "a@example.org\r\nBcc: b@example.org" })), {
    code: "CONFIG_INVALID",
  });
});

t.test("a server that is not the right one gets nothing", async (t) => {
  const other = await certificate("mail.example.org");
  const unknown = await startMailServer(t, { ...other });
  await refused(t, box(unknown.port), /certificate/);
  await refused(t, box(unknown.port, { authorities: undefined }), /certificate/);
  await refused(t, box(unknown.port, { authorities: other.cert }), /altnames|does not match/);
  const stripped = await startMailServer(t, { key, cert, disabledCommands: ["STARTTLS"] });
  await refused(t, box(stripped.port), /STARTTLS|TLS/i);
  const silent = await startMailServer(t, { key, cert, secure: true });
  await refused(t, box(silent.port), /greeting|timeout|closed/i);
  for (const server of [unknown, stripped, silent]) t.strictSame(server.mails, []);
});

t.test("a server that refuses", async (t) => {
  const no = (text: string) => Object.assign(new Error(text), { responseCode: 535 });
  const login = await startMailServer(t, {
    ...{ key, cert },
    onAuth: ({ password = "" }, _session, done) => done(no(`wrong password ${password}`)),
  });
  await refused(t, box(login.port), /535 wrong password …/);
  const sender = await startMailServer(t, {
    ...{ key, cert },
    onMailFrom: (_address, _session, done) =>
      done(Object.assign(new Error("not here"), { responseCode: 550 })),
  });
  await refused(t, box(sender.port), /550 not here/);
  const body = await startMailServer(t, {
    ...{ key, cert },
    onData(stream, _session, done) {
      stream.resume().on("end", () => done(Object.assign(new Error("too large"), { responseCode: 552 })));
    },
  });
  await refused(t, box(body.port), /552 too large/);
});

t.test("one address of two refused is a finding, and the mail is sent", async (t) => {
  const server = await startMailServer(t, {
    ...{ key, cert },
    onRcptTo: ({ address }, _session, done) => done(address.startsWith("audit") ? new Error("gone") : null),
  });
  const mailbox = box(server.port);
  const findings = await openMailbox(mailbox).send(await entryFor(mailbox), never());
  t.match(findings, [{ code: "REPORT_NOT_SENT", what: /refused audit@example.org; the others/ }]);
  t.match(server.mails, [{ to: ["ops@example.org"] }]);
});

t.test("a server that hangs, drips, drops or is not there", async (t) => {
  const raw = (serve: (socket: Socket) => void): Promise<number> => startRawServer(t, serve);
  await refused(t, box(await raw(() => undefined)), /greeting/i);
  await refused(t, box(await raw((socket) => void socket.write("220 hello\r\n"))), /timeout/i);
  const drip = await raw((socket) => {
    const timer = setInterval(() => socket.write("2"), 100);
    socket.on("close", () => clearInterval(timer));
  });
  await refused(t, box(drip), /took too long|greeting/i, { silenceMs: 2000, wholeMs: 500 });
  const midway = await startMailServer(t, {
    ...{ key, cert },
    onData: (stream) => void stream.once("data", () => midwaySocket?.destroy()),
  });
  let midwaySocket: Socket | undefined;
  const proxied = await raw((socket) => {
    midwaySocket = socket;
    void import("node:net").then(({ connect }) => {
      const upstream = connect(midway.port, "127.0.0.1");
      upstream.on("error", () => undefined);
      socket.pipe(upstream).pipe(socket);
    });
  });
  await refused(t, box(proxied), /closed|ECONNRESET|hang/i);
  t.strictSame(midway.mails, []);
  const gone = await startMailServer(t);
  await gone.stop();
  await refused(t, box(gone.port), /ECONNREFUSED/);
});

t.test("an interrupted run stops at once and says so", async (t) => {
  const port = await startRawServer(t, () => undefined);
  const stop = new AbortController();
  const mailbox = box(port);
  const sending = openMailbox(mailbox).send(await entryFor(mailbox), stop.signal);
  const reason = new Error("interrupted");
  stop.abort(reason);
  await t.rejects(sending, reason);
});
