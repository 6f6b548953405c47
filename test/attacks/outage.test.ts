/** PostgreSQL goes away and comes back while people work and strangers guess. */
import t from "tap";
import { endSession } from "../../src/auth/sign-out.ts";
import type { Browser, Page } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person, type TestGateway } from "../fixtures/gateway.ts";

const PAGE = "https://crm.example.hu/page";
const SESSION = "__Host-lakat";
/** "Ended everywhere within one second", and while nothing is heard nothing is trusted longer. */
const SECOND = 1000;
const DOWN_MS = 1500;

interface Asked {
  /** When it was sent, and when it was answered, milliseconds of performance.now(). */
  sent: number;
  answered: number;
  status: number;
}

t.test("PostgreSQL stops and starts again under load", async (t) => {
  const gateway = await withGateway(t);
  const second = await gateway.another();
  const [anna, ended, guessed, back] = await signedIn(gateway, 4);
  if (anna === undefined || ended === undefined || guessed === undefined || back === undefined) return;

  const internal = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${gateway.node.ports.internal}${path}`)).status;
  const over = { now: false };
  const asking = (browser: Browser): Promise<Asked[]> => repeat(over, () => browser.authz(PAGE));
  const used = asking(anna.browser);
  const revoked = asking(ended.browser);
  const given: string[] = [];
  const returns = repeat(over, async () => {
    const page = await signInWith(back);
    const cookie = back.browser.cookie("login.example.hu", SESSION);
    if (cookie !== undefined) given.push(cookie);
    return page;
  });
  const stranger = {
    browser: gateway.browser(),
    person: { ...guessed.person, password: "not the right one" },
  };
  const guess = (): Promise<Page> => signInWith(stranger);
  for (let i = 0; i < 3; i++) t.equal((await guess()).status, 401);
  const guesses = repeat(over, guess);

  const [session] = await gateway.rows<{ id: string }>("SELECT id FROM session WHERE account_id = $1", [
    ended.person.id,
  ]);
  // On the other node, so that this one has to hear of it.
  await endSession(second.gateway, {
    account: ended.person,
    sessionId: session?.id ?? "",
    by: { kind: "gateway" },
    reason: "administrator",
    now: gateway.now(),
  });
  const endedAt = performance.now();
  let [stopped, started] = [0, 0];
  await gateway.database.postgres.restart(async () => {
    stopped = performance.now();
    const lives = new Set<number>();
    while (performance.now() < stopped + DOWN_MS) lives.add(await internal("/healthz"));
    t.strictSame([...lives], [200], "the process lives");
    t.equal(await internal("/readyz"), 503, "and is not ready");
    started = performance.now();
  });
  await until(async () => (await anna.browser.authz(PAGE)).status === 200);
  await until(async () => (await signInWith(back)).status === 303);
  over.now = true;

  await t.test("the session that was used goes on, without a sign-in", async (t) => {
    const answers = await used;
    t.strictSame(statuses(answers), [200, 503]);
    const down = answers.filter(({ sent, answered }) => sent > stopped + SECOND && answered < started);
    t.ok(down.length > 5, `${down.length} answers while it was down`);
    t.strictSame(statuses(down), [503], "nothing from a memory that hears nothing");
  });

  await t.test("the session that was ended right before opens nothing a second later", async (t) => {
    const later = (await revoked).filter(({ sent }) => sent > endedAt + SECOND);
    t.ok(later.length > 5);
    t.strictSame(
      statuses(later).filter((status) => status !== 401 && status !== 503),
      [],
    );
    t.equal((await ended.browser.authz(PAGE)).status, 401);
  });

  await t.test("whoever was let in is in, and nobody was while it was down", async (t) => {
    const answers = await returns;
    t.strictSame(statuses(answers), [303, 503]);
    const down = answers.filter(({ sent, answered }) => sent > stopped && answered < started);
    t.strictSame(statuses(down), [503]);
    const { rowCount } = await gateway.database.pool.query(
      "SELECT FROM session JOIN unnest($1::text[]) cookie ON token_hash = sha256(convert_to(cookie, 'UTF8')) WHERE ended_at IS NULL",
      [given],
    );
    t.equal(rowCount, given.length);
    back.browser.setCookie("login.example.hu", SESSION, given.at(-1));
    t.equal((await back.browser.get(`${LOGIN}/confirm`)).status, 200);
  });

  await t.test("no guess was forgotten: three before, and no more than two after", async (t) => {
    await guesses;
    for (let i = 0; i < 4; i++) t.equal((await guess()).status, 401);
    const looked = await gateway.rows(
      "SELECT FROM audit WHERE account_id = $1 AND body::json ->> 'reason' = 'wrong-password'",
      [guessed.person.id],
    );
    t.ok(looked.length <= 5, `${looked.length} were looked at`);
    stranger.person = guessed.person;
    t.equal((await guess()).status, 401, "the lane is locked, now for the right password as well");
    t.equal((await signInWith(guessed)).status, 303, "but not for the person's own device");
  });

  await t.test("the node is ready by itself", async (t) => {
    t.equal(await internal("/readyz"), 200);
    const errors = gateway.log.filter(({ level }) => level === "error").map(({ text }) => text);
    t.strictSame(
      errors.filter((text) => !text.startsWith("a request could not be answered")),
      [],
      "and has told of nothing but requests that failed",
    );
  });
});

/** People with a session each, who have been at `crm`. */
async function signedIn(
  gateway: TestGateway,
  count: number,
): Promise<{ browser: Browser; person: Person }[]> {
  const people = [];
  for (let i = 0; i < count; i++) {
    const person = await gateway.person();
    const browser = gateway.browser();
    await gateway.signIn(browser, person);
    await browser.get(PAGE);
    people.push({ browser, person });
  }
  return people;
}

/** Sends the sign-in form once more, whatever session there is; nothing is followed. */
async function signInWith({ browser, person }: { browser: Browser; person: Person }): Promise<Page> {
  browser.setCookie("login.example.hu", SESSION, undefined);
  const page = await browser.get(`${LOGIN}/sign-in`);
  return browser.submit(page, { name: person.name, password: person.password }, undefined, { follow: false });
}

/** One after the other until it is over. */
async function repeat(over: { now: boolean }, ask: () => Promise<Page>): Promise<Asked[]> {
  const asked: Asked[] = [];
  while (!over.now) {
    const sent = performance.now();
    const { status } = await ask();
    asked.push({ sent, answered: performance.now(), status });
  }
  return asked;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 10_000; !(await isSo());)
    if (performance.now() > deadline) throw new Error("it did not come back");
}

function statuses(asked: Asked[]): number[] {
  return [...new Set(asked.map(({ status }) => status))].sort();
}
