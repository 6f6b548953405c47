/** The second factor: how many codes are looked at, and what a sign-in is worth without one. */
import { randomUUID } from "node:crypto";
import t, { type Test } from "tap";
import { tokenHash } from "../../src/auth/token.ts";
import { makeRecoveryCodes } from "../../src/auth/second-factor.ts";
import { Browser, type Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";

const LIMIT = 5;
const HOST = "login.example.hu";
const SESSION = "__Host-lakat";
const APP = "__Host-lakat-app";
const SIGN_IN = "__Host-lakat-sign-in";
const DEVICE = "__Host-lakat-device";
const CRM = "https://crm.example.hu";
const GO = `/go?host=vault.example.hu&state=${"a".repeat(43)}`;
/** An authenticator's, one by SMS, a recovery code, and none. */
const WRONG = ["000000", "0000 0000", "0000-0000-0000-0000", "no code"];

t.test("codes", async (t) => {
  const gateway = await withGateway(t);
  const second = await gateway.another();

  /** A step that waits for its code, in a browser of its own. */
  const begin = async (person: Person, browser = gateway.browser()): Promise<[Browser, Page]> => {
    const page = await browser.get(`${LOGIN}/sign-in`);
    const step = await browser.submit(page, { name: person.name, password: person.password });
    t.match(step.url, "/sign-in/code");
    return [browser, step];
  };
  const lookedAt = async ({ id }: Person): Promise<{ looked: number; locked: number; locks: number }> => {
    const [row] = await gateway.rows<{ looked: number; locked: number; locks: number }>(
      `SELECT count(*) FILTER (WHERE event = 'sign-in.code' AND body NOT LIKE '%"lane-locked"%')::int AS looked,
         count(*) FILTER (WHERE event = 'sign-in.code' AND body LIKE '%"lane-locked"%')::int AS locked,
         count(*) FILTER (WHERE event = 'lane.locked')::int AS locks FROM audit WHERE account_id = $1`,
      [id],
    );
    return row ?? { looked: 0, locked: 0, locks: 0 };
  };

  await t.test(
    "attack 3: fresh sign-ins, other kinds, a step up and right passwords: one count",
    async (t) => {
      const person = await gateway.person({ phone: "+36201234567" });
      const { store, sealer } = gateway.node.gateway;
      const [recovery = ""] = await store.transact((tx) =>
        makeRecoveryCodes(tx, sealer, person.id, gateway.now()),
      );
      const inside = gateway.browser();
      await gateway.signIn(inside, person);
      // On a trusted device without a code; the vault asks for one.
      inside.setCookie(HOST, SESSION, undefined);
      await gateway.signIn(inside, person);
      const stepUp = await inside.get(LOGIN + GO);
      t.match(stepUp.url, "/sign-in/code");
      t.equal((await inside.submit(stepUp, { code: "111111" })).status, 401);
      for (const code of WRONG) {
        const [browser, step] = await begin(person);
        t.equal((await browser.submit(step, { code })).status, 401, code);
      }
      const [thief, step] = await begin(person);
      for (const code of [await gateway.code(person), recovery]) {
        const answer = await thief.submit(step, { code });
        t.equal(answer.status, 401, "a right one is not looked at");
        t.notMatch(answer.headers["set-cookie"]?.join() ?? "", `${SESSION}=`);
      }
      t.same(await lookedAt(person), { looked: LIMIT, locked: 2, locks: 1 });
      await gateway.delivered();
      t.equal(gateway.sent.filter(({ to }) => to === person.email).length > 0, true, "the owner hears of it");
      await gateway.pass(15 * 60_000 + 1000);
      inside.setCookie(HOST, SESSION, undefined);
      await gateway.signIn(gateway.browser(), person);
    },
  );

  await t.test(
    "attack 3: many sign-ins, two nodes, everything at once: the limit is looked at",
    async (t) => {
      const person = await gateway.person();
      const mine = await Promise.all(Array.from({ length: 4 }, () => begin(person)));
      const tries = Array.from({ length: 60 }, async (_, i) => {
        const [from, step] = mine[i % mine.length] ?? (await begin(person));
        const browser = i % 3 === 0 ? new Browser({ ...second.ports }) : gateway.browser();
        browser.setCookie(HOST, SIGN_IN, from.cookie(HOST, SIGN_IN));
        return (await browser.submit(step, { code: WRONG[i % WRONG.length] ?? "" })).status;
      });
      t.same(new Set(await Promise.all(tries)), new Set([401]));
      t.same(await lookedAt(person), { looked: LIMIT, locked: 60 - LIMIT, locks: 1 });
    },
  );

  await t.test("attack 3: a right code for somebody else's sign-in is a wrong one", async (t) => {
    const [victim, thief] = [await gateway.person(), await gateway.person()];
    const [browser, step] = await begin(victim);
    t.equal((await browser.submit(step, { code: await gateway.code(thief) })).status, 401);
    t.match(await lookedAt(victim), { looked: 1 });
    t.match(await lookedAt(thief), { looked: 0 }, "and costs the other nothing");
  });

  await t.test(
    "attack 5: a right code whose sign-in cannot be written opens nothing and is counted",
    async (t) => {
      const person = await gateway.person();
      const [browser, step] = await begin(person);
      const code = await gateway.code(person);
      await gateway.rows("ALTER TABLE audit RENAME TO away");
      try {
        const answers = await Promise.all(
          Array.from({ length: LIMIT }, () => browser.submit(step, { code })),
        );
        t.same(new Set(answers.map(({ status }) => status)), new Set([503]));
      } finally {
        await gateway.rows("ALTER TABLE away RENAME TO audit");
      }
      t.equal(browser.cookie(HOST, SESSION), undefined);
      t.equal((await browser.submit(step, { code })).status, 401);
      t.same(await lookedAt(person), { looked: 0, locked: 1, locks: 1 });
    },
  );

  await t.test("attack 15: with the first factor alone nothing opens", async (t) => {
    const person = await gateway.person();
    const [browser] = await begin(person);
    const pending = browser.cookie(HOST, SIGN_IN) ?? "";
    t.match(pending, /^[\w-]{43}$/);
    await opensNothing(t, pending);
    t.notOk(browser.cookie(HOST, DEVICE) ?? browser.cookie(HOST, SESSION));
    // Nor does what looks like a session of it, however it came about.
    const forged = randomUUID();
    await gateway.signIn(gateway.browser(), person);
    await gateway.rows(
      `INSERT INTO session SELECT $1, $2, account_id, epoch, NULL, address, user_agent, created_at, authenticated_at,
         NULL, NULL, last_seen_at, idle_seconds, expires_at FROM session WHERE account_id = $3`,
      [forged, tokenHash(pending), person.id],
    );
    await gateway.rows("INSERT INTO app_session VALUES ($1, $2, $1, 'crm.example.hu', $3, $3)", [
      forged,
      tokenHash(pending),
      gateway.now(),
    ]);
    t.equal((await withCookie("crm.example.hu", APP, pending).authz(`${CRM}/`)).status, 401);
    const go = await withCookie(HOST, SESSION, pending).get(LOGIN + GO.replace("vault", "crm"), {
      follow: false,
    });
    t.notMatch(go.headers.location, "ticket");
  });

  await t.test("attack 15: no secret stands in for another", async (t) => {
    const person = await gateway.person();
    const browser = gateway.browser();
    await gateway.signIn(browser, person);
    await browser.get(`${CRM}/`);
    const start = await browser.get("https://wiki.example.hu/.lakat/start", { follow: false });
    const go = await browser.get(start.headers.location ?? "", { follow: false });
    const ticket = new URL(go.headers.location ?? "").searchParams.get("ticket") ?? "";
    await opensNothing(t, ticket);
    await opensNothing(t, browser.cookie(HOST, DEVICE) ?? "");
    await opensNothing(t, browser.cookie("crm.example.hu", "__Host-lakat-state") ?? "");
    await opensNothing(t, browser.cookie(HOST, SESSION) ?? "", [HOST]);
    await opensNothing(t, browser.cookie("crm.example.hu", APP) ?? "", ["crm.example.hu"]);
  });

  await t.test("attack 15: a step up that another browser finishes opens nothing there", async (t) => {
    const person = await gateway.person();
    const browser = gateway.browser();
    await gateway.signIn(browser, person);
    browser.setCookie(HOST, SESSION, undefined);
    await gateway.signIn(browser, person);
    const step = await browser.get(LOGIN + GO);
    t.match(step.url, "/sign-in/code");
    const thief = withCookie(HOST, SIGN_IN, browser.cookie(HOST, SIGN_IN) ?? "");
    await thief.submit(step, { code: await gateway.code(person) });
    t.equal(thief.cookie(HOST, SESSION), undefined);
    t.match(
      (await browser.submit(step, { code: await gateway.code(person) })).url,
      "https://vault.example.hu/",
    );
  });

  function withCookie(host: string, name: string, value: string): Browser {
    const browser = gateway.browser();
    browser.setCookie(host, name, value);
    return browser;
  }

  /** Tries a secret as each cookie, at each host that it is not for. */
  async function opensNothing(t: Test, secret: string, but: string[] = []): Promise<void> {
    t.match(secret, /^[\w-]{43}$/);
    const names = [SESSION, APP, SIGN_IN, DEVICE];
    for (const host of ["crm.example.hu", "wiki.example.hu", "vault.example.hu"].filter(
      (one) => !but.includes(one),
    ))
      for (const name of names)
        t.equal(
          (await withCookie(host, name, secret).authz(`https://${host}/`)).status,
          401,
          `${host} ${name}`,
        );
    if (but.includes(HOST)) return;
    for (const path of ["/account", "/admin", GO, "/confirm", "/sign-out"])
      for (const name of names) {
        const answer = await withCookie(HOST, name, secret).get(LOGIN + path, { follow: false });
        t.ok(
          answer.status === 404 || /^\/sign-in(\?|$)/.test(answer.headers.location ?? ""),
          `${path} ${name}`,
        );
      }
  }
});
