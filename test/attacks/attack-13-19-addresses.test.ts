/** Paths, hosts and addresses that are not what they look like: nothing becomes public, nobody is led elsewhere. */
import fc from "fast-check";
import t, { type Test } from "tap";
import type { Page } from "../fixtures/browser.ts";
import { APPLICATIONS, LOGIN, withGateway } from "../fixtures/gateway.ts";
import { rawHttp, rawRequest, type RawAnswer } from "../fixtures/raw-http.ts";

const INTRANET = "https://intranet.example.hu";
const gateway = await withGateway(t);
const { node } = gateway;
const stranger = gateway.browser();
const anna = await gateway.person();
const browser = gateway.browser();
await gateway.signIn(browser, anna, "/account");
t.equal((await browser.get(`${INTRANET}/`)).status, 200);
const cookie = browser.cookieHeader("intranet.example.hu");

/** The same question in the three ways of the proxies; they must agree. */
async function ask(t: Test, host: string, uri: string, cookies = ""): Promise<number> {
  const common = ["Connection: close", ...(cookies === "" ? [] : [`Cookie: ${cookies}`])];
  const answers = await Promise.all([
    rawHttp(
      node.ports.authz,
      rawRequest([
        "GET /authz/nginx HTTP/1.1",
        "Host: a",
        `X-Original-URL: https://${host}${uri}`,
        "X-Original-Method: GET",
        ...common,
      ]),
    ),
    rawHttp(
      node.ports.authz,
      rawRequest([
        "GET /authz/forward HTTP/1.1",
        "Host: a",
        "X-Forwarded-Method: GET",
        "X-Forwarded-Proto: https",
        `X-Forwarded-Host: ${host}`,
        `X-Forwarded-Uri: ${uri}`,
        ...common,
      ]),
    ),
    rawHttp(
      node.ports.authz,
      rawRequest([`GET /authz/envoy${uri} HTTP/1.1`, `Host: ${host}`, "X-Forwarded-Proto: https", ...common]),
    ),
  ]);
  const statuses = answers.map(({ status }) => status);
  const allowed = statuses.filter((status) => status === 200).length;
  if (allowed > 0 && cookies === "")
    for (const { headers } of answers)
      t.equal(headers.get("remote-user") ?? "", "", `${uri} is public, and nobody's`);
  // What one of them cannot even read is a no there; a yes is one only when all say so.
  if (allowed > 0) t.strictSame(statuses, [200, 200, 200], `${host}${uri}`);
  return statuses.find((status) => status === 200) ?? statuses[0] ?? 0;
}

const STRANGE_PATHS = [
  ..."/admin?/health /admin?x=/assets/ /admin%3f/assets/ /health%3F /health%3f/../admin /health%23 /health#".split(
    " ",
  ),
  ..."/admin%23/health /admin#/assets/ /assets/%23/../../admin //health /health// /./health /.//health".split(
    " ",
  ),
  ..."/health/ /health/. /health/.. /HEALTH /Assets/a /ASSETS/a /assets /assets// /assets//admin".split(" "),
  ..."/assets/../admin /assets/%2e%2e/admin /assets/%2E./admin /assets/.%2e/admin /assets/..;/admin".split(
    " ",
  ),
  ..."/assets/..%2fadmin /assets/..%5cadmin /assets/%252e%252e/admin /assets;/a /assets/;/a /health;a".split(
    " ",
  ),
  ..."/assets/a%00 /assets/a%0d%0aX:y /assets\\..\\admin /%61ssets/a /assets/%c0%ae%c0%ae/admin /x/health".split(
    " ",
  ),
  ..."/assets/%EF%BC%8E%EF%BC%8E/admin /assets/%u002e%u002e/admin /assets/% /assets%2Fa /%2fassets/a".split(
    " ",
  ),
  "https://intranet.example.hu/health",
  "/assets/../health",
];

t.test("attack 13: strange paths are not public", async (t) => {
  for (const path of ["/health", "/health?x=/admin", "/assets/", "/assets/a/b.css?/../.."])
    t.equal(await ask(t, "intranet.example.hu", path), 200, path);
  for (const path of STRANGE_PATHS) t.not(await ask(t, "intranet.example.hu", path), 200, path);
});

t.test("attack 13: strange hosts are the same host, or none", async (t) => {
  for (const host of ["INTRANET.Example.HU", "intranet.example.hu.", "intranet.example.hu:8443"]) {
    t.equal(await ask(t, host, "/health"), 200, host);
    for (const path of ["/", "/admin", "/Health", "/reports/health"])
      t.equal(await ask(t, host, path), 401, host + path);
    t.equal(await ask(t, host, "/", cookie), 200, `${host}, signed in`);
    t.equal(await ask(t, host, "/reports", cookie), 403, `${host}, the application beside it`);
  }
  for (const host of [
    ..."evil.intranet.example.hu intranet.example.hu.evil.example intranet.example.hu%2eevil.example".split(
      " ",
    ),
    ..."intranet.example.hu,crm.example.hu intranet.example.hu@evil.example [::1] intranet intranet.example.hu..".split(
      " ",
    ),
    ..."crm.example.hu login.example.hu intranet.example.hu:x intranet_example.hu".split(" "),
  ])
    for (const cookies of ["", cookie])
      t.not(await ask(t, host, "/health", cookies), 200, `${host} ${cookies === "" ? "" : "signed in"}`);
});

t.test("attack 13: no spelling of an application's prefix reaches the weaker one of the host", async (t) => {
  for (const path of ["/", "/reportsx", "/x/reports", "/report"])
    t.equal(await ask(t, "intranet.example.hu", path, cookie), 200, path);
  const spellings =
    "/reports /reports/ /reports/x /Reports /REPORTS/x /rEports/ /%72eports /reports%2fx /reports; /reports;x/y //reports /./reports /x/../reports /x/..%2freports /%2e/reports /reports/../reports /reports/.. /.;/reports /x/%2e%2e/reports /reports%00 /reports%23 /%EF%BD%92eports /report%C5%BF /reports\\x /\\reports";
  for (const path of spellings.split(" "))
    t.not(await ask(t, "intranet.example.hu", path, cookie), 200, path);
});

/** What some program may make of a path. */
function readings(path: string): string[] {
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const resolve = (text: string): string =>
    new URL(`https://a.hu${text.replaceAll("\\", "/").replace(/\/+/g, "/")}`).pathname;
  const steps = [decode, (text: string) => text.replace(/;[^/]*/g, ""), resolve, decode, resolve];
  const all = [path];
  for (const step of steps) all.push(...all.map(step));
  return all.flatMap((one) => [one, one.toLowerCase()]);
}

t.test("attack 13: whatever is allowed means the same to whoever reads it", async (t) => {
  const piece = fc.constantFrom(
    ..."reports health assets Reports x . .. / // ; ;a %2e %2E%2e %2f %5c %23 %3f ? # %25 %72 \\".split(" "),
  );
  const uri = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => `/${pieces.join("")}`);
  await fc.assert(
    fc.asyncProperty(uri, async (uri) => {
      const asked = { "x-original-url": `${INTRANET}${uri}` };
      const path = uri.replace(/\?.*$/s, "");
      const mine = await browser.authz(INTRANET, asked);
      const isReports = (one: string): boolean => /^\/reports(\/|$)/.test(one);
      if (mine.status === 200 && readings(path).some(isReports)) return false;
      const anybody = await stranger.authz(INTRANET, asked);
      const isPublic = (one: string): boolean => one === "/health" || one.startsWith("/assets/");
      return anybody.status !== 200 || readings(path).every(isPublic);
    }),
    { numRuns: 150 },
  );
  t.pass();
});

const OURS = new Set([LOGIN, ...APPLICATIONS.map(({ url }) => new URL(url).origin)]);

/** Everything that an answer could lead a browser to. */
function leads(url: string, location: string | undefined, body: string): string[] {
  const links = [...body.matchAll(/\b(?:href|action|src)="([^"]*)"/g)].map(([, to = ""]) =>
    to.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"'),
  );
  return [...(location === undefined ? [] : [location]), ...links].map((to) => new URL(to, url).origin);
}

const strays = ({ url, headers, body }: Page): string[] =>
  leads(url, headers.location, body).filter((origin) => !OURS.has(origin));

const EVIL = [
  ..."//evil.example ///evil.example /\\evil.example \\\\evil.example /%5cevil.example https:evil.example".split(
    " ",
  ),
  ..."https://evil.example https:/evil.example http:evil.example javascript:alert(1) data:text/html,x".split(
    " ",
  ),
  ..."/.//evil.example /..//evil.example /account//evil.example /account/..//evil.example @evil.example".split(
    " ",
  ),
  ..."https://crm.example.hu@evil.example https://crm.example.hu.evil.example //crm.example.hu@evil.example".split(
    " ",
  ),
  ...[
    "/\t/evil.example",
    "/\n/evil.example",
    "\u0000//evil.example",
    " //evil.example",
    "/\u2215evil.example",
  ],
  ...["/account\r\nLocation: https://evil.example", "/%0d%0aLocation:%20https://evil.example", "/go/\\evil"],
  ...[`/${"/".repeat(300)}evil.example`, `/account?${"a".repeat(7000)}`, "", "?", "#", ".", "evil.example"],
];

/** Every place that takes an address to go on to. */
function places(text: string): string[] {
  const encoded = encodeURIComponent(text);
  const state = "A".repeat(43);
  return [
    `${LOGIN}/sign-in?next=${encoded}`,
    `${LOGIN}/sign-in?over&next=${encoded}`,
    `${LOGIN}/sign-in/code?next=${encoded}`,
    `${LOGIN}/confirm?next=${encoded}`,
    `${LOGIN}/sign-out?next=${encoded}&to=${encoded}`,
    `${LOGIN}/go?host=${encoded}&to=/&state=${state}`,
    `${LOGIN}/go?host=crm.example.hu&to=${encoded}&state=${state}`,
    `${LOGIN}/sign-in?next=${encodeURIComponent(`/go?host=crm.example.hu&to=${encoded}&state=${state}`)}`,
    `https://crm.example.hu/.lakat/start?to=${encoded}`,
    `https://crm.example.hu/.lakat/enter?to=${encoded}&ticket=${state}`,
    `https://crm.example.hu/.lakat/enter?to=${encoded}&again`,
    `https://crm.example.hu/.lakat/sign-out?to=${encoded}&next=${encoded}`,
  ];
}

t.test("attack 19: no address leads out of the login host and the applications", async (t) => {
  const led: string[] = [];
  const failed: string[] = [];
  for (const evil of EVIL)
    for (const url of places(evil))
      for (const who of [stranger, browser]) {
        const page = await who.get(url, { follow: false });
        if (strays(page).length > 0) led.push(url);
        if (page.status >= 500) failed.push(url);
      }
  t.strictSame(led, []);
  t.strictSame(failed, []);
});

t.test("attack 19: nor does the way into an application, followed to its end", async (t) => {
  for (const evil of EVIL) {
    let url = `https://crm.example.hu/.lakat/start?to=${encodeURIComponent(evil)}`;
    for (let hops = 0; hops < 5 && new URL(url).pathname !== "/"; hops++) {
      const page = await browser.get(url, { follow: false });
      t.strictSame(strays(page), [], `${JSON.stringify(evil.slice(0, 100))} at ${url.slice(0, 100)}`);
      if (page.headers.location === undefined) break;
      url = new URL(page.headers.location, url).href;
    }
    t.match(url, "https://crm.example.hu/", "it led in");
  }
});

t.test("attack 19: nor does a form, in or out", async (t) => {
  const fields = (next: string) => ({ next, to: next, name: anna.name, password: anna.password });
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example/go", "/go@evil.example"]) {
    // The browser's device is trusted: the password alone opens, and the answer leads on at once.
    const other = gateway.browser();
    other.cookies.set("login.example.hu", new Map(browser.cookies.get("login.example.hu")));
    other.setCookie("login.example.hu", "__Host-lakat", undefined);
    const page = await other.get(`${LOGIN}/sign-in`);
    const inside = await other.submit(page, fields(next), /./, { follow: false });
    t.match(inside, { status: 303, headers: { location: "/account" } }, next);
    const out = await other.submit(await other.get(`${LOGIN}/sign-out`), { next, to: next });
    t.equal(out.status, 200);
    t.strictSame(strays(out), []);
  }
});

t.test("attack 19: nor do bytes that no browser sends", async (t) => {
  const asked = (host: string, path: string): Promise<RawAnswer> =>
    rawHttp(node.ports.pages, rawRequest([`GET ${path} HTTP/1.1`, `Host: ${host}`, "Connection: close"]));
  for (const [host, path] of [
    ["login.example.hu", "https://evil.example/go?host=crm.example.hu&to=/"],
    ["login.example.hu", "//evil.example/go"],
    ["crm.example.hu", "https://evil.example/.lakat/start?to=/"],
    ["crm.example.hu", "/.lakat/start?to=//evil.example"],
    ["crm.example.hu", "/.lakat/start?to=/\\evil.example"],
    ["crm.example.hu", "/.lakat/enter?to=/%09/evil.example"],
    ["crm.example.hu:443@evil.example", "/.lakat/start"],
    ["evil.example", "/.lakat/start"],
    ["evil.example", "/"],
    ["LOGIN.example.hu:9999", "/"],
  ] as const) {
    const { headers, body } = await asked(host, path);
    const to = leads(`${LOGIN}/`, headers.get("location"), body);
    t.strictSame(
      to.filter((origin) => !OURS.has(origin)),
      [],
      `${host} ${path}`,
    );
  }
});

t.test("attack 19: whatever the address is made of", async (t) => {
  const piece = fc.constantFrom(
    ..."/ // \\ : @ . .. ? # & = % %2f %5c %0a %09 https: evil.example crm.example.hu account go \t \n \u0000 é".split(
      " ",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.nat(11), async (pieces, which) => {
      const url = places(pieces.join(""))[which] ?? LOGIN;
      const page = await (pieces.length % 2 ? stranger : browser).get(url, { follow: false });
      return strays(page).length === 0 && page.status !== 503;
    }),
    { numRuns: 150 },
  );
  t.pass();
});
