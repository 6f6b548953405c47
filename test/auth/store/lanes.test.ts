import { createSecretKey, randomUUID } from "node:crypto";
import t, { type Test } from "tap";
import {
  lanesClearedBy,
  lanesOfCode,
  lanesOfDevice,
  lanesOfSms,
  lanesOfStranger,
  type Lane,
} from "../../../src/auth/lane.ts";
import { laneRules } from "../../../src/auth/lockout.ts";
import { lanesOn, type Consumed } from "../../../src/auth/store/lanes.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { lanesPass } from "../../fixtures/lanes-pass.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const { pool } = await withGatewayDatabase(t);
const lanes = lanesOn(pool, createSecretKey(Buffer.alloc(32, 7)), laneRules());
const account = (): Lane => ({ kind: "account", accountId: randomUUID() });

/** Uses up a lane and one more; the answer of that one. */
async function overrun(lane: Lane, limit = 5): Promise<Consumed> {
  for (let n = 0; n < limit; n++) t.same(await lanes.consume([lane]), { allowed: true });
  return lanes.consume([lane]);
}

/** Milliseconds from now until the lock ends; none when the attempt was allowed. */
const length = (consumed: Consumed): number =>
  consumed.allowed ? 0 : consumed.lockedUntil.getTime() - Date.now();
const isAbout = (t: Test, actual: number, expected: number, what = "length"): void =>
  void t.ok(Math.abs(actual - expected) < 5000, `${what}: ${actual} is about ${expected}`);

t.test("each lock is longer, is told once, and is forgotten after a week", async (t) => {
  const lane = account();
  for (const expected of [5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY, DAY]) {
    const crossed = await overrun(lane);
    t.match(crossed, { allowed: false, lane, newlyLocked: [lane] });
    isAbout(t, length(crossed), expected);
    const later = await lanes.consume([lane]);
    t.match(later, { allowed: false, newlyLocked: [] });
    isAbout(t, length(later), expected, "not prolonged");
    await lanesPass(pool, expected - 10_000);
    t.equal((await lanes.consume([lane])).allowed, false, "held to its end");
    await lanesPass(pool, 10_000);
  }
  await lanesPass(pool, 7 * DAY);
  isAbout(t, length(await overrun(lane)), 5 * MINUTE);
});

t.test("the first lane that refuses ends it: those after it count nothing", async (t) => {
  const network = "198.51.100.1";
  const [address = account()] = lanesOfStranger(network, { unknownName: "x" });
  await overrun(address, 30);
  const lane = account();
  for (let n = 0; n < 20; n++) t.match(await lanes.consume([address, lane]), { lane: address });
  t.match(await overrun(lane), { lane });
  const other: Lane = { kind: "address", network: "2001:db8:1:2::/64" };
  for (let n = 0; n < 30; n++) t.match(await lanes.consume([other, lane]), { lane });
  t.match(
    await lanes.consume([other, lane]),
    { lane: other, newlyLocked: [other] },
    "guesses at a locked one",
  );
});

t.test("strangers lock strangers out; a trusted device enters all the same", async (t) => {
  await pool.query("TRUNCATE lane, lane_lock");
  const accountId = randomUUID();
  const stranger = lanesOfStranger("198.51.100.2", { accountId });
  for (let n = 0; n < 100; n++) await lanes.consume(stranger);
  t.match(await lanes.consume(stranger), { allowed: false });
  t.match(await lanes.consume(lanesOfDevice(accountId, randomUUID())), { allowed: true });
  const { rows } = await pool.query<{ points: number }>("SELECT points FROM lane ORDER BY points");
  const counts = rows.map(({ points }) => points);
  t.strictSame(counts, [1, 1, 5, 30, 101], "what account and address refused does not count in the run");
});

t.test("slow guesses meet no window and lock the run; success of the owner ends it", async (t) => {
  const accountId = randomUUID();
  const guess = () => lanes.consume(lanesOfStranger("198.51.100.3", { accountId }));
  for (let n = 0; n < 48; n++) {
    t.match(await guess(), { allowed: true });
    if (n % 4 === 3) await lanesPass(pool, 16 * MINUTE);
  }
  await lanes.clear(lanesClearedBy(accountId, randomUUID()));
  let n = 0;
  for (; (await guess()).allowed && n < 100; n++) if (n % 4 === 3) await lanesPass(pool, 16 * MINUTE);
  t.equal(n, 50);
  const refused = await guess();
  t.match(refused, { lane: { kind: "account-run", accountId }, newlyLocked: [] });
  isAbout(t, length(refused), 365 * DAY);
  await lanes.clear(lanesClearedBy(accountId));
  t.equal((await guess()).allowed, false, "nothing but an administrator opens it");
  t.equal(await lanes.unlock({ kind: "account", accountId }), true);
  t.equal((await guess()).allowed, true);
});

t.test("refund gives back one attempt, never more, and never opens", async (t) => {
  const lane = account();
  for (let n = 0; n < 20; n++) {
    t.same(await lanes.consume([lane]), { allowed: true });
    await lanes.refund([lane]);
  }
  for (const missing of [lane, lane, account()]) await lanes.refund([missing]);
  t.match(await overrun(lane), { newlyLocked: [lane] }, "nothing is owed below none");
  await lanesPass(pool, 5 * MINUTE);
  await lanes.refund([lane]);
  t.match(await overrun(lane), { newlyLocked: [lane] }, "nor after a lock");
  await lanes.unlock(lane);
  await lanes.consume([lane]);
  await lanesPass(pool, 15 * MINUTE);
  await lanes.refund([lane]);
  t.match(await overrun(lane), { newlyLocked: [lane] }, "nothing is owed from the window before");
  for (let n = 0; n < 9; n++) await lanes.refund([lane]);
  await lanes.clear([lane]);
  t.match(await lanes.consume([lane]), { allowed: false });
});

t.test("clear forgets the mistakes before a success on the device", async (t) => {
  const lanesOfLaptop = lanesOfDevice(randomUUID(), randomUUID());
  const [lane] = lanesOfLaptop;
  for (let n = 0; n < 9; n++) await lanes.consume(lanesOfLaptop);
  await lanes.clear(lanesOfLaptop);
  t.match(lane && (await overrun(lane, 10)), { newlyLocked: [lane] });
});

t.test("what is locked is listed, and unlocked by lane or by id", async (t) => {
  await pool.query("TRUNCATE lane, lane_lock");
  const accountId = randomUUID();
  const deviceId = randomUUID();
  const unknown: Lane = { kind: "account", unknownName: "planted-name" };
  const address: Lane = { kind: "address", network: "2001:db8:9::/64" };
  const [sms = account()] = lanesOfSms("+36209990001", accountId);
  const device: Lane = { kind: "device", accountId, deviceId };
  const codes: Lane = { kind: "codes", accountId };
  for (const [lane, limit] of [[unknown], [address, 30], [sms], [device, 10], [codes]] as [Lane, number?][])
    await overrun(lane, limit);
  await lanes.consume([unknown]);
  const listed = await lanes.locks(new Date());
  const of = (kind: string) => listed.find((one) => one.kind === kind);
  t.equal(listed.length, 5);
  t.match(of("account"), { accountId: null, network: null, attempts: 7, times: 1 });
  t.match(of("address"), { network: "2001:db8:9::/64", accountId: null, attempts: 31 });
  t.match(of("device"), { accountId, deviceId });
  t.match(of("sms"), { accountId });
  isAbout(t, Number(of("codes")?.lockedUntil) - Number(of("codes")?.lockedAt), 15 * MINUTE);
  const { rows } = await pool.query<{ all: string }>(
    "SELECT (SELECT json_agg(lane)::text FROM lane) || (SELECT json_agg(lane_lock)::text FROM lane_lock) AS all",
  );
  t.notMatch(rows[0]?.all, /planted-name|9990001/, "neither a name nor a number lies there");

  for (const { id } of listed) t.equal(await lanes.unlock(id), true);
  t.strictSame(await lanes.locks(new Date()), []);
  for (const lane of [unknown, sms, codes])
    isAbout(
      t,
      length(await overrun(lane)),
      lane === sms ? HOUR : lane === codes ? 15 * MINUTE : 5 * MINUTE,
      "earlier locks are forgotten",
    );
  t.equal(await lanes.unlock(address), false, "it was open");
  t.equal(await lanes.unlock("no such id"), false);
  t.strictSame(await lanes.locks(new Date(Date.now() + 2 * HOUR)), [], "locks end by time");
});

t.test("a lock that was not written by the attempt that crossed is written by the next", async (t) => {
  const [lane = account()] = lanesOfCode(randomUUID());
  await overrun(lane);
  // As after a node that died between its count and its lock.
  await pool.query("DELETE FROM lane_lock");
  const next = await lanes.consume([lane]);
  t.match(next, { allowed: false, newlyLocked: [lane] });
  isAbout(t, length(next), 15 * MINUTE);
});

t.test("a clock that steps", async (t) => {
  const lane = account();
  await overrun(lane);
  await lanesPass(pool, -2 * DAY);
  t.equal((await lanes.consume([lane])).allowed, false, "back: it stays locked, for longer");
  await lanesPass(pool, 2 * DAY + 6 * MINUTE);
  t.equal((await lanes.consume([lane])).allowed, true, "forwards: it opens early");
  await lanesPass(pool, -2 * DAY);
  for (let n = 0; n < 4; n++) t.equal((await lanes.consume([lane])).allowed, true);
  isAbout(t, length(await lanes.consume([lane])), 15 * MINUTE, "and back: what was counted meanwhile counts");
});

t.test("sweep removes what says nothing, some at a time, and no lock or count that holds", async (t) => {
  await pool.query("TRUNCATE lane, lane_lock");
  const held = account();
  const [run = account()] = lanesOfCode(randomUUID()).slice(1);
  for (let n = 0; n < 5; n++) await lanes.consume([account()]);
  await overrun(held);
  await lanes.consume([run]);
  t.equal(await lanes.sweep(new Date()), 0);
  t.equal(await lanes.sweep(new Date(Date.now() + 64 * MINUTE)), 0, "an hour's grace for clocks that differ");
  await lanesPass(pool, 77 * MINUTE);
  t.equal(await lanes.sweep(new Date(), 3), 3);
  t.equal(await lanes.sweep(new Date(), 100), 3);
  isAbout(t, length(await overrun(held)), 15 * MINUTE, "the lock before is still known");
  await lanesPass(pool, 8 * DAY);
  t.equal(await lanes.sweep(new Date()), 2);
  t.equal((await pool.query("SELECT FROM lane")).rowCount, 1, "the run");
});
