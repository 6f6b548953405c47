/** Everything that is secret on the way of a person, looked for wherever it does not belong. */
import t from "tap";
import { Browser, type Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";
import { totpCode } from "../fixtures/totp-code.ts";

const CRM = "https://crm.example.hu";
const LINK = /\/(?:reset|not-me|invitation)\/([\w-]{43})/;

t.test("secrets never leak", async (t) => {
  const pepper = Buffer.alloc(32, "pepper-");
  const secretKey = Buffer.alloc(32, "lane-key-");
  const encryptionKey = Buffer.alloc(32, "seal-key-");
  let refuseMail = false;
  const gateway = await withGateway(t, {
    node: {
      peppers: [{ id: "one", key: pepper }],
      secretKey,
      encryptionKeys: [{ id: "one", key: encryptionKey }],
    },
  });
  const send = gateway.sent.push.bind(gateway.sent);
  gateway.sent.push = (...messages) => {
    // Its text is in what a careless sender throws.
    if (refuseMail) throw new Error(`cannot send ${JSON.stringify(messages)}`);
    return send(...messages);
  };

  /** What may stand only where it is needed: by name. */
  const secrets = new Map<string, string>();
  const pages: Page[] = [];
  const browser = gateway.browser();
  const keep = (page: Page): Page => {
    pages.push(page);
    for (const [host, jar] of browser.cookies)
      for (const [name, value] of jar) secrets.set(`cookie ${name} of ${host} ${value.slice(0, 4)}`, value);
    return page;
  };
  const password = async (person: Person, typed = person.password, by: Browser = browser): Promise<Page> =>
    keep(await by.submit(keep(await by.get(`${LOGIN}/sign-in`)), { name: person.name, password: typed }));

  const person = await gateway.person({ totp: false, phone: "+36201234567" });
  secrets.set("password", person.password);
  secrets.set("wrong password", "a password of another site, typed here");
  secrets.set("new password", "the password that comes after it");
  secrets.set("pepper", pepper.toString("base64")).set("pepper as hex", pepper.toString("hex"));
  secrets.set("pepper as text", pepper.toString("latin1")).set("lane key", secretKey.toString("latin1"));
  secrets.set("sealing key", encryptionKey.toString("latin1"));

  // In, by enrolment; to an application; a step up; out again, with wrong passwords and codes on the way.
  await password(person, secrets.get("wrong password"));
  // Whoever types the password as the name sees it once more, and nobody else does.
  await gateway
    .browser()
    .submit(await browser.get(`${LOGIN}/sign-in`), { name: person.password, password: "x" });
  const enrol = await password(person);
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(enrol.body)?.[1]?.replaceAll(" ", "") ?? "";
  t.equal(secret.length, 32);
  secrets.set("TOTP secret", secret);
  const code = totpCode(secret, gateway.now());
  const shown = keep(await browser.submit(enrol, { code }));
  const recovery = [...shown.body.matchAll(/<li>([0-9a-z-]{19})<\/li>/g)].map(([, one = ""]) => one);
  t.equal(recovery.length, 10);
  for (const one of recovery) secrets.set(`recovery code ${one.slice(0, 4)}`, one);
  keep(await browser.get(`${CRM}/`));
  keep(await browser.get(`${LOGIN}/go?host=nowhere.example&state=x`));
  const start = await browser.get("https://wiki.example.hu/.lakat/start", { follow: false });
  const go = await browser.get(start.headers.location ?? "", { follow: false });
  const ticket = new URL(go.headers.location ?? "").searchParams.get("ticket") ?? "";
  t.match(ticket, /^[\w-]{43}$/);
  secrets.set("ticket", ticket);
  keep(await browser.submit(await browser.get(`${LOGIN}/sign-out`)));

  // On a new device, by SMS and by a recovery code.
  for (const by of [gateway.browser(), gateway.browser()]) {
    await gateway.pass(61_000);
    const step = await password(person, person.password, by);
    keep(await by.submit(step, { code: secrets.get("SMS code") ?? "12345678" }, /code/));
    const asked = keep(await by.submit(step, {}, /sms/));
    await gateway.delivered();
    const sms = /\b\d{8}\b/.exec(gateway.sent.findLast(({ kind }) => kind === "sms")?.text ?? "")?.[0] ?? "";
    secrets.set("SMS code", sms);
    const [used = ""] = recovery.splice(0, 1);
    keep(await by.submit(asked, { code: secrets.has("first SMS code") ? used : sms }, /code/));
    secrets.set("first SMS code", sms);
    t.ok(by.cookie("login.example.hu", "__Host-lakat"), "signed in");
    for (const jar of by.cookies.values())
      for (const [name, value] of jar) secrets.set(`cookie ${name} ${value.slice(0, 4)}`, value);
  }

  // A reset, with a link that works and one that cannot be sent.
  const page = keep(await browser.get(`${LOGIN}/forgotten`));
  keep(await browser.submit(page, { name: person.email }));
  await gateway.delivered();
  for (const mail of gateway.sent) {
    const token = LINK.exec(mail.text)?.[1];
    if (token !== undefined) secrets.set(`link ${token.slice(0, 4)}`, token);
  }
  const link = gateway.sent.findLast(({ text }) => text.includes("/reset/"))?.text;
  const url = LOGIN + (LINK.exec(link ?? "")?.[0] ?? "/no-link");
  const choose = await browser.get(url);
  t.equal((await browser.submit(choose, { password: secrets.get("new password") ?? "" })).status, 200);
  refuseMail = true;
  keep(await browser.submit(page, { name: person.email }));
  const failed = "SELECT 1 FROM message WHERE last_error IS NOT NULL";
  for (const end = Date.now() + 20_000; (await gateway.rows(failed)).length === 0;)
    if (Date.now() > end) throw new Error("no mail failed");
  await gateway.rows("ALTER TABLE audit RENAME TO away");
  await password(person, secrets.get("new password"));
  await gateway.rows("ALTER TABLE away RENAME TO audit");
  t.equal(pages.at(-1)?.status, 503);

  const holds = (text: string): string[] =>
    [...secrets].filter(([, secret]) => secret !== "" && text.includes(secret)).map(([name]) => name);

  await t.test("not in the log", (t) => {
    t.same(holds(JSON.stringify(gateway.log)), []);
    t.ok(
      gateway.log.some(({ level }) => level === "error"),
      "there was something to log",
    );
    t.end();
  });

  await t.test("nowhere in the database, in whatever table", async (t) => {
    const tables = await gateway.rows<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'lakat'",
    );
    t.ok(tables.length > 20);
    for (const { name } of tables) {
      const rows = await gateway.rows<{ text: string }>(`SELECT one::text AS text FROM ${name} AS one`);
      // bytea comes as hex: what lies in it in the clear shows when it is read as what it is.
      const text = rows
        .map(
          ({ text }) =>
            text +
            text.replace(/\\+x([0-9a-f]+)/g, (_, hex: string) => Buffer.from(hex, "hex").toString("latin1")),
        )
        .join("\n");
      t.same(holds(text), [], name);
    }
    const [codes] = await gateway.rows<{ n: number }>(
      "SELECT count(*)::int AS n FROM audit WHERE body ~ $1",
      [`(^|[^0-9a-zA-Z-])${code}([^0-9a-zA-Z-]|$)`],
    );
    t.same(codes, { n: 0 }, "nor a code that was used");
  });

  await t.test("not in a page or its address, but for the codes that are shown once", (t) => {
    for (const { url, body, status } of pages) {
      t.same(holds(new URL(url).search), [], url);
      const may = body === shown.body ? /^recovery/ : body === enrol.body ? /^TOTP/ : /^$/;
      t.same(
        holds(body).filter((name) => !may.test(name)),
        [],
        `${status} ${url}`,
      );
    }
    t.end();
  });

  await t.test("in mails and SMS no more than the link or the code they are for", (t) => {
    for (const { kind, text } of gateway.sent)
      t.same(
        holds(text).filter((name) => !(kind === "sms" ? /SMS code/ : /^link/).test(name)),
        [],
      );
    t.end();
  });
});
