/** What happened to one's own account, on a running gateway: all of it, and nothing of anybody else. */
import t from "tap";
import { auditOn } from "../../../src/auth/store/audit.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";

const gateway = await withGateway(t);
const HISTORY = `${LOGIN}/account/history`;
const plain = (body: string): string =>
  body
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();

t.test("successes and failures of one's own account, with browser, address and outcome", async (t) => {
  const person = await gateway.person();
  const thief = gateway.browser({
    address: "198.51.100.7",
    userAgent: "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0",
  });
  await thief.submit(await thief.get(`${LOGIN}/sign-in`), { name: person.name, password: "a wrong one" });
  const asked = await thief.submit(await thief.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  await thief.submit(asked, { code: "000000" });
  const browser = gateway.browser();
  await gateway.signIn(browser, person);
  const { body, status } = await browser.get(HISTORY);
  t.equal(status, 200);
  const text = plain(body);
  t.match(
    text,
    /Attempt to sign in refused \d\d:\d\d:\d\d · wrong password · Chrome · Windows · from 198\.51\.100\.7/,
  );
  t.match(
    text,
    /Second step refused \d\d:\d\d:\d\d · the second factor was not right · Chrome · Windows · from 198/,
  );
  t.match(
    text,
    /Signed in \d\d:\d\d:\d\d · with the authenticator · Firefox · Linux · from 192\.0\.2\.10 · the address you use now/,
  );
  t.ok(text.indexOf("Signed in") < text.indexOf("Attempt to sign in"), "newest first");
  t.match((await browser.get(`${LOGIN}/account`)).body, `href="/account/history"`);
});

t.test("nothing of anybody else, and not who of the administration acted or from where", async (t) => {
  const [admin, person] = [await gateway.person({ roles: ["administrator"] }), await gateway.person()];
  const boss = gateway.browser({ address: "203.0.113.66", userAgent: "Mozilla/5.0 (X11; CrOS) Chrome/1.0" });
  await gateway.signIn(boss, admin);
  const page = await boss.get(`${LOGIN}/admin/accounts/${person.id}`);
  t.equal((await boss.submit(page, { why: "lost the phone" }, /\/reset-factors$/)).status, 200);
  await gateway.delivered();
  const own = plain((await boss.get(HISTORY)).body);
  t.notMatch(own, "Second factors were reset", "what an administrator did to others is no history of theirs");
  t.notMatch(own, person.name);

  const browser = gateway.browser();
  const enrol = await browser.submit(await browser.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  const secret = (/<code>([A-Z2-7 ]+)<\/code>/.exec(enrol.body)?.[1] ?? "").replaceAll(" ", "");
  await browser.submit(enrol, { code: await gateway.code({ ...person, totp: secret }) });
  const text = plain((await browser.get(HISTORY)).body);
  t.match(text, /Second factors were reset \d\d:\d\d:\d\d · by the administration/);
  for (const hidden of [admin.name, "203.0.113.66", "ChromeOS", "lost the phone"]) t.notMatch(text, hidden);
});

t.test(
  "pages hold every entry once; a mark that is none is the first page; strangers see nothing",
  async (t) => {
    const person = await gateway.person();
    const audit = auditOn(gateway.database.pool);
    const at = gateway.now();
    for (let i = 0; i < 70; i++)
      await audit.append({
        at,
        event: "sign-in",
        outcome: "failure",
        actor: { kind: "stranger" },
        account: { id: person.id, name: person.name },
        address: `203.0.113.${i}`,
        userAgent: `"><img src=x onerror=alert(${i})> Firefox/1.0`,
        reason: "wrong-password",
      });
    const browser = gateway.browser();
    await gateway.signIn(browser, person);
    const seen: string[] = [];
    let url: string | undefined = HISTORY;
    let pages = 0;
    for (; url !== undefined && pages < 9; pages++) {
      const { body }: { body: string } = await browser.get(url);
      t.notMatch(body, "<img");
      seen.push(...[...body.matchAll(/from (203\.0\.113\.\d+)/g)].map(([, address = ""]) => address));
      const next = /href="([^"]*)" rel="next"/.exec(body)?.[1];
      url = next && LOGIN + next;
    }
    t.equal(pages, 3);
    t.same(seen, [...new Set(seen)]);
    t.equal(seen.length, 70);
    for (const before of ["x", "1.99999999999999999", "'", "1.8640000000000001"])
      t.match(
        plain((await browser.get(`${HISTORY}?before=${encodeURIComponent(before)}`)).body),
        "Signed in",
      );
    t.match((await gateway.browser().get(HISTORY)).url, `${LOGIN}/sign-in?next=%2Faccount%2Fhistory`);
  },
);
