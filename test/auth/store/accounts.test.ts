import { randomUUID } from "node:crypto";
import t from "tap";
import { standing, type Standing } from "../../../src/auth/account.ts";
import { accountsOn } from "../../../src/auth/store/accounts.ts";
import { withAuditLock } from "../../../src/auth/store/audit-lock.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { later, NOW, peopleOn } from "../../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const bench = peopleOn(pool);
const accounts = accountsOn(pool);

t.test("accounts are found by what they are at a time, as the rule says it", async (t) => {
  for (const status of ["invited", "active", "disabled"] as const)
    for (const lockedReason of [undefined, "not-me"] as const)
      for (const endsAt of [undefined, NOW, later(1)])
        await bench.account(`s-${randomUUID().slice(0, 8)}`, { status, lockedReason, endsAt });
  const all = await accounts.list({ limit: 100 });
  t.equal(all.length, 18);
  for (const is of ["active", "invited", "disabled", "ended", "locked"] satisfies Standing[])
    for (const at of [NOW, later(2)])
      t.same(
        (await accounts.list({ standing: { is, at }, limit: 100 })).map(({ id }) => id),
        all.filter((account) => standing(account, at) === is).map(({ id }) => id),
        `${is} at ${at.toISOString()}`,
      );
});

t.test("a search takes signs of a pattern for what they are", async (t) => {
  await bench.account("under_score", { displayName: "100 % \\ sure" });
  await bench.account("underxscore", { displayName: "100 x" });
  const names = async (search: string): Promise<string[]> =>
    (await accounts.list({ search, limit: 100 })).map(({ name }) => name);
  t.same(await names("under_s"), ["under_score"]);
  t.same(await names("100 %"), ["under_score"]);
  t.same(await names("% \\ S"), ["under_score"]);
  t.same(await names("UNDER"), ["under_score", "underxscore"]);
});

t.test("who was seen last, and what accounts are called, for a page in one query", async (t) => {
  const [one, two] = [await bench.account("seen"), await bench.account("unseen")];
  await bench.session(one);
  const ids = [one.id, two.id, randomUUID()];
  t.same(await accounts.lastSeen(ids), new Map([[one.id, NOW]]));
  t.same(
    await accounts.namesOf(ids),
    new Map([
      [one.id, "seen"],
      [two.id, "unseen"],
    ]),
  );
});

t.test("a check of the audit trail keeps no administrator waiting", async (t) => {
  await withAuditLock(pool, "alone", async () => {
    await bench.people.store.transact((tx) => tx.accounts.oneChangeAtATime());
  });
  t.pass("not the lock of the audit");
});
