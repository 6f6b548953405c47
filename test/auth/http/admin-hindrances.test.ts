/** A colleague who cannot sign in: an administrator sees why at once, and solves it by the button beside it. */
import { randomUUID } from "node:crypto";
import t from "tap";
import type { Page } from "../../fixtures/browser.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";

const gateway = await withGateway(t, { lanes: { account: 2, codes: 2, address: 4 } });
const admin = await gateway.person({ name: "root", roles: ["administrator"] });
const browser = gateway.browser();
await gateway.signIn(browser, admin, "/admin");
const page = (id: string): Promise<Page> => browser.get(`${LOGIN}/admin/accounts/${id}`);
/** What the page says is in the way, up to the end of that part. */
const why = ({ body }: Page): string =>
  /<section aria-labelledby="why">([^]*?)<\/section>/.exec(body)?.[1]?.replace(/\s+/g, " ") ?? "";

t.test("nothing is in the way of somebody who can sign in", async (t) => {
  const { id } = await gateway.person({ name: "anna" });
  t.match(why(await page(id)), "Nothing is in the way of signing in.");
  t.notMatch(why(await page(id)), "<form");
  t.match((await page(id)).body, /<dt>Opens<\/dt>\s*<dd>crm, wiki, vault, intranet<\/dd>/);
});

t.test("each thing in the way has the button that solves it", async (t) => {
  const person = await gateway.person({ name: "bela" });
  const { id } = person;
  const solve = async (set: string, says: RegExp, action: RegExp, fields = {}): Promise<Page> => {
    await gateway.rows(`UPDATE account SET ${set} WHERE id = $1`, [id]);
    const at = await page(id);
    t.match(why(at), says);
    t.notMatch(why(at), "Nothing is in the way");
    const after = await browser.submit(at, fields, action);
    t.equal(after.status, 200, String(action));
    return after;
  };
  const open = (after: Page): boolean => t.match(why(after), "Nothing is in the way");
  open(
    await solve("locked_reason = 'administrator'", /Locked by an administrator\..*\/unlock"/, /\/unlock$/),
  );
  open(await solve("status = 'disabled'", /The account is disabled\..*\/enable"/, /\/enable$/));
  open(
    await solve("ends_at = '2026-01-31T23:00Z'", /ended on 1 Feb 2026.*href="#ends"/, /\/end$/, {
      endDay: "",
    }),
  );
  const sent = await solve(
    "must_reset = true",
    /A new password.*no link.*\/require-reset"/,
    /\/require-reset$/,
  );
  t.match(why(sent), /The link in the last mail is good until/);
  await gateway.rows("UPDATE account SET must_reset = false, status = 'invited' WHERE id = $1", [id]);
  t.match(why(await page(id)), /No password has been chosen yet\..*\/invite"/);
});

t.test("locked lanes: the account's and those of the address it was asked for from", async (t) => {
  const person = await gateway.person({ name: "cili" });
  const guesser = gateway.browser({ address: "198.51.100.7" });
  const form = await guesser.get(`${LOGIN}/sign-in`);
  for (let i = 0; i < 6; i++) await guesser.submit(form, { name: "cili", password: "a wrong one" });
  const at = await page(person.id);
  t.match(why(at), /Wrong passwords from unknown devices.*\/unlock-lane"/);
  t.match(why(at), /Too many attempts from 198\.51\.100\.7/);
  t.match((await browser.get(`${LOGIN}/admin?search=cili`)).body, "locked out");
  const one = await browser.submit(at, {}, /\/unlock-lane$/);
  t.match(one.body, "The lane is open again.");
  const stale = await browser.submit(at, {}, /\/unlock-lane$/);
  t.equal(stale.status, 422, "it is open already");
  const until = new Date(gateway.now().getTime() + 3_600_000);
  for (const kind of ["codes", "account"]) {
    await gateway.rows("INSERT INTO lane (key, points, expire) VALUES ($1, 9, $2)", [kind, until.getTime()]);
    await gateway.rows(
      `INSERT INTO lane_lock (key, kind, account_id, locked_at, locked_until, times, forget_at)
       VALUES ($1::text, $1::text, $2, $3, $4, 1, $4)`,
      [kind, person.id, gateway.now(), until],
    );
  }
  const all = await browser.submit(await page(person.id), {}, /\/unlock-all$/);
  t.match(all.body, "Everything that was locked is open again.");
  t.notMatch(why(all), /Wrong (passwords|codes)/);
  const rows = await gateway.rows<{ n: number }>(
    "SELECT count(*)::int AS n FROM audit WHERE event = 'lane.unlocked' AND outcome = 'success'",
  );
  t.ok((rows[0]?.n ?? 0) >= 2);
});

t.test("mail that does not arrive, no second factor, nothing that opens", async (t) => {
  const person = await gateway.person({ name: "dora", totp: false, roles: [] });
  const at = await page(person.id);
  t.match(why(at), /Nothing is in the way.*No second factor is set up.*No role and no grant.*href="#roles"/);
  const put = (set: string): Promise<unknown> =>
    gateway.rows(
      `INSERT INTO message (id, kind, account_id, created_at, expires_at, next_try_at, tries, ${set.split("|")[0] ?? ""})
       VALUES ($1, 'mail', $2, $3, $3::timestamptz + interval '1 day', $3, 3, ${set.split("|")[1] ?? ""})`,
      [randomUUID(), person.id, gateway.now()],
    );
  await put("gave_up_at, last_error|$3, 'smtp-550'");
  t.match(why(await page(person.id)), /The last mail did not arrive.*Given up.*smtp-550.*href="#details"/);
  await gateway.pass(1000);
  await put("sent_at|$3");
  t.notMatch(why(await page(person.id)), /did not arrive/, "a later one did");
});

t.test("applications: what they demand, how many reach them, and who", async (t) => {
  const boss = await gateway.person({ name: "boss", roles: ["boss"] });
  const guest = await gateway.person({ name: "guest", roles: [] });
  await gateway.rows(
    `INSERT INTO access_grant (id, account_id, application, scopes, reason, requested_by, requested_at, starts_at, ends_at,
       approved_by, approved_at) VALUES ($1, $2, 'crm', '{settings}', 'x', 'x', $3, $3, $3::timestamptz + interval '1 day', 'x', $3)`,
    [randomUUID(), guest.id, gateway.now()],
  );
  const list = await browser.get(`${LOGIN}/admin/applications`);
  t.match(list.body, /reports<\/a>[^]*?<td data-label="People">1<\/td>/);
  const reports = await browser.get(`${LOGIN}/admin/applications/reports`);
  t.match(reports.body, "1 person can enter");
  t.match(reports.body, `/admin/accounts/${boss.id}`);
  t.notMatch(reports.body, `/admin/accounts/${guest.id}`);
  const crm = await browser.get(`${LOGIN}/admin/applications/crm`);
  t.match(crm.body, `/admin/accounts/${guest.id}`);
  t.match(crm.body, /grant until/);
  t.notMatch(crm.body, `/admin/accounts/${boss.id}`);
  const people = Number(/(\d+) people can enter/.exec(crm.body)?.[1]);
  t.equal([...crm.body.matchAll(/href="\/admin\/accounts\/[0-9a-f-]{36}"/g)].length, people);
  t.match((await browser.get(`${LOGIN}/admin/applications/vault`)).body, /second factor each time; no SMS/);
  await gateway.rows("UPDATE account SET status = 'disabled' WHERE id = $1", [boss.id]);
  t.match((await browser.get(`${LOGIN}/admin/applications/reports`)).body, "Nobody can enter it");
  t.equal((await browser.get(`${LOGIN}/admin/applications/nothing`)).status, 404);
});
