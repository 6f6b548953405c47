/** Whom a provider may vouch for, and what that opens. */
import t from "tap";
import { disable } from "../../src/auth/directory.ts";
import type { Browser, Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";
import { withProvider, type TestProvider } from "../fixtures/oidc-provider.ts";
import { claimsTrouble } from "../../src/auth/provider.ts";
import { openOidc } from "../../src/auth/adapters/oidc.ts";
import { comeBackFrom, leaveTo } from "../fixtures/single-sign-on.ts";

t.test("single sign-on", async (t) => {
  const corp = await withProvider(t, "corp", ["example.hu"]);
  const other = await withProvider(t, "other");
  const away = openOidc({
    name: "away",
    label: "away",
    issuer: "http://127.0.0.1:1",
    domains: [],
    clientId: "x",
    clientSecret: "x",
    publicUrl: LOGIN,
  });
  const gateway = await withGateway(t, { node: { providers: [corp.port, other.port, away] } });
  const isIn = (browser: Browser): boolean =>
    browser.cookie("login.example.hu", "__Host-lakat") !== undefined;
  const link = async (browser: Browser, person: Person, at: TestProvider): Promise<Page> => {
    const page = await comeBackFrom(browser, at);
    t.match(page.url, "/sign-in?link");
    const step = await browser.submit(page, { name: person.name, password: person.password }, /sign-in$/);
    return browser.submit(step, { code: await gateway.code(person) });
  };
  const reasons = async (): Promise<string[]> =>
    (
      await gateway.rows<{ body: string }>(
        "SELECT body FROM audit WHERE event = 'sign-in.provider' ORDER BY seq",
      )
    ).flatMap(({ body }) => (JSON.parse(body) as { reason?: string }).reason ?? []);

  await t.test("linked once, then in on the trusted device, and with our factor on a new one", async (t) => {
    const person = await gateway.person();
    corp.who = { sub: "first", email: person.email, email_verified: true };
    const browser = gateway.browser();
    await link(browser, person, corp);
    t.ok(isIn(browser));
    await gateway.delivered();
    t.ok(gateway.sent.some((one) => one.kind === "mail" && /Single sign-on was linked/.test(one.subject)));
    browser.setCookie("login.example.hu", "__Host-lakat", undefined);
    t.equal((await comeBackFrom(browser, corp)).url, `${LOGIN}/account`);
    t.ok(isIn(browser), "the trusted device");
    const fresh = gateway.browser();
    const step = await comeBackFrom(fresh, corp);
    t.match(step.url, "/sign-in/code");
    t.notOk(isIn(fresh));
    const account = await fresh.submit(step, { code: await gateway.code(person) });
    t.ok(isIn(fresh));
    t.match(account.body, "Single sign-on: corp");
    await fresh.submit(account, {}, /unlink$/);
    t.equal((await gateway.rows("SELECT FROM identity WHERE account_id = $1", [person.id])).length, 0);
    t.match((await comeBackFrom(gateway.browser(), corp)).url, "/sign-in?link", "unlinked is unlinked");
  });

  await t.test("attack 14: not believed", async (t) => {
    for (const [who, reason] of [
      [{ sub: "a", email: "a@evil@example.hu", email_verified: true }, "provider-domain"],
      [{ sub: "b", email: "b@example.hu", email_verified: false }, "provider-email"],
      [{ sub: "c", email: "c@example.hu" }, "provider-email"],
      [{ sub: "d", email: "d@example.hu.evil.example", email_verified: true }, "provider-domain"],
      [{ sub: "e", email: "e@sub.example.hu", email_verified: true }, "provider-domain"],
      [{ sub: "f", deny: true }, "provider-answer"],
    ] as const) {
      corp.who = who;
      t.match((await comeBackFrom(gateway.browser(), corp)).url, "/sign-in?with-refused");
      t.equal((await reasons()).at(-1), reason);
    }
    const google = { issuer: "https://accounts.google.com", domains: ["example.hu"] };
    const claims = { iss: google.issuer, sub: "1", email: "a@example.hu", email_verified: true };
    t.equal(claimsTrouble(claims, google), "provider-domain", "no hd");
    t.equal(claimsTrouble({ ...claims, hd: "evil.example" }, google), "provider-domain");
    t.equal(claimsTrouble({ ...claims, email_verified: "true" }, google), "provider-email");
    t.equal(claimsTrouble({ ...claims, hd: "example.hu" }, google), undefined);
  });

  await t.test(
    "attack 14: the same e-mail, or the same subject, of another issuer opens nothing",
    async (t) => {
      const person = await gateway.person();
      corp.who = { sub: "same", email: person.email, email_verified: true };
      const browser = gateway.browser();
      await link(browser, person, corp);
      browser.setCookie("login.example.hu", "__Host-lakat", undefined);
      other.who = corp.who;
      t.match((await comeBackFrom(browser, other)).url, "/sign-in?link");
      t.notOk(isIn(browser));
    },
  );

  await t.test("attack 14: a disabled account, and administrators on a trusted device", async (t) => {
    const person = await gateway.person({ roles: ["administrator"] });
    corp.who = { sub: "boss", email: person.email, email_verified: true };
    const browser = gateway.browser();
    await link(browser, person, corp);
    browser.setCookie("login.example.hu", "__Host-lakat", undefined);
    t.match((await comeBackFrom(browser, corp)).url, "/sign-in/code", "always our factor");
    const people = { store: gateway.node.gateway.store, settings: gateway.settings };
    const by = { actor: { kind: "operator", user: "root" } } as const;
    const admin = await gateway.person({ roles: ["administrator"] });
    t.ok(admin);
    await disable(people, { by, now: gateway.now() }, person.id);
    t.match((await comeBackFrom(browser, corp)).url, "/sign-in?with-refused");
    t.equal((await reasons()).at(-1), "account-disabled");
    t.notOk(isIn(browser));
  });

  await t.test("a pending link waits for the form that says so", async (t) => {
    const person = await gateway.person();
    corp.who = { sub: "waits", email: "x@example.hu", email_verified: true };
    const browser = gateway.browser();
    await comeBackFrom(browser, corp);
    await gateway.signIn(browser, person);
    t.equal((await gateway.rows("SELECT FROM identity WHERE subject = 'waits'")).length, 0);
  });

  await t.test("a provider that is away", async (t) => {
    const browser = gateway.browser();
    t.match(await leaveTo(browser, "away"), "/sign-in?with-refused");
    t.equal((await reasons()).at(-1), "provider-away");
  });
});

t.test("without providers nothing of it is there", async (t) => {
  const gateway = await withGateway(t);
  const browser = gateway.browser();
  t.notMatch((await browser.get(`${LOGIN}/sign-in?link`)).body, /sign-in\/with|name="link"/);
  t.equal((await browser.get(`${LOGIN}/sign-in/with/corp/back?state=x`)).status, 404);
  t.equal((await browser.post(`${LOGIN}/sign-in/with/corp`, {})).status, 404);
});
