/** What an administrator does with accounts, by the forms of the pages. */
import { randomBytes, randomUUID } from "node:crypto";
import t from "tap";
import type { Page } from "../../fixtures/browser.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";

const gateway = await withGateway(t);
const admin = await gateway.person({ name: "root", roles: ["administrator"] });
const browser = gateway.browser();
await gateway.signIn(browser, admin, "/admin");
const page = (id: string): Promise<Page> => browser.get(`${LOGIN}/admin/accounts/${id}`);
const events = async (): Promise<string[]> =>
  (
    await gateway.rows<{ event: string; outcome: string }>(
      "SELECT event, outcome FROM audit WHERE event NOT LIKE 'sign-in%' ORDER BY seq",
    )
  ).map(({ event, outcome }) => `${event} ${outcome}`);

t.test("an account is made, invited by mail, and what was typed wrong is shown again", async (t) => {
  const form = await browser.get(`${LOGIN}/admin/accounts/new`);
  const typed = {
    name: "zita",
    displayName: "Zita <b>",
    email: "Zita@Example.hu",
    phone: "06 20",
    language: "hu",
    "role:careful": "on",
    endDay: "2099-06-30",
  };
  const wrong = await browser.submit(form, typed);
  t.equal(wrong.status, 422);
  t.match(wrong.body, "This is no phone number.");
  t.match(wrong.body, 'value="Zita &lt;b&gt;"');
  t.match(wrong.body, /name="role:careful"[^>]* checked/);
  const made = await browser.submit(wrong, { ...typed, phone: "+36 20 123 4567" });
  t.equal(made.status, 200);
  t.match(made.body, "The account was created, and the invitation is on its way.");
  t.match(made.body, /<time datetime="2099-06-30T22:00:00.000Z">/, "the end of the day in Budapest");
  t.match(made.body, /name="endDay"[^>]*value="2099-06-30"/s);
  await gateway.delivered();
  t.match(gateway.sent.at(-1), { kind: "mail", to: "zita@example.hu", text: /invitation\/[\w-]{43}/ });
  t.notMatch(made.body, /invitation\/[\w-]{20}/, "nobody but its owner sees the link");
  t.match((await browser.submit(form, { ...typed, phone: "" })).body, "There is an account of this name.");
  const again = await browser.submit(made, {}, /\/invite$/);
  t.match(again.body, "A new invitation is on its way.");
});

t.test("everything that can be done to an account, and is said and recorded", async (t) => {
  const person = await gateway.person({ name: "tibor" });
  const theirs = gateway.browser();
  await gateway.signIn(theirs, person);
  t.equal((await theirs.get("https://crm.example.hu/")).status, 200);
  const did = async (
    from: Page,
    action: RegExp,
    fields: Record<string, string>,
    said: string,
  ): Promise<Page> => {
    const after = await browser.submit(from, fields, action);
    t.match(after.body, said);
    t.equal(after.status, 200);
    return after;
  };
  let at = await page(person.id);
  t.match(at.body, "Firefox on Linux");
  at = await did(at, /\/end-session$/, {}, "Ended.");
  t.equal((await theirs.authz("https://crm.example.hu/")).status, 401, "at once");
  at = await did(at, /\/forget-device$/, {}, "The device was forgotten");
  at = await did(at, /\/details$/, { displayName: "Tibor T", language: "ro" }, "The details were changed.");
  t.match(at.body, "<h1>Tibor T</h1>");
  at = await did(at, /\/roles$/, { "role:careful": "on" }, "The roles were changed.");
  at = await did(at, /\/end$/, { endDay: "2098-01-31" }, "The end was changed.");
  at = await did(at, /\/lock$/, {}, "The account was locked.");
  t.match(at.body, "Locked by an administrator.");
  at = await did(at, /\/unlock$/, {}, "The account was unlocked.");
  at = await did(at, /\/reset-factors$/, { why: "lost the phone" }, "The second factors were reset.");
  at = await did(at, /\/require-reset$/, {}, "The password counts no more.");
  at = await did(at, /\/disable$/, {}, "The account was disabled.");
  at = await did(at, /\/enable$/, {}, "The account was enabled.");
  const before = at;
  at = await browser.submit(at, { typedName: "Tibor" }, /\/delete$/);
  t.match(at.body, "Nothing was deleted.");
  at = await browser.submit(before, { typedName: "tibor" }, /\/delete$/);
  t.match([at.url, at.body], [`${LOGIN}/admin?done=delete`, /The account was deleted\./]);
  t.equal((await page(person.id)).status, 404);
  t.same((await events()).slice(-12), [
    "session.ended success",
    "device.forgotten success",
    ...["changed", "changed", "changed", "locked", "unlocked", "factors-reset", "reset-required"].map(
      (what) => `account.${what} success`,
    ),
    ...["disabled", "enabled", "deleted"].map((what) => `account.${what} success`),
  ]);
  const tale = await browser.get(`${LOGIN}/admin/audit?account=${person.id}`);
  t.match(tale.body, "why: lost the phone");
});

t.test("refusals are said in words, and nothing happens", async (t) => {
  const own = await page(admin.id);
  t.match(own.body, "This is your own account");
  t.notMatch(own.body, /action="[^"]*\/(disable|delete|lock|roles|end)"/);
  const token = /name="token" value="([^"]+)"/.exec(own.body)?.[1] ?? "";
  const post = (what: string, fields: Record<string, string> = {}): Promise<Page> =>
    browser.post(`${LOGIN}/admin/accounts/${admin.id}/${what}`, { token, ...fields });
  t.match(await post("disable"), { status: 422, body: /Nobody does this to the own account/ });
  t.match(await post("delete", { typedName: "root" }), { status: 422 });
  t.match(await post("end", { endDay: "2099-02-31" }), { body: /This is no day that is still to come/ });
  t.match(await post("details", { displayName: "Root", email: "other@example.hu", language: "en" }), {
    status: 422,
    body: /value="other@example\.hu"/,
  });
  t.match(await post("revoke-grant", { grant: randomUUID() }), { body: /There is no such grant any more/ });
  t.match(await post("end-session", { session: randomUUID() }), { body: /nothing was changed/ });
  t.equal((await page(admin.id)).status, 200);
});

t.test(
  "a list of many: found by what they are, page by page, signs of patterns taken as they are",
  async (t) => {
    await gateway.rows(
      `INSERT INTO account (id, name, display_name, email, language, roles, status, created_at, created_by)
     SELECT gen_random_uuid(), 'many-' || lpad(n::text, 4, '0'), CASE n WHEN 7 THEN '100% \\_' ELSE 'Number ' || n END,
       'many' || n || '@example.hu', 'en', CASE WHEN n % 2 = 0 THEN '{careful}'::text[] ELSE '{}' END,
       CASE WHEN n % 3 = 0 THEN 'disabled' ELSE 'active' END, now(), 'test'
     FROM generate_series(1, 120) n`,
    );
    const namesOn = ({ body }: Page): string[] =>
      [...body.matchAll(/<a href="\/admin\/accounts\/[0-9a-f-]{36}">([^<]+)<\/a>/g)].map(
        ([, name = ""]) => name,
      );
    const seen: string[] = [];
    let at = await browser.get(`${LOGIN}/admin?search=many&role=&state=`);
    for (let pages = 1; ; pages++) {
      seen.push(...namesOn(at));
      const next = /href="([^"]+)" rel="next"/.exec(at.body)?.[1];
      if (next === undefined) {
        t.equal(pages, 3);
        break;
      }
      at = await browser.get(LOGIN + next.replaceAll("&amp;", "&"));
    }
    t.equal(seen.length, 120);
    t.equal(new Set(seen).size, 120);
    const found = async (query: string): Promise<number> =>
      namesOn(await browser.get(`${LOGIN}/admin?${query}`)).length;
    t.equal(await found("search=100%25"), 1);
    t.equal(await found("search=%25%20%5C_"), 1);
    t.equal(await found("search=_any"), 0);
    t.equal(await found("search=many-00&role=careful&state=disabled"), 16);
    t.equal(await found("search=many&after=many-0119"), 1);
    t.equal((await browser.get(`${LOGIN}/admin?search=a&search=b`)).status, 400);
  },
);

t.test("what others wrote is shown as text, everywhere", async (t) => {
  const evil = '<script>alert("x")</script>\u202e\u2066';
  const person = await gateway.person({ name: "evil", displayName: evil, roles: [evil] });
  const now = gateway.now();
  const [device, grant] = [randomUUID(), randomUUID()];
  await gateway.rows(
    `INSERT INTO device (id, account_id, token_hash, name, browser, address, created_at, last_seen_at, expires_at)
     VALUES ($1, $2, $3, $4, $4, '192.0.2.9', $5, $5, $5::timestamptz + interval '30 days')`,
    [device, person.id, randomBytes(32), evil, now],
  );
  await gateway.rows(
    `INSERT INTO session (id, token_hash, account_id, epoch, device_id, address, user_agent, created_at,
       authenticated_at, last_seen_at, idle_seconds, expires_at)
     VALUES ($1, $2, $3, 1, $4, '192.0.2.9', $5, $6, $6, $6, 3600, $6::timestamptz + interval '1 day')`,
    [randomUUID(), randomBytes(32), person.id, device, evil, now],
  );
  await gateway.rows(
    `INSERT INTO access_grant (id, account_id, application, scopes, reason, requested_by, requested_at, starts_at, ends_at)
     VALUES ($1, $2, $3, ARRAY[$3], $3, $3, $4, $4, $4::timestamptz + interval '1 day')`,
    [grant, person.id, evil, now],
  );
  await gateway.rows("UPDATE account SET email = $2, created_by = $2 WHERE id = $1", [person.id, evil]);
  await gateway.node.gateway.store.read.audit.append({
    at: now,
    event: "account.changed",
    outcome: "failure",
    actor: { kind: "operator", user: evil },
    account: { id: person.id, name: evil },
    reason: evil,
    application: evil,
    details: { evil, list: [evil] },
  });
  const typed = await browser.get(
    `${LOGIN}/admin?search=${encodeURIComponent(evil)}&role=${encodeURIComponent(evil)}`,
  );
  const pages = [typed, await page(person.id)];
  for (const path of ["/admin", "/admin/grants", "/admin/locks", "/admin/audit"])
    pages.push(await browser.get(LOGIN + path));
  for (const { url, status, body } of pages) {
    t.equal(status, 200, url);
    t.notMatch(body, /<script>|\u202e|\u2066/, url);
  }
  for (const one of [0, 1, 2, 3, 5]) t.match(pages[one]?.body, "&lt;script&gt;", String(one));
  const revoked = await browser.submit(pages[3] as Page, { grant }, /revoke-grant$/);
  t.match(revoked.body, "The grant was revoked.");
});
