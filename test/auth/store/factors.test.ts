import { randomBytes, randomUUID } from "node:crypto";
import t from "tap";
import { enrol, confirmEnrolment } from "../../../src/auth/enrolment.ts";
import { openSealer } from "../../../src/auth/sealed.ts";
import {
  makeRecoveryCodes,
  verifyCode,
  type CodeAnswer,
  type CodeAttempt,
} from "../../../src/auth/second-factor.ts";
import { transact, type Queryable } from "../../../src/auth/store/database.ts";
import { factorsOn } from "../../../src/auth/store/factors.ts";
import { smsCodesOn } from "../../../src/auth/store/sms-codes.ts";
import { stepAt } from "../../../src/auth/totp.ts";
import { insertAccount } from "../../fixtures/gateway-accounts.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { oathtool } from "../../fixtures/oathtool.ts";

const NOW = new Date("2026-03-01T10:00:05Z");
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

const { pool } = await withGatewayDatabase(t);
const factors = factorsOn(pool);
const sealer = openSealer([{ id: "k1", key: randomBytes(32) }]);
const secrets = { sealer, smsKey: randomBytes(32) };

const inTransaction = <T>(work: (db: Queryable) => Promise<T>): Promise<T> => transact(pool, work);
const begin = (accountId: string, holder: string, now = NOW) =>
  inTransaction((db) =>
    enrol(factorsOn(db), sealer, { accountId, accountName: "anna", holder, issuer: "Example", now }, "phone"),
  );
const confirm = (accountId: string, holder: string, code: string, now = NOW) =>
  inTransaction((db) => confirmEnrolment(factorsOn(db), sealer, { accountId, holder, now }, code));
const verify = (
  accountId: string,
  code: string,
  now: Date,
  more: Partial<CodeAttempt> = {},
): Promise<CodeAnswer> =>
  inTransaction((db) =>
    verifyCode({ factors: factorsOn(db), smsCodes: smsCodesOn(db) }, secrets, {
      accountId,
      code,
      now,
      kinds: ["totp", "recovery-code"],
      ...more,
    }),
  );

/** An authenticator that was confirmed at `now`, and its secret. */
async function enrolled(accountId: string, now = NOW): Promise<string> {
  const holder = randomUUID();
  const { secret } = await begin(accountId, holder, now);
  t.equal(await confirm(accountId, holder, oathtool(secret, now)[0] ?? "", now), "confirmed");
  return secret;
}

const count = (answers: CodeAnswer[]): number => answers.filter(({ right }) => right).length;

t.test("an authenticator counts once a code of it was seen, for whoever began it", async (t) => {
  const accountId = await insertAccount(pool, NOW);
  const holder = randomUUID();
  const { secret, uri } = await begin(accountId, holder);
  t.equal((await begin(accountId, holder)).secret, secret, "a second tab shows the same");
  const tabs = randomUUID();
  const shown = await Promise.all(Array.from({ length: 8 }, () => begin(accountId, tabs)));
  t.equal(new Set(shown.map((one) => one.secret)).size, 1, "eight tabs at once, too");
  t.not((await begin(accountId, tabs, later(900))).secret, shown[0]?.secret, "15 minutes later a new one");
  t.match(uri, new RegExp(`^otpauth://totp/Example:anna\\?secret=${secret}&`));
  const [code = "", next = ""] = oathtool(secret, NOW, 2);
  t.strictSame(await verify(accountId, code, NOW), { right: false, reason: "wrong" }, "not confirmed yet");
  t.equal(await confirm(accountId, randomUUID(), code), "gone", "another holder");
  t.equal(await confirm(await insertAccount(pool, NOW), holder, code), "gone", "another account");
  t.equal(await confirm(accountId, holder, next), "wrong");
  t.equal(await confirm(accountId, holder, "not a code"), "wrong");
  t.equal(
    await confirm(accountId, holder, oathtool(secret, later(901))[0] ?? "", later(901)),
    "gone",
    "too late",
  );
  t.equal(await confirm(accountId, holder, code), "confirmed");
  t.equal(await confirm(accountId, holder, code), "gone");
  const { rows } = await pool.query<{ secret: Buffer }>("SELECT secret FROM totp WHERE account_id = $1", [
    accountId,
  ]);
  t.equal(rows[0]?.secret.includes(secret), false, "the secret lies sealed");
});

t.test(
  "attack 16: a code is used once: in sequence, from enrolment, from the step before, expired",
  async (t) => {
    const accountId = await insertAccount(pool, NOW);
    const secret = await enrolled(accountId);
    const codes = oathtool(secret, NOW, 4);
    const [first = "", second = "", third = "", fourth = ""] = codes;
    t.strictSame(
      await verify(accountId, first, NOW),
      { right: false, reason: "used" },
      "the confirming code",
    );
    t.strictSame(await verify(accountId, first, later(30), { tolerance: 1 }), {
      right: false,
      reason: "used",
    });
    t.match(await verify(accountId, ` ${second.slice(0, 3)} ${second.slice(3)}`, later(30)), {
      right: true,
      factor: "totp",
    });
    t.strictSame(await verify(accountId, second, later(31)), { right: false, reason: "used" }, "in sequence");
    t.match(await verify(accountId, fourth, later(90)), { right: true });
    t.strictSame(
      await verify(accountId, third, later(90), { tolerance: 1 }),
      { right: false, reason: "used" },
      "the step before the one that was used",
    );
    t.strictSame(await verify(accountId, fourth, later(120)), { right: false, reason: "wrong" }, "expired");
  },
);

t.test("attack 16: a clock that steps back and forth opens nothing twice", async (t) => {
  const accountId = await insertAccount(pool, NOW);
  const secret = await enrolled(accountId);
  const [code = ""] = oathtool(secret, later(3600));
  t.match(await verify(accountId, code, later(3600)), { right: true });
  for (const seconds of [-3600, 0, 30, 3600, 3570])
    t.equal(
      (await verify(accountId, oathtool(secret, later(seconds))[0] ?? "", later(seconds))).right,
      false,
    );
  t.match(await verify(accountId, oathtool(secret, later(3630))[0] ?? "", later(3630)), { right: true });
});

t.test("attack 16: of 50 parallel claims and of 50 parallel codes one wins", async (t) => {
  const accountId = await insertAccount(pool, NOW);
  const secret = await enrolled(accountId);
  const [totp] = await factors.totpsOf(accountId);
  const claims = await Promise.all(
    Array.from({ length: 50 }, () => factors.claimStep(totp?.id ?? "", stepAt(NOW) + 1)),
  );
  t.equal(claims.filter(Boolean).length, 1);
  const code = oathtool(secret, later(60))[0] ?? "";
  t.equal(count(await Promise.all(Array.from({ length: 50 }, () => verify(accountId, code, later(60))))), 1);
  t.equal((await factors.totpsOf(accountId))[0]?.lastStep, stepAt(later(60)));
});

t.test(
  "attack 16: one enrolment confirmed by 20 at once is one authenticator, whose code is used",
  async (t) => {
    const accountId = await insertAccount(pool, NOW);
    const holder = randomUUID();
    const { secret } = await begin(accountId, holder);
    const code = oathtool(secret, NOW)[0] ?? "";
    const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(accountId, holder, code)));
    t.equal(answers.filter((answer) => answer === "confirmed").length, 1);
    t.equal((await factors.of(accountId)).totps.length, 1);
    t.equal((await verify(accountId, code, NOW)).right, false);
  },
);

t.test("two authenticators at most, each with codes of its own; the last one stays", async (t) => {
  const accountId = await insertAccount(pool, NOW);
  const begun = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const holder = randomUUID();
      return { holder, ...(await begin(accountId, holder)) };
    }),
  );
  const answers = await Promise.all(
    begun.map(({ holder, secret }) => confirm(accountId, holder, oathtool(secret, NOW)[0] ?? "")),
  );
  t.strictSame(answers.sort(), ["confirmed", "confirmed", "full", "full"]);
  const [one, two] = (await factors.of(accountId)).totps;
  for (const { secret } of begun) await verify(accountId, oathtool(secret, later(30))[0] ?? "", later(30));
  t.strictSame(
    (await factors.totpsOf(accountId)).map(({ lastStep }) => lastStep),
    [stepAt(later(30)), stepAt(later(30))],
    "both open",
  );
  const other = await insertAccount(pool, NOW);
  await enrolled(other);
  t.equal(await inTransaction((db) => factorsOn(db).removeTotp(other, one?.id ?? "")), "gone", "of another");
  const removals = await Promise.all(
    [one, two].map((totp) => inTransaction((db) => factorsOn(db).removeTotp(accountId, totp?.id ?? ""))),
  );
  t.strictSame(removals.sort(), ["last", "removed"]);
  await enrolled(accountId, later(60));
  t.equal((await factors.of(accountId)).totps.length, 2, "its place is free again");
});

t.test("recovery codes: ten, shown once, each used once, void when there are new ones", async (t) => {
  const accountId = await insertAccount(pool, NOW);
  const make = () =>
    inTransaction((db) => makeRecoveryCodes({ factors: factorsOn(db) }, sealer, accountId, NOW));
  const codes = await make();
  t.equal(new Set(codes).size, 10);
  for (const code of codes) t.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  const [first = "", second = "", third = ""] = codes;
  const wild = ` ${second.toUpperCase().replaceAll("0", "O").replaceAll("1", "I").replaceAll("-", " – ")}\n`;
  t.strictSame(await verify(accountId, wild, NOW), { right: true, factor: "recovery-code" });
  t.strictSame(await verify(accountId, second, NOW), { right: false, reason: "used" });
  t.equal(count(await Promise.all(Array.from({ length: 50 }, () => verify(accountId, first, NOW)))), 1);
  t.equal((await factors.of(accountId)).recoveryCodesLeft, 8);
  const other = await insertAccount(pool, NOW);
  await inTransaction((db) => makeRecoveryCodes({ factors: factorsOn(db) }, sealer, other, NOW));
  t.strictSame(await verify(other, third, NOW), { right: false, reason: "wrong" }, "of another account");
  const [fresh = ""] = await make();
  t.strictSame(await verify(accountId, third, NOW), { right: false, reason: "wrong" }, "an old one");
  t.match(await verify(accountId, fresh, NOW), { right: true });
  const dump = JSON.stringify((await pool.query("SELECT encode(hash, 'escape') FROM recovery_code")).rows);
  t.equal(dump.includes(fresh.replaceAll("-", "")), false);
});

t.test("what is rolled back was not used", async (t) => {
  const accountId = await insertAccount(pool, NOW);
  const code = oathtool(await enrolled(accountId), later(30))[0] ?? "";
  const broken = inTransaction(async (db) => {
    const tx = { factors: factorsOn(db), smsCodes: smsCodesOn(db) };
    t.match(await verifyCode(tx, secrets, { accountId, code, now: later(30), kinds: ["totp"] }), {
      right: true,
    });
    throw new Error("the audit could not be written");
  });
  await t.rejects(broken, /audit/);
  t.match(await verify(accountId, code, later(30)), { right: true });
});

t.test("a secret that was moved from another account's row opens nothing", async (t) => {
  const [mine, theirs] = [await insertAccount(pool, NOW), await insertAccount(pool, NOW)];
  const secret = await enrolled(mine);
  await enrolled(theirs);
  await pool.query(
    "UPDATE totp SET secret = (SELECT secret FROM totp WHERE account_id = $1) WHERE account_id = $2",
    [mine, theirs],
  );
  await t.rejects(verify(theirs, oathtool(secret, later(30))[0] ?? "", later(30)), { code: "SEAL_BROKEN" });
});

t.test("who has which factors; all of them removed; enrolments nobody confirmed are swept", async (t) => {
  const [full, none] = [await insertAccount(pool, NOW), await insertAccount(pool, NOW)];
  await enrolled(full);
  await inTransaction((db) => makeRecoveryCodes({ factors: factorsOn(db) }, sealer, full, NOW));
  await inTransaction((db) => factorsOn(db).setPhone(full, "+36201234567", NOW));
  const all = await factors.ofAll([full, none, randomUUID()]);
  t.equal(all.size, 2);
  t.match(all.get(full), {
    totps: [{ label: "phone", confirmedAt: NOW, lastStep: stepAt(NOW) }],
    phone: "+36201234567",
    recoveryCodesLeft: 10,
  });
  t.strictSame(all.get(none), { totps: [], phone: undefined, recoveryCodesLeft: 0, passkeys: 0 });
  await pool.query("UPDATE account SET phone = '+36207654321' WHERE id = $1", [full]);
  t.equal((await factors.of(full)).phone, undefined, "another number is not confirmed by that");
  await inTransaction((db) => factorsOn(db).removeAll(full));
  t.strictSame(await factors.of(full), { totps: [], phone: undefined, recoveryCodesLeft: 0, passkeys: 0 });
  t.strictSame((await pool.query("SELECT FROM recovery_set WHERE account_id = $1", [full])).rows, []);

  const confirmed = await pool.query("SELECT FROM totp WHERE confirmed_at IS NOT NULL");
  await begin(none, randomUUID(), later(600));
  t.ok((await factors.sweep(later(901))) > 0);
  t.equal((await pool.query("SELECT FROM totp WHERE confirmed_at IS NOT NULL")).rowCount, confirmed.rowCount);
  t.equal(
    (await pool.query("SELECT FROM totp WHERE confirmed_at IS NULL AND account_id = $1", [none])).rowCount,
    1,
    "one that is still under way stays",
  );
});
