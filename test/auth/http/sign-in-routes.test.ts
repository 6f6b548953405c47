/** The way of a person: name and password, a code, an application, out again. */
import t from "tap";
import { withoutTokens } from "../../fixtures/browser.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";
import { totpCode } from "../../fixtures/totp-code.ts";

t.test("signing in", async (t) => {
  const gateway = await withGateway(t);
  const CRM = "https://crm.example.hu";

  await t.test("a browser that keeps no cookies is told so, instead of going round", async (t) => {
    const { name, password } = await gateway.person();
    const browser = gateway.browser();
    const begun = await browser.get(`${LOGIN}/sign-in`);
    browser.cookies.clear();
    const to = await browser.submit(begun, { name, password }, undefined, { follow: false });
    t.match(to, { status: 303, headers: { location: "/sign-in/code" } });
    browser.cookies.clear();
    const over = await browser.get(`${LOGIN}/sign-in/code`);
    t.match(over.url, `${LOGIN}/sign-in?over`);
    t.match(over.body, "allow cookies for this site");
  });

  await t.test("from an application to the sign-in and back, with one code on a new device", async (t) => {
    const anna = await gateway.person();
    const browser = gateway.browser();
    const page = await browser.get(`${CRM}/customers?sort=name`);
    t.match(page.url, `${LOGIN}/sign-in`);
    t.equal(page.status, 200);
    const code = await browser.submit(page, { name: anna.name, password: anna.password });
    t.match(code.url, `${LOGIN}/sign-in/code`);
    const there = await browser.submit(code, { code: await gateway.code(anna) });
    t.equal(there.url, `${CRM}/customers?sort=name`);
    t.equal(there.status, 200);
    t.equal(there.headers["remote-user"], anna.name);
    t.equal(there.headers["remote-email"], anna.email);
    t.equal(there.headers["remote-groups"], "staff");
    t.match(there.headers["remote-assertion"], /^[\w-]+\.[\w-]+\.[\w-]+$/);

    // Signed in once, the next application opens by itself, with a cookie of its own.
    const wiki = await browser.get("https://wiki.example.hu/");
    t.equal(wiki.status, 200);
    t.not(
      browser.cookie("wiki.example.hu", "__Host-lakat-app"),
      browser.cookie("crm.example.hu", "__Host-lakat-app"),
    );

    const out = await browser.submit(await browser.get(`${LOGIN}/sign-out`));
    t.equal(out.status, 200);
    const again = await browser.authz(`${CRM}/customers`);
    t.equal(again.status, 401, "signed out everywhere");
  });

  await t.test("a trusted device signs in without a code, a new one does not", async (t) => {
    const person = await gateway.person();
    const browser = gateway.browser();
    await gateway.signIn(browser, person);
    await browser.submit(await browser.get(`${LOGIN}/sign-out`));
    const answer = await browser.submit(await browser.get(`${LOGIN}/sign-in`), {
      name: person.email,
      password: person.password,
    });
    t.equal(answer.url, `${LOGIN}/account`);
    const other = gateway.browser();
    const asked = await other.submit(await other.get(`${LOGIN}/sign-in`), {
      name: person.name,
      password: person.password,
    });
    t.match(asked.url, /sign-in\/code/);
  });

  await t.test("who has no second factor sets one up before anything opens", async (t) => {
    const person = await gateway.person({ totp: false });
    const browser = gateway.browser();
    const enrol = await browser.submit(await browser.get(`${LOGIN}/sign-in`), {
      name: person.name,
      password: person.password,
    });
    t.match(enrol.body, /<svg/);
    const secret = (/<code>([A-Z2-7 ]+)<\/code>/.exec(enrol.body)?.[1] ?? "").replaceAll(" ", "");
    t.equal(browser.cookie("login.example.hu", "__Host-lakat"), undefined, "no session yet");
    t.equal((await browser.submit(enrol, { code: "000000" })).status, 401);
    const codes = await browser.submit(await browser.get(`${LOGIN}/sign-in/code`), {
      code: totpCode(secret, gateway.now()),
    });
    t.equal(codes.status, 200);
    t.equal([...codes.body.matchAll(/<li>([0-9a-z-]{19})<\/li>/g)].length, 10, "recovery codes, shown once");
    t.ok(browser.cookie("login.example.hu", "__Host-lakat"));
  });

  await t.test("one answer for an unknown name, a wrong password, a disabled account", async (t) => {
    const person = await gateway.person();
    const off = await gateway.person();
    await gateway.rows("UPDATE account SET status = 'disabled' WHERE id = $1", [off.id]);
    const bodies: string[] = [];
    for (const [name, password] of [
      ["nobody-here", "whatever it is, long"],
      [person.name, "whatever it is, long"],
      [off.name, off.password],
    ] as const) {
      const browser = gateway.browser();
      const answer = await browser.submit(await browser.get(`${LOGIN}/sign-in`), { name, password });
      t.equal(answer.status, 401);
      bodies.push(withoutTokens(answer.body.replaceAll(name, "NAME")));
    }
    t.equal(new Set(bodies).size, 1);
  });
});
