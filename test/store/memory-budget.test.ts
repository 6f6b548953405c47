import fc from "fast-check";
import t from "tap";
import { MemoryBudget } from "../../src/store/memory-budget.ts";
import type { Slot } from "../../src/store/memory-budget.ts";

const never = () => new AbortController().signal;
/** Lets everything that can happen happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

t.test("waits for room and is served in order", async (t) => {
  const budget = new MemoryBudget(20);
  const [a, b] = [budget.lease(), budget.lease()];
  const first = await a.take(10, never());
  const second = await a.take(10, never());
  first.sending();
  second.sending();
  const order: string[] = [];
  const waiting = [
    a.take(10, never()).then((slot) => (order.push("a"), slot)),
    b.take(10, never()).then((slot) => (order.push("b"), slot)),
  ];
  await settle();
  t.strictSame(order, []);
  first.release();
  first.release();
  await settle();
  t.strictSame(order, ["b"], "who holds nothing comes first");
  t.equal(budget.used, 20);
  second.release();
  await settle();
  t.strictSame(order, ["b", "a"]);
  for (const slot of await Promise.all(waiting)) slot.release();
  t.equal(budget.used, 0);
});

t.test("a stream that holds nothing goes ahead when all the others are filling theirs", async (t) => {
  const budget = new MemoryBudget(10);
  const filling = await budget.lease().take(10, never());
  const slot = await budget.lease().take(10, never());
  t.equal(budget.used, 20, "one dump read by two destinations would stand still otherwise");
  filling.release();
  slot.release();
});

t.test("a part larger than the limit goes ahead alone", async (t) => {
  const budget = new MemoryBudget(10);
  const slot = await budget.lease().take(50, never());
  t.equal(slot.buffer.length, 50);
  slot.release();
});

t.test("buffers are used again", async (t) => {
  const budget = new MemoryBudget(100);
  const lease = budget.lease();
  const one = await lease.take(10, never());
  one.release();
  const two = await lease.take(10, never());
  t.equal(two.buffer, one.buffer);
  const three = await lease.take(10, never());
  t.not(three.buffer, two.buffer);
});

t.test("who is told to stop stops waiting", async (t) => {
  const budget = new MemoryBudget(10);
  const lease = budget.lease();
  const held = await lease.take(10, never());
  const stop = new AbortController();
  const why = new Error("enough");
  const waiting = lease.take(10, stop.signal).catch((error: unknown) => error);
  stop.abort(why);
  t.equal(await waiting, why);
  t.equal(await lease.take(10, stop.signal).catch((error: unknown) => error), why);
  held.release();
  t.equal(budget.used, 0);
});

t.test("laws: nobody starves, and the limit holds when every stream's part fits it", async () => {
  const run = async (streams: number, parts: number, size: number, spare: number, seed: number[]) => {
    const limit = streams * size + spare;
    const budget = new MemoryBudget(limit);
    let at = 0;
    let most = 0;
    const chance = () => (seed[at++ % seed.length] ?? 0) % 3;
    const stream = async () => {
      const lease = budget.lease();
      const sent: Promise<void>[] = [];
      for (let part = 0; part < parts; part += 1) {
        const slot: Slot = await lease.take(size, never());
        most = Math.max(most, budget.used);
        for (let i = chance(); i > 0; i -= 1) await settle();
        slot.sending();
        const send = async () => {
          for (let i = chance(); i > 0; i -= 1) await settle();
          slot.release();
        };
        sent.push(send());
      }
      await Promise.all(sent);
    };
    await Promise.all(Array.from({ length: streams }, stream));
    return most <= limit && budget.used === 0;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 0, max: 100 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 50 }),
      run,
    ),
    { numRuns: 60 },
  );
});
