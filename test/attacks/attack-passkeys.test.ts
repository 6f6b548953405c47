/** Passkeys in the hands of whoever knows the password: counted like codes, good once, and for one sign-in. */
import t from "tap";
import { disable, lock, requireReset, resetFactors, setEnd } from "../../src/auth/directory.ts";
import { Browser, type Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";
import { SoftPasskey, toldBy, type Wrong } from "../fixtures/passkey.ts";
import { atSecondStep, sendAnswer, told, ownerOfPasskey } from "../fixtures/passkey-owner.ts";

const HOST = "login.example.hu";
const SESSION = "__Host-lakat";
const SIGN_IN = "__Host-lakat-sign-in";
const LIMIT = 5;

t.test("passkeys", async (t) => {
  const gateway = await withGateway(t);
  const second = await gateway.another();
  const isIn = (browser: Browser): boolean => browser.cookie(HOST, SESSION) !== undefined;
  const begin = async (person: Person): Promise<[Browser, Page]> => {
    const browser = gateway.browser();
    return [browser, await atSecondStep(browser, person)];
  };
  const failures = async ({ id }: Person): Promise<{ factor?: string; reason?: string }[]> =>
    (
      await gateway.rows<{ body: string }>(
        "SELECT body FROM audit WHERE account_id = $1 AND event = 'sign-in.code' ORDER BY seq",
        [id],
      )
    ).map(({ body }) => JSON.parse(body) as object);
  const opened = async ({ id }: Person): Promise<number> =>
    (await gateway.rows("SELECT FROM session WHERE account_id = $1 AND second_factor = 'passkey'", [id]))
      .length;

  await t.test("attack 3: wrong passkeys and wrong codes are one count, on every node", async (t) => {
    const { person, passkey } = await ownerOfPasskey(gateway);
    const [from, step] = await begin(person);
    const tries = Array.from({ length: 30 }, (_, i) => {
      const browser = i % 3 === 0 ? new Browser({ ...second.ports }) : gateway.browser();
      browser.setCookie(HOST, SIGN_IN, from.cookie(HOST, SIGN_IN));
      return i % 2 === 0
        ? sendAnswer(browser, step, passkey.assert(told(step), { flags: { uv: false } }))
        : browser.submit(step, { code: "000000" }, /sign-in\/code$/);
    });
    const answers = await Promise.all(tries);
    t.same(new Set(answers.map(({ status }) => status)), new Set([401]));
    const reasons = (await failures(person)).map(({ reason }) => reason);
    t.equal(reasons.length, 30);
    t.equal(reasons.filter((reason) => reason !== "lane-locked").length, LIMIT);
    const [thief, late] = await begin(person);
    t.equal((await sendAnswer(thief, late, passkey.assert(told(late)))).status, 401, "a right one neither");
    t.notOk(isIn(thief));
    await gateway.pass(15 * 60_000 + 1000);
    const [owner, again] = await begin(person);
    t.equal((await sendAnswer(owner, again, passkey.assert(told(again)))).url, `${LOGIN}/account`);
    const counts = await gateway.rows("SELECT FROM lane_lock WHERE kind = 'codes' AND account_id = $1", [
      person.id,
    ]);
    t.equal(counts.length, 1);
  });

  await t.test("attack 3: a right one takes its attempt back", async (t) => {
    const { person, passkey } = await ownerOfPasskey(gateway);
    for (let i = 0; i < LIMIT + 1; i++) {
      const [browser, step] = await begin(person);
      await sendAnswer(browser, step, passkey.assert(told(step)));
      t.ok(isIn(browser));
    }
  });

  await t.test("attack 4: ended between password and passkey", async (t) => {
    const people = { store: gateway.node.gateway.store, settings: gateway.settings };
    const admin = () => ({ by: { actor: { kind: "operator", user: "root" } } as const, now: gateway.now() });
    for (const end of [
      (id: string) => disable(people, admin(), id),
      (id: string) => lock(people, admin(), id),
      (id: string) => requireReset(people, admin(), id),
      (id: string) => setEnd(people, admin(), id, gateway.now()),
      (id: string) => resetFactors(people, admin(), id, "lost"),
    ]) {
      const { person, passkey } = await ownerOfPasskey(gateway);
      const [browser, step] = await begin(person);
      t.notMatch(await end(person.id), { refused: /./ });
      t.match((await sendAnswer(browser, step, passkey.assert(told(step)))).url, "/sign-in?over");
      t.notOk(isIn(browser));
    }
  });

  await t.test("attack 15: before it nothing opens, and what is asked tells nobody", async (t) => {
    const { person, passkey } = await ownerOfPasskey(gateway);
    const [browser, step] = await begin(person);
    t.equal((await browser.authz("https://crm.example.hu/")).status, 401);
    t.match((await browser.get(`${LOGIN}/account/passkeys`)).url, "/sign-in");
    const stranger = gateway.browser();
    const page = await stranger.get(`${LOGIN}/sign-in`);
    const wrong = await stranger.submit(page, { name: person.name, password: "not the right password" });
    t.equal(toldBy(wrong), undefined);
    t.notMatch(wrong.body, /passkey/i, "a wrong password hears of none");
    const answer = passkey.assert(told(step));
    const token = /name="token" value="([^"]*)"/.exec(page.body)?.[1] ?? "";
    const sent = await stranger.post(`${LOGIN}/sign-in/passkey`, { token, answer });
    t.match(sent.url, "/sign-in?over", "nor does an answer open anything by itself");
    t.notOk(isIn(stranger));
    t.same(await failures(person), [], "or count");
    await sendAnswer(browser, step, answer);
    t.ok(isIn(browser));
  });

  await t.test("attack 16: one answer opens once, however often and wherever it is sent", async (t) => {
    const { person, passkey } = await ownerOfPasskey(gateway);
    const [browser, step] = await begin(person);
    const answer = passkey.assert(told(step));
    const tabs = Array.from({ length: 10 }, (_, i) => {
      const tab = i % 2 === 0 ? gateway.browser() : new Browser({ ...second.ports });
      tab.setCookie(HOST, SIGN_IN, browser.cookie(HOST, SIGN_IN));
      return tab;
    });
    await Promise.all(tabs.map((tab) => sendAnswer(tab, step, answer)));
    t.equal(tabs.filter(isIn).length, 1);
    t.equal(await opened(person), 1);
    const [other, next] = await begin(person);
    t.equal((await sendAnswer(other, next, answer)).status, 401, "in another sign-in");
    t.notOk(isIn(other));
  });

  await t.test(
    "attack 16: a challenge is good for its own sign-in, once, and for five minutes",
    async (t) => {
      const { person, passkey } = await ownerOfPasskey(gateway);
      const [[one, stepOne], [two, stepTwo]] = [await begin(person), await begin(person)];
      t.not(told(stepOne).challenge, told(stepTwo).challenge);
      t.equal(
        (await sendAnswer(one, stepOne, passkey.assert(told(stepTwo)))).status,
        401,
        "of another sign-in",
      );
      t.equal(
        (await sendAnswer(one, stepOne, passkey.assert(told(stepOne)))).status,
        401,
        "after a wrong answer the page asks anew",
      );
      const reload = await two.get(`${LOGIN}/sign-in/code`);
      t.equal(told(reload).challenge, told(stepTwo).challenge, "two tabs are asked the same");
      await gateway.pass(2 * 60_000);
      const later = await two.get(`${LOGIN}/sign-in/code`);
      t.not(told(later).challenge, told(stepTwo).challenge, "with little left, a new one");
      await gateway.pass(5 * 60_000 + 1);
      t.equal((await sendAnswer(two, later, passkey.assert(told(later)))).status, 401, "too late");
      const last = await two.get(`${LOGIN}/sign-in/code`);
      t.equal((await sendAnswer(two, last, passkey.assert(told(last)))).url, `${LOGIN}/account`);
      t.same(
        (await failures(person)).map(({ factor, reason }) => [factor, reason]),
        [
          ["passkey", "passkey-wrong"],
          ["passkey", "passkey-wrong"],
          ["passkey", "passkey-challenge"],
        ],
      );
    },
  );

  await t.test("attack 16: somebody else's passkey, another page's, an unverified one", async (t) => {
    const [{ person, passkey }, thief] = [await ownerOfPasskey(gateway), await ownerOfPasskey(gateway)];
    const cases: [why: string, from: SoftPasskey, wrong: Wrong, reason: string][] = [
      ["another account's", thief.passkey, {}, "passkey-unknown"],
      ["another's key under this id", thief.passkey, { id: passkey.id }, "passkey-wrong"],
      ["of a page elsewhere", passkey, { origin: "https://login.example.hu.evil.example" }, "passkey-wrong"],
      ["for another relying party", passkey, { rpId: "evil.example" }, "passkey-wrong"],
      ["without verifying the person", passkey, { flags: { uv: false } }, "passkey-wrong"],
    ];
    await Promise.all(
      cases.map(async ([why, from, wrong]) => {
        const [browser, step] = await begin(person);
        const answer = await sendAnswer(browser, step, from.assert(told(step), wrong));
        t.match(answer, { status: 401, body: /was not accepted/ }, why);
        t.notOk(isIn(browser), why);
      }),
    );
    t.same(
      (await failures(person)).map(({ reason }) => reason).sort(),
      cases.map(([, , , reason]) => reason).sort(),
    );
    t.same(await failures(thief.person), [], "and costs the other nothing");
  });

  await t.test("attack 16: a copy that counts anew is refused, and its owner told", async (t) => {
    const { person, passkey } = await ownerOfPasskey(gateway, 40);
    const [first, step] = await begin(person);
    await sendAnswer(first, step, passkey.assert(told(step)));
    t.ok(isIn(first));
    await Promise.all(
      [41, 7, 0].map(async (counter) => {
        const [copy, waiting] = await begin(person);
        const answer = await sendAnswer(copy, waiting, passkey.assert(told(waiting), { counter }));
        t.equal(answer.status, 401, `${counter}`);
        t.notOk(isIn(copy));
      }),
    );
    await gateway.delivered();
    const mails = gateway.sent.filter(
      ({ to, text }) => to === person.email && text.includes("may be a copy of yours"),
    );
    t.equal(mails.length, 3);
    t.match(mails[0]?.text, /Passkey: +laptop|laptop/);
    t.same(new Set((await failures(person)).map(({ reason }) => reason)), new Set(["passkey-copied"]));
    const still = await ownerOfPasskey(gateway, null);
    for (let i = 0; i < 2; i++) {
      const [browser, again] = await begin(still.person);
      await sendAnswer(browser, again, still.passkey.assert(told(again)));
      t.ok(isIn(browser), "one that never counts");
    }
  });

  await t.test(
    "attack 5: a right one whose session cannot be written opens nothing and is counted",
    async (t) => {
      const { person, passkey } = await ownerOfPasskey(gateway);
      const [browser, step] = await begin(person);
      await gateway.rows("ALTER TABLE audit RENAME TO away");
      try {
        const answer = await sendAnswer(browser, step, passkey.assert(told(step)));
        t.equal(answer.status, 503);
      } finally {
        await gateway.rows("ALTER TABLE away RENAME TO audit");
      }
      t.notOk(isIn(browser));
      t.equal(
        (await sendAnswer(browser, step, passkey.assert(told(step)))).url,
        `${LOGIN}/account`,
        "afterwards it is",
      );
    },
  );
});
