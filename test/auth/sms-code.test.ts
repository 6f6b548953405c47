/** Codes by SMS from request to use, and their budget, on PostgreSQL. */
import { randomBytes } from "node:crypto";
import t from "tap";
import { openSealer } from "../../src/auth/sealed.ts";
import { verifyCode, type CodeAnswer } from "../../src/auth/second-factor.ts";
import { sendSmsCode, useSmsCode, type SmsAnswer } from "../../src/auth/sms-code.ts";
import { transact } from "../../src/auth/store/database.ts";
import { factorsOn } from "../../src/auth/store/factors.ts";
import { smsBudgetOn, type SmsCaps } from "../../src/auth/store/sms-budget.ts";
import { smsCodesOn, type SmsPlace } from "../../src/auth/store/sms-codes.ts";
import { insertAccount, insertSignIn } from "../fixtures/gateway-accounts.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";

const NOW = new Date("2026-03-01T10:00:00Z");
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const MANY: SmsCaps = { aDay: 100_000, aDayPerNumber: 100_000 };
const key = randomBytes(32);
const secrets = { sealer: openSealer([{ id: "k1", key: randomBytes(32) }]), smsKey: key };

const { pool } = await withGatewayDatabase(t);

let last = 20_000_000;
const freshNumber = (): string => `+3620${String(last++).slice(1)}`;

const send = (place: SmsPlace, to: string, now: Date, caps = MANY): Promise<SmsAnswer> =>
  transact(pool, (db) =>
    sendSmsCode({ smsCodes: smsCodesOn(db), smsBudget: smsBudgetOn(db) }, key, {
      place,
      to,
      language: "en",
      host: "login.example.hu",
      caps,
      now,
    }),
  );

const verify = (
  accountId: string,
  signInId: string | undefined,
  code: string,
  now: Date,
): Promise<CodeAnswer> =>
  transact(pool, (db) =>
    verifyCode({ factors: factorsOn(db), smsCodes: smsCodesOn(db) }, secrets, {
      accountId,
      signInId,
      code,
      now,
      kinds: ["totp", "sms"],
    }),
  );

function codeIn(answer: SmsAnswer): string {
  if (!answer.sent) throw new Error(`not sent: ${answer.reason}`);
  return /#(\d{8})$/.exec(answer.message.text)?.[1] ?? "";
}

async function signIn(): Promise<{ accountId: string; signInId: string; to: string }> {
  const to = freshNumber();
  const accountId = await insertAccount(pool, NOW, { phone: to });
  return { accountId, signInId: await insertSignIn(pool, accountId, NOW), to };
}

t.test("a code opens the sign-in it was sent for, once, for ten minutes", async (t) => {
  const { accountId, signInId, to } = await signIn();
  const other = await insertSignIn(pool, accountId, NOW);
  const answer = await send({ signInId }, to, NOW);
  t.match(answer, { sent: true, message: { kind: "sms", to }, expiresAt: later(600) });
  const code = codeIn(answer);
  t.strictSame(
    await verify(accountId, other, code, NOW),
    { right: false, reason: "wrong" },
    "another sign-in",
  );
  t.strictSame(
    await verify(accountId, undefined, code, NOW),
    { right: false, reason: "not-allowed" },
    "a session",
  );
  t.strictSame(
    await verify(accountId, signInId, code, later(600)),
    { right: false, reason: "wrong" },
    "expired",
  );
  const right = await Promise.all(
    Array.from({ length: 50 }, () => verify(accountId, signInId, code, later(599))),
  );
  t.strictSame(
    right.filter((one) => one.right),
    [{ right: true, factor: "sms" }],
    "of 50 in parallel one",
  );
  t.strictSame(
    await verify(accountId, signInId, code, later(10)),
    { right: false, reason: "wrong" },
    "once more",
  );
});

t.test("three sends for a sign-in, a minute apart; only the last code is good", async (t) => {
  const { accountId, signInId, to } = await signIn();
  const parallel = await Promise.all(Array.from({ length: 10 }, () => send({ signInId }, to, NOW)));
  const [first, ...more] = parallel.filter(({ sent }) => sent);
  t.equal(more.length, 0, "of ten at once one goes out");
  t.strictSame(await send({ signInId }, to, later(59)), { sent: false, reason: "pause" });
  t.strictSame(
    await send({ signInId }, to, later(-3600)),
    { sent: false, reason: "pause" },
    "clock set back",
  );
  const second = await send({ signInId }, to, later(60));
  if (first !== undefined)
    t.match(await verify(accountId, signInId, codeIn(first), later(61)), { right: false }, "the first code");
  const third = await send({ signInId }, to, later(120));
  t.match(await verify(accountId, signInId, codeIn(second), later(121)), { right: false });
  t.strictSame(await send({ signInId }, to, later(180)), { sent: false, reason: "sends" });
  t.match(await verify(accountId, signInId, codeIn(third), later(181)), { right: true, factor: "sms" });
});

t.test("nothing goes out for a sign-in that is over, and its code is void", async (t) => {
  const { accountId, signInId, to } = await signIn();
  const code = codeIn(await send({ signInId }, to, NOW));
  t.strictSame(await send({ signInId }, to, later(1800)), { sent: false, reason: "over" }, "expired");
  await pool.query("UPDATE sign_in SET ended_at = $2 WHERE id = $1", [signInId, NOW]);
  t.strictSame(await send({ signInId }, to, later(60)), { sent: false, reason: "over" }, "ended");
  t.match(await verify(accountId, signInId, code, later(1)), { right: false });
});

t.test("a number is confirmed by its own code; another number keeps the count of sends", async (t) => {
  const accountId = await insertAccount(pool, NOW);
  const [mine, theirs] = [freshNumber(), freshNumber()];
  const use = (number: string, code: string, now: Date): Promise<boolean> =>
    useSmsCode({ smsCodes: smsCodesOn(pool) }, key, { accountId, number }, code, now);
  const code = codeIn(await send({ accountId, number: mine }, mine, NOW));
  t.equal(await use(theirs, code, NOW), false, "another number");
  t.equal(await use(mine, code, later(600)), false, "expired");
  t.strictSame(await send({ accountId, number: theirs }, theirs, NOW), { sent: false, reason: "pause" });
  t.equal(await use(mine, code, NOW), false, "void since another number was begun");
  await send({ accountId, number: theirs }, theirs, later(60));
  const third = codeIn(await send({ accountId, number: mine }, mine, later(120)));
  t.strictSame(await send({ accountId, number: mine }, mine, later(180)), { sent: false, reason: "sends" });
  t.equal(await use(mine, third, later(180)), true);
  t.equal(await use(mine, third, later(181)), false, "once");
  t.equal((await send({ accountId, number: mine }, mine, later(3800))).sent, true, "an hour later");
});

t.test("the caps hold, however many ask at once; who is refused takes nothing", async (t) => {
  const day = new Date("2026-04-01T10:00:00Z");
  const caps: SmsCaps = { aDay: 7, aDayPerNumber: 3 };
  const claim = (number: string, parts = 1, now = day) =>
    transact(pool, (db) => smsBudgetOn(db).claim(number, parts, caps, now));
  const number = freshNumber();
  const one = await Promise.all(Array.from({ length: 20 }, () => claim(number)));
  t.strictSame([count(one, "granted"), count(one, "number")], [3, 17]);
  const all = await Promise.all(Array.from({ length: 30 }, () => claim(freshNumber())));
  t.strictSame([count(all, "granted"), count(all, "day")], [4, 26]);
  const late = freshNumber();
  t.equal(await claim(late), "day");
  const { rows } = await pool.query("SELECT FROM sms_budget WHERE number = $1 AND parts > 0", [late]);
  t.equal(rows.length, 0, "the number's own count was given back");
  const sumOfDay = async (): Promise<unknown> =>
    (await pool.query("SELECT parts FROM sms_budget WHERE day = $1 AND number = ''", [day])).rows;
  t.strictSame(await sumOfDay(), [{ parts: 7 }]);
  const next = new Date("2026-04-02T00:00:00Z");
  t.equal(await claim(number, 4, next), "number", "four parts of three");
  t.equal(await claim(number, 2, next), "granted");
  t.equal(await claim(number, 2, next), "number");
  t.equal(await claim(number, 1, next), "granted", "a new day");
  await smsBudgetOn(pool).sweep(new Date("2026-04-04T00:00:00Z"));
  t.strictSame(await sumOfDay(), [{ parts: 7 }], "sums stay, numbers go");
  t.equal((await pool.query("SELECT FROM sms_budget WHERE number = $1", [number])).rowCount, 0);
});

t.test("a cap that is reached sends nothing, and leaves the code that is out as it was", async (t) => {
  const { accountId, signInId, to } = await signIn();
  const code = codeIn(await send({ signInId }, to, NOW, { aDay: 100_000, aDayPerNumber: 1 }));
  const no = { aDay: 100_000, aDayPerNumber: 1 };
  t.strictSame(await send({ signInId }, to, later(60), no), { sent: false, reason: "number" });
  t.strictSame(await send({ signInId }, to, later(60), { aDay: 0, aDayPerNumber: 9 }), {
    sent: false,
    reason: "day",
  });
  t.match(await verify(accountId, signInId, code, later(61)), { right: true });
});

t.test("the database alone does not give a code away", async (t) => {
  const { signInId, to } = await signIn();
  const code = codeIn(await send({ signInId }, to, NOW));
  const elsewhere = { smsCodes: smsCodesOn(pool) };
  t.equal(await useSmsCode(elsewhere, randomBytes(32), { signInId }, code, NOW), false, "another key");
  const moved = (await signIn()).signInId;
  await pool.query(
    `UPDATE sign_in SET (sms_code_hash, sms_expires_at) = (SELECT sms_code_hash, sms_expires_at FROM sign_in WHERE id = $1)
     WHERE id = $2`,
    [signInId, moved],
  );
  t.equal(
    await useSmsCode(elsewhere, key, { signInId: moved }, code, NOW),
    false,
    "copied to another sign-in",
  );
  t.equal(await useSmsCode(elsewhere, key, { signInId }, code, NOW), true);
});

function count(answers: string[], wanted: string): number {
  return answers.filter((answer) => answer === wanted).length;
}
