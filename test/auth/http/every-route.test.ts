/**
 * What holds for each route that the listener for browsers knows, the board's among them, as Fastify tells them: no
 * form from elsewhere counts, and no page can be framed or runs what is not ours. A new route is covered by itself.
 */
import { hash, randomUUID } from "node:crypto";
import t from "tap";
import type { Desk } from "../../../src/auth/http/desk.ts";
import type { Listener } from "../../../src/auth/http/listener.ts";
import { newToken, tokenHash } from "../../../src/auth/token.ts";
import { boardRoutes } from "../../../src/board/http/board-routes.ts";
import { evidenceRoutes } from "../../../src/board/http/evidence-routes.ts";
import { EVIDENCE_PATH } from "../../../src/board/paths.ts";
import { openDisplayStore } from "../../../src/board/store/displays.ts";
import { goodBoard } from "../../fixtures/boards.ts";
import { Browser, type Page } from "../../fixtures/browser.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";
import { daily, hashOf } from "../../fixtures/reports.ts";

const CRM = "https://crm.example.hu";
const routes: { method: string; path: string }[] = [];
const desks: Desk[] = [];
const gateway = await withGateway(t);
const node = await gateway.another({
  more: [
    (app: Listener, desk: Desk) => {
      desks.push(desk);
      app.addHook("onRoute", ({ method, url }) => {
        for (const one of [method].flat()) routes.push({ method: one, path: url });
      });
    },
  ],
  areas: [
    boardRoutes({
      roles: ["ops"],
      displays: openDisplayStore(gateway.database.pool),
      board: () => Promise.resolve(goodBoard()),
      report: () => Promise.resolve({ report: daily(), sha256: hashOf("daily") }),
    }),
    evidenceRoutes({
      hosts: { backup: [], restoreTest: [] },
      keep: () => Promise.resolve(true),
      refused: () => undefined,
    }),
  ],
});
const browser = (): Browser => new Browser({ pages: node.ports.pages, authz: node.ports.authz });
const posts = routes.filter(({ method }) => method === "POST").map(({ path }) => path);

const admin = await gateway.person({ roles: ["administrator", "crm-owner", "staff"], phone: "+36201234567" });
const target = await gateway.person();
const LINKS = new Map(["invitation", "reset", "not-me"].map((kind) => [kind, newToken()]));
for (const [kind, { hash }] of LINKS)
  await gateway.rows(
    `INSERT INTO link (token_hash, kind, account_id, epoch, created_at, expires_at)
     VALUES ($1, $2, $3, 1, $4, $4::timestamptz + interval '20 minutes')`,
    [hash, kind, target.id, gateway.now()],
  );

/** Somebody with a fresh session here and in an application. */
const enter = async (person = admin): Promise<Browser> => {
  const one = browser();
  await gateway.signIn(one, person);
  await one.get(`${CRM}/`);
  return one;
};
const own = await enter();
const other = await enter();
/** Administrators have no phone to be called at. */
const plain = await enter(await gateway.person({ phone: "+36201234568" }));
/** Has shown a password, and is asked for the code. */
const stranger = browser();
await stranger.submit(await stranger.get(`${LOGIN}/sign-in`), {
  name: target.name,
  password: target.password,
});

const subjectOf = (one: Browser, url: string): string => {
  const { hostname } = new URL(url);
  const cookie = one.cookie(hostname, hostname === "login.example.hu" ? "__Host-lakat" : "__Host-lakat-app");
  return tokenHash(cookie)?.toString("base64url") ?? "";
};
const urlOf = (path: string): string => {
  const id = path.startsWith("/grants") ? grant : path.startsWith("/backups") ? daily().id : target.id;
  const filled = path
    .replace(":id", id)
    .replace(":name", "crm")
    .replace(":token", LINKS.get(path.split("/")[1] ?? "")?.text ?? "");
  return (path.startsWith("/.lakat/") ? CRM : LOGIN) + filled;
};
const grant = randomUUID();
await gateway.rows(
  `INSERT INTO access_grant (id, account_id, application, scopes, reason, requested_by, requested_at, starts_at, ends_at)
   VALUES ($1, $2::uuid, 'crm', '{settings}', 'because', 'account:' || $2::text, $3, $3, $3::timestamptz + interval '1 day')`,
  [grant, target.id, gateway.now()],
);

/** Whose forms are those of people without a session. */
const OF_STRANGERS = /^\/(sign-in|forgotten|invitation|reset|not-me|wall)(\/|$)/;
const whoAt = (path: string): Browser =>
  OF_STRANGERS.test(path) ? stranger : path.startsWith("/account/phone") ? plain : own;
/** What shows a page once more that has nothing typed on it, instead of telling that its form is old: where it leads. */
const SHOWN_AGAIN: Record<string, string | undefined> = {
  "/sign-in/code": undefined,
  "/sign-in/passkey": undefined,
  "/sign-in/sms": undefined,
  "/sign-out": "/sign-out",
  "/.lakat/sign-out": "/.lakat/sign-out",
};
/** By signature of a pinned key alone: hosts push without a session, and what is pushed twice changes nothing. */
const SIGNED = [EVIDENCE_PATH];

const TABLES = (
  await gateway.rows<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'lakat' AND tablename <> 'passkey_challenge' ORDER BY 1",
  )
).map(({ name }) => name);
/** When a session was last used is noted again on its own, on a slow machine in the middle of this. */
const ROW = "(to_jsonb(r) - 'last_seen_at')::text";
/** Everything that is stored, but for challenges, of which each page that asks for a passkey has one. */
const stored = async (): Promise<unknown> =>
  gateway.rows(
    TABLES.map(
      (name) => `SELECT '${name}' AS t, md5(string_agg(${ROW}, '' ORDER BY ${ROW})) AS m FROM ${name} r`,
    ).join(" UNION ALL "),
  );

t.test("there is something to look at", (t) => {
  for (const path of ["/sign-in", "/admin/accounts", "/wall", EVIDENCE_PATH])
    t.ok(posts.includes(path), path);
  t.ok(posts.length > 50, `${posts.length}`);
  t.ok(TABLES.length > 20, `${TABLES.length} tables`);
  t.same([...new Set(routes.map(({ method }) => method))].sort(), ["GET", "POST"]);
  t.end();
});

t.test("no form counts that is not of this site and of this session", async (t) => {
  const before = await stored();
  const [desk] = desks;
  if (desk === undefined) throw new Error("no desk");
  for (const path of posts) {
    if (SIGNED.includes(path)) continue;
    const url = urlOf(path);
    const { origin } = new URL(url);
    const who = whoAt(path);
    const right = desk.token(subjectOf(who, url));
    const send = (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> =>
      who.post(url, fields, { follow: false, headers: { origin, ...headers } });
    for (const [what, headers] of Object.entries({
      "another site": { origin: "https://evil.example" },
      "an application": { origin: origin === CRM ? LOGIN : CRM },
      "no origin": { origin: "" },
      "an origin that is hidden": { origin: "null" },
      "another site, as the browser says": { "sec-fetch-site": "cross-site" },
      "another host of this site": { "sec-fetch-site": "same-site" },
    } as Record<string, Record<string, string>>))
      t.equal((await send({ token: right }, headers)).status, 403, `${path}: ${what}`);
    const foreign = [...new Set([subjectOf(other, url), subjectOf(own, url), subjectOf(stranger, url)])];
    for (const [what, fields] of [
      ["no token", {}],
      ["no token at all", { token: "x" }],
      ...foreign
        .filter((subject) => subject !== subjectOf(who, url))
        .map((subject) => ["a token of another session", { token: desk.token(subject) }] as const),
    ] as [string, Record<string, string>][]) {
      const answer = await send(fields);
      if (!(path in SHOWN_AGAIN)) t.equal(answer.status, 403, `${path}: ${what}`);
      else if (SHOWN_AGAIN[path] === undefined) t.equal(answer.status, 200, `${path}: ${what}`);
      else t.match(answer, { status: 303, headers: { location: SHOWN_AGAIN[path] } }, `${path}: ${what}`);
    }
  }
  t.same(await stored(), before, "and nothing was done");
});

t.test("what hosts push needs no form, but a signature", async (t) => {
  for (const path of SIGNED) {
    const body = JSON.stringify({ payloadType: "x", payload: "", signatures: [] });
    const headers = { "content-type": "application/vnd.dsse+json" };
    t.equal((await own.ask(LOGIN + path, { method: "POST", headers, body })).status, 422);
    t.equal((await own.post(LOGIN + path, {})).status >= 400, true, "nor is a form looked at");
  }
});

/** What is wrong with an answer that is a page. */
function faultsOf({ headers, body }: Page): string[] {
  const policy = String(headers["content-security-policy"]);
  const faults: string[] = [];
  const must = (what: string, holds: boolean): void => {
    if (!holds) faults.push(what);
  };
  must("frame-ancestors", policy.includes("frame-ancestors 'none'"));
  must("base-uri", policy.includes("base-uri 'none'"));
  must("default-src", policy.startsWith("default-src 'none'"));
  must("unsafe policy", !/unsafe-|\*|https?:(?!\/\/)/.test(policy));
  must("X-Frame-Options", headers["x-frame-options"] === "DENY");
  must("nosniff", headers["x-content-type-options"] === "nosniff");
  must("Referrer-Policy", headers["referrer-policy"] === "same-origin");
  if (!String(headers["content-type"]).startsWith("text/html")) return faults;
  const nonce = /script-src 'nonce-([A-Za-z0-9+/=]{22,24})'/.exec(policy)?.[1];
  const styleHash = /style-src 'sha256-([^']+)'/.exec(policy)?.[1];
  for (const [tag] of body.matchAll(/<[a-z][^>]*>/gi)) {
    must(`event handler: ${tag}`, !/[\s"'/]on[a-z]+\s*=/i.test(tag.replace(/="[^"]*"/g, '=""')));
    must(`style attribute: ${tag}`, !/\sstyle\s*=/i.test(tag.replace(/="[^"]*"/g, '=""')));
    must(`address that runs: ${tag}`, !/=["']?\s*(javascript|vbscript|data:text)/i.test(tag));
  }
  for (const [, attributes = "", inside = ""] of body.matchAll(/<script\b([^>]*)>(.*?)<\/script>/gs)) {
    must("script without the nonce", nonce !== undefined && attributes.includes(` nonce="${nonce}"`));
    must("inline script", inside === "" && / src="\/[^/"][^"]*"/.test(attributes));
  }
  for (const [, style = ""] of body.matchAll(/<style\b[^>]*>(.*?)<\/style>/gs))
    must("style that is not in the policy", hash("sha256", style, "base64") === styleHash);
  return faults;
}

t.test("no answer can be framed, and no page runs what is not ours", async (t) => {
  const nonces: string[] = [];
  let pages = 0;
  const look = (page: Page, what: string): void => {
    t.same(faultsOf(page), [], what);
    if (!String(page.headers["content-type"]).startsWith("text/html")) return;
    pages++;
    const nonce = /'nonce-([^']+)'/.exec(String(page.headers["content-security-policy"]))?.[1];
    if (nonce !== undefined) nonces.push(nonce);
  };
  const gets = routes.filter(({ method, path }) => method === "GET" && !/\/script\//.test(path));
  for (const { path } of gets)
    for (const who of new Set([whoAt(path), own, stranger])) {
      const page = await who.get(urlOf(path), { follow: false });
      t.ok(page.status < 500, `${path}: ${page.status}`);
      look(page, path);
    }
  for (const path of ["/no-such-page", "/admin/accounts/x", "/sign-in?next=//evil"])
    look(await own.get(LOGIN + path, { follow: false }), path);
  look(await own.post(`${LOGIN}/sign-out`, {}, { headers: { origin: "null" } }), "a refused form");
  t.ok(pages > 40, `${pages} pages`);
  t.equal(new Set(nonces).size, nonces.length, "each answer has a nonce of its own");
  t.ok(nonces.length > 40, `${nonces.length} nonces`);
});
