import fc from "fast-check";
import t from "tap";
import { verifyChain, type Break, type ChainRow } from "../../src/auth/audit-chain.ts";
import { linkHash, parseHead, headText } from "../../src/auth/audit-link.ts";
import { sealTombstone } from "../../src/auth/audit-tombstone.ts";
import { plainEvent } from "../fixtures/audit-events.ts";
import { auditKey, purged, readable, rowAfter, trailOf, type MemoryTrail } from "../fixtures/audit-trails.ts";

const KEY = auditKey();
const NOW = new Date("2026-03-01T10:00:00Z");
const eventNo = (n: number) =>
  plainEvent(new Date(NOW.getTime() + n), { details: { n }, address: `192.0.2.${n % 200}` });

/** A trail of 4 to 40 rows, purged twice at random; the newest two rows are always there. */
const anyTrail: fc.Arbitrary<MemoryTrail> = fc
  .tuple(
    fc.integer({ min: 4, max: 40 }),
    fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    fc.integer({ min: 0, max: 30 }),
  )
  .map(([length, coins, below]) => {
    const trail = trailOf(Array.from({ length }, (_, i) => eventNo(i + 1)));
    const some = purged(trail, ({ seq }) => seq < length - 1 && coins[seq] === true, KEY);
    return purged(some, ({ seq }) => seq < length - 1 && seq <= below, KEY);
  });

const copy = ({ rows, tombstones, head }: MemoryTrail): MemoryTrail => ({
  rows: rows.map((row) => ({ ...row })),
  tombstones: tombstones.map((stone) => ({ ...stone })),
  head,
});
const check = (trail: MemoryTrail, expect?: MemoryTrail["head"]) => verifyChain(readable(trail), KEY, expect);
const at = <T>(all: T[], index: number): T => {
  const item = all[index % all.length];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
};

/** As somebody who can compute: the body says something else, and the hash fits. */
const rewrite = (row: ChainRow, before: Buffer): void => {
  row.body = row.body.replace("192.0.2", "198.51.100");
  row.address = row.address?.replace("192.0.2", "198.51.100") ?? null;
  row.hash = linkHash(before, row.seq, row.body);
};

/**
 * What somebody may do to the tables, and what must be said of it. `pick` chooses a place. Undefined: it cannot be
 * done to this trail.
 */
type Tampering = (trail: MemoryTrail, pick: number) => Pick<Break, "kind" | "seq"> | undefined;
const TAMPERINGS: Record<string, Tampering> = {
  "a body is changed": ({ rows }, pick) => {
    const row = at(rows, pick);
    row.body = rowAfter({ seq: 0, hash: row.hash }, plainEvent(row.at, { address: row.address ?? "" })).body;
    return { kind: "changed", seq: row.seq };
  },
  "a body is changed and its hash computed anew": ({ rows }, pick) => {
    const inner = rows.filter(
      (row, i) => rows[i - 1]?.seq === row.seq - 1 && rows[i + 1]?.seq === row.seq + 1,
    );
    if (inner.length === 0) return undefined;
    const row = at(inner, pick);
    rewrite(row, at(rows, rows.indexOf(row) - 1).hash);
    return { kind: "changed", seq: row.seq + 1 };
  },
  "the same, and a tombstone follows": ({ rows, tombstones }, pick) => {
    const before = rows.filter((row) => tombstones.some(({ first }) => first === row.seq + 1));
    if (before.length === 0) return undefined;
    const row = at(before, pick);
    const stone = tombstones.find(({ upto }) => upto === row.seq - 1);
    rewrite(row, stone?.after ?? rows[rows.indexOf(row) - 1]?.hash ?? Buffer.alloc(32));
    return { kind: "tombstone", seq: row.seq + 1 };
  },
  "a column is changed": ({ rows }, pick) => {
    const row = at(rows, pick);
    const changes: (() => void)[] = [
      () => (row.outcome = "failure"),
      () => (row.actor = "stranger"),
      () => (row.address = "203.0.113.9"),
      () => (row.accountId = "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b"),
      () => (row.at = new Date(row.at.getTime() + 1)),
      () => (row.retention = "record"),
      () => (row.event = "sign-out"),
      () => (row.sessionId = "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b"),
      () => (row.application = "crm"),
    ];
    at(changes, pick)();
    return { kind: "columns", seq: row.seq };
  },
  "a row is removed": (trail, pick) => {
    const index = pick % (trail.rows.length - 1);
    const [gone] = trail.rows.splice(index, 1);
    const before = Math.max(
      0,
      ...trail.rows.map(({ seq }) => seq).filter((seq) => seq < (gone?.seq ?? 0)),
      ...trail.tombstones.map(({ upto }) => upto).filter((seq) => seq < (gone?.seq ?? 0)),
    );
    return { kind: "removed", seq: before + 1 };
  },
  "a row is put in where one was purged": (trail, pick) => {
    if (trail.tombstones.length === 0) return undefined;
    const { first } = at(trail.tombstones, pick);
    trail.rows.push(rowAfter({ seq: first - 1, hash: Buffer.alloc(32) }, eventNo(first)));
    trail.rows.sort((a, b) => a.seq - b.seq);
    return { kind: "inserted", seq: first };
  },
  "a row is put in and the others renumbered": (trail, pick) => {
    const index = pick % trail.rows.length;
    const { seq, hash } = at(trail.rows, index);
    for (const row of trail.rows) if (row.seq >= seq) row.seq++;
    for (const stone of trail.tombstones)
      if (stone.first > seq) {
        stone.first++;
        stone.upto++;
      }
    trail.rows.splice(index, 0, rowAfter({ seq: seq - 1, hash }, eventNo(0)));
    if (trail.head !== undefined) trail.head = { ...trail.head, seq: trail.head.seq + 1 };
    return { kind: "disordered", seq };
  },
  "two rows change places": (trail, pick) => {
    const index = pick % (trail.rows.length - 1);
    const [a, b] = [at(trail.rows, index), at(trail.rows, index + 1)];
    [a.seq, b.seq] = [b.seq, a.seq];
    trail.rows.sort((x, y) => x.seq - y.seq);
    return a.seq === b.seq + 1 ? { kind: "disordered", seq: b.seq } : { kind: "changed", seq: b.seq };
  },
  "the end is cut": (trail, pick) => {
    const gone = trail.rows.splice(Math.max(trail.rows.length - 2, 0) + (pick % 2));
    return { kind: "cut", seq: gone[0]?.seq ?? 0 };
  },
  "the head is put back": (trail) => {
    const row = trail.rows.at(-2);
    if (row !== undefined) trail.head = { seq: row.seq, hash: row.hash };
    return { kind: "rolled-back", seq: row?.seq ?? 0 };
  },
  "the head's hash is changed": (trail) => {
    if (trail.head !== undefined) trail.head = { seq: trail.head.seq, hash: Buffer.alloc(32, 1) };
    return { kind: "head", seq: trail.head?.seq ?? 0 };
  },
  "the head is removed": (trail) => {
    trail.head = undefined;
    return { kind: "head", seq: trail.rows.at(-1)?.seq ?? 0 };
  },
  "a tombstone is removed": (trail, pick) => {
    if (trail.tombstones.length === 0) return undefined;
    const [gone] = trail.tombstones.splice(pick % trail.tombstones.length, 1);
    return { kind: "removed", seq: gone?.first ?? 0 };
  },
  "a tombstone is made longer": (trail, pick) => {
    if (trail.tombstones.length === 0) return undefined;
    const stone = at(trail.tombstones, pick);
    stone.upto++;
    return { kind: "tombstone", seq: stone.first };
  },
  "a tombstone's signature is changed": (trail, pick) => {
    if (trail.tombstones.length === 0) return undefined;
    const stone = at(trail.tombstones, pick);
    stone.signature = Buffer.from(stone.signature.map((byte, i) => (i === pick % 64 ? byte ^ 1 : byte)));
    return { kind: "tombstone", seq: stone.first };
  },
  "rows are removed with a tombstone of another key": (trail, pick) => {
    const index = pick % (trail.rows.length - 1);
    const [gone] = trail.rows.splice(index, 1);
    if (gone === undefined) return undefined;
    const { seq, hash } = gone;
    const before = index === 0 ? Buffer.alloc(32) : at(trail.rows, index - 1).hash;
    const stone = { first: seq, upto: seq, before, after: hash, purgedAt: NOW, reason: "retention" };
    trail.tombstones.push(sealTombstone(stone, auditKey()));
    trail.tombstones.sort((a, b) => a.first - b.first);
    return { kind: "tombstone", seq };
  },
};

t.test("what nobody touched verifies, however it was purged", async (t) => {
  await fc.assert(
    fc.asyncProperty(anyTrail, async (trail) => {
      const verdict = await check(trail, trail.head);
      t.strictSame(verdict.breaks, []);
      t.equal(verdict.rows + verdict.purged, trail.head?.seq);
      const firsts = trail.tombstones.map(({ first }) => first);
      t.notOk(
        trail.tombstones.some(({ upto }) => firsts.includes(upto + 1)),
        "no two that could be one",
      );
    }),
    { numRuns: 150 },
  );
  t.match(await check(trailOf([])), { rows: 0, broken: 0 });
});

for (const [what, tamper] of Object.entries(TAMPERINGS))
  t.test(`found: ${what}`, async (t) => {
    let done = 0;
    await fc.assert(
      fc.asyncProperty(anyTrail, fc.nat({ max: 1000 }), async (trail, pick) => {
        const changed = copy(trail);
        const expected = tamper(changed, pick);
        if (expected === undefined) return;
        done++;
        const { breaks } = await check(changed);
        t.ok(
          breaks.some(({ kind, seq }) => kind === expected.kind && seq === expected.seq),
          "told where and what",
          { expected, breaks, seqs: changed.rows.map((row) => row.seq) },
        );
      }),
      { numRuns: 60 },
    );
    t.ok(done > 5, `done to ${done} trails`);
  });

t.test("a rewritten or cut chain shows against a head that was written down", async (t) => {
  const trail = trailOf(Array.from({ length: 10 }, (_, i) => eventNo(i)));
  const rewritten = trailOf(Array.from({ length: 10 }, (_, i) => eventNo(i === 4 ? 100 : i)));
  t.equal((await check(rewritten)).broken, 0, "by itself it looks well");
  t.match((await check(rewritten, trail.head)).breaks, [{ kind: "not-expected", seq: 10 }]);
  const older = trailOf(Array.from({ length: 8 }, (_, i) => eventNo(i)));
  t.match((await check(older, trail.head)).breaks, [{ kind: "not-expected", what: /ends at 8, before 10:/ }]);
  t.equal((await check(trail, older.head)).broken, 0, "an older head is in it");
  const short = purged(trail, ({ seq }) => seq < 9, KEY);
  t.equal((await check(short, older.head)).broken, 0, "at the end of what was purged it can still be told");
  t.match((await check(short, trailOf([eventNo(0)]).head)).breaks, [{ what: /has been purged since/ }]);
});

t.test(
  "of a chain that is broken everywhere a hundred places are told, and how many there are",
  async (t) => {
    const trail = trailOf(Array.from({ length: 300 }, (_, i) => eventNo(i)));
    for (const row of trail.rows) row.outcome = "failure";
    const { breaks, broken } = await check(trail);
    t.equal(breaks.length, 100);
    t.equal(broken, 300);
  },
);

t.test("a head is read as it is printed", async (t) => {
  const head = { seq: 12, hash: Buffer.alloc(32, 7) };
  t.strictSame(parseHead(headText(head)), head);
  for (const text of ["12", "12:07", "-1:" + "0".repeat(64), ""]) t.equal(parseHead(text), undefined, text);
});
