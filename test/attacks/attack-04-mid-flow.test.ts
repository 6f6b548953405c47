/** Something is under way when an administrator ends it: it ends, at whatever point it is, on every node. */
import t from "tap";
import {
  disable,
  enable,
  lock,
  requireReset,
  resetFactors,
  setEnd,
  setRoles,
} from "../../src/auth/directory.ts";
import { LINK_PATH, makeLink } from "../../src/auth/links.ts";
import { Browser, type Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";

const CRM = "https://crm.example.hu";
const HOST = "login.example.hu";
const SESSION = "__Host-lakat";
const APP = "__Host-lakat-app";

t.test("attack 4: ended in mid-flow", async (t) => {
  const gateway = await withGateway(t);
  const second = await gateway.another();
  const { store, hasher } = gateway.node.gateway;
  const people = { store, settings: gateway.settings };
  const admin = () => ({ by: { actor: { kind: "operator", user: "root" } } as const, now: gateway.now() });

  /** A step that waits for its code. */
  const password = async (browser: Browser, { name, password: typed }: Person): Promise<Page> =>
    browser.submit(await browser.get(`${LOGIN}/sign-in`), { name, password: typed });

  const ticketFor = async (browser: Browser, host: string): Promise<string> => {
    const start = await browser.get(`https://${host}/.lakat/start`, { follow: false });
    const go = await browser.get(start.headers.location ?? "", { follow: false });
    const url = go.headers.location ?? "";
    t.match(url, /\/enter\?ticket=/);
    return url;
  };

  const resetLink = ({ id }: Person, kind: "reset" | "invitation" = "reset"): Promise<string> =>
    store.transact(async (tx) => {
      const { epoch = 0 } = (await tx.accounts.byId(id)) ?? {};
      return (await makeLink(tx, gateway.settings, { id, epoch }, kind, gateway.now())).url;
    });

  const choose = async (url: string): Promise<Page> => {
    const browser = gateway.browser();
    const token = /name="token" value="([^"]*)"/.exec((await browser.get(`${LOGIN}/sign-in`)).body)?.[1];
    return browser.post(url, { token: token ?? "", password: "what a thief would like to have" });
  };

  /** Asks until the news has come; a node that never hears of it fails the test. */
  const answerOf = async (browser: Browser, url = CRM): Promise<number> => {
    const deadline = Date.now() + 5000;
    for (;;) {
      const { status } = await browser.authz(`${url}/`);
      if (status !== 200 || Date.now() > deadline) return status;
    }
  };

  const hashOf = async ({ id }: Person): Promise<unknown> =>
    (await gateway.rows<{ hash: string }>("SELECT password_hash AS hash FROM account WHERE id = $1", [id]))[0]
      ?.hash;

  type Ending = [name: string, end: (id: string) => Promise<unknown>, isOver: boolean];
  const endings: Ending[] = [
    ["disabled", (id) => disable(people, admin(), id), true],
    ["locked", (id) => lock(people, admin(), id), true],
    ["told to reset", (id) => requireReset(people, admin(), id), true],
    ["at its end", (id) => setEnd(people, admin(), id, gateway.now()), true],
    ["without factors", (id) => resetFactors(people, admin(), id, "lost"), false],
    ["made an administrator", (id) => setRoles(people, admin(), id, ["administrator"]), false],
    [
      "disabled and enabled again",
      async (id) => {
        await disable(people, admin(), id);
        return enable(people, admin(), id);
      },
      false,
    ],
  ];
  for (const [name, end, isOver] of endings)
    await t.test(`attack 4: ${name}: code, session, ticket, link`, async (t) => {
      const person = await gateway.person();
      const [signedIn, waiting] = [gateway.browser(), gateway.browser()];
      await gateway.signIn(signedIn, person);
      t.equal((await signedIn.get(`${CRM}/`)).status, 200);
      const elsewhere = new Browser({ pages: second.ports.pages, authz: second.ports.authz });
      elsewhere.setCookie("crm.example.hu", APP, signedIn.cookie("crm.example.hu", APP));
      t.equal((await elsewhere.authz(`${CRM}/`)).status, 200);
      const step = await password(waiting, person);
      t.match(step.url, "/sign-in/code");
      const [ticket, link] = [await ticketFor(signedIn, "wiki.example.hu"), await resetLink(person)];
      const code = await gateway.code(person);
      const hash = await hashOf(person);

      t.notMatch(await end(person.id), { refused: /./ });

      t.equal(await answerOf(signedIn), 401, "the application");
      t.equal(await answerOf(elsewhere), 401, "the application, asked on another node");
      t.match(
        (await signedIn.get(`${LOGIN}/go?host=crm.example.hu&state=${"a".repeat(43)}`)).url,
        "/sign-in",
      );
      await signedIn.get(ticket, { follow: false });
      t.equal(signedIn.cookie("wiki.example.hu", APP), undefined, "the ticket");
      t.match((await waiting.submit(step, { code })).url, "/sign-in?over", "the code");
      t.equal(waiting.cookie(HOST, SESSION), undefined);
      t.equal((await choose(link)).status, 410, "the link");
      t.equal(await hashOf(person), hash);
      const again = await password(signedIn, person);
      if (isOver) t.equal(again.status, 401);
      else t.match(again.url, "/sign-in/code", "from the start, with all that it takes");
    });

  await t.test("attack 4: an invitation, and a link whose password is being hashed", async (t) => {
    const [invited, resetting] = [await gateway.person(), await gateway.person()];
    await gateway.rows("UPDATE account SET status = 'invited', password_hash = NULL WHERE id = $1", [
      invited.id,
    ]);
    const link = await resetLink(invited, "invitation");
    await disable(people, admin(), invited.id);
    t.equal((await choose(link)).status, 410);
    t.equal(await hashOf(invited), null);
    const before = await hashOf(resetting);
    const reset = await resetLink(resetting);
    const hash = hasher.hash.bind(hasher);
    hasher.hash = async (text) => {
      await disable(people, admin(), resetting.id);
      return hash(text);
    };
    t.equal((await choose(reset)).status, 410);
    hasher.hash = hash;
    t.equal(await hashOf(resetting), before);
    t.ok(link.startsWith(LOGIN + LINK_PATH.invitation));
  });

  await t.test("attack 4: while the password of a trusted device is being looked at", async (t) => {
    const meanwhile: [string, (person: Person) => Promise<unknown>][] = [
      ["disabled", ({ id }) => disable(people, admin(), id)],
      ["locked", ({ id }) => lock(people, admin(), id)],
      ["told to reset", ({ id }) => requireReset(people, admin(), id)],
      [
        "device forgotten",
        ({ id }) => gateway.rows("UPDATE device SET forgotten_at = created_at WHERE account_id = $1", [id]),
      ],
      [
        "another password",
        async ({ id }) => {
          const stored = await hasher.hash("chosen by its owner, just now");
          return store.transact(({ accounts }) => accounts.setPassword(id, stored, gateway.now()));
        },
      ],
    ];
    const verify = hasher.verify.bind(hasher);
    for (const [name, work] of meanwhile) {
      const person = await gateway.person();
      const browser = gateway.browser();
      await gateway.signIn(browser, person);
      browser.setCookie(HOST, SESSION, undefined);
      hasher.verify = async (...args) => {
        const answer = await verify(...args);
        await work(person);
        return answer;
      };
      const answer = await password(browser, person);
      hasher.verify = verify;
      t.equal(answer.status, 401, name);
      t.equal(browser.cookie(HOST, SESSION), undefined, name);
    }
  });

  await t.test("attack 4: an account that comes to its end between ticket and application", async (t) => {
    const person = await gateway.person();
    const browser = gateway.browser();
    await gateway.signIn(browser, person);
    await setEnd(people, admin(), person.id, new Date(gateway.now().getTime() + 30_000));
    const ticket = await ticketFor(browser, "crm.example.hu");
    await gateway.pass(30_001);
    await browser.get(ticket, { follow: false });
    t.equal(browser.cookie("crm.example.hu", APP), undefined);
  });

  await t.test("attack 4: a role that goes closes the application; one that comes forbids SMS", async (t) => {
    const person = await gateway.person({ phone: "+36201234567" });
    const browser = gateway.browser();
    await gateway.signIn(browser, person, `/go?host=crm.example.hu&state=${"a".repeat(43)}`);
    t.equal((await browser.get(`${CRM}/`)).status, 200);
    const waiting = gateway.browser();
    const sent = await waiting.submit(await password(waiting, person), {}, /sms/);
    t.equal(sent.status, 200);
    await gateway.delivered();
    const code = /\b\d{8}\b/.exec(gateway.sent.findLast(({ kind }) => kind === "sms")?.text ?? "")?.[0];
    await setRoles(people, admin(), person.id, ["careful"]);
    t.equal(await answerOf(browser), 403);
    const answer = await waiting.submit(sent, { code: code ?? "none came" }, /code/);
    t.equal(answer.status, 401);
    t.equal(waiting.cookie(HOST, SESSION), undefined);
  });
});
