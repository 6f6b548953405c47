/** Passkeys over HTTP: added, used, removed; what is not right is refused and changes nothing. */
import t from "tap";
import { resetFactors } from "../../../src/auth/directory.ts";
import type { Page } from "../../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../../fixtures/gateway.ts";
import { SoftPasskey, toldBy } from "../../fixtures/passkey.ts";
import {
  addPasskey,
  atSecondStep,
  PASSKEYS,
  sendAnswer,
  told,
  withPasskey,
} from "../../fixtures/passkey-owner.ts";

const HOST = "login.example.hu";
const SESSION = "__Host-lakat";
const MINUTE = 60_000;

t.test("passkeys", async (t) => {
  const gateway = await withGateway(t);
  const count = async ({ id }: Person): Promise<number> =>
    (await gateway.rows("SELECT FROM passkey WHERE account_id = $1", [id])).length;
  const events = async ({ id }: Person): Promise<{ event: string; reason?: string; factor?: string }[]> =>
    (
      await gateway.rows<{ body: string }>("SELECT body FROM audit WHERE account_id = $1 ORDER BY seq", [id])
    ).map(({ body }) => JSON.parse(body) as { event: string });

  await t.test("added, told of, and good for a sign-in on a new device", async (t) => {
    const person = await gateway.person();
    const [browser, elsewhere] = [gateway.browser(), gateway.browser()];
    await gateway.signIn(elsewhere, person);
    await gateway.signIn(browser, person);
    const [done, passkey] = await addPasskey(browser, new SoftPasskey(), { name: "  Kék  laptop " });
    t.match(done.body, "The passkey was added.");
    t.match(done.body, "1 of 10");
    t.equal(browser.cookie(HOST, SESSION) !== undefined, true, "this session goes on");
    t.match((await elsewhere.get(PASSKEYS)).url, "/sign-in", "the others are over");
    const list = await browser.get(PASSKEYS);
    t.match(list.body, "Kék laptop");
    t.match(list.body, "not used yet");
    t.same(
      told(list).excludeCredentials?.map(({ id }) => id),
      [passkey.id.toString("base64url")],
      "the same authenticator makes no second one",
    );
    await gateway.delivered();
    const mail = gateway.sent.findLast(({ to }) => to === person.email);
    t.match(mail, { text: /A second factor was added[^]*passkey/ });
    t.match((await events(person)).at(-1), { event: "factor.added", factor: "passkey" });

    const other = gateway.browser();
    const step = await atSecondStep(other, person);
    t.match(step, { url: `${LOGIN}/sign-in/code`, status: 200 });
    const asked = told(step);
    t.match(asked, {
      rpId: HOST,
      userVerification: "required",
      allowCredentials: [{ transports: ["internal", "hybrid"] }],
    });
    t.match(step.body, 'name="code"', "a code still does");
    t.equal((await sendAnswer(other, step, passkey.assert(asked))).url, `${LOGIN}/account`);
    t.match((await events(person)).at(-1), { event: "sign-in", factor: "passkey" });
    const rows = await gateway.rows(
      "SELECT second_factor, device_id FROM session WHERE account_id = $1 AND ended_at IS NULL",
      [person.id],
    );
    t.ok(rows.some((row) => (row as { second_factor: string }).second_factor === "passkey"));
    t.match(await other.get(PASSKEYS), { status: 200, body: /last used/ }, "fresh by it: may change factors");
    await gateway.delivered();
    t.match(gateway.sent.at(-1)?.text, /device that was not known/);
  });

  await t.test("satisfies what asks for the second factor always, and steps up", async (t) => {
    const { person, passkey, browser } = await withPasskey(gateway, { roles: ["staff", "administrator"] });
    browser.setCookie(HOST, SESSION, undefined);
    const step = await atSecondStep(browser, person);
    t.match(step.url, "/sign-in/code", "an administrator, on a trusted device too");
    await sendAnswer(browser, step, passkey.assert(told(step)));
    t.equal((await browser.get(`${LOGIN}/admin`)).status, 200);
    t.equal((await browser.get("https://vault.example.hu/")).status, 200, "clear data");
    await gateway.pass(11 * MINUTE);
    const confirm = await browser.get(PASSKEYS);
    t.match(confirm.url, "/confirm");
    const again = await browser.submit(confirm, { password: person.password });
    t.match(again.url, "/sign-in/code");
    t.equal((await sendAnswer(browser, again, passkey.assert(told(again)))).url, PASSKEYS);
    t.match((await events(person)).at(-1), { event: "sign-in.confirmed", factor: "passkey", reason: "full" });
  });

  await t.test("an application gets to know of it", async (t) => {
    const { person, passkey } = await withPasskey(gateway);
    const browser = gateway.browser();
    const step = await atSecondStep(browser, person);
    await sendAnswer(browser, step, passkey.assert(told(step)));
    await browser.get("https://crm.example.hu/");
    const { headers } = await browser.authz("https://crm.example.hu/");
    const [, claims = ""] = String(headers["remote-assertion"]).split(".");
    t.match(JSON.parse(Buffer.from(claims, "base64url").toString()), { amr: ["pwd", "pop", "user", "mfa"] });
  });

  await t.test("what is not right is not added", async (t) => {
    const { person, passkey, browser } = await withPasskey(gateway);
    const thief = await gateway.person();
    const theirs = gateway.browser();
    await gateway.signIn(theirs, thief);
    const refused = async (why: string, answer: string, page?: Page): Promise<void> => {
      const from = page ?? (await theirs.get(PASSKEYS));
      const said = await theirs.submit(from, { name: "x", answer }, /passkeys$/);
      t.match(said, { status: 422, body: /could not be added/ }, why);
    };
    const fresh = (): SoftPasskey => new SoftPasskey();
    await refused("no JSON", "x");
    await refused("of another session", fresh().register(told(await browser.get(PASSKEYS))));
    const late = await theirs.get(PASSKEYS);
    await gateway.pass(5 * MINUTE + 1);
    await refused("too late", fresh().register(told(late)), late);
    await refused(
      "not verified",
      fresh().register(told(await theirs.get(PASSKEYS)), { flags: { uv: false } }),
    );
    await refused("a right one of another account", passkey.register(told(await theirs.get(PASSKEYS))));
    const [done, second] = await addPasskey(theirs, fresh());
    t.match(done.url, "done=passkey");
    await refused("the same once more", second.register(told(await theirs.get(PASSKEYS))));
    const page = await theirs.get(PASSKEYS);
    const wrongName = await theirs.submit(
      page,
      { name: " \u200b", answer: fresh().register(told(page)) },
      /passkeys$/,
    );
    t.match(wrongName, { status: 422, body: /1 to 60 letters/ });
    const nothing = await theirs.submit(page, { name: "my <key>", answer: "" }, /passkeys$/);
    t.match(nothing, { status: 200, body: /press the button once more[^]*my &lt;key&gt;/ });
    t.equal(await count(thief), 1);
    t.equal(await count(person), 1);
    t.same(
      (await events(thief)).flatMap(({ event, reason }) =>
        event === "factor.added" && reason ? [reason] : [],
      ),
      [
        "passkey-malformed",
        "passkey-wrong",
        "passkey-challenge",
        "passkey-wrong",
        "passkey-taken",
        "passkey-taken",
      ],
    );
  });

  await t.test("one of an answer sent twice at once; ten, and no more", async (t) => {
    const person = await gateway.person();
    const browser = gateway.browser();
    await gateway.signIn(browser, person);
    const page = await browser.get(PASSKEYS);
    const answer = new SoftPasskey().register(told(page));
    await Promise.all([1, 2, 3].map(() => browser.submit(page, { name: "x", answer }, /passkeys$/)));
    t.equal(await count(person), 1);
    for (let i = 1; i < 10; i++) await addPasskey(browser);
    t.equal(await count(person), 10);
    const full = await browser.get(PASSKEYS);
    t.equal(toldBy(full), undefined);
    t.match(full.body, "ten passkeys");
  });

  await t.test("removed by their owner, or with all other factors", async (t) => {
    const { person, passkey, browser } = await withPasskey(gateway);
    const other = await withPasskey(gateway);
    const step = await atSecondStep(gateway.browser(), person);
    const id = /name="id" value="([^"]*)"/.exec((await other.browser.get(PASSKEYS)).body)?.[1] ?? "";
    const page = await browser.get(PASSKEYS);
    await browser.submit(page, { id }, /remove/);
    t.equal(await count(other.person), 1, "of another account");
    t.match((await browser.submit(page, {}, /remove/)).body, "The passkey was removed.");
    t.equal(await count(person), 0);
    t.match((await events(person)).at(-1), { event: "factor.removed", factor: "passkey" });
    t.ok(told(step).challenge, "a sign-in was under way");
    t.equal(toldBy(await atSecondStep(gateway.browser(), person)), undefined, "none is asked for any more");
    t.ok(passkey.id.length);

    const people = { store: gateway.node.gateway.store, settings: gateway.settings };
    const admin = { by: { actor: { kind: "operator", user: "root" } } as const, now: gateway.now() };
    await resetFactors(people, admin, other.person.id, "lost");
    t.equal(await count(other.person), 0);
    t.match(await atSecondStep(gateway.browser(), other.person), { body: /Set up your second step/ });
  });

  await t.test("only for who showed both factors a moment ago, and with a form of the page", async (t) => {
    const { person, browser } = await withPasskey(gateway);
    const page = await browser.get(PASSKEYS);
    const answer = new SoftPasskey().register(told(page));
    t.equal((await browser.submit(page, { name: "x", answer, token: "x" }, /passkeys$/)).status, 403);
    t.equal(
      (
        await browser.submit(page, { name: "x", answer }, /passkeys$/, {
          headers: { origin: "https://evil.example" },
        })
      ).status,
      403,
    );
    await gateway.pass(10 * MINUTE);
    t.match((await browser.submit(page, { name: "x", answer }, /passkeys$/)).url, "/confirm");
    t.match((await gateway.browser().get(PASSKEYS)).url, "/sign-in");
    t.equal(await count(person), 1);
  });
});
