/** What proxies are told and who tells it; and requests that are garbage, or pretend to come from a health checker. */
import { connect } from "node:net";
import fc from "fast-check";
import t from "tap";
import { LOGIN, withGateway } from "../fixtures/gateway.ts";
import { plainRequest, type PlainAnswer } from "../fixtures/plain-request.ts";

const STRANGER = "127.0.0.2";
const HOST = "crm.example.hu";
const IDENTITY = ["user", "name", "email", "groups", "scopes", "assertion"].map((name) => `remote-${name}`);

const CHECKERS = [
  ..."kube-probe/1.33,GoogleHC/1.0,ELB-HealthChecker/2.0,Consul Health Check,Envoy/HC,HAProxy health check".split(
    ",",
  ),
  ..."Amazon-Route53-Health-Check-Service,Blackbox Exporter/0.27,UptimeRobot/2.0,Prometheus/3.0,curl/8.0,".split(
    ",",
  ),
];
/** For X-Original-URL: no address, or one that programs read differently. */
const MALFORMED = [
  ...`/ // https:/ https:// https:///${HOST}/ http://${HOST}/ https://${HOST} https://a@${HOST}/ https://*/`.split(
    " ",
  ),
  ...`https://${HOST}:99999999/ https://${HOST}/#x https://[::1]/ https://${HOST},evil/ javascript:alert(1)`.split(
    " ",
  ),
  ...[
    "",
    `https://${HOST}/ x`,
    `https://${HOST}/\tx`,
    `https://${HOST}/\u00e9`,
    `https://${HOST}/${"a".repeat(8200)}`,
  ],
  `https://${HOST}\\@intranet.example.hu/health`,
];
const LINES = [
  ..."GET /%zz,GET /authz/envoy/%zz,GET /authz/nginx%2f..,GET //account,GET /../account,GET /account/%2e%2e".split(
    ",",
  ),
  ..."GET /ACCOUNT,GET /account;x,GET http://login.example.hu/account,OPTIONS *,PRI *,TRACE /account".split(
    ",",
  ),
  ..."CONNECT login.example.hu:443,GET /\\account,GET account,BREW /account".split(","),
];

t.test("forged requests", async (t) => {
  const gateway = await withGateway(t);
  const { pages, authz } = gateway.node.ports;
  const xff = (value: string): Record<string, string> => ({ "x-forwarded-for": value });

  const anna = await gateway.person();
  const inside = gateway.browser({ address: "192.0.2.60" });
  await gateway.signIn(inside, anna);
  t.equal((await inside.get(`https://${HOST}/`)).status, 200);
  const app = `__Host-lakat-app=${inside.cookie(HOST, "__Host-lakat-app")}`;
  const nginx = (url: string, more: Record<string, string | string[]> = {}) => ({
    path: "/authz/nginx",
    headers: { host: "127.0.0.1", "x-original-url": url, "x-original-method": "GET", ...more },
  });
  const forward = (host: string, uri: string, more: Record<string, string | string[]> = {}) => ({
    path: "/authz/forward",
    headers: {
      host: "127.0.0.1",
      "x-forwarded-method": "GET",
      "x-forwarded-proto": "https",
      "x-forwarded-host": host,
      "x-forwarded-uri": uri,
      ...more,
    },
  });
  const envoy = (host: string, uri: string, more: Record<string, string | string[]> = {}) => ({
    path: `/authz/envoy${uri}`,
    headers: { host, "x-forwarded-proto": "https", ...more },
  });
  const questions = [
    (more = {}) => nginx(`https://${HOST}/`, more),
    (more = {}) => forward(HOST, "/", more),
    (more = {}) => envoy(HOST, "/", more),
  ];

  await t.test("attack 8: who is no proxy hears nothing, whoever it says it is", async (t) => {
    for (const ask of questions) {
      t.equal((await plainRequest(authz, ask({ cookie: app }))).status, 200, "it is a good question");
      for (const more of [
        {},
        xff("127.0.0.1"),
        { forwarded: "for=127.0.0.1" },
        { "x-real-ip": "127.0.0.1" },
      ]) {
        const answer = await plainRequest(authz, { ...ask({ cookie: app, ...more }), from: STRANGER });
        t.equal(answer.status, 403);
        for (const name of IDENTITY) t.equal(answer.headers[name], "");
      }
    }
  });

  await t.test("attack 8: each kind of proxy is believed in its own headers only", async (t) => {
    // What a client sends and a proxy that knows nothing of it passes on: each names a public page.
    const others = {
      "x-forwarded-uri": "/health",
      "x-forwarded-prefix": "/assets",
      "x-forwarded-port": "443",
      "x-forwarded-path": "/health",
      "x-original-uri": "/health",
      "x-rewrite-url": "/health",
      "x-envoy-original-path": "/health",
      "x-http-method-override": "OPTIONS",
      "x-method-override": "OPTIONS",
    };
    const own = { "x-original-url": "https://intranet.example.hu/health", "x-original-method": "OPTIONS" };
    const forwarded = { "x-forwarded-host": HOST, "x-forwarded-method": "OPTIONS" };
    const there = "intranet.example.hu";
    const rest = Object.fromEntries(Object.entries(others).filter(([name]) => name !== "x-forwarded-uri"));
    const all = [
      nginx(`https://${there}/staff`, { ...others, ...forwarded }),
      forward(there, "/staff", { ...rest, ...own }),
      envoy(there, "/staff", { ...others, ...own, ...forwarded }),
      // said twice, by the client and by the proxy
      forward(there, "/staff", { "x-forwarded-uri": ["/health", "/staff"] }),
      forward(there, "/staff", { "x-forwarded-host": [HOST, there] }),
      forward(there, "/staff", { "x-forwarded-method": ["OPTIONS", "GET"] }),
      nginx(`https://${there}/staff`, { "x-original-url": ["https://intranet.example.hu/health", "x"] }),
      envoy(there, "/staff", { "x-forwarded-proto": ["https", "https"] }),
    ];
    for (const question of all) {
      const { status } = await plainRequest(authz, question);
      t.ok(status === 401, `${status} ${JSON.stringify(question)}`);
    }
    t.equal((await plainRequest(authz, forward(there, "/health"))).status, 200, "it is public");
    // The cookie of one host is none of another, whatever a header calls it.
    const elsewhere = nginx("https://wiki.example.hu/", {
      cookie: app,
      ...xff(HOST),
      "x-forwarded-host": HOST,
    });
    t.equal((await plainRequest(authz, elsewhere)).status, 401);
  });

  await t.test(
    "attack 8: the pages know their host by Host alone, and build nothing from a header",
    async (t) => {
      for (const from of [STRANGER, "127.0.0.1"]) {
        const headers = {
          host: HOST,
          "x-forwarded-for": "192.0.2.9",
          "x-forwarded-host": "evil.example",
          "x-forwarded-proto": "http",
          "x-forwarded-port": "81",
          "x-forwarded-prefix": "/evil",
          forwarded: "host=evil.example;proto=http",
          "x-original-url": "/account",
          "x-rewrite-url": "/account",
        };
        const start = await plainRequest(pages, { path: "/.lakat/start?to=%2Fx", headers, from });
        t.match(start.headers.location, new RegExp(`^${LOGIN}/go\\?host=${HOST}&`));
        const page = await plainRequest(pages, {
          path: "/sign-in",
          headers: { ...headers, host: "login.example.hu" },
          from,
        });
        t.notMatch(JSON.stringify([page, start]), /evil/);
        for (const host of [
          "evil.example",
          "127.0.0.1",
          "login.example.hu.evil.example",
          "login.example.hu@evil.example",
        ])
          t.ok(
            [400, 404].includes(
              (await plainRequest(pages, { path: "/sign-in", headers: { ...headers, host }, from })).status,
            ),
          );
      }
    },
  );

  const visits = (headers: Record<string, string>): Promise<PlainAnswer>[] => [
    ...questions.map((ask) => plainRequest(authz, ask(headers))),
    ...["/account", `/go?host=${HOST}&state=${"a".repeat(43)}`, "/confirm", "/sign-out"].map((path) =>
      plainRequest(pages, { path, headers: { host: "login.example.hu", ...xff("192.0.2.9"), ...headers } }),
    ),
  ];
  /** Nothing was opened: a no, or the way to the sign-in. */
  const opened = (answers: PlainAnswer[]): PlainAnswer[] =>
    answers.filter(({ status, headers }) => {
      const isNo = status === 401 || status === 404 || status === 400;
      const toSignIn =
        (status === 302 || status === 303) && /sign-in|\/\.lakat\/start/.test(headers.location ?? "");
      return !isNo && !toSignIn;
    });

  await t.test("attack 11: a garbage cookie is a no, whatever is in it", async (t) => {
    const cookies = [
      "__Host-lakat",
      "__Host-lakat-app",
      "__Host-lakat-sign-in",
      "__Host-lakat-device",
      "__Host-lakat-state",
    ];
    const [, token = ""] = /__Host-lakat-app=([^;]*)/.exec(app) ?? [];
    const value = fc.oneof(
      fc.string({
        unit: fc
          .integer({ min: 0x20, max: 0xff })
          .map((code) => String.fromCharCode(code === 0x7f ? 0x20 : code)),
      }),
      fc.base64String({ minLength: 40, maxLength: 48 }),
      fc.constantFrom(
        "",
        "null",
        "undefined",
        "'--",
        "%00",
        "e30.e30.",
        `${token}=`,
        ` "${token}"`,
        token.slice(1),
        token.slice(0, 42),
        `${token}a`,
        token.toUpperCase(),
        "A".repeat(6000),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cookies), value, async (name, garbage) => {
        const answers = await Promise.all(visits({ cookie: `${name}=${garbage}`, accept: "text/html" }));
        return opened(answers).length === 0;
      }),
      { numRuns: 60 },
    );
    for (const twice of [`${app}; ${app}`, `x=1; ${app}; __Host-lakat-app=x`, app.replace("=", " = ")])
      t.same(opened(await Promise.all(visits({ cookie: twice }))), []);
  });

  await t.test("attack 11: a malformed address is a no, with a good cookie and without", async (t) => {
    for (const url of MALFORMED)
      for (const cookie of ["", app]) {
        const { status } = await plainRequest(authz, nginx(url, { cookie }));
        t.ok(status === 401 || status === 403, `${status} ${url.slice(0, 60)}`);
      }
    for (const method of ["", "get", "CONNECT", "GE T", "GET,POST"])
      t.equal(
        (await plainRequest(authz, nginx(`https://${HOST}/`, { cookie: app, "x-original-method": method })))
          .status,
        401,
      );
    for (const [port, host] of [
      [authz, HOST],
      [pages, "login.example.hu"],
    ] as const)
      for (const line of LINES)
        t.notMatch(
          await rawStatus(port, `${line} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\n`),
          /^(2|5)/,
          `${line} ${host}`,
        );
  });

  await t.test("attack 12: the name of a health checker opens nothing", async (t) => {
    for (const agent of CHECKERS) t.same(opened(await Promise.all(visits({ "user-agent": agent }))), []);
    for (const path of "/healthz /readyz /metrics /ping /ready /health /status /authz/ /authz/healthz /".split(
      " ",
    )) {
      const headers = { host: "login.example.hu", "user-agent": "kube-probe/1.33" };
      t.equal((await plainRequest(authz, { path, headers })).status, 404);
      t.notMatch((await plainRequest(pages, { path, headers })).status.toString(), /^2/);
    }
  });
});

/** The first line's status of what is answered to bytes that no client library would send. */
function rawStatus(port: number, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.end(`${head}Connection: close\r\n\r\n`));
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? "closed"));
  });
}
