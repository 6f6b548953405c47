/** The guard of the administration: who reaches it, and what a change needs. */
import { randomUUID } from "node:crypto";
import t from "tap";
import { FRESH_MS } from "../../../src/auth/settings.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";

/** Every route that the listener knows below /admin, as Fastify tells them. */
const routes: { method: string; path: string }[] = [];
const gateway = await withGateway(t, {
  node: {
    more: [
      (app) =>
        void app.addHook("onRoute", ({ method, url }) => {
          if (!url.startsWith("/admin")) return;
          for (const one of [method].flat()) routes.push({ method: one, path: url });
        }),
    ],
  },
});
const target = await gateway.person({ name: "target" });
const admin = await gateway.person({ name: "root", roles: ["administrator"] });
const at = (path: string): string => LOGIN + path.replace(":id", target.id);
const posts = (): { path: string }[] => routes.filter(({ method }) => method === "POST");
const told = async (): Promise<unknown> => gateway.rows("SELECT seq FROM audit_head");
/** A page without what each answer has of its own: its nonce, and the form for the language. */
const unasked = (body: string): string => body.replace(/ (nonce|value)="[^"]*"/g, "");
const tokenOf = (body: string): string => /name="token" value="([^"]+)"/.exec(body)?.[1] ?? "";

t.test("there is something to guard", async (t) => {
  t.ok(routes.length > 20, `${routes.length} routes`);
  t.ok(posts().length > 15);
  t.same([...new Set(routes.map(({ method }) => method))].sort(), ["GET", "POST"]);
});

t.test("a stranger is sent to the sign-in, from every route", async (t) => {
  const browser = gateway.browser();
  for (const { method, path } of routes) {
    const page =
      method === "GET"
        ? await browser.get(at(path), { follow: false })
        : await browser.post(at(path), {}, { follow: false });
    t.equal(page.status, 303, `${method} ${path}`);
    t.match(page.headers.location, /^\/sign-in\?next=%2Fadmin/);
  }
});

t.test("whoever is no administrator finds nothing, on every route", async (t) => {
  const plain = await gateway.person({ roles: ["staff", "careful"] });
  const browser = gateway.browser();
  await gateway.signIn(browser, plain);
  const nothing = await browser.get(`${LOGIN}/no-such-page`);
  t.equal(nothing.status, 404);
  const token = tokenOf((await browser.get(`${LOGIN}/sign-out`)).body);
  const before = await told();
  for (const { method, path } of routes) {
    const page =
      method === "GET"
        ? await browser.get(at(path))
        : await browser.post(at(path), { token, session: "all", typedName: "target" });
    t.equal(page.status, 404, `${method} ${path}`);
    t.equal(unasked(page.body), unasked(nothing.body), "the same page as where there is nothing");
  }
  t.same(await told(), before);
});

t.test("an administrator", async (t) => {
  const browser = gateway.browser();
  await gateway.signIn(browser, admin, "/admin");
  const account = await browser.get(at("/admin/accounts/:id"));
  t.equal(account.status, 200);
  const token = tokenOf(account.body);

  await t.test("CSRF: no change without our origin and the session's token", async (t) => {
    const other = gateway.browser();
    await gateway.signIn(other, admin, "/admin");
    const foreign = tokenOf((await other.get(at("/admin/accounts/:id"))).body);
    t.ok(foreign !== "" && foreign !== token);
    const before = await told();
    const fields = { session: "all", typedName: "target", why: "x", format: "csv" };
    for (const { path } of posts()) {
      const post = (given: Record<string, string>, headers: Record<string, string> = {}) =>
        browser.post(at(path), { ...fields, ...given }, { headers, follow: false });
      t.equal((await post({ token }, { origin: "https://evil.example" })).status, 403, path);
      t.equal((await post({ token }, { origin: "" })).status, 403);
      t.equal((await post({ token }, { "sec-fetch-site": "cross-site" })).status, 403);
      t.equal((await post({})).status, 403);
      t.equal((await post({ token: foreign })).status, 403);
      t.equal((await browser.get(at(path))).status, 404, "no GET changes anything");
    }
    t.same(await told(), before);
  });

  await t.test("with a second factor that is not fresh is sent to confirm, and back", async (t) => {
    t.notMatch(account.body, /href="\/confirm/);
    await gateway.pass(FRESH_MS);
    const before = await told();
    for (const { path } of posts()) {
      const page = await browser.post(at(path), { token }, { follow: false });
      t.equal(page.status, 303, path);
      t.match(page.headers.location, /^\/confirm\?next=%2Fadmin/);
    }
    t.same(await told(), before);
    const stale = await browser.get(at("/admin/accounts/:id"));
    const href = /href="(\/confirm\?next=[^"]+)"/.exec(stale.body)?.[1] ?? "";
    const asked = await browser.submit(await browser.get(LOGIN + href), { password: admin.password });
    const back = await browser.submit(asked, { code: await gateway.code(admin) });
    t.equal(back.url, at("/admin/accounts/:id"));
    const locked = await browser.submit(back, {}, /\/lock$/);
    t.match(locked.body, /The account was locked/);
  });

  await t.test("without a second factor in this session has to show one", async (t) => {
    await gateway.rows(
      "UPDATE session SET second_factor = NULL, second_factor_at = NULL WHERE account_id = $1",
      [admin.id],
    );
    for (const { method, path } of routes) {
      const page =
        method === "GET"
          ? await browser.get(at(path), { follow: false })
          : await browser.post(at(path), { token }, { follow: false });
      t.match([page.status, page.headers.location], [303, /^\/confirm\?next=/], `${method} ${path}`);
    }
  });

  await t.test("who is one no longer finds nothing, at once", async (t) => {
    await gateway.rows("UPDATE account SET roles = '{staff}' WHERE id = $1", [admin.id]);
    t.equal((await browser.get(`${LOGIN}/admin`)).status, 404);
  });

  await t.test("what is no id of an account is not found", async (t) => {
    await gateway.rows("UPDATE account SET roles = '{administrator}' WHERE id = $1", [admin.id]);
    const again = gateway.browser();
    await gateway.signIn(again, admin);
    for (const id of [randomUUID(), "new'--", "%00", "x".repeat(99), target.id.toUpperCase()])
      t.equal((await again.get(`${LOGIN}/admin/accounts/${id}`)).status, 404, id);
    t.equal(gateway.log.filter(({ level }) => level === "error").length, 0);
  });
});
