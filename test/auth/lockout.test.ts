import fc from "fast-check";
import t from "tap";
import type { LaneKind } from "../../src/auth/lane.ts";
import { laneRules, nextLock, type Lock } from "../../src/auth/lockout.ts";

const NOW = new Date("2026-03-01T10:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const RULES = laneRules();
const KINDS = Object.keys(RULES) as LaneKind[];
const after = (milliseconds: number): Date => new Date(NOW.getTime() + milliseconds);

t.test("the length of a lock", async (t) => {
  const cases: [kind: LaneKind, last: Lock | undefined, times: number, length: number][] = [
    ["account", undefined, 1, 5 * MINUTE],
    ["account", { times: 1, until: NOW }, 2, 15 * MINUTE],
    ["account", { times: 2, until: after(-HOUR) }, 3, HOUR],
    ["account", { times: 3, until: after(-DAY) }, 4, 4 * HOUR],
    ["account", { times: 4, until: after(-DAY) }, 5, DAY],
    ["account", { times: 99, until: after(-DAY) }, 100, DAY],
    ["account", { times: 4, until: after(-7 * DAY + 1) }, 5, DAY],
    ["account", { times: 4, until: after(-7 * DAY) }, 1, 5 * MINUTE],
    ["codes", undefined, 1, 15 * MINUTE],
    ["codes", { times: 1, until: after(-30 * DAY + 1) }, 2, HOUR],
    ["codes", { times: 1, until: after(-30 * DAY) }, 1, 15 * MINUTE],
    ["address", { times: 9, until: NOW }, 10, HOUR],
    ["account-run", undefined, 1, 365 * DAY],
    // The clock stepped back after the lock was set.
    ["account", { times: 1, until: after(365 * DAY) }, 2, 15 * MINUTE],
  ];
  for (const [kind, last, times, length] of cases)
    t.strictSame(nextLock(RULES[kind], last, NOW), { times, until: after(length) }, `${kind} ${times}`);
});

t.test("limits can be set, and only they", async (t) => {
  const rules = laneRules({ account: 3, codes: 1 });
  t.equal(rules.account.limit, 3);
  t.equal(rules.codes.limit, 1);
  t.equal(rules.device.limit, 10);
  t.strictSame({ ...rules.account, limit: 5 }, RULES.account);
});

t.test("property: locks that follow each other never get shorter", async () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.array(fc.nat(DAY), { maxLength: 20 }), (kind, pauses) => {
      const { memory } = RULES[kind];
      let now = NOW.getTime();
      let last: Lock | undefined;
      let length = 0;
      for (const pause of pauses) {
        const next = nextLock(RULES[kind], last, new Date(now));
        const longer = next.until.getTime() - now;
        if (longer < length || (memory > DAY && next.times !== (last?.times ?? 0) + 1)) return false;
        [last, length, now] = [next, longer, next.until.getTime() + pause];
      }
      return true;
    }),
  );
});

t.test("no account has more than a hundred failures in a row (NIST SP 800-63B-4 §3.2.2)", async (t) => {
  t.ok(RULES["account-run"].limit + RULES["device-run"].limit <= 100, "password");
  t.ok(RULES["codes-run"].limit <= 100, "second factor");
  for (const kind of KINDS) t.ok(RULES[kind].locks.length > 0 && RULES[kind].limit > 0, kind);
});
