/** What stands behind the links in mails, on a running gateway. */
import t from "tap";
import { createAccount } from "../../../src/auth/invite.ts";
import { withoutTokens } from "../../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../../fixtures/gateway.ts";

const gateway = await withGateway(t);
const PASSWORD = "harbour velvet cactus ninety";
let made = 0;

const linkIn = async (email: string, path: string): Promise<string> => {
  await gateway.delivered();
  const mail = gateway.sent.findLast(
    (message) => message.kind === "mail" && message.to === email && message.text.includes(path),
  );
  const [link = ""] = new RegExp(`${LOGIN}${path}[\\w-]{43}`).exec(mail?.text ?? "") ?? [];
  return link;
};
const invited = async (): Promise<{ name: string; link: string }> => {
  const name = `new${++made}`;
  const email = `${name}@example.hu`;
  await createAccount(
    gateway.node.gateway,
    { by: { actor: { kind: "operator", user: "root" } }, now: gateway.now() },
    { name, displayName: `<script>${name}`, email, language: "en", roles: [] },
  );
  return { name, link: await linkIn(email, "/invitation/") };
};
const resetFor = async (person: Person): Promise<string> => {
  const browser = gateway.browser();
  await browser.submit(await browser.get(`${LOGIN}/forgotten`), { name: person.name });
  return linkIn(person.email, "/reset/");
};
const statusOf = async (name: string): Promise<string | undefined> =>
  (await gateway.rows<{ status: string }>("SELECT status FROM account WHERE name = $1", [name]))[0]?.status;

t.test("an invitation: looking is free, a password is chosen once, nobody is signed in by it", async (t) => {
  const { name, link } = await invited();
  const browser = gateway.browser();
  const page = await browser.get(link);
  t.equal(page.status, 200);
  t.match(page.body, 'autocomplete="new-password"');
  t.match(page.body, "At least 15 characters");
  t.match(page.body, name);
  for (let i = 0; i < 3; i++)
    t.equal((await gateway.browser().get(link)).status, 200, "a mail scanner looks");
  t.equal(await statusOf(name), "invited");
  const weak = await browser.submit(page, { password: "short" });
  t.equal(weak.status, 422);
  t.match(weak.body, "Use at least 15 characters");
  t.equal((await browser.submit(page, { password: `${name} ${name} ${name} ${name}` })).status, 422);
  const done = await browser.submit(page, { password: PASSWORD });
  t.equal(done.status, 200);
  t.match(done.body, 'href="/sign-in"');
  t.equal(browser.cookie("login.example.hu", "__Host-lakat"), undefined);
  t.equal(await statusOf(name), "active");
  t.equal((await browser.submit(page, { password: `${PASSWORD} again` })).status, 410, "once");
  t.equal((await browser.get(link)).status, 410);
  const step = await browser.submit(await browser.get(`${LOGIN}/sign-in`), { name, password: PASSWORD });
  t.match(step.body, "Set up your second step", "the first sign-in sets up the second step");
});

t.test("attack 20: one link in many browsers at once", async (t) => {
  const { link } = await invited();
  const answers = await Promise.all(
    [1, 2].map(async (n) => {
      const browser = gateway.browser();
      return browser.submit(await browser.get(link), { password: `${PASSWORD} ${n}` });
    }),
  );
  t.same(answers.map(({ status }) => status).sort(), [200, 410]);
  const events = await gateway.rows<{ n: number }>(
    "SELECT count(*)::int AS n FROM audit WHERE event = 'account.activated' AND outcome = 'failure'",
  );
  t.ok((events[0]?.n ?? 0) > 0, "and the other one is in the audit");
});

t.test("a link's form counts only from its own page; what is no link is none", async (t) => {
  const { name, link } = await invited();
  const browser = gateway.browser();
  const page = await browser.get(link);
  const token = /name="token" value="([^"]*)"/.exec(page.body)?.[1] ?? "";
  const send = async (fields: Record<string, string>, headers = {}): Promise<number> =>
    (await browser.post(link, { password: PASSWORD, ...fields }, { headers, follow: false })).status;
  t.equal(await send({ token }, { origin: "https://evil.example" }), 403);
  t.equal(await send({ token }, { "sec-fetch-site": "cross-site" }), 403);
  t.equal(await send({}), 403);
  t.equal(await send({ token: "x" }), 403);
  t.equal(await statusOf(name), "invited");
  for (const forged of ["x", "A".repeat(43), "%00", "..%2f"])
    for (const kind of ["invitation", "reset", "not-me"])
      t.match((await browser.get(`${LOGIN}/${kind}/${forged}`)).status, /410|404|400/, `${kind}/${forged}`);
  t.equal((await browser.get(link.replace("invitation", "reset"))).status, 410, "nor is it of another kind");
  const said = JSON.stringify(gateway.log);
  t.notMatch(said, link.slice(-43), "in no log");
});

t.test("attack 20: somebody else's link in the browser of somebody signed in", async (t) => {
  const { name, link } = await invited();
  const person = await gateway.person();
  const browser = gateway.browser();
  const page = await browser.get(link);
  await gateway.signIn(browser, person);
  t.equal((await browser.get(link)).status, 403);
  t.equal((await browser.submit(page, { password: PASSWORD })).status, 403);
  t.equal(await statusOf(name), "invited");
});

t.test("attack 18: asking for a reset is answered alike, and as slowly, for everybody", async (t) => {
  const person = await gateway.person();
  const disabled = await gateway.person();
  await gateway.rows("UPDATE account SET status = 'disabled' WHERE id = $1", [disabled.id]);
  const browser = gateway.browser();
  const page = await browser.get(`${LOGIN}/forgotten`);
  const answers: { status: number; body: string; took: number }[] = [];
  for (const name of [person.name, person.email, disabled.name, "nobody", "not\u0001a name"]) {
    const began = performance.now();
    const { status, body } = await browser.submit(page, { name });
    answers.push({ status, body, took: performance.now() - began });
  }
  for (const { status, body, took } of answers) {
    t.equal(status, 200);
    t.equal(withoutTokens(body), withoutTokens(answers[0]?.body ?? ""));
    t.ok(took > 245, `not before the first tick, after ${Math.round(took)} ms`);
  }
  for (const { email } of [disabled]) t.equal(await linkIn(email, "/reset/"), "");
  const link = await linkIn(person.email, "/reset/");
  t.match(link, LOGIN);
  await browser.submit(page, { name: person.name });
  const third = await linkIn(person.email, "/reset/");
  t.not(third, link);
  const before = gateway.sent.length;
  const locked = await browser.submit(page, { name: person.name });
  await gateway.delivered();
  t.equal(
    withoutTokens(locked.body),
    withoutTokens(answers[0]?.body ?? ""),
    "nor does anybody see that there were too many",
  );
  t.equal(gateway.sent.length, before, "three mails an hour");
});

t.test("a reset ends every session and takes the new password only", async (t) => {
  const person = await gateway.person();
  const inside = gateway.browser();
  await gateway.signIn(inside, person);
  const link = await resetFor(person);
  const browser = gateway.browser();
  t.equal((await browser.submit(await browser.get(link), { password: PASSWORD })).status, 200);
  t.match((await inside.get(`${LOGIN}/confirm`)).url, "/sign-in");
  const fresh = gateway.browser();
  const old = await fresh.submit(await fresh.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  t.equal(old.status, 401);
  await gateway.signIn(gateway.browser(), { ...person, password: PASSWORD });
});

t.test("this was not me: one button, once, and the account is locked", async (t) => {
  const person = await gateway.person();
  const thief = gateway.browser();
  await gateway.signIn(thief, person);
  const link = await linkIn(person.email, "/not-me/");
  const browser = gateway.browser();
  const page = await browser.get(link);
  t.match(page.body, "Firefox on Linux");
  const locked = "SELECT locked_reason AS why FROM account WHERE id = $1";
  t.same(await gateway.rows(locked, [person.id]), [{ why: null }], "looking locks nothing");
  t.equal((await browser.post(link, {}, { follow: false })).status, 403);
  const answers = await Promise.all([browser.submit(page), gateway.browser().submit(page)]);
  t.same(answers.map(({ status }) => status).sort(), [200, 410]);
  t.same(await gateway.rows(locked, [person.id]), [{ why: "not-me" }]);
  t.match((await thief.get(`${LOGIN}/confirm`)).url, "/sign-in");
  const again = await thief.submit(await thief.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  t.equal(again.status, 401);
  t.same(
    await gateway.rows("SELECT forgotten_at IS NOT NULL AS gone FROM device WHERE account_id = $1", [
      person.id,
    ]),
    [{ gone: true }],
  );
});
