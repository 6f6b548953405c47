/** Whatever is sent to the listeners: a clear refusal, at most one event in the audit, nothing given away, and no end. */
import { connect } from "node:net";
import t, { type Test } from "tap";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";
import { rawHttp, rawRequest, type RawAnswer } from "../../fixtures/raw-http.ts";

const HOUR = 3_600_000;
const gateway = await withGateway(t);
const { ports } = gateway.node;
const person = await gateway.person();
const page = await gateway.browser().get(`${LOGIN}/sign-in`);
const token = /name="token" value="([^"]*)"/.exec(page.body)?.[1] ?? "";

const FORM = "application/x-www-form-urlencoded";
const HOST = "Host: login.example.hu";
const USUAL = [HOST, `Origin: ${LOGIN}`, "Connection: close"];

const post = (
  body: string | Buffer,
  more: string[] = [],
  type = FORM,
  path = "/sign-in",
): Promise<RawAnswer> =>
  rawHttp(
    ports.pages,
    Buffer.concat([
      rawRequest([
        `POST ${path} HTTP/1.1`,
        ...USUAL,
        ...(type === "" ? [] : [`Content-Type: ${type}`]),
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...more,
      ]),
      Buffer.from(body),
    ]),
  );

const events = async (): Promise<number> => (await gateway.rows("SELECT FROM audit")).length;

/** The answer is one of `statuses`, wrote `most` events at most, and holds nothing of our insides. */
async function refused(
  t: Test,
  what: string,
  asked: () => Promise<RawAnswer>,
  statuses: number[],
  most = 0,
): Promise<void> {
  const before = await events();
  const { status, body, headers } = await asked();
  t.ok(statuses.includes(status), `${what}: ${status}`);
  t.ok((await events()) - before <= most, `${what}: events`);
  t.notMatch(body, /Error|FST_|at .*\.[jt]s|node_modules|postgres|SELECT/, what);
  t.notOk(headers.get("set-cookie")?.includes("__Host-lakat="), what);
}

t.afterEach(async () => {
  const answer = await gateway.browser().get(`${LOGIN}/sign-in`);
  t.equal(answer.status, 200, "others are answered");
  t.strictSame(
    gateway.log.filter(({ level }) => level === "error"),
    [],
    "nothing failed on our side",
  );
});

const good = new URLSearchParams({ token, name: person.name, password: person.password }).toString();

t.test("forms that are none of ours", async (t) => {
  const cases: [what: string, body: string | Buffer, type: string, statuses: number[]][] = [
    [
      "JSON",
      JSON.stringify({ token, name: person.name, password: person.password }),
      "application/json",
      [415],
    ],
    ["text", good, "text/plain", [415]],
    [
      "multipart",
      `--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na\r\n--x--`,
      "multipart/form-data; boundary=x",
      [415],
    ],
    ["no type", good, "", [415]],
    ["a type that is none", good, ";;;", [415]],
    ["nothing", "", FORM, [403]],
    ["17 KiB", `${good}&x=${"a".repeat(17 * 1024)}`, FORM, [413]],
    ["a megabyte", Buffer.alloc(1 << 20, "a"), FORM, [413]],
    ["a field twice", `${good}&password=x`, FORM, [400]],
    ["a token twice", `${good}&token=${token}`, FORM, [400]],
    ["a lone percent", `${good}&x=%`, FORM, [400]],
    ["half a percent", `${good}&x=%e`, FORM, [400]],
    ["no UTF-8", Buffer.from([0x6e, 0x3d, 0xff, 0xfe]), FORM, [400]],
    ["no UTF-8, encoded", `${good}&x=%ff%fe`, FORM, [400]],
    ["an overlong dot", `${good}&x=%c0%ae`, FORM, [400]],
    ["half a surrogate", `${good}&x=%ed%a0%80`, FORM, [400]],
    ["arrays", `token=${token}&name[]=a&name[$ne]=b&password[$gt]=`, FORM, [401]],
    ["a prototype", `token=${token}&__proto__=x&constructor=y&password=z`, FORM, [401]],
    ["a form token of elsewhere", good.replace(token, "0000000.A".padEnd(51, "A")), FORM, [403]],
    ["a name of 2000 letters", good.replace(person.name, "a".repeat(2000)), FORM, [400]],
    ["a password of 3000 letters", `token=${token}&name=a&password=${"a".repeat(3000)}`, FORM, [400]],
  ];
  for (const [what, body, type, statuses] of cases)
    await refused(t, what, () => post(body, [], type), statuses, 1);
});

t.test("names that are not what they look like are nobody's", async (t) => {
  const names = [
    "\u0000",
    `${person.name}\u0000`.replace(/^/, "\u0000x"),
    "' OR 1=1 --",
    `${person.name}' --`,
    "\u202egnp",
    "а".repeat(5),
    "<script>alert(1)</script>",
    "\ud83d\ude00",
    "%00",
    "../../etc",
    "a@b@c",
    "\r\nSet-Cookie: a=b",
  ];
  const answers = await Promise.all(
    names.map((name) => post(new URLSearchParams({ token, name, password: person.password }).toString())),
  );
  for (const [i, { status, body, headers }] of answers.entries()) {
    t.equal(status, 401, JSON.stringify(names[i]));
    t.notMatch(body, /<script>alert/);
    t.equal(headers.get("set-cookie"), undefined);
  }
});

t.test("requests that are hardly HTTP", async (t) => {
  const line =
    (first: string, ...more: string[]): (() => Promise<RawAnswer>) =>
    () =>
      rawHttp(ports.pages, rawRequest([first, ...more]));
  const cases: [what: string, asked: () => Promise<RawAnswer>, statuses: number[]][] = [
    ["no host", line("GET /sign-in HTTP/1.1", "Connection: close"), [400]],
    ["two hosts", line("GET /sign-in HTTP/1.1", HOST, "Host: evil.example", "Connection: close"), [400]],
    ["a host that is none", line("GET /sign-in HTTP/1.1", "Host: a b", "Connection: close"), [400]],
    ["another host", line("GET /sign-in HTTP/1.1", "Host: evil.example", "Connection: close"), [404]],
    ["HTTP/1.0 without a host", line("GET /sign-in HTTP/1.0"), [400]],
    ["HTTP/9", line("GET /sign-in HTTP/9.9", HOST), [400, 505]],
    ["a method that is none", line("FROB /sign-in HTTP/1.1", ...USUAL), [400, 404, 405]],
    ["TRACE", line("TRACE /sign-in HTTP/1.1", ...USUAL), [400, 404, 405]],
    ["CONNECT", line("CONNECT evil.example:443 HTTP/1.1", ...USUAL), [0, 400, 404, 405]],
    ["a path with a NUL", line("GET /sign-in\0 HTTP/1.1", ...USUAL), [400, 404]],
    ["a path that is none", line("GET sign-in HTTP/1.1", ...USUAL), [400, 404]],
    ["a percent alone in the path", line("GET /% HTTP/1.1", ...USUAL), [400, 404]],
    ["a percent alone in a link", line("GET /reset/%ff HTTP/1.1", ...USUAL), [400, 404, 410]],
    ["a percent alone in the query", line("GET /sign-in?next=%ff HTTP/1.1", ...USUAL), [400]],
    ["a query field twice", line("GET /go?host=a&host=b HTTP/1.1", ...USUAL), [400]],
    ["20 KiB of headers", line("GET /sign-in HTTP/1.1", ...USUAL, `X: ${"a".repeat(20_000)}`), [431]],
    ["a cookie of 20 KiB", line("GET /sign-in HTTP/1.1", ...USUAL, `Cookie: a=${"a".repeat(20_000)}`), [431]],
    ["a header with a NUL", line("GET /sign-in HTTP/1.1", ...USUAL, "X: a\0b"), [400]],
    ["a folded header", line("GET /sign-in HTTP/1.1", ...USUAL, "X: a", " b"), [400]],
    ["a bare line feed", () => rawHttp(ports.pages, `GET /sign-in HTTP/1.1\n${HOST}\n\n`), [400]],
    ["a client address that is none", line("GET /sign-in HTTP/1.1", ...USUAL, "X-Forwarded-For: me"), [400]],
    ["TLS", () => rawHttp(ports.pages, Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])), [400]],
    [
      "chunks that are none",
      () =>
        rawHttp(
          ports.pages,
          rawRequest(
            ["POST /sign-in HTTP/1.1", ...USUAL, `Content-Type: ${FORM}`, "Transfer-Encoding: chunked"],
            "zz\r\nabc\r\n0\r\n\r\n",
          ),
        ),
      [400],
    ],
    [
      "chunks without end",
      () =>
        rawHttp(
          ports.pages,
          rawRequest(
            ["POST /sign-in HTTP/1.1", ...USUAL, `Content-Type: ${FORM}`, "Transfer-Encoding: chunked"],
            `5000\r\n${"a".repeat(0x5000)}\r\n`,
          ),
        ),
      [413],
    ],
    [
      "two lengths",
      () =>
        rawHttp(
          ports.pages,
          rawRequest(
            [
              "POST /sign-in HTTP/1.1",
              ...USUAL,
              `Content-Type: ${FORM}`,
              "Content-Length: 3",
              "Content-Length: 4",
            ],
            "abcd",
          ),
        ),
      [400],
    ],
    [
      "length and chunks",
      () =>
        rawHttp(
          ports.pages,
          rawRequest(
            [
              "POST /sign-in HTTP/1.1",
              ...USUAL,
              `Content-Type: ${FORM}`,
              "Content-Length: 3",
              "Transfer-Encoding: chunked",
            ],
            "0\r\n\r\n",
          ),
        ),
      [400],
    ],
    [
      "an expectation",
      line(
        "POST /sign-in HTTP/1.1",
        ...USUAL,
        `Content-Type: ${FORM}`,
        "Content-Length: 0",
        "Expect: 100-continue",
      ),
      [100, 403],
    ],
    [
      "an expectation that is none",
      line("POST /sign-in HTTP/1.1", ...USUAL, "Content-Length: 0", "Expect: tea"),
      [417],
    ],
  ];
  for (const [what, asked, statuses] of cases) await refused(t, what, asked, statuses);
});

t.test("the proxies' listener says no to all of it", async (t) => {
  const ask = (...lines: string[]): Promise<RawAnswer> =>
    rawHttp(ports.authz, rawRequest(["GET /authz/nginx HTTP/1.1", "Host: a", "Connection: close", ...lines]));
  const url = "X-Original-URL: https://crm.example.hu/";
  const method = "X-Original-Method: GET";
  for (const [what, lines] of [
    ["nothing", []],
    ["no method", [url]],
    ["a method twice", [url, method, method]],
    ["a cookie that is none", [url, method, "Cookie: __Host-lakat-app"]],
    ["a cookie with a NUL", [url, method, "Cookie: __Host-lakat-app=\0"]],
    [
      "a cookie twice",
      [url, method, `Cookie: __Host-lakat-app=${"A".repeat(43)}; __Host-lakat-app=${"B".repeat(43)}`],
    ],
    ["a cookie that nobody has", [url, method, `Cookie: __Host-lakat-app=${"A".repeat(43)}`]],
    ["a thousand cookies", [url, method, `Cookie: ${"__Host-lakat-app; ".repeat(500)}`]],
    ["a body", [url, method, "Content-Length: 5", "", "hello"]],
  ] as [string, string[]][])
    await refused(t, what, () => ask(...lines), [400, 401]);
});

t.test("a body that stops in the middle holds nobody else up", async (t) => {
  const stuck = Array.from({ length: 50 }, () => {
    const socket = connect({ host: "127.0.0.1", port: ports.pages });
    socket.on("error", () => undefined);
    socket.write(
      rawRequest(
        ["POST /sign-in HTTP/1.1", ...USUAL, `Content-Type: ${FORM}`, "Content-Length: 100"],
        "name=",
      ),
    );
    return socket;
  });
  const browser = gateway.browser();
  await gateway.signIn(browser, person);
  t.ok(browser.cookie("login.example.hu", "__Host-lakat"));
  for (const socket of stuck) socket.destroy();
});

t.test("a clock that steps opens nothing, and what is open closes rather than stays", async (t) => {
  const CRM = "https://crm.example.hu/";
  const browser = gateway.browser();
  const owner = await gateway.person();
  await gateway.signIn(browser, owner);
  t.equal((await browser.get(CRM)).status, 200);
  for (const step of [-HOUR, -24 * HOUR]) {
    await gateway.pass(step);
    t.equal((await browser.authz(CRM)).status, 401, `${step / HOUR} h: what was begun lies ahead`);
    const stranger = gateway.browser();
    t.match((await stranger.get(CRM)).url, `${LOGIN}/sign-in`);
    await gateway.pass(-step);
    t.equal((await browser.authz(CRM)).status, 200, "and back");
  }
  await gateway.pass(HOUR);
  t.equal((await browser.authz(CRM)).status, 401, "idle for an hour");
  await gateway.pass(24 * HOUR);
  t.equal((await browser.authz(CRM)).status, 401);
  t.equal((await browser.get(`${LOGIN}/account`)).status, 200);
  t.match((await browser.get(`${LOGIN}/account`)).url, `${LOGIN}/sign-in`);
});
