/** Attempts that come at once, on several nodes, while PostgreSQL breaks and comes back. */
import { createSecretKey, randomUUID } from "node:crypto";
import t from "tap";
import type { Lane } from "../../../src/auth/lane.ts";
import { laneRules } from "../../../src/auth/lockout.ts";
import { openPool } from "../../../src/auth/store/database.ts";
import { lanesOn, type Consumed } from "../../../src/auth/store/lanes.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { lanesPass } from "../../fixtures/lanes-pass.ts";

const KEY = createSecretKey(Buffer.alloc(32, 7));
const database = await withGatewayDatabase(t);
const { pool, postgres } = database;
const { host, port, user, password } = postgres;
const secondPool = openPool(
  { host, port, user, password, database: database.name },
  { max: 10, applicationName: "lakat-test-2" },
);
t.teardown(() => secondPool.end());
// Hundreds wait for ten connections here; on a busy machine that may take longer than a sign-in would wait.
for (const one of [pool, secondPool]) one.options.connectionTimeoutMillis = 60_000;
const nodes = [lanesOn(pool, KEY, laneRules()), lanesOn(secondPool, KEY, laneRules())] as const;
const [node] = nodes;
const account = (): Lane => ({ kind: "account", accountId: randomUUID() });
/** What is counted, read on a connection of its own that no test cuts. */
const points = async (): Promise<number[]> =>
  (await database.query("SELECT points FROM lakat.lane ORDER BY points")).rows.map(
    (row) => row["points"] as number,
  );

/** So many attempts at once, in turn on both nodes; what they were answered, errors left out. */
async function attempts(count: number, lanes: Lane[]): Promise<{ answers: Consumed[]; errors: unknown[] }> {
  const settled = await Promise.allSettled(
    Array.from({ length: count }, (_, n) => nodes[n % 2 === 0 ? 0 : 1].consume(lanes)),
  );
  return {
    answers: settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
    errors: settled.flatMap((one): unknown[] => (one.status === "rejected" ? [one.reason] : [])),
  };
}
const allowed = (answers: Consumed[]): number => answers.filter((one) => one.allowed).length;
const told = (answers: Consumed[]): number =>
  answers.reduce((sum, one) => sum + (one.allowed ? 0 : one.newlyLocked.length), 0);

t.test("200 at once on two nodes: exactly the limit gets through, and one is told of the lock", async (t) => {
  const { answers, errors } = await attempts(200, [account()]);
  t.strictSame(errors, []);
  t.equal(allowed(answers), 5);
  t.equal(told(answers), 1);
  const ends = answers.flatMap((one) => (one.allowed ? [] : [one.lockedUntil.getTime()]));
  t.equal(new Set(ends).size, 1, "all are told the same end");
});

t.test("the end of a lock is no way through: again the limit, again one lock, the second", async (t) => {
  const lane = account();
  await attempts(20, [lane]);
  await lanesPass(pool, 5 * 60_000);
  const { answers } = await attempts(100, [lane]);
  t.strictSame([allowed(answers), told(answers)], [5, 1]);
  t.strictSame([...new Set((await node.locks(new Date())).map(({ times }) => times))].sort(), [2]);
});

t.test("attempts and refunds at once: as many get through as were given back, and five", async (t) => {
  const lane = account();
  let through = 0;
  let refunded = 0;
  await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const on = nodes[n % 2 === 0 ? 0 : 1];
      if (!(await on.consume([lane])).allowed) return;
      through++;
      if (n % 3 !== 0) return;
      await on.refund([lane]);
      refunded++;
    }),
  );
  t.ok(through >= 5 && through <= 5 + refunded, `${through} got through, ${refunded} were given back`);
});

t.test("a lane that an administrator opens between an attempt's count and its lock stays open", async (t) => {
  const lane = account();
  await attempts(5, [lane]);
  const meddled = new Proxy(pool, {
    get: (target, name) => {
      if (name !== "query") return Reflect.get(target, name, target) as unknown;
      return async (sql: string, values?: unknown[]) => {
        if (typeof sql === "string" && sql.includes("lane_lock")) await node.unlock(lane);
        return target.query(sql, values);
      };
    },
  });
  const crossed = await lanesOn(meddled, KEY, laneRules()).consume([lane]);
  t.match(crossed, { allowed: false, newlyLocked: [] });
  const { rows } = await pool.query("SELECT FROM lane_lock LEFT JOIN lane USING (key) WHERE points IS NULL");
  t.strictSame(rows, []);
  t.match(await node.consume([lane]), { allowed: true });
});

t.test(
  "connections that are cut in mid-flight: an error is a no, and nothing gets through uncounted",
  async (t) => {
    await pool.query("TRUNCATE lane, lane_lock");
    const lane = account();
    const cut = async (): Promise<void> => {
      for (let n = 0; n < 8; n++)
        await database.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lakat-test%'",
        );
    };
    const [{ answers, errors }] = await Promise.all([attempts(400, [lane]), cut()]);
    t.ok(errors.length > 0 && errors.every((error) => error instanceof Error), `${errors.length} were cut`);
    t.ok(allowed(answers) <= 5, `${allowed(answers)} got through`);
    t.ok(told(answers) <= 1);
    const [count = 0] = await points();
    t.ok(count >= answers.length && count <= 400, `${count} counted, ${answers.length} answered`);
    // The pools may still hold connections that are cut and not yet seen to be.
    const after = await attempts(40, [lane]);
    t.ok(after.answers.length > 0, `${after.answers.length} of 40 answered`);
    t.equal(allowed(after.answers), 0);
  },
);

t.test(
  "PostgreSQL stopped: every attempt rejects; started again: counts and locks are still there",
  async (t) => {
    await pool.query("TRUNCATE lane, lane_lock");
    const [started, locked] = [account(), account()];
    await attempts(3, [started]);
    await attempts(6, [locked]);
    await postgres.restart(async () => {
      const { answers, errors } = await attempts(20, [account()]);
      t.strictSame(answers, []);
      t.ok(errors.every((error) => error instanceof Error));
      await t.rejects(node.refund([locked]));
      await t.rejects(node.clear([locked]));
      await t.rejects(node.unlock(locked));
      await t.rejects(node.locks(new Date()));
      await t.rejects(node.sweep(new Date()));
    });
    t.strictSame(await points(), [3, 6]);
    t.match(await node.consume([locked]), { allowed: false, newlyLocked: [] });
    const { answers } = await attempts(10, [started]);
    t.equal(allowed(answers), 2);
  },
);
