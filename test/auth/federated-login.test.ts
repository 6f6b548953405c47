/** What a sign-in at a provider counts against, and what makes a link. */
import t from "tap";
import { openOidc } from "../../src/auth/adapters/oidc.ts";
import type { Browser, Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";
import { withProvider } from "../fixtures/oidc-provider.ts";
import { comeBackFrom, leaveTo } from "../fixtures/single-sign-on.ts";

const HOST = "login.example.hu";
const CLIENT = { domains: [], clientId: "x", clientSecret: "x", publicUrl: LOGIN };

t.test("sign-ins at a provider", async (t) => {
  const corp = await withProvider(t, "corp");
  const away = openOidc({ name: "away", label: "away", issuer: "http://127.0.0.1:1", ...CLIENT });
  const gateway = await withGateway(t, { node: { providers: [corp.port, away] }, lanes: { address: 3 } });
  const password = async (browser: Browser, page: Page, { name, password }: Person): Promise<Page> =>
    browser.submit(page, { name, password }, /sign-in$/);
  const linked = async (subject: string, address: string): Promise<{ person: Person; browser: Browser }> => {
    const person = await gateway.person();
    const browser = gateway.browser({ address });
    corp.who = { sub: subject };
    const step = await password(browser, await comeBackFrom(browser, corp), person);
    await browser.submit(step, { code: await gateway.code(person) }, /code$/);
    browser.setCookie(HOST, "__Host-lakat", undefined);
    return { person, browser };
  };

  await t.test("whoever says no there, comes to link, or finds it away, keeps nobody out", async (t) => {
    const address = "192.0.2.31";
    const person = await gateway.person();
    for (let i = 0; i < 5; i++) {
      const browser = gateway.browser({ address });
      corp.who = { sub: `colleague-${i}`, deny: i % 2 === 0 };
      t.match((await comeBackFrom(browser, corp)).url, i % 2 === 0 ? /with-refused/ : /\?link/);
      t.match(await leaveTo(browser, "away"), "/sign-in?with-refused");
    }
    const browser = gateway.browser({ address });
    t.match((await password(browser, await browser.get(`${LOGIN}/sign-in`), person)).url, "/sign-in/code");
  });

  await t.test("attack 6: strangers at the address lock strangers, not a trusted device", async (t) => {
    const address = "192.0.2.32";
    const { browser } = await linked("owner", address);
    for (let i = 0; i < 5; i++) await leaveTo(gateway.browser({ address }), "corp");
    t.match(await leaveTo(gateway.browser({ address }), "corp"), "/sign-in?with-refused", "strangers are");
    corp.who = { sub: "owner" };
    t.equal((await comeBackFrom(browser, corp)).url, `${LOGIN}/account`);
    t.ok(browser.cookie(HOST, "__Host-lakat"));
  });

  await t.test("a code by SMS makes no link", async (t) => {
    const person = await gateway.person({ phone: "+36201234567" });
    const browser = gateway.browser({ address: "192.0.2.33" });
    corp.who = { sub: "thief" };
    const step = await password(browser, await comeBackFrom(browser, corp), person);
    t.match(step.url, "/sign-in/code");
    t.notMatch(step.body, /sign-in\/sms/, "none is offered");
    const token = /name="token" value="([^"]*)"/.exec(step.body)?.[1] ?? "";
    t.match((await browser.post(`${LOGIN}/sign-in/sms`, { token })).url, "no-sms", "nor sent");
    await browser.submit(step, { code: await gateway.code(person) }, /code$/);
    const rows = await gateway.rows("SELECT account_id FROM identity WHERE subject = 'thief'");
    t.strictSame(rows, [{ account_id: person.id }], "an authenticator's does");
    const plain = gateway.browser({ address: "192.0.2.33" });
    const usual = await password(plain, await plain.get(`${LOGIN}/sign-in`), person);
    t.match(usual.body, /sign-in\/sms/, "elsewhere it is as ever");
  });
});
