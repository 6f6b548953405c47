/** One's own account, on a running gateway: what can be done, by whom, and what comes of it. */
import t from "tap";
import type { Browser } from "../../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../../fixtures/gateway.ts";
import { totpCode } from "../../fixtures/totp-code.ts";

const gateway = await withGateway(t);
const ACCOUNT = `${LOGIN}/account`;
const CRM = "https://crm.example.hu";

const signedIn = async (person: Person, userAgent?: string): Promise<Browser> => {
  const browser = gateway.browser(userAgent === undefined ? {} : { userAgent });
  await gateway.signIn(browser, person);
  return browser;
};
const isIn = async (browser: Browser): Promise<boolean> =>
  (await browser.get(ACCOUNT, { follow: false })).status === 200;
const mailsTo = async ({ email }: Person): Promise<string[]> => {
  await gateway.delivered();
  return gateway.sent.flatMap((message) =>
    message.kind === "mail" && message.to === email ? [message.subject.replace(/^.*: /, "")] : [],
  );
};
const eventsOf = async ({ id }: Person): Promise<string[]> =>
  (
    await gateway.rows<{ text: string }>(
      `SELECT event || ' ' || outcome AS text FROM audit WHERE account_id = $1 ORDER BY seq`,
      [id],
    )
  ).map(({ text }) => text);

t.test("the page shows who one is, what opens, and where one is signed in", async (t) => {
  const person = await gateway.person({ phone: "+36201234567" });
  await signedIn(person, "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0");
  const browser = await signedIn(person);
  const { body, headers } = await browser.get(ACCOUNT);
  for (const there of [
    person.name,
    person.email,
    `${CRM}"`,
    "Firefox · Linux",
    "Chrome · Windows",
    "+36 … 67",
  ])
    t.match(body, there, there);
  t.notMatch(body, "reports", "an application of another role");
  t.equal(body.match(/class="mark"/g)?.length, 2, "this session and this device");
  t.equal(headers["cache-control"], "no-store");
  t.equal(headers["referrer-policy"], "same-origin", "under no-referrer a form's Origin would be null");
  t.match((await mailsTo(person)).join(), /device.*device/i, "each new device was announced");
});

t.test("whatever people write comes out as text", async (t) => {
  const planted = `<script>alert(1)</script>"'&`;
  const person = await gateway.person({ displayName: planted });
  const browser = await signedIn(person, `${planted} Firefox/1.0`);
  await gateway.rows("UPDATE device SET name = $2 WHERE account_id = $1", [person.id, planted]);
  await gateway.rows("UPDATE totp SET label = $2 WHERE account_id = $1", [person.id, planted]);
  for (const path of ["", "/authenticators", "/password", "/phone", "/recovery-codes", "/access"]) {
    const page = await browser.get(ACCOUNT + path);
    t.equal(page.status, 200, path);
    t.notMatch(page.body, "<script>", path);
  }
  t.match((await browser.get(ACCOUNT)).body, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
  const asking = await browser.get(`${ACCOUNT}/access`);
  const token = /name="token" value="([^"]*)"/.exec(asking.body)?.[1] ?? "";
  const old = await browser.post(`${ACCOUNT}/access?application=crm`, { token, reason: planted });
  t.equal(old.status, 422, "nothing was chosen");
  t.match(old.body, "&lt;script&gt;alert(1)", "what was typed is kept, as text");
  t.notMatch(old.body, "<script>");
});

t.test("a form counts only from a page of this session", async (t) => {
  const person = await gateway.person();
  const browser = await signedIn(person);
  const other = await signedIn(person);
  const act = `${ACCOUNT}/sessions/end-others`;
  const token = /name="token" value="([^"]*)"/.exec((await browser.get(ACCOUNT)).body)?.[1] ?? "";
  const theirs = /name="token" value="([^"]*)"/.exec((await other.get(ACCOUNT)).body)?.[1] ?? "";
  const none = { follow: false };
  t.equal(
    (await browser.post(act, { token }, { ...none, headers: { origin: "https://evil.example" } })).status,
    403,
  );
  t.equal((await browser.post(act, { token }, { ...none, headers: { origin: "null" } })).status, 403);
  t.equal((await browser.post(act, {}, none)).status, 403);
  t.equal((await browser.post(act, { token: theirs }, none)).status, 403);
  t.ok(await isIn(other), "nothing was done");
  t.equal((await browser.post(act, { token }, none)).status, 303);
  t.notOk(await isIn(other));
  t.ok(await isIn(browser));
});

t.test("sessions and devices: one's own can be ended, those of others not", async (t) => {
  const [person, stranger] = [await gateway.person(), await gateway.person()];
  const [browser, other, theirs] = [await signedIn(person), await signedIn(person), await signedIn(stranger)];
  await other.get(`${CRM}/`);
  const idOf = async (table: string, owner: Person): Promise<string[]> =>
    (
      await gateway.rows<{ id: string }>(
        `SELECT id FROM ${table} WHERE account_id = $1 ORDER BY created_at`,
        [owner.id],
      )
    ).map(({ id }) => id);
  const [, second = ""] = await idOf("session", person);
  const [foreign = ""] = await idOf("session", stranger);
  const [, device = ""] = await idOf("device", person);
  const [foreignDevice = ""] = await idOf("device", stranger);
  const page = await browser.get(ACCOUNT);
  for (const id of [foreign, "x", "'; --", "0".repeat(36), ""]) {
    const answer = await browser.submit(page, { id }, /sessions\/end$/);
    t.equal(answer.status, 200, id);
    t.equal((await browser.submit(page, { id: id === foreign ? foreignDevice : id }, /forget/)).status, 200);
  }
  t.ok(await isIn(theirs));
  t.same(await gateway.rows("SELECT FROM device WHERE id = $1 AND forgotten_at IS NULL", [foreignDevice]), [
    {},
  ]);
  t.equal((await other.authz(`${CRM}/`)).status, 200);
  await browser.submit(page, { id: second }, /sessions\/end$/);
  t.notOk(await isIn(other));
  t.equal((await other.authz(`${CRM}/`)).status, 401, "everywhere");
  await browser.submit(await browser.get(ACCOUNT), { id: device }, /forget/);
  const again = await other.submit(await other.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  t.match(again.url, /sign-in\/code/, "a forgotten device is asked for a code");
  t.ok((await eventsOf(person)).includes("device.forgotten success"));
});

t.test("what decides who gets in needs password and code, shown a moment ago", async (t) => {
  const person = await gateway.person();
  const browser = await signedIn(person);
  const page = await browser.get(`${ACCOUNT}/password`);
  t.equal(page.status, 200);
  const authenticators = await browser.get(`${ACCOUNT}/authenticators`);
  await gateway.pass(10 * 60_000 + 1);
  for (const path of ["password", "authenticators", "recovery-codes", "phone"]) {
    const answer = await browser.get(`${ACCOUNT}/${path}`, { follow: false });
    t.equal(answer.status, 303);
    t.equal(answer.headers.location, `/confirm?next=${encodeURIComponent(`/account/${path}`)}`);
  }
  const hash = "SELECT password_hash FROM account WHERE id = $1";
  const before = await gateway.rows(hash, [person.id]);
  const late = await browser.submit(page, { password: "four random words here" });
  t.match(late.url, "/confirm", "a page that lay open does not help");
  t.match((await browser.submit(authenticators, { label: "mine" })).url, "/confirm");
  t.same(await gateway.rows(hash, [person.id]), before);
  const code = await browser.submit(late, { password: person.password });
  const back = await browser.submit(code, { code: await gateway.code(person) });
  t.equal(back.url, `${ACCOUNT}/password`, "and then goes on where it was");
  t.equal(back.status, 200);

  // A device that is trusted is no second factor.
  await browser.submit(await browser.get(`${LOGIN}/sign-out`));
  await browser.submit(await browser.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  t.ok(await isIn(browser));
  t.match((await browser.get(`${ACCOUNT}/password`)).url, "/confirm");
});

t.test("a new password: this session lives on, all others end", async (t) => {
  const person = await gateway.person();
  const browser = await signedIn(person);
  const other = await signedIn(person);
  await browser.get(`${CRM}/`);
  const weak = await browser.submit(await browser.get(`${ACCOUNT}/password`), { password: "short" });
  t.equal(weak.status, 422);
  t.match(weak.body, "Use at least 15 characters");
  t.notMatch(weak.body, 'short"');
  const password = "four random words here";
  const done = await browser.submit(weak, { password });
  t.equal(done.url, `${ACCOUNT}?done=password`);
  t.match(done.body, "Your password was changed");
  t.equal((await browser.authz(`${CRM}/`)).status, 200, "its applications stay open");
  t.notOk(await isIn(other));
  t.match((await mailsTo(person)).at(-1), /password was changed/);
  t.ok((await eventsOf(person)).includes("password.changed success"));
  const fresh = gateway.browser();
  await gateway.signIn(fresh, { ...person, password });
  t.ok(await isIn(fresh));
});

t.test("authenticators: two at most, one at least, wrong codes are counted", async (t) => {
  const person = await gateway.person();
  const browser = await signedIn(person);
  const other = await signedIn(person);
  const page = await browser.get(`${ACCOUNT}/authenticators`);
  t.notMatch(page.body, "authenticators/remove", "the last one has no button");
  const [only] = await gateway.rows<{ id: string }>("SELECT id FROM totp WHERE account_id = $1", [person.id]);
  const token = /name="token" value="([^"]*)"/.exec(page.body)?.[1] ?? "";
  t.equal(
    (await browser.post(`${ACCOUNT}/authenticators/remove`, { token, id: only?.id ?? "" })).status,
    422,
  );
  t.equal((await browser.submit(page, { label: "\u200b" })).status, 422);
  const scan = await browser.submit(page, { label: "tablet" });
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(scan.body)?.[1]?.replaceAll(" ", "") ?? "";
  t.equal(secret.length, 32);
  t.equal((await browser.submit(scan, { code: "000000" }, /confirm/)).status, 401);
  t.ok(await isIn(other), "nothing counts before the code");
  const done = await browser.submit(scan, { code: totpCode(secret, gateway.now()) }, /confirm/);
  t.equal(done.url, `${ACCOUNT}?done=authenticator`);
  t.notOk(await isIn(other));
  const two = await browser.get(`${ACCOUNT}/authenticators`);
  t.notMatch(two.body, 'name="label"', "there is no third");
  const stranger = await gateway.person();
  const theirs = await gateway.rows<{ id: string }>("SELECT id FROM totp WHERE account_id = $1", [
    stranger.id,
  ]);
  await browser.submit(two, { id: theirs[0]?.id ?? "" }, /remove/);
  t.equal((await gateway.rows("SELECT FROM totp WHERE account_id = $1", [stranger.id])).length, 1);
  const gone = await browser.submit(two, { id: only?.id ?? "" }, /remove/);
  t.equal(gone.url, `${ACCOUNT}?done=authenticator-removed`);
  t.match((await mailsTo(person)).slice(-2).join(), /factor was added.*factor was removed/);

  const begun = await browser.submit(await browser.get(`${ACCOUNT}/authenticators`), { label: "third" });
  for (let i = 0; i < 6; i++) await browser.submit(begun, { code: "000000" }, /confirm/);
  const late = /<code>([A-Z2-7 ]+)<\/code>/.exec(begun.body)?.[1]?.replaceAll(" ", "") ?? "";
  const locked = await browser.submit(begun, { code: totpCode(late, gateway.now()) }, /confirm/);
  t.equal(locked.status, 401, "after five wrong ones not even the right one");
  t.match((await mailsTo(person)).at(-1), /Wrong codes/);
});

t.test("recovery codes are shown once, and those before are void", async (t) => {
  const person = await gateway.person();
  const browser = await signedIn(person);
  const shown = await browser.submit(await browser.get(`${ACCOUNT}/recovery-codes`));
  const codes = [...shown.body.matchAll(/<li>([0-9a-z-]{19})<\/li>/g)].map(([, code = ""]) => code);
  t.equal(codes.length, 10);
  t.notMatch((await browser.get(`${ACCOUNT}/recovery-codes`)).body, codes[0] ?? "");
  t.match((await mailsTo(person)).at(-1), /recovery codes/i);
  const other = gateway.browser();
  const step = await other.submit(await other.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  t.equal((await other.submit(step, { code: codes[3] ?? "" })).url, ACCOUNT);
  t.match((await mailsTo(person)).join(), /recovery code was used/);
});

t.test("a phone is confirmed by a code that goes to it", async (t) => {
  const person = await gateway.person();
  const browser = await signedIn(person);
  const page = await browser.get(`${ACCOUNT}/phone`);
  t.equal((await browser.submit(page, { number: "12" })).status, 422);
  const asked = await browser.submit(page, { number: "+36 30 765 4321" });
  await gateway.delivered();
  const sms = gateway.sent.findLast(({ kind }) => kind === "sms");
  const code = /#(\d{8})$/.exec(sms?.text ?? "")?.[1] ?? "";
  t.equal(sms?.to, "+36307654321");
  const wrong = await browser.submit(asked, { code: "00000000" }, /confirm/);
  t.equal(wrong.status, 401);
  t.equal(
    (await browser.submit(asked, { code, number: "+36307654322" }, /confirm/)).status,
    401,
    "another number",
  );
  const answers = await Promise.all([1, 2, 3].map(() => browser.submit(asked, { code }, /confirm/)));
  t.equal(answers.filter(({ url }) => url === `${ACCOUNT}?done=phone`).length, 1, "once");
  t.match((await browser.get(ACCOUNT)).body, "+36 … 21");
  await browser.submit(await browser.get(`${ACCOUNT}/phone`), {}, /remove/);
  t.same(await gateway.rows("SELECT FROM confirmed_phone WHERE account_id = $1", [person.id]), []);
  const admin = await signedIn(await gateway.person({ roles: ["administrator"] }));
  t.equal((await admin.get(`${ACCOUNT}/phone`)).status, 404, "of no use to an administrator");
});
