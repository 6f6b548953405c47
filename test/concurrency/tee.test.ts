import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import t from "tap";
import { tee } from "../../src/concurrency/tee.ts";

/** Yields 0 … count-1 and notes how far it got and whether it was closed. */
function counter(count: number, failure?: Error) {
  const seen = { yielded: 0, closed: false };
  async function* source(): AsyncGenerator<number> {
    try {
      for (let n = 0; n < count; n++) {
        seen.yielded = n + 1;
        yield n;
      }
      if (failure !== undefined) throw failure;
    } finally {
      seen.closed = true;
    }
  }
  return { seen, source: source() };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

t.test("every reader sees everything that it stays for, whatever the paces", async () => {
  const reader = fc.record({
    /** Items after which it leaves; undefined: it stays. */
    leaves: fc.option(fc.nat(30), { nil: undefined }),
    /** Turns of the event loop it waits at each item, round and round. */
    pace: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(30),
      fc.integer({ min: 1, max: 5 }),
      fc.array(reader, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (count, ahead, readers, fails) => {
        const { seen, source } = counter(count, fails ? new Error("broken") : undefined);
        const copies = tee(source, readers.length, ahead);
        let least = 0;
        const got = await Promise.all(
          readers.map(async ({ leaves, pace }, i) => {
            const items: number[] = [];
            try {
              for await (const item of copies[i] ?? []) {
                if (items.length === leaves) break;
                items.push(item);
                for (let turns = pace[item % pace.length] ?? 0; turns > 0; turns--) await setImmediate();
                least = Math.max(least, items.length);
                if (seen.yielded > least + ahead + 1) throw new Error("ran too far ahead of the fastest");
              }
              return { items, end: "well" };
            } catch (error) {
              return { items, end: error instanceof Error ? error.message : "?" };
            }
          }),
        );
        for (const [i, { items, end }] of got.entries()) {
          const leaves = readers[i]?.leaves;
          const all = leaves === undefined || leaves >= count;
          const expected = upTo(all ? count : leaves);
          const how = all && fails ? "broken" : "well";
          if (items.join() !== expected.join() || end !== how)
            throw new Error(`reader ${i} saw ${items.join()} and ended ${end}`);
        }
        return seen.closed;
      },
    ),
  );
});

t.test("the slowest reader sets the pace", async (t) => {
  const { seen, source } = counter(1000);
  const [quick, slow] = tee(source, 2, 8);
  const slowly = slow?.[Symbol.asyncIterator]();
  await slowly?.next();
  const reading = (async () => {
    let items = 0;
    for await (const item of quick ?? []) items += item >= 0 ? 1 : 0;
    return items;
  })();
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  t.equal(seen.yielded, 9, "the one that was taken and eight ahead");
  await slowly?.return?.();
  t.equal(await reading, 1000, "and no longer once it has left");
});

t.test("a reader that leaves before it began holds nobody up", async (t) => {
  const { source, seen } = counter(100);
  const [first, second] = tee(source, 2, 4);
  await second?.leave();
  t.strictSame(await Array.fromAsync(first ?? []), upTo(100));
  t.ok(seen.closed);
  await first?.leave();
});

t.test("a source nobody began to read is never begun", async (t) => {
  const { source, seen } = counter(100);
  for (const copy of tee(source, 2)) await copy.leave();
  t.equal(seen.yielded, 0);
});

t.test("the last reader to leave waits until the source is closed", async (t) => {
  let closed = false;
  async function* source(): AsyncGenerator<number> {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      await setImmediate();
      closed = true;
    }
  }
  const [copy] = tee(source(), 1, 2);
  for await (const item of copy ?? []) if (item === 5) break;
  t.ok(closed);
});
