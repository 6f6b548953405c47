/** Which checks there are for a database, and when a value is what the configuration says. */
import fc from "fast-check";
import t from "tap";
import { judged, type Check, type Restored } from "../../../src/restore-test/check.ts";
import { databaseChecks } from "../../../src/restore-test/checks/database-checks.ts";
import { sameValue } from "../../../src/restore-test/checks/same-value.ts";

const other = (name: "round-trip" | "canary"): Check => ({ name, run: async () => judged({ name }, {}, []) });
const own = {
  freshness: [{ table: "app.t", column: "at", younger_than: 1 }],
  assertions: [{ name: "no orphans", sql: "SELECT 1", equals: 1 }],
  commands: [{ name: "smoke", run: ["true"], time_limit: 1 }],
};

t.test("in their order: the backup's, the operator's, and last what may write", async (t) => {
  const checks = { round_trip: true, amcheck: true, sequences: "tell" as const };
  const all = databaseChecks({ checks }, own, { roundTrip: other("round-trip"), canary: other("canary") });
  t.strictSame(
    all.map(({ name, subject }) => [name, ...(subject === undefined ? [] : [subject])].join(" ")),
    [
      ...["rows", "round-trip", "canary", "constraints", "indexes", "amcheck", "sequences", "extensions"],
      ...["freshness app.t.at", "assertion no orphans", "command smoke"],
    ],
  );
});

t.test("what is switched off is told, what is not there is not", async (t) => {
  const checks = { round_trip: false, amcheck: false, sequences: "tell" as const };
  const some = databaseChecks({ checks }, undefined, { roundTrip: other("round-trip") });
  t.strictSame(
    some.map(({ name }) => name),
    ["rows", "round-trip", "constraints", "indexes", "amcheck", "sequences", "extensions"],
  );
  for (const check of some.filter(({ name }) => /round-trip|amcheck/.test(name)))
    t.match(await check.run({ database: "crm" } as Restored), {
      outcome: "skipped",
      database: "crm",
      why: /^switched off by checks\.(round_trip|amcheck)/,
    });
});

const NUMERIC = 1700;
const TEXT = 25;

t.test("a number is the same however it is written, another one is not", async () => {
  const digits = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(12));
  const written = (n: bigint, scale: number, zeros = ""): string => {
    const [sign, size] = n < 0n ? ["-", -n] : ["", n];
    const text = size.toString().padStart(scale + 1, "0");
    return `${sign}${text.slice(0, text.length - scale)}${scale === 0 && zeros === "" ? "" : "."}${text.slice(text.length - scale)}${zeros}`;
  };
  fc.assert(
    fc.property(digits, digits, fc.nat(5), ([a, scaleA], [b, scaleB], zeros) => {
      const same = a * 10n ** BigInt(scaleB) === b * 10n ** BigInt(scaleA);
      return (
        sameValue(written(a, scaleA), written(a, scaleA, "0".repeat(zeros)), NUMERIC) &&
        sameValue(written(a, scaleA), written(b, scaleB), NUMERIC) === same
      );
    }),
  );
});

t.test("a text is the same letter by letter only; null is nothing else", async (t) => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      (a, b) => sameValue(a, a, TEXT) && sameValue(a, b, TEXT) === (a === b),
    ),
  );
  t.ok(sameValue(7, "7", TEXT) && !sameValue(7, "07", TEXT) && !sameValue("1.0", "1", TEXT));
  t.ok(sameValue(null, null, TEXT) && !sameValue(null, "null", TEXT) && !sameValue("null", null, TEXT));
});

t.test("exponents, and what is no number", async (t) => {
  const same: [string | number, string][] = [
    [1e21, "1000000000000000000000"],
    [1e21, "1e+21"],
    [1.5e-7, "0.00000015"],
    [0, "-0"],
    ["-.5", "-0.50"],
    ["NaN", "NaN"],
    ["Infinity", "Infinity"],
  ];
  for (const [expected, value] of same) t.ok(sameValue(expected, value, NUMERIC), `${expected} is ${value}`);
  for (const [expected, value] of [
    ["", "0"],
    [".", "0"],
    ["x", "NaN"],
    [1e21, "1e+22"],
    [-1, "1"],
  ] as const)
    t.notOk(sameValue(expected, value, NUMERIC), `${expected} is not ${value}`);
});
