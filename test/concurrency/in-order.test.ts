import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import t from "tap";
import { inOrder } from "../../src/concurrency/in-order.ts";

t.test("yields in the order of the input, at most so many under way", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4), { maxLength: 20 }),
      fc.integer({ min: 1, max: 6 }),
      async (turns, width) => {
        let underWay = 0;
        let most = 0;
        const results = await Array.fromAsync(
          inOrder([...turns.entries()], width, async ([n, count]) => {
            most = Math.max(most, ++underWay);
            for (let i = 0; i < count; i++) await setImmediate();
            underWay--;
            return n;
          }),
        );
        return results.join() === turns.map((_, n) => n).join() && most <= width;
      },
    ),
  );
});

t.test("a failure comes when its turn comes", async (t) => {
  const seen: number[] = [];
  const failing = async (): Promise<void> => {
    for await (const n of inOrder([0, 1, 2, 3], 4, async (n) => {
      if (n === 2) throw new Error("two");
      await setImmediate();
      return n;
    }))
      seen.push(n);
  };
  await t.rejects(failing(), { message: "two" });
  t.strictSame(seen, [0, 1]);
});

t.test("several failures, of which only the first is looked at, trouble nobody", async (t) => {
  const all = inOrder([1, 2, 3], 3, async (n): Promise<number> => {
    await setImmediate();
    throw new Error(`failure ${n}`);
  });
  await t.rejects(Array.fromAsync(all), { message: "failure 1" });
  await setImmediate();
});
