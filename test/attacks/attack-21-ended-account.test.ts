/** An account that is disabled or deleted: everything that it had is over, on every node, within a second. */
import { randomUUID } from "node:crypto";
import t from "tap";
import { deleteAccount, disable, enable } from "../../src/auth/directory.ts";
import { createAccount } from "../../src/auth/invite.ts";
import type { By } from "../../src/auth/people.ts";
import { Browser } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";
import { tokenIn } from "../fixtures/people.ts";

const OPERATOR: By = { actor: { kind: "operator", user: "root" } };
const CRM = "https://crm.example.hu";
const WIKI = "https://wiki.example.hu";
const gateway = await withGateway(t);
const { node } = gateway;
const second = await gateway.another();
const call = () => ({ by: OPERATOR, now: gateway.now(), leaveNoAdministrator: true });

/** The same browser, led to the other node. */
const onSecond = (browser: Browser): Browser => {
  const same = new Browser({ pages: second.ports.pages, authz: second.ports.authz });
  for (const [host, jar] of browser.cookies) same.cookies.set(host, jar);
  return same;
};

/** Signed in on two applications, known to both nodes' memories. */
const signedIn = async (person: Person): Promise<[Browser, Browser]> => {
  const browser = gateway.browser();
  await gateway.signIn(browser, person);
  for (const url of [CRM, WIKI]) t.equal((await browser.get(`${url}/`)).status, 200);
  const other = onSecond(browser);
  for (const url of [CRM, WIKI]) t.equal((await other.authz(`${url}/`)).status, 200);
  return [browser, other];
};

/** Asks again and again for a second after `since`; what is asked after that has to be closed. */
const isClosedInTime = async (browser: Browser, url: string, since: number): Promise<boolean> => {
  while (performance.now() - since < 1000) {
    if ((await browser.authz(url)).status !== 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return (await browser.authz(url)).status !== 200;
};

const loseNotices = async (): Promise<number> =>
  (
    await gateway.rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
    )
  ).length;

for (const [what, end] of [
  ["disabled", disable],
  ["deleted", deleteAccount],
] as const)
  for (const lost of [false, true])
    t.test(`attack 21: an account that is ${what}${lost ? ", and nobody hears of it" : ""}`, async (t) => {
      const person = await gateway.person({ roles: ["staff"] });
      const bystander = await gateway.person();
      const [browser, other] = await signedIn(person);
      const [theirs] = await signedIn(bystander);
      const midFlow = gateway.browser();
      const codePage = await midFlow.submit(await midFlow.get(`${LOGIN}/sign-in`), {
        name: person.name,
        password: person.password,
      });
      const code = await gateway.code(person);

      if (lost) t.ok((await loseNotices()) >= 2, "the nodes listened");
      const answer = await end(node.gateway, call(), person.id);
      const since = performance.now();
      t.ok("account" in answer);
      const closed = await Promise.all(
        [browser, other].flatMap((one) => [CRM, WIKI].map((url) => isClosedInTime(one, `${url}/`, since))),
      );
      t.strictSame(closed, [true, true, true, true]);

      t.match((await browser.get(`${LOGIN}/sign-in/code`, { follow: false })).headers.location, "/sign-in");
      t.match((await browser.get(`${CRM}/`)).url, `${LOGIN}/sign-in`, "no way in again");
      const finished = await midFlow.submit(codePage, { code });
      t.match(finished.url, `${LOGIN}/sign-in`, "a sign-in in mid-flow");
      t.equal(midFlow.cookie("login.example.hu", "__Host-lakat"), undefined);
      // The cookie of the device is still there; it is worth nothing.
      browser.setCookie("login.example.hu", "__Host-lakat", undefined);
      const again = await browser.submit(await browser.get(`${LOGIN}/sign-in`), {
        name: person.name,
        password: person.password,
      });
      t.equal(again.status, 401);
      const left = await gateway.rows(
        `SELECT FROM device WHERE account_id = $1 AND forgotten_at IS NULL
         UNION ALL SELECT FROM session WHERE account_id = $1 AND ended_at IS NULL`,
        [person.id],
      );
      t.equal(left.length, 0);
      t.equal((await theirs.authz(`${CRM}/`)).status, 200, "nobody else is put out");
    });

t.test("attack 21: enabling again brings nothing back", async (t) => {
  const person = await gateway.person();
  const [browser, other] = await signedIn(person);
  await disable(node.gateway, call(), person.id);
  await enable(node.gateway, call(), person.id);
  const since = performance.now();
  for (const one of [browser, other]) t.ok(await isClosedInTime(one, `${CRM}/`, since));
  browser.setCookie("login.example.hu", "__Host-lakat", undefined);
  const page = await browser.submit(await browser.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  t.match(page.url, `${LOGIN}/sign-in/code`, "the device is a new one");
});

t.test("attack 21: invitations and grants die with their account", async (t) => {
  for (const end of [disable, deleteAccount]) {
    const name = `new-${randomUUID().slice(0, 8)}`;
    const email = `${name}@example.hu`;
    const invited = await createAccount(node.gateway, call(), {
      ...{ name, displayName: name, email, language: "en", roles: [] },
    });
    if ("refused" in invited) throw new Error(invited.refused);
    await gateway.delivered();
    const token = tokenIn(gateway.sent.find((mail) => mail.kind === "mail" && mail.to === email));
    const url = `${LOGIN}/invitation/${token}`;
    const page = await gateway.browser().get(url);
    t.equal(page.status, 200);
    await end(node.gateway, call(), invited.account.id);
    t.equal((await gateway.browser().get(url)).status, 410);
    t.equal((await gateway.browser().submit(page, { password: "winter lamp orchard 92 quiet" })).status, 410);
  }

  const consultant = await gateway.person({ roles: [] });
  const grant = async (id: string): Promise<unknown> =>
    gateway.rows(
      `INSERT INTO access_grant (id, account_id, application, scopes, reason, requested_by, requested_at, approved_by,
         approved_at, starts_at, ends_at)
       VALUES ($1, $2, 'crm', '{settings}', 'test', 'operator:root', $3, 'operator:root', $3, $3, $4)`,
      [randomUUID(), id, gateway.now(), new Date(gateway.now().getTime() + 3_600_000)],
    );
  await grant(consultant.id);
  const browser = gateway.browser();
  await gateway.signIn(browser, consultant);
  t.equal((await browser.get(`${CRM}/`)).headers["remote-scopes"], "settings");
  await deleteAccount(node.gateway, call(), consultant.id);
  t.ok(await isClosedInTime(browser, `${CRM}/`, performance.now()));
  t.equal((await gateway.rows("SELECT FROM access_grant WHERE account_id = $1", [consultant.id])).length, 0);
});
