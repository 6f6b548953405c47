import t from "tap";
import { accountsOn } from "../../../src/auth/store/accounts.ts";
import { standing, type Account } from "../../../src/auth/account.ts";
import { transact } from "../../../src/auth/store/database.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { later, NOW, peopleOn } from "../../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const bench = peopleOn(pool);
const accounts = accountsOn(pool);

t.test("an account comes back as it was put in", async (t) => {
  const bare = await bench.account("bare", {
    passwordHash: undefined,
    pepperId: undefined,
    status: "invited",
  });
  const full = await bench.account("full", {
    phone: "+36201234567",
    lockedReason: "not-me",
    endsAt: later(5),
    mustReset: true,
    roles: ["a", "b"],
  });
  for (const account of [bare, full]) {
    t.same(await accounts.byId(account.id), account);
    t.same(await accounts.byIdentifier(account.name), account);
    t.same(await accounts.byIdentifier(account.email), account);
  }
  t.equal(await accounts.byIdentifier("full@example.h"), undefined);
  t.equal(await accounts.byIdentifier("FULL"), undefined, "canonical forms only");
  t.equal(await accounts.insert({ ...bare, id: full.id }), false);
  t.equal(
    await accounts.insert({ ...bare, id: "00000000-0000-4000-8000-000000000001", name: "other" }),
    false,
  );
  const cleared = await accounts.change(full.id, {
    phone: undefined,
    endsAt: undefined,
    lockedReason: undefined,
  });
  t.same(cleared, { ...full, phone: undefined, endsAt: undefined, lockedReason: undefined });
  t.same(await accounts.change(full.id, {}, { raiseEpoch: true }), { ...cleared, epoch: 2 });
});

t.test("the database itself refuses what no rule lets through", async (t) => {
  const over: Partial<Account>[] = [
    { name: "Upper" },
    { name: "аnna" },
    { name: "dot." },
    { name: "a b" },
    { displayName: "" },
    { phone: "0620" },
    { language: "de" as never },
    { status: "gone" as never },
    { lockedReason: "because" as never },
  ];
  for (const wrong of over)
    await t.rejects(bench.account("fine", wrong), { code: "23514" }, JSON.stringify(wrong));
});

t.test("a password that was hashed anew never undoes another one", async (t) => {
  const { id } = await bench.account("rehash");
  const set = await accounts.setPassword(id, { hash: "chosen", pepperId: "p2" }, later(1));
  t.match(set, {
    passwordHash: "chosen",
    pepperId: "p2",
    epoch: 2,
    mustReset: false,
    passwordChangedAt: later(1),
  });
  t.equal(await accounts.rehash(id, "an old hash", { hash: "old anew", pepperId: "p3" }), false);
  t.equal(await accounts.rehash(id, "chosen", { hash: "chosen anew", pepperId: "p3" }), true);
  t.match(await accounts.byId(id), { passwordHash: "chosen anew", epoch: 2, passwordChangedAt: later(1) });
});

t.test("who locks an account keeps others from changing it", async (t) => {
  const { id } = await bench.account("held");
  const order: string[] = [];
  let other: Promise<unknown> | undefined;
  await transact(pool, async (db) => {
    await accountsOn(db).byId(id, { lock: true });
    other = accounts.change(id, { mustReset: true }).then(() => order.push("other"));
    for (let waiting = 0; waiting === 0;)
      waiting =
        (await pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rowCount ?? 0;
    order.push("held");
  });
  await other;
  t.same(order, ["held", "other"]);
});

t.test("lists are paged by name and searched without wildcards of the searcher's", async (t) => {
  for (const name of ["p1", "p2", "p3", "p_4"])
    await bench.account(name, { displayName: `Péter ${name} 100%` });
  const names = async (query: Partial<Parameters<typeof accounts.list>[0]>): Promise<string[]> =>
    (await accounts.list({ limit: 100, ...query })).map(({ name }) => name);
  const all: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await names({ search: "péter", limit: 3, after });
    all.push(...page);
    after = page.at(-1);
    if (page.length < 3) break;
  }
  t.same(all.toSorted(), ["p1", "p2", "p3", "p_4"].toSorted());
  t.same(await names({ search: "p_" }), ["p_4"]);
  t.same(await names({ search: "100%" }), await names({ search: "péter" }));
  t.same(await names({ search: "%" }), await names({ search: "péter" }));
  t.same(await names({ search: "\\" }), []);
  t.same(await names({ status: "invited" }), ["bare"]);
  t.same(await names({ role: "a" }), ["full"]);
  await bench.account("over", { endsAt: NOW, lockedReason: "not-me" });
  await bench.account("off", { endsAt: NOW, status: "disabled" });
  const everybody = await accounts.list({ limit: 100 });
  for (const is of ["active", "invited", "disabled", "ended", "locked"] as const)
    t.same(
      await names({ standing: { is, at: NOW } }),
      everybody.filter((account) => standing(account, NOW) === is).map(({ name }) => name),
      `${is}, as the rule has it`,
    );
  t.same((await accounts.namesOf([(await bench.byName("p1"))?.id ?? ""])).size, 1);
});

t.test("standing, in the order of what weighs most", async (t) => {
  const active = { status: "active" as const, lockedReason: undefined, endsAt: undefined };
  t.equal(standing(active, NOW), "active");
  t.equal(standing({ ...active, status: "invited" }, NOW), "invited");
  t.equal(standing({ ...active, endsAt: later(0) }, NOW), "ended");
  t.equal(standing({ ...active, endsAt: new Date(NOW.getTime() + 1) }, NOW), "active");
  t.equal(standing({ ...active, lockedReason: "not-me" }, NOW), "locked");
  t.equal(standing({ ...active, status: "invited", lockedReason: "administrator" }, NOW), "locked");
  t.equal(standing({ status: "disabled", lockedReason: "not-me", endsAt: NOW }, NOW), "disabled");
});
