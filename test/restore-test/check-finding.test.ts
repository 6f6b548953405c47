/** Each failed check comes to its own finding, in one sentence that names what it is about. */
import t from "tap";
import { CODES } from "../../src/fault.ts";
import { findingOf } from "../../src/restore-test/check-finding.ts";
import { driftCheck } from "../../src/restore-test/drift.ts";
import { restoreTimeCheck } from "../../src/restore-test/restore-time.ts";
import { CHECKS } from "../../src/seal/report.ts";

const problems = ["one", "two", "three", "four"];

t.test("every check has a code of its own, a failed one only", async (t) => {
  const codes = CHECKS.map((name) => {
    const check = { name, database: "crm", subject: "mine", seconds: 1, facts: {}, problems };
    for (const outcome of ["passed", "skipped"] as const)
      t.equal(findingOf({ ...check, outcome }), undefined, `${name} ${outcome}`);
    const finding = findingOf({ ...check, outcome: "failed" });
    t.match(finding, { what: /^crm, mine: one; two; three; and more/, todo: /\.$/ }, name);
    return finding?.code;
  });
  t.equal(new Set(codes).size, CHECKS.length);
});

t.test("less data is red, more is a finding; too slow is red, slowing is a finding", async (t) => {
  const of = (rows: number) => ({ bytes: 1, backupSeconds: 1, rows, tableBytes: rows });
  const past = [of(100), of(100), of(100)];
  const drift = (rows: number) =>
    findingOf({ ...driftCheck(of(rows), past, { shrink: 30, grow: 50 }), seconds: 0 });
  t.match(drift(10), { code: "DATA_SHRANK", what: /rows: 90 % below/ });
  t.match(drift(1000), { code: "DATA_GREW", what: /rows: 900 % above/ });
  t.equal(drift(100), undefined);
  const now = new Date("2026-05-01T00:00:00Z");
  const nights = Array.from({ length: 20 }, (_, n) => ({
    at: new Date(now.getTime() - (20 - n) * 86_400_000),
    seconds: 1000 + n * 100,
  }));
  const time = (rto: number) => findingOf({ ...restoreTimeCheck(3000, rto, nights, now), seconds: 0 });
  t.match(time(2999), { code: "RESTORE_TOO_SLOW" });
  t.match(time(4000), { code: "RESTORE_SLOWING", what: /breaks 1 h 6 min in about 10 days/ });
  t.equal(time(1e6), undefined);
  t.strictSame(
    [CODES.DATA_SHRANK, CODES.DATA_GREW, CODES.RESTORE_TOO_SLOW, CODES.RESTORE_SLOWING],
    [1, 3, 1, 3],
  );
});
