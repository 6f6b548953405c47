/** Codes that were used, and browsers that do many things at once. */
import t from "tap";
import type { Browser, Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";
import { oathtool } from "../fixtures/oathtool.ts";

const CRM = "https://crm.example.hu";
// Limits that are out of the way: what is tried here is the code itself.
const gateway = await withGateway(t, { lanes: { codes: 1000, account: 1000 } });

/** A browser that waits for its code. */
const atCode = async (person: Person, browser = gateway.browser()): Promise<[Browser, Page]> => {
  const page = await browser.submit(await browser.get(`${LOGIN}/sign-in`), {
    name: person.name,
    password: person.password,
  });
  t.match(page.url, `${LOGIN}/sign-in/code`);
  return [browser, page];
};
const sessions = async ({ id }: Person): Promise<number> =>
  (await gateway.rows("SELECT FROM session WHERE account_id = $1", [id])).length;
const isIn = (browser: Browser): boolean => browser.cookie("login.example.hu", "__Host-lakat") !== undefined;

t.test("attack 16: a code of oathtool opens once, and so does no other of its step", async (t) => {
  const person = await gateway.person();
  await gateway.code(person);
  const at = gateway.now();
  const [before, code, after] = oathtool(person.totp ?? "", new Date(at.getTime() - 30_000), 3);
  for (const [why, wrong] of [
    ["the step before", before],
    ["the step after", after],
  ] as const) {
    const [browser, page] = await atCode(person);
    t.equal((await browser.submit(page, { code: wrong ?? "" })).status, 401, why);
    t.notOk(isIn(browser), why);
  }
  const [browser, page] = await atCode(person);
  t.equal((await browser.submit(page, { code: code ?? "" })).url, `${LOGIN}/account`);
  t.ok(isIn(browser));
  const [again, secondPage] = await atCode(person);
  t.equal((await again.submit(secondPage, { code: code ?? "" })).status, 401, "used");
  await gateway.pass(30_000);
  const [late, thirdPage] = await atCode(person);
  t.equal((await late.submit(thirdPage, { code: code ?? "" })).status, 401, "expired, and used");
  t.equal(await sessions(person), 1);
});

t.test("attack 16: thirty sign-ins with one code at the same moment: one is in", async (t) => {
  const person = await gateway.person();
  const waiting = await Promise.all(Array.from({ length: 10 }, () => atCode(person)));
  const code = await gateway.code(person);
  await Promise.all(
    [...waiting, ...waiting, ...waiting].map(([browser, page]) =>
      browser.submit(page, { code }, /code/, { follow: false }),
    ),
  );
  t.equal(await sessions(person), 1);
  t.equal(waiting.filter(([browser]) => isIn(browser)).length, 1);
});

t.test("attack 16: the code that confirms an authenticator opens nothing more", async (t) => {
  const person = await gateway.person({ totp: false });
  const [browser, enrol] = await atCode(person);
  const secret = (/<code>([A-Z2-7 ]+)<\/code>/.exec(enrol.body)?.[1] ?? "").replaceAll(" ", "");
  const known = { ...person, totp: secret };
  const code = await gateway.code(known);
  t.equal((await browser.submit(enrol, { code })).status, 200);
  t.ok(isIn(browser));
  const [other, page] = await atCode(person);
  t.equal((await other.submit(page, { code })).status, 401);
  t.notOk(isIn(other));
  const next = await gateway.code(known);
  t.equal((await other.submit(page, { code: next })).url, `${LOGIN}/account`, "the next one does");
});

t.test("attack 24: fifty signed-out requests at once leave one cookie", async (t) => {
  const browser = gateway.browser();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => browser.authz(`${CRM}/page/${i}`)));
  for (const { status, headers } of answers) {
    t.equal(status, 401);
    t.equal(headers["set-cookie"], undefined, "the proxies' listener sets none");
  }
  const starts = await Promise.all(
    answers.map(({ headers }) => browser.get(headers.location ?? "", { follow: false })),
  );
  for (const { headers } of starts) {
    t.equal(headers["set-cookie"]?.length, 1);
    t.match(headers["set-cookie"]?.[0], /^__Host-lakat-state=/);
  }
  t.equal(browser.cookies.get("crm.example.hu")?.size, 1);
  const kept = browser.cookie("crm.example.hu", "__Host-lakat-state");
  await Promise.all(answers.map(({ headers }) => browser.get(headers.location ?? "", { follow: false })));
  t.equal(browser.cookie("crm.example.hu", "__Host-lakat-state"), kept, "and it stays the same");
  await Promise.all(starts.map(({ headers }) => browser.get(headers.location ?? "")));
  t.equal(browser.cookies.get("login.example.hu")?.size ?? 0, 0, "nor does the login host");
});

t.test("attack 24: two tabs both get in, begun together with no cookie at all", async (t) => {
  const person = await gateway.person();
  const browser = gateway.browser();
  const [one, two] = await Promise.all([browser.get(`${CRM}/one`), browser.get(`${CRM}/two`)]);
  t.equal(one.status, 200);
  const answer = { name: person.name, password: person.password };
  const codeOne = await browser.submit(one, answer);
  const codeTwo = await browser.submit(two, answer);
  const inOne = await browser.submit(codeOne, { code: await gateway.code(person) });
  t.match(inOne, { url: `${CRM}/one`, status: 200 });
  // The second tab still shows the field for the code.
  const inTwo = await browser.submit(codeTwo, { code: await gateway.code(person) });
  t.match(inTwo, { url: `${CRM}/two`, status: 200 });
  t.equal(browser.cookies.get("crm.example.hu")?.size, 2, "one state, one session of the application");
});

t.test("attack 24: both tabs ask for their code before either has one", async (t) => {
  const person = await gateway.person();
  const browser = gateway.browser();
  const pages = await Promise.all([browser.get(`${CRM}/one`), browser.get(`${CRM}/two`)]);
  const answer = { name: person.name, password: person.password };
  const codes = await Promise.all(pages.map((page) => browser.submit(page, answer)));
  const code = await gateway.code(person);
  await Promise.all(codes.map((page) => browser.submit(page, { code })));
  for (const path of ["/one", "/two"])
    t.match(await browser.get(`${CRM}${path}`), { url: `${CRM}${path}`, status: 200 });
});

t.test("attack 24: back, reload and a double click lose nobody", async (t) => {
  const person = await gateway.person();
  const browser = gateway.browser();
  const page = await browser.get(`${CRM}/customers`);
  const answer = { name: person.name, password: person.password };
  const codes = [browser.submit(page, answer), browser.submit(page, answer)] as const;
  const first = await codes[0];
  for (const code of await Promise.all(codes)) t.match(code, { status: 200, url: `${LOGIN}/sign-in/code` });
  const code = await gateway.code(person);
  const before = (await gateway.rows<{ key: string }>("SELECT key FROM lane")).map(({ key }) => key);
  const both = await Promise.all([browser.submit(first, { code }), browser.submit(first, { code })]);
  for (const { status } of both) t.ok(status < 500, `${status}`);
  t.ok(isIn(browser));
  t.equal(await sessions(person), 1);

  // Pressing twice is no guess, and does not add up to a lock.
  const counted = await gateway.rows("SELECT FROM lane WHERE points > 0 AND NOT key = ANY ($1)", [before]);
  t.equal(counted.length, 0);

  // Back to the code, and to the password, and each form once more.
  t.match(await browser.submit(first, { code }), { url: `${CRM}/customers`, status: 200 }, "the code again");
  t.match(await browser.get(page.url), { url: `${CRM}/customers`, status: 200 }, "the page of the password");
  const again = await browser.submit(page, answer);
  t.match(again, { url: `${CRM}/customers`, status: 200 }, "the form of the password");
});
