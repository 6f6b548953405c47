/** The audit trail and the locks, as an administrator sees them. */
import { randomUUID } from "node:crypto";
import t from "tap";
import { auditChecksOn } from "../../../src/auth/store/audit-checks.ts";
import { withAuditLock } from "../../../src/auth/store/audit-lock.ts";
import type { Page } from "../../fixtures/browser.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";

const gateway = await withGateway(t, { lanes: { account: 1 } });
const admin = await gateway.person({ name: "root", roles: ["administrator"] });
const victim = await gateway.person({ name: "victim" });
const browser = gateway.browser();
await gateway.signIn(browser, admin, "/admin");
const audit = (query: string): Promise<Page> => browser.get(`${LOGIN}/admin/audit?${query}`);
const eventsOn = ({ body }: Page): string[] =>
  [...body.matchAll(/<td[^>]*><code>([^<]+)<\/code><\/td>/g)].map(([, name = ""]) => name);

t.test("a locked lane is shown with its cause, and opened", async (t) => {
  t.match((await browser.get(`${LOGIN}/admin/locks`)).body, "Nothing is locked.");
  const guesser = gateway.browser({ address: "198.51.100.7" });
  const form = await guesser.get(`${LOGIN}/sign-in`);
  for (let i = 0; i < 3; i++) await guesser.submit(form, { name: "victim", password: "a wrong one" });
  const locks = await browser.get(`${LOGIN}/admin/locks`);
  t.match(locks.body, /password, unknown device[^]*>victim</);
  const [, causes = ""] = /<a href="(\/admin\/audit[^"]+)">password, unknown/.exec(locks.body) ?? [];
  const caused = eventsOn(await browser.get(LOGIN + causes.replaceAll("&amp;", "&")));
  t.match(caused, ["sign-in", "sign-in", "sign-in"], "the attempts that it counted");
  const open = await browser.submit(locks, {}, /\/unlock$/);
  t.match(open.body, /The lane is open again\.[^]*Nothing is locked\./);
  t.match((await browser.submit(locks, {}, /\/unlock$/)).status, 422);
  t.match(eventsOn(await audit("event=lane.unlocked")), ["lane.unlocked"]);
});

t.test("filters, and pages that hold every event once", async (t) => {
  await gateway.node.gateway.store.transact(async (tx) => {
    for (let i = 0; i < 120; i++)
      await tx.audit.append({
        at: new Date(gateway.now().getTime() - 3 * 86_400_000 + Math.floor(i / 7)),
        event: "access.refused",
        outcome: i % 2 === 0 ? "failure" : "success",
        actor: { kind: "stranger" },
        address: "203.0.113.9",
        reason: `number-${i}`,
      });
  });
  const reasons: string[] = [];
  let at = await audit("event=access.refused&account=&from=&to=");
  for (let pages = 1; ; pages++) {
    reasons.push(...[...at.body.matchAll(/number-(\d+)/g)].map(([, n = ""]) => n));
    const next = /href="([^"]+)" rel="next"/.exec(at.body)?.[1];
    if (next === undefined) {
      t.equal(pages, 3);
      break;
    }
    at = await browser.get(LOGIN + next.replaceAll("&amp;", "&"));
  }
  t.same(
    reasons.map(Number),
    Array.from({ length: 120 }, (_, i) => 119 - i),
  );
  const day = (ago: number): string =>
    new Date(gateway.now().getTime() - ago * 86_400_000).toISOString().slice(0, 10);
  t.equal(eventsOn(await audit("address=203.0.113.0/24&outcome=failure")).length, 50);
  t.equal(eventsOn(await audit("address=203.0.113.10")).length, 0);
  t.equal(eventsOn(await audit(`event=access.refused&from=${day(1)}`)).length, 0);
  t.equal(eventsOn(await audit(`event=access.refused&to=${day(5)}`)).length, 0);
  t.equal(eventsOn(await audit(`event=access.refused&from=${day(4)}&to=${day(2)}`)).length, 50);
  t.match(eventsOn(await audit("account=victim@EXAMPLE.hu"))[0], /^(lane\.unlocked|sign-in)/);
  t.equal(eventsOn(await audit(`account=${victim.id.toUpperCase()}`)).length > 2, true);
  for (const [query, said] of [
    ["account=nobody-here", "There is no such account."],
    ["address=300.1.1.1", "This is neither an address nor a network."],
    ["address=10.0.0.0/33", "This is neither an address nor a network."],
    ["from=2026-02-30", "This is no day."],
    ["to=tomorrow", "This is no day."],
  ] as const)
    t.match(await audit(query), { status: 422, body: said }, query);
  t.equal((await audit("event='--&outcome=x&before=9999999999999999999.1")).status, 200);
});

t.test("an export is the trail as it lies there, and an event of its own", async (t) => {
  const page = await audit("event=access.refused&outcome=failure");
  const lines = await browser.submit(page, { format: "jsonl" }, /\/export$/);
  t.match(lines.headers, {
    "content-type": "application/jsonl; charset=utf-8",
    "content-disposition": /^attachment; filename="audit-\d{4}-\d\d-\d\d\.jsonl"$/,
    "cache-control": "no-store",
  });
  const parsed = lines.body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { seq: number; entry: { event: string; outcome: string } });
  t.equal(parsed.length, 60);
  t.ok(parsed.every(({ entry }) => entry.event === "access.refused" && entry.outcome === "failure"));
  const csv = await browser.submit(page, { format: "csv" }, /\/export$/);
  t.match(csv.body, /^"seq","at",/);
  t.equal(csv.body.split("\r\n").length, 62);
  const { rows } = await gateway.database.pool.query<{ body: string }>(
    "SELECT body FROM audit WHERE event = 'audit.exported' ORDER BY seq",
  );
  t.match(JSON.parse(rows[0]?.body ?? ""), {
    actor: { name: "root" },
    details: { format: "jsonl", event: "access.refused", outcome: "failure" },
  });
  t.equal(rows.length, 2);
  const bare = await browser.post(`${LOGIN}/admin/audit/export`, { account: "nobody-here" });
  t.equal(bare.status, 403, "no token, no export");
});

t.test("the whole chain is checked in the background, and every node shows what was found", async (t) => {
  const page = await audit("");
  t.match(page.body, "The chain has not been checked here yet.");
  await withAuditLock(gateway.database.pool, "alone", async () => {
    t.match(await browser.submit(page, {}, /\/verify$/), { status: 503, body: /being purged/ });
  });
  const result = async (): Promise<string> => {
    for (;;) {
      const at = await browser.get(`${LOGIN}/admin/audit/check`);
      if (!/data-live/.test(at.body)) return at.body.replace(/\s+/g, " ");
    }
  };
  t.match((await browser.submit(page, {}, /\/verify$/)).body, "The check has begun.");
  const whole = await result();
  t.match(whole, /Every event follows the one before it\..*>root|root.*/);
  t.match(whole, /\d+ events checked; .*<code>\d+:[0-9a-f]{64}<\/code>/);
  const other = await gateway.another();
  const elsewhere = await other.gateway.store.read.auditChecks.latest(5, gateway.now());
  t.match(elsewhere, [{ outcome: "whole", broken: 0, head: /^\d+:[0-9a-f]{64}$/ }]);
  await gateway.rows("UPDATE audit SET outcome = 'success' WHERE body LIKE '%number-10%'");
  await gateway.rows(
    "UPDATE audit SET body = replace(body, 'number-77', 'number-78') WHERE body LIKE '%number-77%'",
  );
  await browser.submit(page, {}, /\/verify$/);
  const broken = await result();
  t.match(
    broken,
    /The chain is broken in \d places.*row \d+ was changed after it was written.*Earlier checks/,
  );
  t.ok(
    gateway.log.some(
      ({ level, about }) => level === "error" && /AUDIT_CHAIN_BROKEN/.test(JSON.stringify(about)),
    ),
    "the log says so too",
  );
  t.strictSame(
    (
      await gateway.rows<{ event: string; outcome: string }>(
        "SELECT event, outcome FROM audit WHERE event LIKE 'audit.check%' ORDER BY seq",
      )
    ).map(({ event, outcome }) => `${event} ${outcome}`),
    [
      "audit.check-begun success",
      "audit.checked success",
      "audit.check-begun success",
      "audit.checked failure",
    ],
  );
  await gateway.rows("UPDATE audit SET body = 'nonsense' WHERE body LIKE '%number-99%'");
  t.match((await audit("event=access.refused")).body, "changed by somebody: it cannot be read");
});

t.test("one check at a time, on whatever node; one whose node is lost is in nobody's way", async (t) => {
  const { pool } = gateway.database;
  const checks = auditChecksOn(pool);
  t.equal(await checks.begin(randomUUID(), "account:x", gateway.now()), true);
  t.equal(await checks.begin(randomUUID(), "account:x", gateway.now()), false);
  t.notMatch((await audit("")).body, 'action="/admin/audit/verify"', "one goes on");
  await gateway.pass(130_000);
  t.match((await audit("")).body, "The node ended before the check was through.");
  const [lost] = await checks.latest(1, gateway.now());
  t.equal(lost?.outcome, "stopped");
  const id = randomUUID();
  t.equal(await checks.begin(id, "account:x", gateway.now()), true);
  t.equal(await checks.beat(lost?.id ?? "", 7, gateway.now()), false, "it learns that it was given up");
  t.equal(await checks.beat(id, 7, gateway.now()), true);
  await checks.stop(id, gateway.now());
});

t.test("what is new appears by itself, and keeps no session open", async (t) => {
  const live = await audit("live=on&outcome=failure");
  const address = (body: string): string =>
    (/data-live="(\/admin\/audit\/tail[^"]+)"/.exec(body)?.[1] ?? "").replaceAll("&amp;", "&");
  t.match(address(live.body), /outcome=failure&after=\d+$/);
  t.equal(address((await audit("")).body), "", "only when it was asked for");
  const none = await browser.get(LOGIN + address(live.body));
  t.same(eventsOn(none), []);
  for (const outcome of ["failure", "success"] as const)
    await gateway.node.gateway.store.read.audit.append({
      at: gateway.now(),
      event: "sign-in",
      outcome,
      actor: { kind: "stranger" },
    });
  const one = await browser.get(LOGIN + address(none.body));
  t.same(eventsOn(one), ["sign-in"]);
  t.same(eventsOn(await browser.get(LOGIN + address(one.body))), [], "each once");
  t.match(await browser.get(`${LOGIN}/admin/audit/tail?after=x`), { status: 404 });
  const seen = () => gateway.rows<{ at: Date }>("SELECT max(last_seen_at) AS at FROM session");
  const before = await seen();
  for (let minutes = 0; minutes < 16; minutes += 4) {
    await gateway.pass(4 * 60_000);
    await browser.get(LOGIN + address(one.body), { follow: false });
  }
  t.same(await seen(), before);
  const over = await browser.get(LOGIN + address(one.body), { follow: false });
  t.equal(over.status, 303, "the session ended as if nobody were there");
});
