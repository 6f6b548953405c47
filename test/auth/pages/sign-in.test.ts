/** The way in, from a name to recovery codes, in Chromium: each page in each language, on a phone and on a desk. */
import t, { type Test } from "tap";
import type { Page } from "playwright-core";
import { LOCALES, looksRight, WIDTHS, withChromium } from "../../fixtures/chromium.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";
import { totpCode } from "../../fixtures/totp-code.ts";

const gateway = await withGateway(t);
const chrome = await withChromium(t, gateway);

/** On a phone and on a desk, without loading the page again. */
async function looksRightEverywhere(t: Test, page: Page, name: string): Promise<void> {
  for (const width of ["desktop", "phone"] as const) {
    await page.setViewportSize(WIDTHS[width]);
    await looksRight(t, page, `${name}-${width}`);
  }
}

for (const language of Object.keys(LOCALES) as (keyof typeof LOCALES)[])
  t.test(`somebody new signs in (${language})`, async (t) => {
    const person = await gateway.person({ totp: false });
    const page = await chrome.open({ language, width: "phone", dark: language === "hu" });
    const sees = (name: string) => looksRightEverywhere(t, page, `${language}-${name}`);
    await page.goto(`${LOGIN}/sign-in`);
    t.equal(await page.getAttribute("html", "lang"), language);
    await sees("sign-in");
    await page.fill("#name", person.name);
    await page.fill("#password", "not the right password");
    await page.click("main form .main");
    t.equal(await page.locator("#password:focus").count(), 1);
    await sees("refused");
    await page.fill("#password", person.password);
    await page.click("main form .main");
    await sees("enrol");
    await page.fill("#code", "000000");
    await page.click("main form .main");
    await sees("enrol-refused");
    await page.click("summary");
    const secret = ((await page.textContent(".key")) ?? "").replaceAll(" ", "");
    await page.fill("#code", totpCode(secret, gateway.now()));
    await page.click("main form .main");
    await sees("recovery-codes");
    await page.context().close();
  });
