import fc from "fast-check";
import t from "tap";
import { retry, RETRY_DEFAULTS } from "../../src/store/retry.ts";

/** A world in which only sleeping takes time. */
function world(random: () => number) {
  const slept: number[] = [];
  let now = 0;
  const pauses = {
    now: () => new Date(now),
    random,
    sleep: async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  };
  return { slept, pauses, elapsed: () => now };
}

const never = () => new AbortController().signal;
const failing = (times: number) => {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return calls;
  };
};

t.test("backs off exponentially with full jitter, up to a bound", async (t) => {
  const { slept, pauses } = world(() => 0.999999);
  t.equal(await retry(failing(9), () => true, RETRY_DEFAULTS, pauses, never()), 10);
  t.strictSame(slept, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 0.999999, noNaN: true }), async (chance) => {
      const { slept, pauses } = world(() => chance);
      await retry(failing(4), () => true, RETRY_DEFAULTS, pauses, never());
      return slept.every((ms, i) => ms >= 0 && ms <= 250 * 2 ** i);
    }),
  );
});

t.test("survives a minute, and ends", async (t) => {
  for (const chance of [0.1, 0.5, 0.9]) {
    const { pauses, elapsed } = world(() => chance);
    const work = async () => {
      if (elapsed() < 60_000) throw new Error("not yet");
      return "done";
    };
    t.equal(await retry(work, () => true, RETRY_DEFAULTS, pauses, never()), "done");
    const forever = world(() => chance);
    const dead = retry(
      () => Promise.reject(new Error("dead")),
      () => true,
      RETRY_DEFAULTS,
      forever.pauses,
      never(),
    );
    await t.rejects(dead, { message: "dead" });
    t.ok(forever.elapsed() <= RETRY_DEFAULTS.totalMs);
    t.ok(forever.elapsed() > RETRY_DEFAULTS.totalMs - RETRY_DEFAULTS.longestPauseMs);
  }
});

t.test("what is not worth it is thrown as it is", async (t) => {
  const { slept, pauses } = world(() => 0.5);
  const work = retry(failing(1), () => false, RETRY_DEFAULTS, pauses, never());
  await t.rejects(work, { message: "failure 1" });
  t.strictSame(slept, []);
});

t.test("a signal ends it, before, during and between attempts", async (t) => {
  const why = new Error("enough");
  const stop = new AbortController();
  const { pauses } = world(() => 0.5);
  const during = async () => {
    stop.abort(why);
    throw new Error("aborted by the client library");
  };
  t.equal(await retry(during, () => true, RETRY_DEFAULTS, pauses, stop.signal).catch((e: unknown) => e), why);
  t.equal(
    await retry(failing(0), () => true, RETRY_DEFAULTS, pauses, stop.signal).catch((e: unknown) => e),
    why,
  );
});
