/** What comes back from a provider counts once, in its own browser, at its own provider, in time. */
import t from "tap";
import type { Browser } from "../fixtures/browser.ts";
import { LOGIN, withGateway } from "../fixtures/gateway.ts";
import { withProvider } from "../fixtures/oidc-provider.ts";
import { leaveTo } from "../fixtures/single-sign-on.ts";

const HOST = "login.example.hu";

t.test("attack 23: callbacks that are not right", async (t) => {
  const corp = await withProvider(t, "corp");
  const other = await withProvider(t, "other");
  const gateway = await withGateway(t, { node: { providers: [corp.port, other.port] } });
  const callback = async (browser: Browser): Promise<string> => corp.through(await leaveTo(browser, "corp"));
  const comesIn = async (browser: Browser, url: string): Promise<boolean> =>
    /sign-in\?link/.test((await browser.get(url)).url);

  await t.test("attack 23: replayed", async (t) => {
    const browser = gateway.browser();
    const url = await callback(browser);
    const cookie = browser.cookie(HOST, "__Host-lakat-with");
    const tabs = Array.from({ length: 6 }, () => {
      const tab = gateway.browser();
      tab.setCookie(HOST, "__Host-lakat-with", cookie);
      return tab;
    });
    const came = await Promise.all(tabs.map((tab) => comesIn(tab, url)));
    t.equal(came.filter(Boolean).length, 1);
    browser.setCookie(HOST, "__Host-lakat-with", cookie);
    t.notOk(await comesIn(browser, url));
    const events = await gateway.rows<{ body: string }>(
      "SELECT body FROM audit WHERE event = 'sign-in.provider'",
    );
    const reasons = events.map(({ body }) => (JSON.parse(body) as { reason?: string }).reason);
    t.same(new Set(reasons), new Set(["provider-state"]), "the provider is not even asked again");
  });

  await t.test("attack 23: of another browser, with a cookie of its own or none", async (t) => {
    const url = await callback(gateway.browser());
    const victim = gateway.browser();
    t.notOk(await comesIn(victim, url));
    await leaveTo(victim, "corp");
    t.notOk(await comesIn(victim, url));
  });

  await t.test("attack 23: with the state of another provider", async (t) => {
    const browser = gateway.browser();
    const url = await callback(browser);
    t.notOk(await comesIn(browser, url.replace("/with/corp/", "/with/other/")));
  });

  await t.test("attack 23: with a code, or an issuer, that is not this attempt's", async (t) => {
    const [first, second] = [gateway.browser(), gateway.browser()];
    const code = new URL(await callback(first)).searchParams.get("code") ?? "";
    const swapped = new URL(await callback(second));
    swapped.searchParams.set("code", code);
    t.notOk(await comesIn(second, swapped.href), "PKCE binds the code to its attempt");
    const mixed = new URL(await callback(first));
    mixed.searchParams.set("iss", "https://evil.example");
    t.notOk(await comesIn(first, mixed.href));
    t.notOk(await comesIn(first, `${LOGIN}/sign-in/with/corp/back?state=x&state=y`));
  });

  await t.test("attack 23: expired", async (t) => {
    const browser = gateway.browser();
    const url = await callback(browser);
    await gateway.pass(10 * 60_000 + 1000);
    t.notOk(await comesIn(browser, url));
    const again = gateway.browser();
    t.ok(await comesIn(again, await callback(again)), "in time it comes in");
  });
});
