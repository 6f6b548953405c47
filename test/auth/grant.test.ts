import t from "tap";
import fc from "fast-check";
import { grantState, judgeWish, refuseApproval, type Grant, type GrantWish } from "../../src/auth/grant.ts";

const NOW = new Date("2026-03-02T09:00:00Z");
const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
const DAY = 24 * 60;
const CRM = { name: "crm", scopes: ["settings", "reports"], owners: ["owner"] };
const GRANT: Grant = {
  id: "1",
  accountId: "consultant",
  application: "crm",
  scopes: ["settings"],
  reason: "x",
  requestedBy: "account:asker",
  requestedAt: at(-60),
  startsAt: at(0),
  endsAt: at(60),
  approvedBy: "account:boss",
  approvedAt: at(-30),
  revokedBy: undefined,
  revokedAt: undefined,
};

t.test("what a grant is at a moment", async (t) => {
  const cases: [over: Partial<Grant>, now: Date, state: string][] = [
    [{}, at(-1), "approved"],
    [{}, at(0), "active"],
    [{}, new Date(at(60).getTime() - 1), "active"],
    [{}, at(60), "ended"],
    [{ approvedAt: undefined }, at(1), "requested"],
    [{ approvedAt: undefined }, at(60), "ended"],
    [{ approvedAt: at(5) }, at(1), "requested"],
    [{ revokedAt: at(2) }, at(1), "revoked"],
  ];
  for (const [over, now, state] of cases)
    t.equal(grantState({ ...GRANT, ...over }, now), state, JSON.stringify([over, now]));
});

t.test("a wish is made plain or refused", async (t) => {
  const wish: GrantWish = {
    application: "crm",
    scopes: ["settings"],
    reason: " two\n weeks ",
    endsAt: at(14 * DAY),
  };
  const judge = (over: Partial<GrantWish>) => judgeWish({ ...wish, ...over }, [CRM], 30 * DAY * 60_000, NOW);
  t.same(judge({ scopes: ["reports", "settings"] }), {
    application: "crm",
    scopes: ["settings", "reports"],
    reason: "two weeks",
    startsAt: NOW,
    endsAt: at(14 * DAY),
  });
  const cases: [over: Partial<GrantWish>, refused: string][] = [
    [{ application: "erp" }, "application-unknown"],
    [{ application: "CRM" }, "application-unknown"],
    [{ scopes: [] }, "scope-unknown"],
    [{ scopes: ["settings", "data"] }, "scope-unknown"],
    [{ reason: " " }, "reason-invalid"],
    [{ reason: "\u202efdp" }, "reason-invalid"],
    [{ reason: "x".repeat(501) }, "reason-invalid"],
    [{ endsAt: NOW }, "grant-times"],
    [{ endsAt: new Date(NaN) }, "grant-times"],
    [{ startsAt: new Date(NaN) }, "grant-times"],
    [{ startsAt: at(-60) }, "grant-times"],
    [{ startsAt: at(60), endsAt: at(30) }, "grant-times"],
    [{ endsAt: at(30 * DAY + 1) }, "grant-too-long"],
    [{ startsAt: at(31 * DAY), endsAt: at(32 * DAY) }, "grant-too-long"],
  ];
  for (const [over, refused] of cases) t.same(judge(over), { refused }, JSON.stringify(over));
  t.match(judge({ endsAt: at(30 * DAY) }), { endsAt: at(30 * DAY) });
});

t.test("no grant is longer than the longest, whatever is asked", async () => {
  const moment = fc.integer({ min: -100 * DAY, max: 100 * DAY }).map(at);
  fc.assert(
    fc.property(fc.option(moment, { nil: undefined }), moment, (startsAt, endsAt) => {
      const answer = judgeWish(
        { application: "crm", scopes: ["settings"], reason: "x", startsAt, endsAt },
        [CRM],
        1e9,
        NOW,
      );
      return "refused" in answer || answer.endsAt.getTime() - answer.startsAt.getTime() <= 1e9;
    }),
  );
});

t.test("who approves", async (t) => {
  const asked = { ...GRANT, approvedAt: undefined, approvedBy: undefined };
  const cases: [grant: Partial<Grant>, id: string, roles: string[], refused: string | undefined][] = [
    [{}, "boss", ["owner"], undefined],
    [{}, "boss", ["administrator"], "not-owner"],
    [{}, "boss", [], "not-owner"],
    [{}, "asker", ["owner"], "own-grant"],
    [{}, "consultant", ["owner"], "own-grant"],
    [{ approvedAt: at(-1) }, "boss", ["owner"], "grant-over"],
    [{ revokedAt: at(-1) }, "boss", ["owner"], "grant-over"],
    [{ endsAt: NOW }, "boss", ["owner"], "grant-over"],
    [{ scopes: ["settings", "gone"] }, "boss", ["owner"], "scope-unknown"],
  ];
  for (const [over, id, roles, refused] of cases)
    t.equal(
      refuseApproval({ ...asked, ...over }, CRM, { id, roles }, NOW),
      refused,
      JSON.stringify([over, id, roles]),
    );
  t.equal(refuseApproval(asked, undefined, { id: "boss", roles: ["owner"] }, NOW), "scope-unknown");
});
