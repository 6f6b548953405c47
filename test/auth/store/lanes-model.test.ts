/** Random sequences of attempts, refunds, unlocking and time against a small model of what has to happen. */
import { createSecretKey, randomUUID } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import type { Lane } from "../../../src/auth/lane.ts";
import { laneRules, nextLock, type Lock } from "../../../src/auth/lockout.ts";
import { lanesOn } from "../../../src/auth/store/lanes.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { lanesPass } from "../../fixtures/lanes-pass.ts";

const MINUTE = 60_000;
const RULES = laneRules({ account: 3 });
const RULE = RULES.account;
const { pool } = await withGatewayDatabase(t);
const lanes = lanesOn(pool, createSecretKey(Buffer.alloc(32, 7)), RULES);

type Step = "attempt" | "refund" | "clear" | "unlock" | "sweep" | { pass: number };

/** One lane as it should behave; its time is what has passed. */
class Model {
  now = 0;
  count = 0;
  end = 0;
  last: Lock | undefined;

  /** Whether the attempt is let through, and whether it locks. */
  attempt(): { allowed: boolean; locks: boolean } {
    if (this.end <= this.now) [this.count, this.end] = [0, this.now + RULE.window];
    this.count++;
    const locks = this.count === RULE.limit + 1;
    if (locks) {
      this.last = nextLock(RULE, this.last, new Date(this.now));
      this.end = this.last.until.getTime();
    }
    return { allowed: this.count <= RULE.limit, locks };
  }

  /** By an attempt of before; in a window that has none it changes nothing. */
  refund(): void {
    if (this.end > this.now && this.count > 0 && this.count <= RULE.limit) this.count--;
  }

  clear(): void {
    if (this.count <= RULE.limit) this.end = 0;
  }

  unlock(): void {
    this.end = 0;
    this.last = undefined;
  }

  get isLocked(): boolean {
    return this.end > this.now && this.count > RULE.limit;
  }
}

const step = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Step>("attempt") },
  { weight: 4, arbitrary: fc.constant<Step>("refund") },
  { weight: 1, arbitrary: fc.constantFrom<Step>("clear", "unlock", "sweep") },
  // Whole minutes: the milliseconds that the test itself takes never decide.
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 5, 14, 15, 60, 240, 1440, 10_079, 10_080)
      .map((m): Step => ({ pass: m * MINUTE })),
  },
);

t.test("property: a lane does what the model does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      const lane: Lane = { kind: "account", accountId: randomUUID() };
      const model = new Model();
      for (const [n, one] of steps.entries()) {
        const at = `step ${n}: ${JSON.stringify(one)}`;
        if (one === "attempt") {
          const wanted = model.attempt();
          const got = await lanes.consume([lane]);
          if (got.allowed !== wanted.allowed) throw new Error(`${at}: allowed is ${got.allowed}`);
          if (got.allowed) continue;
          if (got.newlyLocked.length !== (wanted.locks ? 1 : 0)) throw new Error(`${at}: told of the lock`);
          const left = got.lockedUntil.getTime() - Date.now();
          if (Math.abs(left - (model.end - model.now)) > MINUTE / 2)
            throw new Error(`${at}: ${left} ms left`);
        } else if (one === "refund") {
          model.refund();
          await lanes.refund([lane]);
        } else if (one === "clear") {
          model.clear();
          await lanes.clear([lane]);
        } else if (one === "unlock") {
          if ((await lanes.unlock(lane)) !== model.isLocked) throw new Error(`${at}: was it locked`);
          model.unlock();
        } else if (one === "sweep") await lanes.sweep(new Date());
        else {
          model.now += one.pass;
          await lanesPass(pool, one.pass);
        }
        const isListed = (await lanes.locks(new Date())).length > 0;
        if (isListed !== model.isLocked) throw new Error(`${at}: listed is ${isListed}`);
      }
      await lanes.unlock(lane);
    }),
    { numRuns: 25 },
  );
});
