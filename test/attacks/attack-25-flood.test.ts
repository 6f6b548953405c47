/** Attack 25: more sign-ins than can be looked at, and passwords of a megabyte, while people work. */
import { request } from "node:http";
import t from "tap";
import { Browser } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type TestGateway } from "../fixtures/gateway.ts";

const PAGE = "https://crm.example.hu/page";
const AT_ONCE = 300;
const MEGABYTE = 2 ** 20;
const CUT = 0;

t.test("attack 25: a flood of sign-ins", async (t) => {
  const gateway = await withGateway(t, { node: { hashing: { concurrent: 2, waiting: 16 } } });
  const browser = gateway.browser();
  const person = await gateway.person();
  await gateway.signIn(browser, person);
  await browser.get(PAGE);
  const form = await gateway.browser().get(`${LOGIN}/sign-in`);
  const token = /name="token" value="([^"]*)"/.exec(form.body)?.[1] ?? "";
  /** So many at once, each for a name of its own and from an address of its own. */
  const flood = (bodyOf: (name: string) => Buffer, chunked = false): Promise<Answer[]> =>
    Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        post(gateway, bodyOf(`nobody-${i}`), `198.51.${i % 100}.${i % 250}`, chunked && i % 2 === 0),
      ),
    );
  const wrong = (name: string): Buffer =>
    Buffer.from(new URLSearchParams({ token, name, password: "a wrong password" }).toString());
  // What is compiled and allocated once is no growth.
  await flood(wrong);
  const quiet = await asked(browser, async () => {
    for (let i = 0; i < 20; i++) await browser.authz(PAGE);
  });
  await t.test("what cannot be looked at is told to come back, at once", async (t) => {
    let answers: Answer[] = [];
    const during = await asked(browser, async () => {
      answers = await flood(wrong);
    });
    const [busy, looked] = [503, 401].map((status) => answers.filter((one) => one.status === status));
    t.equal((busy?.length ?? 0) + (looked?.length ?? 0), AT_ONCE, "nothing but 401 and 503");
    t.ok(looked?.length !== 0 && (looked?.length ?? 0) <= 60, `${looked?.length ?? 0} were looked at`);
    t.ok(
      busy?.every(({ retryAfter }) => Number(retryAfter) > 0),
      "with Retry-After",
    );
    // Generous, as this process asks, floods and answers at once; a queue of hashes would take seconds.
    const [usual, flooded] = [p99(quiet), p99(during)];
    t.ok(during.length > 5, `${during.length} answers of forward-auth meanwhile`);
    t.ok(
      flooded < Math.max(20 * usual, 1000),
      `p99 ${flooded.toFixed(0)} ms, in quiet ${usual.toFixed(0)} ms`,
    );
  });

  await t.test("a megabyte of password: read no further than a form may be long", async (t) => {
    const before = process.memoryUsage.rss();
    let most = before;
    const body = Buffer.concat([
      Buffer.from(`token=${token}&name=nobody&password=`),
      Buffer.alloc(MEGABYTE, "x"),
    ]);
    const answers: Answer[] = [];
    await asked(browser, async () => {
      answers.push(...(await flood(() => body, true)));
      most = Math.max(most, process.memoryUsage.rss());
    });
    const statuses = new Set(answers.map(({ status }) => status));
    t.ok(statuses.delete(413));
    t.strictSame(
      [...statuses].filter((status) => status !== CUT),
      [],
    );
    const grown = (most - before) / MEGABYTE;
    t.ok(grown < 150, `of ${AT_ONCE} MB that were sent ${grown.toFixed(0)} MB were held`);
  });

  await t.test("passwords that are as long as a form may be", async (t) => {
    const body = Buffer.from(
      new URLSearchParams({ token, name: "nobody", password: "x".repeat(15_000) }).toString(),
    );
    const statuses = new Set((await flood(() => body)).map(({ status }) => status));
    t.strictSame(
      [...statuses].filter((status) => ![400, 401, 503].includes(status)),
      [],
    );
  });

  await t.test("and then all is as before", async (t) => {
    const metrics = await fetch(`http://127.0.0.1:${gateway.node.ports.internal}/metrics`);
    t.match(
      await metrics.text(),
      /^lakat_gateway_sign_ins_under_way 0$[^]*^lakat_gateway_hashes_pending 0$/m,
    );
    t.equal((await browser.authz(PAGE)).status, 200);
    await gateway.signIn(gateway.browser(), person);
  });
});

interface Answer {
  status: number;
  retryAfter: string | undefined;
}

/** Sends a form; a server that answers before it has read everything is heard. */
function post(gateway: TestGateway, body: Buffer, address: string, chunked: boolean): Promise<Answer> {
  return new Promise((resolve) => {
    const asking = request({
      host: "127.0.0.1",
      port: gateway.node.ports.pages,
      path: "/sign-in",
      method: "POST",
      agent: false,
      headers: {
        host: "login.example.hu",
        origin: LOGIN,
        "x-forwarded-for": address,
        "content-type": "application/x-www-form-urlencoded",
        ...(chunked ? { "transfer-encoding": "chunked" } : { "content-length": String(body.length) }),
      },
    });
    asking.on("response", (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] });
      response.on("error", () => undefined).resume();
    });
    // Cut off in the middle of the body, and before the answer could be read; after the answer this says nothing.
    asking.on("error", () => resolve({ status: CUT, retryAfter: undefined }));
    asking.end(body);
  });
}

/** Forward-auth, asked one after the other while something goes on: milliseconds of each answer. */
async function asked(browser: Browser, meanwhile: () => Promise<void>): Promise<number[]> {
  const taken: number[] = [];
  const over = { now: false };
  const asking = (async () => {
    while (!over.now) {
      const began = performance.now();
      const { status } = await browser.authz(PAGE);
      if (status !== 200) throw new Error(`forward-auth said ${status}`);
      taken.push(performance.now() - began);
    }
  })();
  await meanwhile().finally(() => (over.now = true));
  await asking;
  return taken;
}

function p99(taken: number[]): number {
  return taken.toSorted((a, b) => a - b)[Math.floor(taken.length * 0.99)] ?? NaN;
}
