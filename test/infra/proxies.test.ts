/** The configurations of infra/proxies in the real programs, before an application that takes whatever gets through. */
import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { parse } from "yaml";
import { aliasIn, IDENTITY_HEADERS, NOBODY, type IdentityHeaders } from "../../src/auth/identity-headers.ts";
import { targetFromForwarded, targetFromNginx } from "../../src/auth/request-target.ts";
import { startEcho, valuesOf, type Asked, type Echo } from "../fixtures/echo-application.ts";
import { run } from "../fixtures/programs.ts";
import { askProxy, sendRaw, startProxies, type Proxy } from "../fixtures/proxies.ts";

const ANNA: IdentityHeaders = {
  "Remote-User": "anna",
  "Remote-Name": Buffer.from("Őri Éva").toString("latin1"),
  "Remote-Email": "anna@example.hu",
  "Remote-Groups": "sales,support",
  "Remote-Scopes": "settings",
  "Remote-Assertion": "aaa.bbb.ccc",
};
const NAVIGATION = ["Sec-Fetch-Mode", "navigate", "Accept", "text/html"];
const START = "https://crm.example.hu/.lakat/start?to=%2Fx";

type Reply = { status: number; headers?: Record<string, string> } | "silence";
let reply: Reply = { status: 200, headers: ANNA };
const authz = await startEcho(t, (_asked, response) => {
  if (reply !== "silence") response.writeHead(reply.status, reply.headers).end("from the gateway");
});
const application = await startEcho(t);
const pages = await startEcho(t);
const proxies = await startProxies(t, {
  pages: pages.port,
  authz: authz.port,
  application: application.port,
  patience: 1000,
});

const taken = ({ asked }: Echo): Asked[] => asked.splice(0);
/** Path and method that the gateway was asked about. */
function questions(asked: Asked[]): string[] {
  return asked.map((one) => {
    const [url = ""] = valuesOf(one, "X-Original-URL");
    const uri =
      url === "" ? valuesOf(one, "X-Forwarded-Uri")[0] : url.replace(/^https:\/\/crm\.example\.hu/, "");
    return `${valuesOf(one, "X-Original-Method")[0] ?? valuesOf(one, "X-Forwarded-Method")[0] ?? ""} ${uri ?? ""}`;
  });
}

t.beforeEach(() => {
  reply = { status: 200, headers: ANNA };
  for (const echo of [authz, application, pages]) echo.asked.length = 0;
});

/** The same of every proxy. */
function each(name: string, body: (t: Test, proxy: Proxy) => Promise<void>): void {
  t.test(name, async (t) => {
    for (const proxy of proxies) await t.test(proxy.name, async (t) => body(t, proxy));
  });
}

each("takes its configuration without a word of complaint", async (t, { name, check, said }) => {
  await run(check.program, check.args);
  t.notMatch(said(), /warn|deprecat|error|alert/i, name);
});

each(
  "an answer that allows names everything, and the application alone sees the body",
  async (t, { port }) => {
    const cookies = "a=1; __Host-lakat-app=SECRET; __Host-lakat-state=STATE; b=2";
    const answer = await askProxy(port, "/x?y=/z", ["Cookie", cookies], { method: "POST", body: "hello" });
    t.equal(answer.status, 200);
    const [got] = taken(application);
    t.match(got, { method: "POST", url: "/x?y=/z", body: "hello" });
    for (const name of IDENTITY_HEADERS) t.strictSame(valuesOf(got, name), [ANNA[name]], name);
    t.equal(valuesOf(got, "Cookie")[0], "a=1; b=2", "the gateway's cookies stay with the gateway");
    t.strictSame(valuesOf(got, "Host"), ["crm.example.hu"]);
    const [question, ...more] = taken(authz);
    t.strictSame(more, []);
    t.match(question, { method: "GET", body: "", url: /^\/authz\/(nginx|forward)\??$/ });
    t.strictSame(questions(question === undefined ? [] : [question]), ["POST /x?y=/z"]);
    t.strictSame(valuesOf(question, "Cookie"), [cookies]);
    t.strictSame(valuesOf(question, "Content-Length"), []);
    t.strictSame(valuesOf(question, "Transfer-Encoding"), []);
  },
);

each("what a proxy asks is what the gateway reads", async (t, { name, port }) => {
  const read = name === "nginx" ? targetFromNginx : targetFromForwarded;
  const upgrade = ["Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13"];
  for (const [path, ambiguous, headers] of [
    ["/x?y=/z&u=https://a.hu/", false, []],
    ["/%C3%A1rv%C3%ADz/a%20b?%00=\\|^", false, []],
    ["/x/../y", true, []],
    ["/x%2f..%2fy;z//", true, []],
    ["/live", false, [...upgrade, "Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg=="]],
  ] as const) {
    reply = { status: 403 };
    await askProxy(port, path, ["Cookie", "a=1", ...headers], { host: "CRM.example.hu" });
    const [asked] = taken(authz);
    const target = read(asked?.rawHeaders ?? []);
    t.equal(aliasIn(asked?.rawHeaders ?? []), undefined);
    t.match(target, { method: "GET", host: "crm.example.hu", ambiguous }, path);
    t.equal("refused" in target ? target.refused : target.path + target.query, path);
  }
});

each("cookies of the gateway are taken out wherever they stand", async (t, { port }) => {
  for (const [sent, left] of [
    ["__Host-lakat-app=S", undefined],
    ["__Host-lakat-app=S; a=1", "a=1"],
    ["a=1; __Host-lakat-app=S", "a=1"],
    ["a=1;__Host-lakat-app=S;b=2", "a=1;b=2"],
    ["a=__Host-lakat; b=2", "a=__Host-lakat; b=2"],
  ] as const) {
    await askProxy(port, "/", ["Cookie", sent]);
    const seen = valuesOf(taken(application)[0], "Cookie").join();
    t.equal(seen.replace(/; ?$/, ""), left ?? "", sent);
  }
});

const ALIASES = ["Remote_User", "REMOTE_GROUPS", "remote_Email", "Remote.Name", "Remote_Assertion"];
const LIES = [
  ...IDENTITY_HEADERS,
  ...["REMOTE-USER", "X-Forwarded-User", "X-Forwarded-Groups", "X-Forwarded-Prefix"],
  ...["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Method", "X-Forwarded-Uri"],
  ...["X-Original-URL", "X-Original-Method", "X-Real-IP", "Forwarded", ...ALIASES],
  ...["X_Forwarded_User", "X_Forwarded_For", "X_Original_URL", "X-Forwarded_Host", "X_Forwarded-Uri"],
];

each("attack 9: nothing that a client says of itself gets through, in any spelling", async (t, { port }) => {
  for (const allowed of [ANNA, NOBODY]) {
    reply = { status: 200, headers: { ...allowed } };
    const lies = LIES.flatMap((name) => [name, "admin"]);
    t.equal((await askProxy(port, "/x", [...lies, ...lies])).status, 200);
    const [got] = taken(application);
    const [question] = taken(authz);
    t.notMatch(got?.rawHeaders.join("\n"), /admin|[_.]User/);
    t.notMatch(question?.rawHeaders.join("\n"), /admin/);
    for (const name of IDENTITY_HEADERS) t.equal(valuesOf(got, name).join(), allowed[name], name);
    t.strictSame(valuesOf(got, "X-Forwarded-For"), ["127.0.0.1"]);
    t.strictSame(valuesOf(question, "X-Forwarded-For"), ["127.0.0.1"]);
    t.strictSame(questions(question === undefined ? [] : [question]), ["GET /x"]);
  }
});

each("a Connection header takes nothing out that the proxy put in", async (t, { port }) => {
  const hop = ["Connection", "close, Remote-User, Remote-Groups, X-Forwarded-For, X-Forwarded-Uri, Cookie"];
  await askProxy(port, "/x", [...hop, "Cookie", "__Host-lakat-app=S"]);
  const [got] = taken(application);
  for (const name of IDENTITY_HEADERS) t.strictSame(valuesOf(got, name), [ANNA[name]], name);
});

each("attack 10: an answer that lacks one header does not let the client's through", async (t, { port }) => {
  for (const missing of IDENTITY_HEADERS) {
    const headers = Object.entries(ANNA).filter(([name]) => name !== missing);
    reply = { status: 200, headers: Object.fromEntries(headers) };
    t.equal((await askProxy(port, "/x", [missing, "admin", missing.replace("-", "_"), "admin"])).status, 200);
    const [got] = taken(application);
    t.equal(valuesOf(got, missing).join(), "", missing);
    t.notMatch(got?.rawHeaders.join("\n"), /admin|reverse_proxy/);
  }
});

each("people are sent to sign in, programs are told 401, and 403 stays 403", async (t, { name, port }) => {
  // How the gateway says it to nginx, which knows no redirect here, and to the others.
  const started = { ...NOBODY, Location: START };
  const cases: [reply: Reply, status: number, location: string | undefined][] = [
    [{ status: name === "nginx" ? 401 : 302, headers: started }, name === "caddy" ? 302 : 303, START],
    [{ status: 401, headers: started }, 303, START],
    [{ status: 401, headers: { ...NOBODY } }, 401, undefined],
    [{ status: 403, headers: { ...NOBODY } }, 403, undefined],
  ];
  for (const [next, status, location] of cases) {
    reply = next;
    const answer = await askProxy(port, "/x", NAVIGATION);
    t.equal(answer.status, status);
    t.equal(answer.headers.location, location);
    for (const name of IDENTITY_HEADERS) t.notOk(answer.headers[name.toLowerCase()], name);
    const [question] = taken(authz);
    t.strictSame(valuesOf(question, "Sec-Fetch-Mode"), ["navigate"], "the gateway can tell them apart");
  }
  t.strictSame(taken(application), []);
});

each("whatever else the gateway says stays closed", async (t, { port }) => {
  for (const status of [404, 429, 500, 503]) {
    reply = { status };
    t.ok((await askProxy(port, "/x")).status >= 400, `answer ${status}`);
  }
  t.strictSame(taken(application), []);
});

t.test("while the gateway says nothing, the answer is 503", async (t) => {
  reply = "silence";
  const answers = await Promise.all(proxies.map(async ({ port }) => askProxy(port, "/x")));
  t.strictSame(
    answers.map(({ status }) => status),
    [503, 503, 503],
  );
  for (const { headers } of answers) t.equal(headers["retry-after"], "5");
  t.strictSame(taken(application), []);
});

each("the gateway's own pages are not asked about, and nothing else is left out", async (t, { port }) => {
  reply = { status: 403 };
  for (const path of ["/.lakat/start?to=/", "/.lakat/enter?ticket=x"]) {
    t.equal((await askProxy(port, path, ["X-Forwarded-For", "1.2.3.4"])).status, 200);
    const [got] = taken(pages);
    t.equal(got?.url, path);
    t.strictSame(valuesOf(got, "X-Forwarded-For"), ["127.0.0.1"]);
    t.strictSame(valuesOf(got, "Host"), ["crm.example.hu"]);
  }
  t.equal((await askProxy(port, "/sign-in", [], { host: "login.example.hu" })).status, 200);
  t.equal(taken(pages)[0]?.url, "/sign-in");
  for (const path of [
    "/.lakat",
    "/.lakatx/",
    "/x/.lakat/start",
    "/.lakat-authz",
    "/authz/nginx",
    "/authz/forward",
  ])
    t.not((await askProxy(port, path)).status, 200, path);
  for (const host of ["other.example.hu", "localhost", "crm.example.hu.evil.example"]) {
    const answer = await askProxy(port, "/", [], { host }).catch(() => undefined);
    t.notMatch(answer?.body, /rawHeaders/, host);
  }
  t.strictSame(taken(application), []);
});

each("a websocket passes after it was asked about", async (t, { port }) => {
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  const ask = `GET /live HTTP/1.1\r\nHost: crm.example.hu\r\n${upgrade}Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`;
  const got = await sendRaw(port, ask, { then: "a word for the echo" });
  t.match(got, /^HTTP\/1\.1 101 /);
  t.match(got, /a word for the echo$/);
  t.strictSame(questions(taken(authz)), ["GET /live"]);
  for (const name of IDENTITY_HEADERS) t.strictSame(valuesOf(application.asked[0], name), [ANNA[name]], name);
  reply = { status: 403 };
  t.match(await sendRaw(port, ask), /^HTTP\/1\.1 403 /);
});

// The last one: from here on there is no gateway.
t.test("when the gateway is gone, the answer is 503 and nothing opens", async (t) => {
  await authz.stop();
  for (const { name, port } of proxies) {
    const { status, headers } = await askProxy(port, "/x");
    t.equal(status, 503, name);
    t.equal(headers["retry-after"], "5", name);
    t.equal(
      (await askProxy(port, "/.lakat/start")).status,
      200,
      `${name}: pages have a listener of their own`,
    );
  }
  t.strictSame(taken(application), []);
});

t.test("the configurations that cannot be run here can be read, and name each header", async (t) => {
  for (const file of ["traefik/dynamic.yaml", "envoy/envoy.yaml"]) {
    const text = readFileSync(new URL(`../../infra/proxies/${file}`, import.meta.url), "utf8");
    t.type(parse(text), Object, file);
    // Once where clients' are taken out, once where the gateway's are put in.
    for (const name of IDENTITY_HEADERS)
      t.ok(text.toLowerCase().split(name.toLowerCase()).length > 2, `${file}: ${name}`);
  }
});
