/**
 * Chromium, through nginx, to the running gateway: what a browser makes of our cookies, redirects and headers. Other
 * tests play the browser; only a real one knows what it sends.
 */
import t from "tap";
import { withChromium } from "../fixtures/chromium.ts";
import { LOGIN, withGateway } from "../fixtures/gateway.ts";

const CRM = "https://crm.example.hu";

t.test("a person with Chromium", async (t) => {
  const gateway = await withGateway(t);
  const chrome = await withChromium(t, gateway);

  for (const script of [true, false])
    await t.test(`signs in, ${script ? "with" : "without"} script, and out again`, async (t) => {
      const person = await gateway.person();
      const page = await chrome.open({ language: "hu", script });
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
