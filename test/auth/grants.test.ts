import t from "tap";
import { disable } from "../../src/auth/directory.ts";
import { approveGrant, requestGrant, revokeGrant } from "../../src/auth/grants.ts";
import type { Account } from "../../src/auth/account.ts";
import type { GrantWish } from "../../src/auth/grant.ts";
import { grantsOn } from "../../src/auth/store/grants.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { later, NOW, OPERATOR, peopleOn } from "../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const bench = peopleOn(pool);
const { people } = bench;
const grants = grantsOn(pool);
const consultant = await bench.account("consultant");
const boss = await bench.account("boss", { roles: ["owner"] });
const second = await bench.account("second", { roles: ["owner"], language: "hu" });
await bench.account("gone-owner", { roles: ["owner"], status: "disabled" });
const admin = await bench.account("admin", { roles: ["administrator"] });
const WISH: GrantWish = {
  application: "crm",
  scopes: ["settings"],
  reason: "sees settings, never data",
  endsAt: later(7 * 24 * 60),
};
const as = (account: Account, minutes = 0) => ({ by: bench.as(account), now: later(minutes) });
const request = async (by = as(consultant)): Promise<string> => {
  const answer = await requestGrant(people, by, consultant.id, WISH);
  return "grant" in answer ? answer.grant.id : t.fail(answer.refused) ? "" : "";
};
const changes = async (): Promise<number> => (await pool.query("SELECT FROM change")).rowCount ?? 0;

t.test("asked for, approved by an owner, revoked", async (t) => {
  const id = await request();
  t.same(
    (await bench.mails()).map(({ to }) => to).sort(),
    ["boss@example.hu", "second@example.hu"],
    "owners that stand hear of it",
  );
  for (const [doer, refused] of [
    [consultant, "not-owner"],
    [admin, "not-owner"],
  ] as const)
    t.match(await approveGrant(people, as(doer), id), { refused }, doer.name);
  t.match(
    await approveGrant(people, { by: OPERATOR, now: NOW }, id),
    { refused: "not-owner" },
    "nor on the host",
  );
  t.match(await grants.byId(id), { approvedAt: undefined });
  const before = await changes();
  t.match(await approveGrant(people, as(boss, 5), id), { grant: { approvedBy: `account:${boss.id}` } });
  t.match(await approveGrant(people, as(second, 6), id), { refused: "grant-over" });
  t.match(
    (await bench.mails()).map(({ to }) => to),
    ["consultant@example.hu"],
  );
  t.match(await revokeGrant(people, as(second, 7), id), { grant: { revokedAt: later(7) } });
  t.match(await revokeGrant(people, as(second, 8), id), { refused: "grant-over" });
  t.equal(await changes(), before + 2, "every node hears of both");
  t.same(
    (await bench.events()).filter((event) => event.startsWith("grant.")),
    [
      "grant.requested success consultant",
      "grant.approved failure not-owner consultant",
      "grant.approved failure not-owner consultant",
      "grant.approved failure not-owner consultant",
      "grant.approved success consultant",
      "grant.approved failure grant-over consultant",
      "grant.revoked success consultant",
      "grant.revoked failure grant-over consultant",
    ],
  );
});

t.test("nobody approves the own wish, and of two at once one counts", async (t) => {
  const asked = await request(as(boss));
  t.match(await approveGrant(people, as(boss), asked), { refused: "own-grant" });
  const answers = await Promise.all([1, 2, 3, 4].map(() => approveGrant(people, as(second), asked)));
  t.equal(answers.filter((answer) => "grant" in answer).length, 1);
  const own = await requestGrant(people, { by: OPERATOR, now: NOW }, boss.id, WISH);
  t.match(await approveGrant(people, as(boss), "grant" in own ? own.grant.id : ""), { refused: "own-grant" });
});

t.test("an owner who was disabled approves nothing; a role that was taken neither", async (t) => {
  const id = await request();
  await pool.query("UPDATE account SET roles = '{}' WHERE id = $1", [second.id]);
  t.match(await approveGrant(people, as(second), id), { refused: "not-owner" });
  await pool.query("UPDATE account SET roles = '{owner}' WHERE id = $1", [second.id]);
  await disable(people, as(admin), second.id);
  t.match(await approveGrant(people, as(second), id), { refused: "not-owner" });
  t.match(await requestGrant(people, as(second), consultant.id, WISH), { refused: "no-account" });
  t.match(await requestGrant(people, as(boss), second.id, WISH), { refused: "no-account" });
});

t.test("the holder gives it back, a stranger takes nothing", async (t) => {
  const id = await request();
  const stranger = await bench.account("stranger");
  t.match(await revokeGrant(people, as(stranger), id), { refused: "not-owner" });
  t.match(await revokeGrant(people, as(consultant), id), { grant: { id } });
  t.match(await revokeGrant(people, as(boss), "00000000-0000-4000-8000-000000000000"), {
    refused: "no-grant",
  });
  const other = await request();
  t.match(await revokeGrant(people, { by: OPERATOR, now: NOW }, other), {
    grant: { revokedBy: "operator:root" },
  });
});

t.test("lists are paged, and hold what is open", async (t) => {
  const all = await grants.list({ accountId: consultant.id, limit: 100 });
  const paged: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await grants.list({ accountId: consultant.id, limit: 2, after });
    paged.push(...page.map(({ id }) => id));
    after = page.at(-1)?.id;
    if (after === undefined) break;
  }
  t.same(
    paged,
    all.map(({ id }) => id),
  );
  const open = await grants.list({ applications: ["crm"], openAt: NOW, limit: 100 });
  t.ok(open.length > 0 && open.every(({ revokedAt, endsAt }) => revokedAt === undefined && endsAt > NOW));
  t.same(await grants.list({ applications: ["crm"], openAt: later(7 * 24 * 60), limit: 100 }), []);
});

t.test("who asks again and again is stopped: each wish is a mail to every owner", async (t) => {
  const eager = await bench.account("eager");
  const wish = (minutes: number) => requestGrant(people, as(eager, minutes), eager.id, WISH);
  for (let i = 0; i < 10; i++) {
    const answer = await wish(i);
    // Taken back, it counts as before.
    if ("grant" in answer) await revokeGrant(people, as(eager, i), answer.grant.id);
    else t.fail(answer.refused);
  }
  await bench.mails();
  t.match(await wish(59), { refused: "grant-too-many" });
  t.strictSame(await bench.mails(), []);
  t.match(await wish(60), { grant: {} });
});
