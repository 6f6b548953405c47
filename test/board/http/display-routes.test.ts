/** Displays: how they are made, paired and removed, and what who tries to get one without a code. */
import t from "tap";
import { withBoard } from "../../fixtures/board-gateway.ts";
import { badBoard } from "../../fixtures/boards.ts";
import type { Browser, Page } from "../../fixtures/browser.ts";
import { LOGIN } from "../../fixtures/gateway.ts";

const COOKIE = "__Host-lakat-display";
const MINUTE = 60_000;

t.test("displays over HTTP", async (t) => {
  const gateway = await withBoard(t, { board: badBoard });
  const admin = gateway.browser();
  const person = await gateway.person({ roles: ["administrator"], name: "admin" });
  /** The last sign-in may be too old by now. */
  const fresh = async (): Promise<void> => {
    admin.setCookie("login.example.hu", "__Host-lakat", undefined);
    await gateway.signIn(admin, person);
  };
  await fresh();
  const list = (): Promise<Page> => admin.get(`${LOGIN}/backups/displays`);
  const make = async (name = "Operations room", language = "hu"): Promise<string> => {
    const { status, body } = await admin.submit(await list(), { name, language }, /displays$/);
    const code = /class="big-code">\s*(\d{4}) (\d{4})\s*</.exec(body);
    if (code === null) throw new Error(`no code: ${status} ${body}`);
    return `${code[1] ?? ""}${code[2] ?? ""}`;
  };
  const type = async (code: string, address: string, screen = gateway.browser({ address })): Promise<Page> =>
    screen.submit(await screen.get(`${LOGIN}/wall`), { code });
  const cookieOf = (screen: Browser) => screen.cookie("login.example.hu", COOKIE);
  const events = (event: string) =>
    gateway.rows<{ outcome: string; body: string }>(
      "SELECT outcome, body FROM audit WHERE event = $1 ORDER BY seq",
      [event],
    );
  /** What was tried before does not count any more. */
  const later = async (): Promise<void> => {
    await gateway.pass(16 * MINUTE);
    await fresh();
  };

  await t.test("a screen is paired once, and sees the wall alone", async (t) => {
    const code = await make();
    const screen = gateway.browser({ address: "192.0.2.20" });
    const answer = await type(`${code.slice(0, 4)} ${code.slice(4)}`, "", screen);
    t.equal(answer.status, 200);
    t.match(answer.body, "Baj van a mentésekkel", "in the language that was chosen for it");
    t.match(answer.body, /<noscript><meta http-equiv="refresh" content="30"/, "goes on without script");
    t.notMatch(
      answer.body,
      /journalctl|54 h old|Example CRM|admin|Operations room/,
      "lights, names, ages, titles",
    );
    t.match(cookieOf(screen), /^[\w-]{43}$/);
    for (const path of ["/backups", "/account", "/admin", "/backups/displays"])
      t.match((await screen.get(`${LOGIN}${path}`)).url, "/sign-in", `${path} is not for a display`);
    t.match((await list()).body, "Operations room");
    const [stored] = await gateway.rows<{ all: string }>("SELECT display::text AS all FROM display");
    t.notMatch(stored?.all, new RegExp(`${code}|${cookieOf(screen) ?? "-"}`), "neither lies in the database");
    t.equal((await events("display.created")).length, 1);
    t.match((await events("display.paired"))[0], { outcome: "success" });
    t.notMatch(JSON.stringify(await events("display.created")), code);
    t.equal((await type(code, "192.0.2.21")).status, 422, "the code was good once");
    await gateway.pass(366 * 86_400_000);
    t.match((await screen.get(`${LOGIN}/wall`)).body, 'name="code"', "and the cookie for a year");
    await fresh();
    t.match((await list()).body, "There is no display yet");
  });

  await t.test("its cookie is for this host, this year and no script", async (t) => {
    const code = await make();
    const screen = gateway.browser();
    const answer = await screen.submit(await screen.get(`${LOGIN}/wall`), { code }, undefined, {
      follow: false,
    });
    t.equal(answer.status, 303);
    t.match(
      answer.headers["set-cookie"]?.[0],
      /^__Host-lakat-display=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000$/,
    );
  });

  await t.test("a code is good for ten minutes, and gets one of many that type it at once", async (t) => {
    const old = await make();
    await gateway.pass(10 * MINUTE + 1000);
    t.equal((await type(old, "192.0.2.30")).status, 422);
    await fresh();
    const code = await make();
    const screens = Array.from({ length: 6 }, (_, i) => gateway.browser({ address: `192.0.2.4${i}` }));
    const answers = await Promise.all(screens.map((screen) => type(code, "", screen)));
    t.equal(answers.filter(({ status }) => status === 422).length, 5);
    t.equal(screens.filter((screen) => cookieOf(screen) !== undefined).length, 1);
  });

  await t.test("guessing ends after ten tries from one network, and after a hundred from all", async (t) => {
    await later();
    const code = await make();
    const wrong = String((Number(code) + 1) % 10 ** 8).padStart(8, "0");
    const failures = async () =>
      (await events("display.paired")).filter(({ outcome }) => outcome === "failure");
    const before = (await failures()).length;
    for (let i = 0; i < 10; i++)
      t.equal((await type(i === 0 ? "12" : wrong, `2001:db8::${i + 1}`)).status, 422);
    const same = await type(code, "2001:db8::ffff:1");
    t.equal(same.status, 429, "also the right one, from the same /64");
    t.match(same.body, "Too many codes");
    await type(code, "2001:db8::1");
    t.equal((await failures()).length, before + 11, "each that was looked at, and once that it is over");
    const elsewhere = gateway.browser({ address: "198.51.100.7" });
    t.equal((await type(code, "", elsewhere)).status, 200, "who is elsewhere is not kept out");
    await gateway.rows("UPDATE display_try SET tries = 100 WHERE network = 'all'");
    const next = await make();
    t.equal((await type(next, "203.0.113.9")).status, 429);
    t.equal(
      (await gateway.rows("SELECT FROM display_try WHERE network = '203.0.113.9'")).length,
      0,
      "who comes then fills no table",
    );
    await gateway.pass(15 * MINUTE + 1000);
    await fresh();
    t.equal((await type(await make(), "2001:db8::1")).status, 200, "and later it goes on");
  });

  await t.test("a display that was removed sees nothing any more", async (t) => {
    await later();
    const screen = gateway.browser();
    await type(await make("Lobby"), "", screen);
    const rows = await gateway.rows<{ id: string }>("SELECT id FROM display WHERE name = 'Lobby'");
    const page = await list();
    const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
    const revoke = (id: string, asked = admin, sent = token) =>
      asked.post(`${LOGIN}/backups/displays/revoke`, { token: sent, id }, { follow: false });
    t.equal((await revoke(rows[0]?.id ?? "", admin, "x")).status, 403, "not without a form of ours");
    t.match((await screen.get(`${LOGIN}/wall`)).body, "data-now");
    t.equal((await revoke(rows[0]?.id ?? "")).headers.location, "/backups/displays?revoked");
    t.match((await screen.get(`${LOGIN}/wall`)).body, 'name="code"');
    t.match(await events("display.revoked"), [{ outcome: "success" }]);
    for (const id of ["", "x", "00000000-0000-0000-0000-000000000000"])
      t.equal((await revoke(id)).headers.location, "/backups/displays", `${id} changes nothing`);
  });

  await t.test("only administrators who showed their factors a moment ago make one", async (t) => {
    await later();
    const page = await list();
    t.equal((await admin.submit(page, { name: "" }, /displays$/)).status, 422, "a name is needed");
    t.equal((await admin.submit(page, { name: "x".repeat(61) }, /displays$/)).status, 422);
    t.equal((await admin.submit(page, { name: "a\u202eb" }, /displays$/)).status, 422);
    t.match((await admin.submit(page, { name: "<b>Hall</b>" }, /displays$/)).body, "&lt;b&gt;Hall");
    t.notMatch((await list()).body, "<b>Hall</b>");
    const ops = gateway.browser();
    await gateway.signIn(ops, await gateway.person({ roles: ["ops"] }));
    const token = /name="token" value="([^"]+)"/.exec((await ops.get(`${LOGIN}/account`)).body)?.[1] ?? "";
    t.equal((await ops.post(`${LOGIN}/backups/displays`, { token, name: "x" })).status, 404);
    await gateway.pass(11 * MINUTE);
    const stale = await admin.submit(page, { name: "Hall" }, /displays$/, { follow: false });
    t.equal(stale.headers.location, "/confirm?next=%2Fbackups%2Fdisplays");
  });

  await t.test("a code is taken from our own page alone", async (t) => {
    await later();
    const code = await make();
    const screen = gateway.browser();
    const page = await screen.get(`${LOGIN}/wall`);
    const send = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      screen.post(`${LOGIN}/wall`, fields, { headers, follow: false });
    const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
    t.equal((await send({ token, code }, { origin: "https://evil.example" })).status, 403);
    t.equal((await send({ token, code }, { "sec-fetch-site": "cross-site" })).status, 403);
    t.equal((await send({ token: "x", code })).status, 403);
    t.equal(cookieOf(screen), undefined);
    t.equal((await send({ token, code })).status, 303);
  });
});
