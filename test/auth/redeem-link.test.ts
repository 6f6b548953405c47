import t from "tap";
import { createAccount, inviteAgain } from "../../src/auth/invite.ts";
import { disable, enable } from "../../src/auth/directory.ts";
import { askReset } from "../../src/auth/ask-reset.ts";
import { lookAtLink } from "../../src/auth/links.ts";
import { redeemLink, type Redemption } from "../../src/auth/redeem-link.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { later, NOW, OPERATOR, peopleOn, tokenIn } from "../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const bench = peopleOn(pool);
const { people } = bench;
const ADMIN = { by: OPERATOR, now: NOW };
const FROM = { address: "198.51.100.4", userAgent: "Firefox" };

let hashed = 0;
const choice = {
  judge: async (password: string) =>
    password.length < 15
      ? { ok: false as const, reasons: [{ reason: "too-short" as const, least: 15 }] }
      : { ok: true as const },
  hasher: { hash: async (password: string) => ({ hash: `hash ${++hashed} of ${password}`, pepperId: "p2" }) },
};
const redeem = (token: string, over: Partial<Redemption> = {}) =>
  redeemLink(people, choice, {
    kind: "invitation",
    token,
    password: "a long enough password",
    signedInAs: undefined,
    from: FROM,
    now: later(10),
    ...over,
  });
const invited = async (name: string): Promise<string> => {
  const answer = await createAccount(people, ADMIN, {
    name,
    displayName: name,
    email: `${name}@example.hu`,
    language: "en",
    roles: ["sales"],
  });
  t.ok("account" in answer, `${name} was made`);
  t.notOk("link" in answer, "nobody sees the link who did not ask for it");
  const [mail] = await bench.mails();
  t.equal(mail?.to, `${name}@example.hu`);
  return tokenIn(mail);
};

t.test("an invitation: looked at as often as anybody likes, used once", async (t) => {
  const token = await invited("anna");
  for (let i = 0; i < 3; i++)
    t.equal((await lookAtLink(people.store, "invitation", token, later(5)))?.account.name, "anna");
  t.match(await redeem(token, { password: "short" }), {
    refused: "password",
    reasons: [{ reason: "too-short" }],
  });
  t.match(await redeem(token), { account: { name: "anna", status: "active" } });
  const anna = await bench.byName("anna");
  t.match(anna, { status: "active", passwordHash: /of a long enough password/, pepperId: "p2", epoch: 2 });
  t.match(await redeem(token), { refused: "link-over" });
  t.equal(await lookAtLink(people.store, "invitation", token, later(11)), undefined);
  t.same((await bench.events()).slice(-3), [
    "account.created success anna",
    "account.activated success invitation anna",
    "account.activated failure link-over anna",
  ]);
  t.match(
    (await bench.mails()).map(({ to }) => to),
    ["anna@example.hu"],
  );
});

t.test("attack 20: one link at many browsers at once: one wins", async (t) => {
  const token = await invited("bela");
  const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(token)));
  t.equal(answers.filter((answer) => "account" in answer).length, 1);
  t.equal(answers.filter((answer) => "refused" in answer && answer.refused === "link-over").length, 7);
});

t.test("attack 20: one second past its end, with no sweeper", async (t) => {
  const token = await invited("cili");
  const end = later(72 * 60).getTime();
  t.match(await redeem(token, { now: new Date(end + 1000) }), { refused: "link-over" });
  t.match(await redeem(token, { now: new Date(end) }), { refused: "link-over" });
  t.match(await redeem(token, { now: new Date(end - 1000) }), { account: { name: "cili" } });
});

t.test("attack 20: redeemed by another, or as another kind", async (t) => {
  const admin = await bench.account("admin", { roles: ["administrator"] });
  const token = await invited("dora");
  t.match(await redeem(token, { signedInAs: admin.id }), { refused: "another-account" });
  t.match(await redeem(token, { kind: "reset" }), { refused: "link-over" });
  for (const forged of ["", "x", token.slice(1), `${token}A`, "A".repeat(43)])
    t.match(await redeem(forged), { refused: "link-over" }, JSON.stringify(forged));
  t.equal((await bench.byName("dora"))?.status, "invited");
  t.equal((await bench.byName("admin"))?.passwordHash, "an old hash");
  t.match(await redeem(token), { account: { name: "dora" } });
});

t.test("attack 21: an invitation ends with the next one, with disabling, and stays ended", async (t) => {
  const first = await invited("elek");
  const { id } = (await bench.byName("elek")) ?? { id: "" };
  t.match(await inviteAgain(people, ADMIN, id), { account: { name: "elek" } });
  const second = tokenIn((await bench.mails())[0]);
  t.match(await redeem(first), { refused: "link-over" });
  await disable(people, ADMIN, id);
  t.match(await redeem(second), { refused: "link-over" });
  await enable(people, ADMIN, id);
  t.match(await redeem(second), { refused: "link-over" }, "also after it was enabled again");
  t.match(await bench.byName("elek"), { status: "invited" });
});

t.test("a reset: the same for everybody who asks, and a new password for the owner alone", async (t) => {
  const feri = await bench.account("feri");
  await bench.account("geza", { status: "disabled" });
  await bench.account("hugo", { lockedReason: "not-me" });
  await bench.mails();
  const asked: unknown[] = [];
  const admit = async (whom: unknown): Promise<boolean> => asked.push(whom) > 0;
  for (const typed of ["ＦＥＲＩ ", "feri@EXAMPLE.hu", "geza", "hugo", "nobody", "not\u0000a name", "ádám"])
    await askReset(people, admit, { typed, from: FROM, now: NOW });
  t.same(asked.slice(0, 2), [{ accountId: feri.id }, { accountId: feri.id }], "one count for both spellings");
  t.same(asked.slice(4), [{ unknownName: "nobody" }, { unknownName: "" }, { unknownName: "" }]);
  const mails = await bench.mails();
  t.same(
    mails.map(({ to }) => to),
    ["feri@example.hu", "feri@example.hu"],
  );
  await askReset(people, async () => false, { typed: "feri", from: FROM, now: NOW });
  t.same(await bench.mails(), [], "a locked lane sends nothing");

  const { deviceId } = await bench.session(feri);
  const tokens = mails.map(tokenIn);
  const answers = await Promise.all(tokens.map((token) => redeem(token, { kind: "reset" })));
  t.equal(answers.filter((answer) => "account" in answer).length, 1, "the second mail ended the first");
  t.same(await bench.left(feri), { sessions: 0, devices: 1, links: 0 });
  t.ok(deviceId);
  t.match(await bench.byName("feri"), { epoch: 2, mustReset: false, passwordHash: /long enough/ });
  t.match(
    (await bench.mails()).map(({ subject }) => subject),
    [/password/i],
  );
  const { rows } = await pool.query("SELECT account_id FROM change ORDER BY seq DESC LIMIT 1");
  t.same(rows, [{ account_id: feri.id }], "every node hears of it");
});

t.test("a new password by a link takes identities at providers away", async (t) => {
  const { id } = await bench.account("greta");
  const linked = async (): Promise<number | null> =>
    (await pool.query("SELECT FROM identity WHERE account_id = $1", [id])).rowCount;
  await pool.query(
    `INSERT INTO identity (id, account_id, issuer, subject, provider, linked_at)
     VALUES (gen_random_uuid(), $1, 'https://accounts.example', 'somebody', 'example', $2)`,
    [id, NOW],
  );
  t.equal(await linked(), 1);
  await askReset(people, async () => true, { typed: "greta", from: FROM, now: NOW });
  await redeem(tokenIn((await bench.mails())[0]), { kind: "reset", now: later(10) });
  t.equal(await linked(), 0);
});

t.test("attack 17: what a link is made of comes from the configuration alone", async (t) => {
  await bench.account("ivan");
  await askReset(people, async () => true, { typed: "ivan", from: FROM, now: NOW });
  const [mail] = await bench.mails();
  const links = [...(mail?.text ?? "").matchAll(/https?:\/\/\S+/g)].map(([link]) => link);
  t.equal(links.length, 1);
  t.match(links[0], /^https:\/\/login\.example\.hu\/reset\/[\w-]{43}$/);
  const token = tokenIn(mail);
  t.match(await redeem(token, { kind: "reset", now: later(30) }), { refused: "link-over" }, "30 minutes");
  const { rows } = await pool.query<{ all: string }>("SELECT string_agg(body, ' ') AS all FROM audit");
  t.notOk(rows[0]?.all.includes(token), "no token in the audit");
  const stored = await pool.query("SELECT FROM link WHERE token_hash = $1", [
    Buffer.from(token, "base64url"),
  ]);
  t.equal(stored.rowCount, 0, "nor in the table");
});

t.test("attack 4: disabled or locked between the link's page and its use", async (t) => {
  for (const [name, sql] of [
    ["jana", "status = 'disabled'"],
    ["kata", "locked_reason = 'not-me'"],
    ["lili", "ends_at = '2026-03-02T09:05:00Z'"],
    ["mari", "epoch = epoch + 1"],
  ] as const) {
    const account = await bench.account(name);
    await askReset(people, async () => true, { typed: name, from: FROM, now: NOW });
    const token = tokenIn((await bench.mails())[0]);
    const answer = await redeemLink(
      people,
      {
        ...choice,
        hasher: {
          async hash() {
            await pool.query(`UPDATE account SET ${sql} WHERE id = $1`, [account.id]);
            return { hash: "too late", pepperId: "p2" };
          },
        },
      },
      {
        kind: "reset",
        token,
        password: "a long enough password",
        signedInAs: undefined,
        from: FROM,
        now: later(10),
      },
    );
    t.match(answer, { refused: "link-over" }, sql);
    t.equal((await bench.byName(name))?.passwordHash, "an old hash");
  }
});
