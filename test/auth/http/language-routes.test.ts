/** The language of the pages, chosen in their footer. */
import t from "tap";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";

const CRM = "https://crm.example.hu";
const COOKIE = "__Host-lakat-language";
const gateway = await withGateway(t);
const footer = /\/language$/;
const langOf = (body: string): string | undefined => /<html lang="(\w+)"/.exec(body)?.[1];

t.test("strangers choose it, and stay where they are", async (t) => {
  const browser = gateway.browser();
  const page = await browser.get(`${LOGIN}/sign-in?next=%2Fgrants`, { headers: { "accept-language": "hu" } });
  t.equal(langOf(page.body), "hu", "at first the browser's");
  t.match(page.body, /value="hu"\s+lang="hu"\s+aria-current="true"/);
  const chosen = await browser.submit(page, { language: "ro" }, footer);
  t.equal(chosen.url, `${LOGIN}/sign-in?next=%2Fgrants`);
  t.equal(langOf(chosen.body), "ro");
  t.equal(browser.cookie("login.example.hu", COOKIE), "ro");
  const refused = await browser.submit(chosen, { name: "nobody", password: "a password of nobody" });
  t.equal(refused.status, 401);
  const again = await browser.submit(refused, { language: "en" }, footer);
  t.equal(again.url, `${LOGIN}/sign-in?next=%2Fgrants`, "also from the answer to a form");
  const nothing = await browser.get(`${LOGIN}/nothing?at=all`);
  t.equal(langOf(nothing.body), "en");
  t.equal(langOf((await browser.submit(nothing, { language: "hu" }, footer)).body), "hu", "on errors too");
});

t.test("the form is one of ours, and leads nowhere else", async (t) => {
  const browser = gateway.browser();
  const page = await browser.get(`${LOGIN}/sign-in`);
  const [, token = ""] = /name="token" value="([^"]*)"/.exec(page.body) ?? [];
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    browser.post(`${LOGIN}/language`, { token, back: "/sign-in", ...fields }, { headers, follow: false });
  for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }])
    t.equal((await post({ language: "hu" }, headers)).status, 403);
  const old = await post({ language: "hu", token: "x" });
  t.equal(old.status, 403);
  t.match(old.body, 'href="/sign-in"', "with the way back");
  for (const language of ["de", "", "hu; Domain=example.hu", "__proto__"])
    t.equal((await post({ language })).headers["set-cookie"], undefined, language);
  for (const back of [
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "/\tevil",
    "javascript:alert(1)",
    "sign-in",
    "/sign-in\r\nX: y",
    "",
  ])
    t.equal((await post({ language: "en", back })).headers.location, "/account", back);
  const { headers } = await post({ language: "hu" });
  t.strictSame(headers["set-cookie"], [
    `${COOKIE}=hu; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000`,
  ]);
  browser.setCookie("login.example.hu", COOKIE, '"><script>');
  t.equal(
    langOf((await browser.get(`${LOGIN}/sign-in`)).body),
    "en",
    "what is no language counts for nothing",
  );
});

t.test("whoever is signed in changes the language of the account", async (t) => {
  const person = await gateway.person();
  const browser = gateway.browser();
  await gateway.signIn(browser, person);
  const account = await browser.get(`${LOGIN}/account/access`);
  t.equal(langOf(account.body), "en");
  const changed = await browser.submit(account, { language: "hu" }, /^\/language$/);
  t.equal(changed.url, `${LOGIN}/account/access`);
  t.equal(langOf(changed.body), "hu");
  t.strictSame(await gateway.rows("SELECT language FROM lakat.account WHERE id = $1", [person.id]), [
    { language: "hu" },
  ]);
  const [, stale = ""] =
    /name="token" value="([^"]*)"/.exec((await gateway.browser().get(`${LOGIN}/sign-in`)).body) ?? [];
  const foreign = await browser.post(`${LOGIN}/language`, { token: stale, language: "ro", back: "/account" });
  t.equal(foreign.status, 403, "a form of a stranger's page is none of this session's");
});

t.test("on an application's host only what is below /.lakat is ours", async (t) => {
  const browser = gateway.browser();
  const page = await browser.get(`${CRM}/.lakat/enter?ticket=x&to=%2F&again`);
  t.equal(page.status, 400);
  const paths = [...page.body.matchAll(/ (?:href|src|action)="(\/[^"]*)"/g)].map(([, path = ""]) => path);
  t.ok(paths.length >= 4);
  for (const path of paths) t.match(path, /^\/\.lakat\//);
  const style = await browser.get(`${CRM}/.lakat/style.css`);
  t.equal(style.status, 200);
  t.match(style.headers["content-type"], "text/css");
  t.equal(
    (await browser.get(`${CRM}/.lakat/icon.svg`)).headers["content-type"],
    "image/svg+xml; charset=utf-8",
  );
  const chosen = await browser.submit(page, { language: "hu" }, footer);
  t.equal(chosen.url, page.url);
  t.equal(langOf(chosen.body), "hu");
  t.equal(browser.cookie("crm.example.hu", COOKIE), "hu");
  const [, token = ""] = /name="token" value="([^"]*)"/.exec(chosen.body) ?? [];
  const away = await browser.post(
    `${CRM}/.lakat/language`,
    { token, language: "en", back: "/customers" },
    { follow: false },
  );
  t.equal(away.headers.location, "/", "to no path of the application that a form names");
});
