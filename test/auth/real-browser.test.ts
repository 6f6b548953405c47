/**
 * Chromium, through nginx, to the running gateway: what a browser makes of our cookies, redirects and headers. Other
 * tests play the browser; only a real one knows what it sends.
 */
import t from "tap";
import { chromium } from "playwright-core";
import { startEcho } from "../fixtures/echo-application.ts";
import { LOGIN, withGateway } from "../fixtures/gateway.ts";
import { startProxies } from "../fixtures/proxies.ts";

const CRM = "https://crm.example.hu";

t.test("a person with Chromium", async (t) => {
  const gateway = await withGateway(t);
  const { port: application } = await startEcho(t);
  const [nginx] = await startProxies(t, { ...gateway.node.ports, application }, ["nginx"]);
  const chrome = await chromium.launch({
    executablePath: process.env["LAKAT_CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      `--host-resolver-rules=MAP *.example.hu 127.0.0.1:${nginx?.port ?? 0}`,
      ...[
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-sync",
      ],
      "--disable-component-update",
    ],
  });
  t.teardown(() => chrome.close());
  const open = async (javaScriptEnabled: boolean) =>
    (await chrome.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled, locale: "hu-HU" })).newPage();

  for (const script of [true, false])
    await t.test(`signs in, ${script ? "with" : "without"} script, and out again`, async (t) => {
      const person = await gateway.person();
      const page = await open(script);
      const said: string[] = [];
      page.on("console", (line) => said.push(line.text()));
      await page.goto(`${CRM}/customers?page=2`);
      t.match(page.url(), `${LOGIN}/sign-in`);
      t.equal(await page.title(), "Bejelentkezés · Example CRM", "in the browser's language");
      await page.fill("#name", person.name);
      await page.fill("#password", "not the right password");
      await page.click("form button");
      t.equal(await page.inputValue("#name"), person.name, "the name is not to be typed again");
      await page.fill("#password", person.password);
      await page.click("form button");
      await page.fill("#code", await gateway.code(person));
      await page.click("form button");
      t.equal(page.url(), `${CRM}/customers?page=2`, "back where it began");
      t.match(await page.textContent("body"), person.name);
      const cookies = await page.context().cookies();
      t.ok(cookies.length >= 4);
      for (const { name, secure, httpOnly, domain } of cookies) {
        t.match(name, /^__Host-/);
        t.ok(secure && httpOnly && !domain.startsWith("."), name);
      }
      await page.goto(`${CRM}/.lakat/sign-out`);
      await page.click("button[value=all]");
      await page.goto(`${CRM}/customers`);
      t.match(page.url(), `${LOGIN}/sign-in`, "signed out");
      t.strictSame(
        said.filter((line) => /Content Security Policy|Refused/.test(line)),
        [],
        "our own pages keep to their policy",
      );
      await page.context().close();
    });
});
