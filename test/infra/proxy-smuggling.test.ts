/**
 * Shapes of requests that one program reads differently from the next, through the real proxies. Whatever a proxy makes
 * of them: no request reaches the application that the gateway was not asked about by the same method and path.
 */
import { connect, type ClientHttp2Session } from "node:http2";
import t from "tap";
import { startEcho, valuesOf, type Asked } from "../fixtures/echo-application.ts";
import { askProxy, PROXIES, sendRaw, startProxies } from "../fixtures/proxies.ts";

const HOST = "Host: crm.example.hu\r\n";
const CLOSE = "Connection: close\r\n";
const SECRET = `GET /secret HTTP/1.1\r\n${HOST}${CLOSE}\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const post = (headers: string, body: string): string => `POST /open HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const get = (line: string, headers = ""): string => `${line}\r\n${HOST}${headers}${CLOSE}\r\n`;

/** Two lengths, of which one ends where a second request begins. */
const lengths = [
  `Content-Length: 5\r\n${CHUNKED}`,
  `${CHUNKED}Content-Length: 5\r\n`,
  "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n",
  "Content-Length: 5\r\nTransfer-Encoding:\tchunked\r\n",
  "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n",
  "Content-Length: 5\r\nTransfer-Encoding: \x0bchunked\r\n",
  "Content-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n",
  "Content-Length: 5\r\nTransfer-Encoding: identity, chunked\r\n",
  "Content-Length: 5\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
  'Content-Length: 5\r\nTransfer-Encoding: "chunked"\r\n',
  "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n",
  "Content-Length: 5\r\nX: y\r\n Transfer-Encoding: chunked\r\n",
  "Content-Length: 5\r\nX: y\nTransfer-Encoding: chunked\r\n",
  "Content-Length: 5\r\nX: y\rTransfer-Encoding: chunked\r\n",
  "Content-Length: 5\r\nTransfer_Encoding: chunked\r\n",
  "Content-Length: 5\r\nContent-Length: 0\r\n",
  "Content-Length: 0\r\nContent-Length: 5\r\n",
  "Content-Length: 5, 0\r\n",
  "Content-Length: +5\r\n",
  "Content-Length: 0x5\r\n",
  "Content-Length: -1\r\n",
  "Content-Length: 5\x00\r\n",
  "Content-Length : 5\r\n",
  "Content_Length: 5\r\n",
  "Content-Length: 5\r\nExpect: 100-continue\r\n",
].map((headers) => post(headers, `0\r\n\r\n${SECRET}`));

const shapes = [
  ...lengths,
  // chunks
  post(CHUNKED, `0\r\n\r\n${SECRET}`),
  post(CHUNKED, `0\n\n${SECRET}`),
  post(CHUNKED, `1;a\nb\r\nx\r\n0\r\n\r\n${SECRET}`),
  post(CHUNKED, `1;a\rb\r\nx\r\n0\r\n\r\n${SECRET}`),
  post(CHUNKED, `ffffffffffffffff1\r\nx\r\n0\r\n\r\n${SECRET}`),
  post(CHUNKED, `0x0\r\n\r\n${SECRET}`),
  post(CHUNKED, `0\r\nRemote-User: admin\r\nContent-Length: 9\r\n\r\n${SECRET}`),
  post(CHUNKED, `1\r\nxy\r\n0\r\n\r\n${SECRET}`),
  // line ends
  `GET /open HTTP/1.1\n${HOST}\n${SECRET}`,
  `GET /open HTTP/1.1\r\n${HOST}X: a\n\n${SECRET}`,
  `GET /open HTTP/1.1\r\n${HOST}X: a\r\r${SECRET}`,
  `\r\n\r\nGET /open HTTP/1.1\r\n${HOST}\r\n${SECRET}`,
  `GET /open HTTP/1.1\r\n X: a\r\n${HOST}\r\n${SECRET}`,
  // request lines
  ...["//secret", "/open/../secret", "/open/%2e%2e/secret", "/open/..%2fsecret", "/open%2f..%2fsecret"],
  ...["/./secret", "/%73ecret", "/secret%00", "/open%00/../secret", "/open\\..\\secret", "/open#/../secret"],
  ...[
    "/open?/../../secret",
    "/open;/../secret",
    "/open/%252e%252e/secret",
    "/open%0a/secret",
    "/open%23/../secret",
  ],
  ...[
    "https://crm.example.hu/open",
    "https://crm.example.hu/secret",
    "http://crm.example.hu/secret",
    "https://login.example.hu/secret",
  ],
  ...[
    "https://crm.example.hu:443/secret",
    "https://anna@crm.example.hu/secret",
    "crm.example.hu/secret",
    "*",
  ],
  ...["https://crm.example.hu", "///secret", "/open /secret", "/open\t/secret", "/caf\xe9", "/open\x01"],
].map((shape) => (shape.includes("\r\n") ? shape : get(`GET ${shape} HTTP/1.1`)));
shapes.push(
  ...["GET  /secret HTTP/1.1", "GET\t/secret HTTP/1.1", " GET /secret HTTP/1.1", "GET /secret  HTTP/1.1"].map(
    (l) => get(l),
  ),
  ...[
    "GET /secret HTTP/1.0",
    "GET /secret HTTP/0.9",
    "GET /secret",
    "GET /secret HTTP/2.0",
    "GET /secret http/1.1",
  ].map((l) => get(l)),
  ...[
    "get /secret HTTP/1.1",
    "CONNECT crm.example.hu:443 HTTP/1.1",
    "TRACE /open HTTP/1.1",
    "GE,T /secret HTTP/1.1",
  ].map((l) => get(l)),
  get("GET /secret HTTP/1.1", "Host: login.example.hu\r\n"),
  get(
    "GET /secret HTTP/1.1",
    "X-HTTP-Method-Override: POST\r\nX-Original-URL: /open\r\nX-Rewrite-URL: /open\r\n",
  ),
  `GET /secret HTTP/1.1\r\nHost: crm.example.hu:443\r\n${CLOSE}\r\n`,
  `GET /secret HTTP/1.1\r\nHost: login.example.hu\\@crm.example.hu\r\n${CLOSE}\r\n`,
  `GET /secret HTTP/1.1\r\nHost: crm.example.hu/open?\r\n${CLOSE}\r\n`,
  `GET /secret HTTP/1.0\r\n\r\n`,
  `GET /open HTTP/1.1\r\n${HOST}\r\n${SECRET}`,
);

/** What the gateway was asked about, as the application would see it. */
function pathOf(one: Asked): string {
  const [url] = valuesOf(one, "X-Original-URL");
  return url?.replace(/^https:\/\/crm\.example\.hu/, "") ?? valuesOf(one, "X-Forwarded-Uri")[0] ?? "";
}

for (const name of PROXIES)
  t.test(name, async (t) => {
    const authz = await startEcho(t, (one, response) => {
      response.statusCode = pathOf(one).endsWith("/open") ? 200 : 403;
      response.end();
    });
    const [application, pages] = [await startEcho(t), await startEcho(t)];
    const behind = { pages: pages.port, authz: authz.port, application: application.port };
    const [proxy] = await startProxies(t, behind, [name]);
    const port = proxy?.port ?? 0;
    const unasked = (): string[] => without(application.asked.map(reached), authz.asked.map(question));

    await t.test("nothing reaches the application unasked", async (t) => {
      await Promise.all(shapes.map(async (shape) => sendRaw(port, shape)));
      t.strictSame(unasked(), []);
      t.notMatch(JSON.stringify(application.asked), /secret/, "not even as a body or a header");
      t.equal((await askProxy(port, "/open")).status, 200, "the way is open for what may pass");
      t.equal((await askProxy(port, "/secret")).status, 403, "and for nothing else");
      for (const one of authz.asked) t.equal(one.body, "", "no body goes to the gateway");
    });

    await t.test("no tunnel but a websocket's", async (t) => {
      const hops = "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n";
      await Promise.all(
        ["h2c", "websocket, h2c", "TLS/1.0", "x"].map(async (upgrade) => {
          const ask = `GET /open HTTP/1.1\r\n${HOST}${hops}Upgrade: ${upgrade}\r\n\r\n`;
          t.notMatch(await sendRaw(port, ask), /^HTTP\/1\.1 101/, upgrade);
        }),
      );
      for (const one of application.asked) t.notMatch(valuesOf(one, "Upgrade").join(), /./);
    });

    await t.test("HTTP/2 with a name in two places and cookies in many", async (t) => {
      const session = connect(`https://127.0.0.1:${port}`, {
        rejectUnauthorized: false,
        servername: "crm.example.hu",
      });
      t.teardown(() => session.destroy());
      const crm = { ":authority": "crm.example.hu", cookie: ["a=1", "b=2"] };
      t.equal(await askH2(session, { ...crm, ":path": "/open" }), 200);
      t.equal(valuesOf(authz.asked.at(-1), "Cookie").join(), "a=1; b=2");
      await askH2(session, { ...crm, ":path": "/open", host: "login.example.hu" });
      await askH2(session, { ...crm, ":path": "/open/../secret" });
      await askH2(session, { ...crm, ":path": "https://login.example.hu/secret" });
      await askH2(session, { ...crm, ":path": "/open", ":method": "POST", "content-length": "5" });
      t.strictSame(unasked(), []);
      for (const one of [...authz.asked, ...application.asked])
        t.notMatch(JSON.stringify(one.rawHeaders), /"(https:\/\/)?login\.example\.hu/);
    });
  });

function reached({ method, url }: Asked): string {
  return `${method} ${url}`;
}

function question(one: Asked): string {
  const [method = valuesOf(one, "X-Forwarded-Method")[0] ?? ""] = valuesOf(one, "X-Original-Method");
  return `${method} ${pathOf(one)}`;
}

/** What is left of `all` when each of `some` takes one like it away. */
function without(all: string[], some: string[]): string[] {
  const left = [...some];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

async function askH2(session: ClientHttp2Session, headers: NodeJS.Dict<string | string[]>): Promise<number> {
  return new Promise((resolve) => {
    const stream = session.request(headers);
    let status = 0;
    stream.on("response", (answer) => (status = answer[":status"] ?? 0));
    stream.on("error", () => undefined);
    stream.on("close", () => resolve(status));
    stream.resume().end();
  });
}
