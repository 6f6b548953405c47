/** The way in, from a name to recovery codes, in Chromium: each page in each language, on a phone and on a desk. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import t from "tap";
import { LOCALES, looksRightEverywhere, withChromium } from "../../fixtures/chromium.ts";
import { LOGIN, withGateway, type Person } from "../../fixtures/gateway.ts";
import { totpCode } from "../../fixtures/totp-code.ts";

t.jobs = 3;
const gateway = await withGateway(t);
const chrome = await withChromium(t, gateway);

const send = (page: Page): Promise<void> => page.click("main form .main");
const typePassword = async (page: Page, { name, password }: Person): Promise<void> => {
  await page.fill("#name", name);
  await page.fill("#password", password);
  await send(page);
};
const typeFirstCode = async (page: Page): Promise<void> => {
  const secret = ((await page.textContent(".key")) ?? "").replace(/\s/g, "");
  await page.fill("#code", totpCode(secret, gateway.now()));
  await send(page);
};
let people = 0;
const somebodyNew = async (language: string): Promise<Person> => {
  const person = await gateway.person({ totp: false, phone: `+3620123450${people++}` });
  await gateway.rows("UPDATE account SET language = $2 WHERE id = $1", [person.id, language]);
  return person;
};

for (const language of Object.keys(LOCALES) as (keyof typeof LOCALES)[])
  t.test(`first on one device, then on another (${language})`, { buffered: true }, async (t) => {
    const person = await somebodyNew(language);
    const page = await chrome.open({ language, width: "phone", dark: language === "hu" });
    const broken: string[] = [];
    page.on("console", (line) => broken.push(line.text()));
    // Light and dark are enough for axe-core; it does not read.
    const sees = (name: string) =>
      looksRightEverywhere(t, page, `${language}-${name}`, { axe: language !== "ro" });
    await page.goto(`${LOGIN}/sign-in`);
    t.equal(await page.getAttribute("html", "lang"), language);
    await sees("sign-in");
    await typePassword(page, { ...person, password: "not the right password" });
    t.equal(await page.getAttribute("#password:focus", "aria-describedby"), "said");
    await sees("refused");
    await typePassword(page, person);
    await sees("enrol");
    await page.fill("#code", "000000");
    await send(page);
    t.equal(await page.getAttribute("#code:focus", "aria-invalid"), "true");
    await sees("enrol-refused");
    await typeFirstCode(page);
    const [recovery = ""] = await page.locator(".codes li").allTextContents();
    t.equal(await page.locator("footer").count(), 0, "nothing leads away from what is shown once");
    await sees("recovery-codes");
    await page.click("main .main");
    t.equal(page.url(), `${LOGIN}/account`);
    await page.goto(`${LOGIN}/sign-out`);
    await sees("sign-out");
    await send(page);
    await sees("signed-out");

    await page.context().clearCookies();
    await page.goto(`${LOGIN}/sign-in?next=%2Faccount%2Faccess`);
    await typePassword(page, person);
    t.equal(await page.getAttribute("#code", "inputmode"), "numeric");
    await sees("code");
    await page.clock.install();
    await page.click("form[action='/sign-in/sms'] button");
    t.match(page.url(), "by=sms", "loading it again sends nothing");
    await sees("code-sms");
    await page.clock.runFor(40_000);
    t.match(await page.textContent(".number"), /^0:[012]\d$/);
    await page.click("form[action='/sign-in/sms'] button", { force: true });
    t.ok(await page.isVisible("#wait"), "until then its button does nothing");
    await page.clock.runFor(21_000);
    t.notOk(await page.isVisible("#wait"));
    await page.click("form[action='/sign-in/sms'] button");
    t.match(page.url(), "no-sms", "the gateway's own clock counts");
    await sees("no-sms");
    await page.click("a[href*=recovery]");
    t.equal(await page.getAttribute("#code", "inputmode"), "text");
    await page.fill("#code", "0000-0000-0000-0000");
    await send(page);
    await sees("code-recovery-refused");
    await page.fill("#code", recovery);
    await send(page);
    t.equal(page.url(), `${LOGIN}/account/access`);
    t.strictSame(
      broken.filter((line) => /Content Security Policy|Refused|Error/.test(line)),
      [],
    );
    await page.context().close();
  });

t.test("without script", async (t) => {
  const person = await somebodyNew("en");
  const page = await chrome.open({ script: false });
  await page.goto(`${LOGIN}/sign-in?next=%2Faccount%2Faccess`);
  await page.click("footer button[value=hu]");
  t.equal(page.url(), `${LOGIN}/sign-in?next=%2Faccount%2Faccess`);
  t.equal(await page.textContent("h1"), "Bejelentkezés");
  await typePassword(page, person);
  await typeFirstCode(page);
  const codes = await page.locator(".codes li").allTextContents();
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
  t.equal(file.suggestedFilename(), "recovery-codes.txt");
  for (const code of codes) t.match(readFileSync(await file.path(), "utf8"), code);
  t.notOk(await page.isVisible("[data-print]"), "nothing that could not work");

  await page.context().clearCookies();
  await page.goto(`${LOGIN}/sign-in`);
  await typePassword(page, person);
  await page.click("form[action='/sign-in/sms'] button");
  t.match(await page.textContent("#wait"), /in (1:00|0:5\d)/, "says when");
  await page.click("form[action='/sign-in/sms'] button");
  t.match(await page.textContent("[role=alert]"), "No SMS can be sent now");
  await gateway.pass(60_000);
  await page.click("form[action='/sign-in/sms'] button");
  await gateway.delivered();
  const [code = ""] = /\d{8}/.exec(gateway.sent.findLast(({ kind }) => kind === "sms")?.text ?? "") ?? [];
  await page.fill("#code", `${code.slice(0, 4)} ${code.slice(4)}`);
  await send(page);
  t.equal(page.url(), `${LOGIN}/account`);
});

t.test("with script a password can be looked at, and pasted codes lose their blanks", async (t) => {
  const person = await gateway.person();
  const page = await chrome.open();
  await page.goto(`${LOGIN}/sign-in`);
  await page.fill("#password", "something");
  await page.click("[aria-controls=password]");
  t.equal(await page.getAttribute("#password", "type"), "text");
  t.equal(await page.inputValue("[aria-controls=password]"), "Hide");
  await page.click("[aria-controls=password]");
  t.equal(await page.getAttribute("#password", "type"), "password");
  await typePassword(page, person);
  await page.fill("#code", " 123 456 ");
  t.equal(await page.inputValue("#code"), "123456");
  await page.fill("#code", "abcd 123456");
  t.equal(await page.inputValue("#code"), "abcd 123456", "nothing else changes");
});
