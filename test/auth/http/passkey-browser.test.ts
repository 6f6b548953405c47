/**
 * Passkeys in Chromium, through nginx, with an authenticator that it plays itself (WebAuthn Level 3, 11): what its
 * script asks and sends is what the gateway takes.
 */
import type { CDPSession, Page } from "playwright-core";
import t from "tap";
import { looksRight, withChromium, type Window } from "../../fixtures/chromium.ts";
import { LOGIN, withGateway, type Person } from "../../fixtures/gateway.ts";

const PASSKEYS = `${LOGIN}/account/passkeys`;

t.test("passkeys in Chromium", async (t) => {
  const gateway = await withGateway(t);
  const chrome = await withChromium(t, gateway);

  const password = async (page: Page, person: Person, at = `${LOGIN}/sign-in`): Promise<void> => {
    await page.goto(at);
    if ((await page.locator("#name").count()) > 0) await page.fill("#name", person.name);
    await page.fill("#password", person.password);
    await page.click("main form button");
  };
  const signIn = async (page: Page, person: Person): Promise<void> => {
    await password(page, person);
    await page.fill("#code", await gateway.code(person));
    await page.click("form[action='/sign-in/code'] button");
    await page.waitForURL(`${LOGIN}/account`);
  };

  await t.test("added, used on a new device by an administrator, and removed", async (t) => {
    const person = await gateway.person({ roles: ["staff", "administrator"] });
    const page = await open({});
    const said = heard(page);
    const authenticator = await withAuthenticator(page);
    await signIn(page, person);
    await page.goto(PASSKEYS);
    await looksRight(t, page, "passkeys-none");
    await page.fill("#name", "Laptop");
    await press(page);
    await page.waitForURL(/done=passkey/);
    t.match(await page.textContent("main"), "The passkey was added.");
    await page.goto(PASSKEYS);
    await looksRight(t, page, "passkeys-one");
    await page.fill("#name", "Laptop once more");
    await press(page);
    await page.locator("form [role=alert]:visible").waitFor();
    t.match(await page.textContent("form [role=alert]"), "has a passkey of your account already");

    await page.context().clearCookies();
    await password(page, person, `${LOGIN}/sign-in?next=%2Fadmin`);
    await looksRight(t, page, "passkeys-second-step");
    await authenticator.verifies(false);
    await press(page);
    await page.locator("form [role=alert]:visible").waitFor();
    t.match(await page.textContent("form [role=alert]"), "cancelled or took too long");
    t.ok(await page.isVisible("#code"), "the code is still there");
    await looksRight(t, page, "passkeys-cancelled");
    await authenticator.verifies(true);
    await press(page);
    await page.waitForURL(`${LOGIN}/admin`);
    await gateway.pass(11 * 60_000);
    await page.goto(PASSKEYS);
    t.match(page.url(), "/confirm");
    await password(page, person, page.url());
    await press(page);
    await page.waitForURL(PASSKEYS);
    await page.click("form[action$='/remove'] button");
    await page.waitForURL(/passkey-removed/);
    t.strictSame(said(), [], "the pages keep to their policy");
  });

  await t.test("a page that was open for long; each language, on a phone; and without script", async (t) => {
    const person = await gateway.person();
    const first = await open({});
    await withAuthenticator(first);
    await signIn(first, person);
    const becomesOld = async (): Promise<void> => {
      await gateway.pass(6 * 60_000);
      await first.evaluate("performance.now = () => 1e9");
    };
    await first.goto(PASSKEYS);
    await first.fill("#name", "Laptop");
    await becomesOld();
    await press(first);
    await first.waitForURL(/done=passkey/);
    await first.context().clearCookies();
    await password(first, person);
    await becomesOld();
    await press(first);
    await first.waitForURL(`${LOGIN}/account`);
    const refused = await gateway.rows("SELECT FROM audit WHERE account_id = $1 AND body LIKE '%failure%'", [
      person.id,
    ]);
    t.equal(refused.length, 0, "what was asked anew was right at once");

    const state = await first.context().storageState();
    for (const [language, dark] of [
      ["hu", false],
      ["ro", true],
      ["en", false],
    ] as const) {
      await gateway.rows("UPDATE account SET language = $2 WHERE id = $1", [person.id, language]);
      const page = await open({ language, width: "phone", dark, state });
      await page.goto(PASSKEYS);
      await looksRight(t, page, `passkeys-own-${language}`);
      await page.context().clearCookies();
      await password(page, person);
      await looksRight(t, page, `passkeys-step-${language}`);
    }
    const plain = await open({ script: false, state });
    await plain.goto(PASSKEYS);
    t.notOk(await plain.isVisible("form[data-passkey]"), "nothing that could not work");
    t.ok(await plain.isVisible("[data-without-passkey]"));
    await plain.context().clearCookies();
    await password(plain, person);
    t.notOk(await plain.isVisible("form[data-passkey]"));
    await plain.fill("#code", await gateway.code(person));
    await plain.click("form[action='/sign-in/code'] button");
    t.equal(plain.url(), `${LOGIN}/account`, "the code does it");
  });

  async function open(window: Window): Promise<Page> {
    const page = await chrome.open(window);
    t.teardown(() => page.context().close());
    return page;
  }
});

/** Presses what asks for a passkey. */
function press(page: Page): Promise<void> {
  return page.click("form[data-passkey] button");
}

/** What the browser held against our pages. */
function heard(page: Page): () => string[] {
  const said: string[] = [];
  page.on("console", (line) => said.push(line.text()));
  return () => said.filter((line) => /Content Security Policy|Refused/.test(line));
}

async function withAuthenticator(page: Page): Promise<{ verifies(is: boolean): Promise<void> }> {
  const cdp: CDPSession = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    async verifies(isUserVerified) {
      await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
  };
}
