/** The rules of retention: as a table of cases, and as laws. */
import fc from "fast-check";
import t from "tap";
import { decide, type DatedBackup, type Keep, type Proof } from "../../src/retention/keep.ts";

const FAR = new Date("2200-01-01T00:00:00Z");
const NONE: Keep = { daily: 0, weekly: 0, monthly: 0, yearly: 0, least: 1 };
const backup = (at: string, proof: Proof = "passed", id = at): DatedBackup => ({ id, at: time(at), proof });
const time = (at: string): Date => new Date(at.length > 10 ? `${at}:00Z` : `${at}T03:00:00Z`);
const days = (from: string, count: number, proof: Proof = "passed"): DatedBackup[] =>
  Array.from({ length: count }, (_, i) =>
    backup(new Date(time(from).getTime() + i * 86_400_000).toISOString().slice(0, 10), proof),
  );
const gone = (backups: DatedBackup[], keep: Partial<Keep>, now = FAR): string[] =>
  decide(backups, { ...NONE, ...keep }, now).expire.map(({ id }) => id);

t.test("case by case", async (t) => {
  const cases: [what: string, backups: DatedBackup[], keep: Partial<Keep>, gone: string[], now?: Date][] = [
    ["an empty store", [], { daily: 3 }, []],
    ["fewer than there are places", days("2026-03-01", 3), { daily: 3 }, []],
    ["the days before the last three", days("2026-03-01", 5), { daily: 3 }, ["2026-03-01", "2026-03-02"]],
    [
      "days without a backup do not use up a place",
      [...days("2026-01-01", 2), ...days("2026-03-01", 2)],
      { daily: 3 },
      ["2026-01-01"],
    ],
    [
      "of one day the newest",
      [backup("2026-03-01T01:00"), backup("2026-03-01T23:59"), backup("2026-03-02T00:00")],
      { daily: 3 },
      ["2026-03-01T01:00"],
    ],
    [
      "a second one on the same day that has not passed takes nothing",
      [backup("2026-03-01T01:00"), backup("2026-03-01T23:59", "unproved"), backup("2026-03-02")],
      { daily: 3 },
      [],
    ],
    [
      "ISO weeks: Sunday 3 January 2027 ends the week that Monday 28 December began",
      [backup("2026-12-27"), backup("2026-12-28"), backup("2027-01-03"), backup("2027-01-04")],
      { weekly: 9 },
      ["2026-12-28"],
    ],
    [
      "months and years by UTC",
      [
        backup("2025-12-31T23:59"),
        backup("2026-01-01T00:00"),
        backup("2026-01-31T23:59"),
        backup("2026-02-01T00:00"),
      ],
      { monthly: 3 },
      ["2026-01-01T00:00"],
    ],
    [
      "years",
      [backup("2024-06-01"), backup("2025-06-01"), backup("2026-06-01")],
      { yearly: 2 },
      ["2024-06-01"],
    ],
    ["a place in one tier is enough", days("2026-03-30", 3), { daily: 1, monthly: 2 }, ["2026-03-30"]],
    ["never fewer than the least", days("2026-03-01", 5), { daily: 1, least: 4 }, ["2026-03-01"]],
    ["nothing proved, nothing goes", days("2026-01-01", 90, "unproved"), { daily: 3 }, []],
    ["only doubtful ones passed, nothing goes", days("2026-01-01", 90, "doubtful"), { daily: 3 }, []],
    [
      "two months without restore tests: what came meanwhile stays",
      [...days("2026-01-01", 5), ...days("2026-02-01", 60, "unproved")],
      { daily: 3 },
      ["2026-01-01", "2026-01-02"],
    ],
    [
      "failed ones go once all places of the days are newer",
      [backup("2026-03-01", "unproved"), ...days("2026-03-02", 3), backup("2026-03-03T12:00", "unproved")],
      { daily: 3 },
      ["2026-03-01"],
    ],
    [
      "but not while a place is free",
      [backup("2026-03-01", "unproved"), ...days("2026-03-02", 2)],
      { daily: 3 },
      [],
    ],
    [
      "without days, the finest tier there is",
      [backup("2026-01-01", "unproved"), ...days("2026-01-30", 3), backup("2026-02-10", "unproved")],
      { monthly: 2 },
      ["2026-01-01", "2026-01-30"],
    ],
    [
      "one from the future pushes nothing out and stays",
      [...days("2026-03-01", 3), backup("2026-03-05")],
      { daily: 3 },
      [],
      time("2026-03-04"),
    ],
    [
      "and counts when its time has come",
      [...days("2026-03-01", 3), backup("2026-03-05")],
      { daily: 3 },
      ["2026-03-01"],
    ],
    [
      "one whose dates disagree takes no place from one that passed",
      [
        ...days("2026-03-01", 3),
        backup("2026-03-01T23:00", "doubtful"),
        backup("2026-03-02T23:00", "doubtful"),
      ],
      { daily: 3 },
      [],
    ],
    [
      "but goes in its own turn",
      [...days("2026-01-01", 5, "doubtful"), ...days("2026-03-01", 2)],
      { daily: 3 },
      ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"],
    ],
    [
      "the only one of a year that failed after it had passed stays",
      [backup("2024-06-01", "doubtful"), ...days("2026-03-01", 9)],
      { daily: 3, yearly: 2 },
      days("2026-03-01", 6).map(({ id }) => id),
    ],
    [
      "what is newer than all that passed stays",
      [backup("2026-03-01"), ...days("2026-03-02", 3, "doubtful")],
      {},
      [],
    ],
  ];
  for (const [what, backups, keep, expected, now] of cases)
    t.strictSame(gone(backups, keep, now), expected, what);
});

t.test("says why", async (t) => {
  const { keep, expire } = decide(
    [
      backup("2026-03-01"),
      backup("2026-03-02T01:00"),
      backup("2026-03-02T02:00"),
      backup("2026-03-03"),
      backup("2026-03-04", "unproved"),
      backup("2026-02-01", "unproved"),
      backup("2300-01-01"),
    ],
    { ...NONE, daily: 2, monthly: 1 },
    FAR,
  );
  t.strictSame(keep, [
    { id: "2300-01-01", reasons: ["dated after the store's clock"] },
    { id: "2026-03-04", reasons: ["newer than all that passed"] },
    { id: "2026-03-03", reasons: ["daily", "monthly", "least"] },
    { id: "2026-03-02T02:00", reasons: ["daily"] },
  ]);
  t.strictSame(expire, [
    { id: "2026-02-01", because: "not proved, and enough newer ones have passed (2026-03-03)" },
    {
      id: "2026-03-01",
      because: "newer ones that have passed hold all places (daily 2, monthly 1, least 1)",
    },
    { id: "2026-03-02T01:00", because: "2026-03-02T02:00 of the same day is newer and has passed" },
  ]);
  t.throws(() => decide([], { ...NONE, least: 0 }, FAR), RangeError);
});

const someKeep: fc.Arbitrary<Keep> = fc.record({
  daily: fc.nat(5),
  weekly: fc.nat(4),
  monthly: fc.nat(4),
  yearly: fc.nat(3),
  least: fc.integer({ min: 1, max: 5 }),
});
const START = Date.UTC(2024, 11, 20);
/** Dense enough that days, weeks and months are shared; a few minutes are the same for several. */
const someTime = fc.oneof(
  fc.nat(40 * 24).map((hour) => new Date(START + hour * 3_600_000)),
  fc.nat(900).map((day) => new Date(START + day * 86_400_000)),
);
const NOW = new Date(START + 800 * 86_400_000);
const some = (proof: fc.Arbitrary<Proof>, name = "b"): fc.Arbitrary<DatedBackup[]> =>
  fc
    .array(fc.record({ at: someTime, proof }), { maxLength: 40 })
    .map((list) => list.map((one, i) => ({ ...one, id: `${name}${i}` })));
const any = fc.constantFrom<Proof>("passed", "passed", "doubtful", "unproved");
const without = (backups: DatedBackup[], ids: string[]): DatedBackup[] =>
  backups.filter(({ id }) => !ids.includes(id));
const within = (part: string[], whole: string[]): boolean => part.every((id) => whole.includes(id));

t.test("laws", async (t) => {
  const law = (what: string, check: (backups: DatedBackup[], keep: Keep) => boolean): void => {
    fc.assert(fc.property(some(any), someKeep, check), { numRuns: 500 });
    t.pass(what);
  };
  law("each backup is decided once", (backups, keep) => {
    const decision = decide(backups, keep, NOW);
    const ids = [...decision.keep, ...decision.expire].map(({ id }) => id);
    return ids.length === backups.length && new Set(ids).size === ids.length;
  });
  law(
    "pruning twice is pruning once",
    (backups, keep) => gone(without(backups, gone(backups, keep, NOW)), keep, NOW).length === 0,
  );
  law("the order of the list does not matter", (backups, keep) => {
    const decision = decide(backups, keep, NOW);
    return JSON.stringify(decision) === JSON.stringify(decide(backups.toReversed(), keep, NOW));
  });
  law("the newest that passed stays, and as many as the least", (backups, keep) => {
    const passed = backups.filter(({ proof, at }) => proof === "passed" && at <= NOW);
    const left = without(passed, gone(backups, keep, NOW));
    const newest = Math.max(...passed.map(({ at }) => at.getTime()));
    return (
      left.length >= Math.min(keep.least, passed.length) &&
      (passed.length === 0 || left.some(({ at }) => at.getTime() === newest))
    );
  });
  law("whatever goes is older than one that stays and passed", (backups, keep) => {
    const ids = gone(backups, keep, NOW);
    const left = without(backups, ids).filter(({ proof, at }) => proof === "passed" && at <= NOW);
    return backups
      .filter(({ id }) => ids.includes(id))
      .every((one) => left.some((other) => other.at >= one.at));
  });
  law("time going on brings none back", (backups, keep) =>
    within(gone(backups, keep, NOW), gone(backups, keep, FAR)),
  );
});

t.test("what has not passed for sure never makes one go that has", async (t) => {
  const strangers = some(fc.constantFrom<Proof>("doubtful", "unproved"), "x");
  const law = fc.property(some(any), strangers, someKeep, (backups, more, keep) => {
    const passed = new Set(backups.filter(({ proof }) => proof === "passed").map(({ id }) => id));
    const after = gone([...backups, ...more], keep, NOW).filter((id) => passed.has(id));
    return within(after, gone(backups, keep, NOW));
  });
  fc.assert(law, { numRuns: 1000 });
  const untested = fc.property(
    some(any),
    some(fc.constant("unproved"), "x"),
    someKeep,
    (backups, more, keep) => {
      const after = gone([...backups, ...more], keep, NOW).filter((id) => id.startsWith("b"));
      return JSON.stringify(after) === JSON.stringify(gone(backups, keep, NOW));
    },
  );
  fc.assert(untested, { numRuns: 500 });
  t.pass("the unproved change nothing at all for the others");
});

t.test("one more that passed never brings back what would go", async (t) => {
  const law = fc.property(some(any), some(fc.constant("passed"), "x"), someKeep, (backups, more, keep) =>
    within(gone(backups, keep, NOW), gone([...backups, ...more], keep, NOW)),
  );
  fc.assert(law, { numRuns: 1000 });
  t.pass("so a prune that comes late comes to the same");
});

t.test("ten thousand backups in less than a second", async (t) => {
  const backups = Array.from({ length: 10_000 }, (_, i) => ({
    id: String(i).padStart(5, "0"),
    at: new Date(START + i * 7_200_000),
    proof: (["passed", "doubtful", "unproved"] as const)[i % 3] ?? "passed",
  }));
  const keep = { daily: 10_000, weekly: 10_000, monthly: 10_000, yearly: 10_000, least: 7 };
  const begun = performance.now();
  for (const one of [keep, { ...keep, daily: 30, weekly: 12 }]) decide(backups, one, FAR);
  const took = performance.now() - begun;
  t.comment(`two decisions: ${Math.round(took)} ms`);
  t.ok(took < 1000);
});
