/** Guessing passwords: how many are looked at, whatever the guesser does beside it. */
import t from "tap";
import type { RunningNode } from "../../src/auth/http/serve.ts";
import { unlockAccount } from "../../src/auth/unlock.ts";
import { Browser, type Page, withoutTokens } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person, type TestGateway } from "../fixtures/gateway.ts";

const LIMIT = 5;
const MINUTE = 60_000;
const SESSION = "__Host-lakat";
const WRONG = "a wrong password, long enough";

t.test("guesses", async (t) => {
  const gateway = await withGateway(t);
  const second = await gateway.another();
  const looked = [gateway.node, second].map(passwordsLookedAt);
  const inAll = (): number => looked.reduce((sum, one) => sum + one(), 0);
  /** What `work` made argon2 do. */
  const during = async (work: () => Promise<unknown>): Promise<number> => {
    const before = inAll();
    await work();
    return inAll() - before;
  };

  await t.test("attack 1: successes give back no more than themselves", async (t) => {
    const [first, owner] = [await gateway.person(), await gateway.person()];
    await t.test("right passwords whose code never comes", async (t) => {
      for (const { url } of await atOnce(LIMIT, () => tryIn(gateway, first, first.password)))
        t.match(url, "/sign-in/code");
      t.equal(await during(() => tryIn(gateway, first, first.password)), 0);
    });
    await t.test("the owner signs in between, on a trusted device and on a new one", async (t) => {
      const trusted = gateway.browser();
      await gateway.signIn(trusted, owner);
      const hashed = await during(async () => {
        await atOnce(LIMIT - 1, () => tryIn(gateway, owner, WRONG));
        for (let i = 0; i < 3; i++) {
          await signOut(trusted);
          await gateway.signIn(trusted, owner);
        }
        await gateway.signIn(gateway.browser(), owner);
        await atOnce(10, () => tryIn(gateway, owner, WRONG));
      });
      t.equal(hashed, LIMIT + 3 + 1);
    });
  });

  await t.test("attack 1: a stolen device cookie has one lane, in no other account", async (t) => {
    const [victim, other] = [await gateway.person(), await gateway.person()];
    const device = gateway.browser();
    await gateway.signIn(device, victim);
    const thief = (): Browser => withDevice(gateway, device);
    const mine = await during(() => atOnce(20, () => tryIn(gateway, victim, WRONG, thief())));
    t.equal(mine, 10, "the limit of a device");
    const theirs = await during(() => atOnce(8, () => tryIn(gateway, other, WRONG, thief())));
    t.equal(theirs, LIMIT, "a stranger to everybody else");
  });

  await t.test("attack 2: every spelling of an account is one count", async (t) => {
    const anna = await gateway.person({ name: "anna.k1" });
    const spellings = [
      "anna.k1",
      "anna.k1@example.hu",
      "ANNA.K1",
      "ａｎｎａ．ｋ１",
      "an\u200bna.k1",
      " \tanna.k1\u00a0 ",
      "Anna.K1@EXAMPLE.HU",
      "anna.k1＠example.hu",
      "anna.k1@example。hu",
      "an\u00adna.\u{1d424}1",
      "\ufeffANNA.k1@example.hu\u2060",
    ];
    for (const some of [spellings.slice(0, 6), spellings.slice(5)]) {
      const hashed = await during(async () => {
        for (const { status } of await Promise.all(some.map((name) => tryIn(gateway, { name }, WRONG))))
          t.equal(status, 401);
      });
      t.equal(hashed, LIMIT);
      await gateway.pass(2 * 60 * MINUTE);
    }
    t.same(await reasonsOf(gateway, anna), {
      "wrong-password": 2 * LIMIT,
      "lane-locked": 2,
    });
  });

  await t.test("attack 2: a Basic header is no way in and no way to guess", async (t) => {
    const person = await gateway.person();
    const basic = `Basic ${Buffer.from(`${person.name}:${person.password}`).toString("base64")}`;
    const browser = gateway.browser();
    const hashed = await during(async () => {
      for (const headers of [{ authorization: basic }, { "proxy-authorization": basic }]) {
        const asked = await browser.authz("https://crm.example.hu/", headers);
        t.equal(asked.status, 401);
        t.equal(asked.headers["www-authenticate"], undefined);
        for (const path of ["/sign-in", "/account", "/go?host=crm.example.hu"])
          await browser.get(LOGIN + path, { headers });
        const page = await browser.get(`${LOGIN}/sign-in`, { headers });
        await browser.submit(page, {}, undefined, { headers: { ...headers, origin: "null" } });
        await browser.post(`${LOGIN}/sign-in`, {}, { headers });
      }
      const page = await browser.get(`https://user:pw@login.example.hu/sign-in`);
      t.equal(page.status, 200);
    });
    t.equal(hashed, 0);
    t.equal(browser.cookie("login.example.hu", SESSION), undefined);
  });

  await t.test("attack 5: what was counted stays counted when the sign-in fails", async (t) => {
    const person = await gateway.person();
    const passwords = [WRONG, person.password, WRONG, person.password, WRONG];
    await without(gateway, "audit", async () => {
      for (const answer of await Promise.all(passwords.map((one) => tryIn(gateway, person, one)))) {
        t.equal(answer.status, 503);
        t.notMatch(answer.headers["set-cookie"]?.join() ?? "", /lakat/);
      }
    });
    t.equal(await during(() => tryIn(gateway, person, person.password)), 0);
    t.same(await reasonsOf(gateway, person), { "lane-locked": 1 });
  });

  await t.test("attack 5: what cannot be counted is not looked at", async (t) => {
    const person = await gateway.person();
    const hashed = await during(() =>
      without(gateway, "lane", async () => {
        t.equal((await tryIn(gateway, person, person.password)).status, 503);
      }),
    );
    t.equal(hashed, 0);
  });

  await t.test("attack 6: a stranger locks the account for strangers, not its owner's device", async (t) => {
    const victim = await gateway.person();
    const device = gateway.browser({ address: "203.0.113.5" });
    await gateway.signIn(device, victim);
    await signOut(device);
    await atOnce(LIMIT + 1, () => tryIn(gateway, victim, WRONG));
    await gateway.signIn(device, victim);
    t.equal((await tryIn(gateway, victim, victim.password)).status, 401, "no new device");
    await gateway.pass(5 * MINUTE + 1000);
    await gateway.signIn(gateway.browser(), victim);

    await atOnce(LIMIT + 1, () => tryIn(gateway, victim, WRONG));
    await gateway.pass(5 * MINUTE + 1000);
    t.equal((await tryIn(gateway, victim, victim.password)).status, 401, "the second lock is longer");
    const { store, lanes } = gateway.node.gateway;
    const by = { actor: { kind: "operator", user: "root" } } as const;
    // Locks are told by the clock of the lanes, which is that of the host.
    const admin = { by, now: new Date() };
    const opened = await unlockAccount({ store, settings: gateway.settings }, lanes, admin, victim.id);
    t.match(opened, { lanes: [{ kind: "account" }], account: false });
    await gateway.signIn(gateway.browser(), victim);
    t.equal(await times(gateway, "lane.unlocked", victim), 1);
  });

  // The last one: what was locked is answered as late as what was looked at lately, and here that takes long.
  await t.test("attack 1: 200 wrong passwords at once, over two nodes: the limit is looked at", async (t) => {
    const victim = await gateway.person();
    const page = await gateway.browser().get(`${LOGIN}/sign-in`);
    const answers: Page[] = [];
    const hashed = await during(async () => {
      const tries = Array.from({ length: 200 }, async (_, i) => {
        const address = `198.51.100.${i}`;
        const browser = i % 2 === 0 ? gateway.browser({ address }) : browserOf(second, address);
        answers.push(await browser.submit(page, { name: victim.name, password: `${WRONG} ${i}` }));
      });
      await Promise.all(tries);
    });
    t.equal(hashed, LIMIT);
    t.same(new Set(answers.map(({ status }) => status)), new Set([401]));
    t.equal(new Set(answers.map(({ body }) => bare(body))).size, 1, "nobody can tell which were looked at");
    t.same(await reasonsOf(gateway, victim), { "wrong-password": LIMIT, "lane-locked": 200 - LIMIT });
    t.equal(await times(gateway, "lane.locked", victim), 1, "one lock, recorded once");
    await gateway.delivered();
    t.equal(gateway.sent.filter(({ to }) => to === victim.email).length, 1, "and told once");
    t.equal(await during(() => tryIn(gateway, victim, victim.password)), 0, "the right one is not looked at");
  });
});

/** Counts the passwords that a node has its hasher look at. */
function passwordsLookedAt({ gateway: { hasher } }: RunningNode): () => number {
  let count = 0;
  const verify = hasher.verify.bind(hasher);
  hasher.verify = (stored, password) => {
    count++;
    return verify(stored, password);
  };
  return () => count;
}

async function tryIn(
  gateway: TestGateway,
  { name }: Pick<Person, "name">,
  password: string,
  browser = gateway.browser(),
): Promise<Page> {
  return browser.submit(await browser.get(`${LOGIN}/sign-in`), { name, password });
}

/** So many at the same time. */
function atOnce<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, work));
}

function browserOf({ ports }: RunningNode, address: string): Browser {
  return new Browser({ pages: ports.pages, authz: ports.authz, address });
}

function withDevice(gateway: TestGateway, from: Browser): Browser {
  const browser = gateway.browser();
  const name = "__Host-lakat-device";
  browser.setCookie("login.example.hu", name, from.cookie("login.example.hu", name));
  return browser;
}

async function signOut(browser: Browser): Promise<void> {
  await browser.submit(await browser.get(`${LOGIN}/sign-out`));
}

/** A page without what differs by chance and by what was typed. */
function bare(body: string): string {
  return withoutTokens(body);
}

/** While one table is not there. */
async function without(gateway: TestGateway, table: string, work: () => Promise<void>): Promise<void> {
  await gateway.rows(`ALTER TABLE ${table} RENAME TO away`);
  try {
    await work();
  } finally {
    await gateway.rows(`ALTER TABLE away RENAME TO ${table}`);
  }
}

/** How often each reason was written for failed sign-ins. */
async function reasonsOf(gateway: TestGateway, { id }: Person): Promise<Record<string, number>> {
  const rows = await gateway.rows<{ reason: string; n: number }>(
    `SELECT body::json->>'reason' AS reason, count(*)::int AS n FROM audit
     WHERE account_id = $1 AND event = 'sign-in' AND outcome = 'failure' GROUP BY 1`,
    [id],
  );
  return Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
}

async function times(gateway: TestGateway, event: string, { id }: Person): Promise<number> {
  const sql = "SELECT count(*)::int AS n FROM audit WHERE account_id = $1 AND event = $2";
  return (await gateway.rows<{ n: number }>(sql, [id, event]))[0]?.n ?? 0;
}
