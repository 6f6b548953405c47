import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import t from "tap";
import { inParallel } from "../../src/concurrency/in-parallel.ts";

const never = new AbortController().signal;

t.test("runs every task once, in order, never more than the width at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4), { maxLength: 20 }),
      fc.integer({ min: 1, max: 6 }),
      async (turns, width) => {
        const begun: number[] = [];
        let running = 0;
        let most = 0;
        const tasks = turns.map((count, n) => async () => {
          begun.push(n);
          most = Math.max(most, ++running);
          for (let i = 0; i <= count; i++) await setImmediate();
          running--;
        });
        await inParallel(tasks, width, never);
        const wanted = Math.min(width, turns.length);
        return begun.join() === turns.map((_, n) => n).join() && most === wanted && running === 0;
      },
    ),
  );
});

t.test("the first failure ends the others and is thrown when all are at rest", async (t) => {
  let rested = false;
  let third = false;
  const tasks = [
    async (signal: AbortSignal) => {
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
      await setImmediate();
      rested = true;
      throw new Error("only because of the other");
    },
    async () => {
      await setImmediate();
      throw new Error("the first");
    },
    async () => {
      third = true;
    },
  ];
  await t.rejects(inParallel(tasks, 2, never), { message: "the first" });
  t.ok(rested);
  t.notOk(third, "and no further one is begun");
});

t.test("an end asked for from outside is what is thrown", async (t) => {
  const stop = new AbortController();
  const begun: number[] = [];
  const tasks = [0, 1, 2].map((n) => async (signal: AbortSignal) => {
    begun.push(n);
    stop.abort(new Error("stopped"));
    if (signal.aborted) throw new Error("the task's own");
  });
  await t.rejects(inParallel(tasks, 1, stop.signal), { message: "stopped" });
  t.strictSame(begun, [0]);
  await t.rejects(inParallel(tasks, 1, stop.signal), { message: "stopped" }, "also before the first");
  t.strictSame(begun, [0]);
  await inParallel([], 3, never);
});
