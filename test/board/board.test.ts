/** The board from signed evidence and the clock: what came, and above all what did not. */
import t from "tap";
import { boardOf, type BoardRules } from "../../src/board/board.ts";
import { readEvidence } from "../../src/board/evidence.ts";
import { EVIDENCE_CLUSTERS, sampleEvidence } from "../../src/demo/evidence.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";

const HOUR = 3_600_000;
const now = new Date("2026-11-25T07:00:00Z");
const keys = { backup: newSigningKey(), restoreTest: newSigningKey() };
const hosts = { backup: [keys.backup], restoreTest: [keys.restoreTest] };
const rules: BoardRules = { expectMs: 26 * HOUR, clusters: EVIDENCE_CLUSTERS, timeZone: "Europe/Budapest" };
const evidence = sampleEvidence(now, rules.timeZone, keys);
const facts = evidence.map((bytes) => readEvidence(bytes, hosts).facts);
const later = (ms: number): Date => new Date(now.getTime() + ms);

t.test("three months of evidence make a board", async (t) => {
  const board = boardOf(facts, rules, now);
  t.equal(board.verdict, "amber");
  t.strictSame(
    board.clusters.map(({ cluster, light }) => [cluster, light]),
    [
      ["billing", "amber"],
      ["crm", "green"],
      ["warehouse", "green"],
    ],
  );
  t.strictSame(
    board.findings.map(({ code, cluster, light }) => [code, cluster, light]),
    [["RESTORE_SLOWING", "billing", "amber"]],
    "what drill and day say alike is said once",
  );
  const [, crm, warehouse] = board.clusters;
  t.equal(crm?.newestProved?.committed.getTime(), now.getTime() - 5.3 * HOUR);
  t.match(crm?.restore, { target: 3600 });
  t.equal(crm?.trend.length, 90);
  t.equal(crm?.days.length, 90);
  t.equal(crm?.days.at(-1)?.day, "2026-11-25");
  t.ok(crm?.days.every(({ light, report }) => light !== "none" && report !== undefined));
  t.equal(crm?.days.filter(({ light }) => light === "red").length, 2, "the nights with trouble");
  t.equal(warehouse?.days.filter(({ light }) => light === "red").length, 2, "three nights without a test");
  t.match(board.sabotage, { cases: 3, missed: 0 });
});

t.test("a missing report turns the board red by the clock alone", async (t) => {
  const board = boardOf(facts, rules, later(26 * HOUR));
  t.equal(board.verdict, "red");
  t.ok(board.clusters.every(({ light }) => light === "red"));
  t.ok(
    board.findings.some(
      ({ code, light, cluster }) => code === "REPORT_MISSING" && light === "red" && !cluster,
    ),
  );
  t.equal(board.findings.filter(({ code }) => code === "BACKUP_OVERDUE").length, 3);
  t.equal(boardOf(facts, rules, later(20 * HOUR)).verdict, "amber", "and not a moment too early");
  t.equal(board.findings[0]?.light, "red", "red comes first");
  const untested = facts.filter(
    ({ kind, at }) => kind !== "drill" || at.getTime() < now.getTime() - 24 * HOUR,
  );
  const codes = boardOf(untested, rules, now).findings.map(({ code }) => code);
  t.equal(codes.filter((code) => code === "DRILL_OVERDUE").length, 3, "backups that nobody tested");
});

t.test("what is expected and was never heard of is red", async (t) => {
  const board = boardOf([], { ...rules, clusters: ["erp"] }, now);
  t.match(board, { verdict: "red", clusters: [{ cluster: "erp", light: "red" }] });
  t.equal(boardOf([], { ...rules, clusters: [] }, now).verdict, "red", "nor is nothing at all good");
  t.match(boardOf(facts, { ...rules, clusters: ["erp"] }, now).verdict, "red");
});

t.test("what is from the future counts for nothing", async (t) => {
  t.equal(boardOf(facts, rules, later(-100 * 24 * HOUR)).verdict, "red");
  const ahead = sampleEvidence(later(3 * 24 * HOUR), rules.timeZone, keys).map(
    (one) => readEvidence(one, hosts).facts,
  );
  const board = boardOf([...facts, ...ahead], rules, later(26 * HOUR));
  for (const { newestProved } of board.clusters)
    t.ok((newestProved?.committed.getTime() ?? Infinity) <= later(26 * HOUR).getTime());
});

t.test("a failed restore test is red, whatever the days before were", async (t) => {
  const broken = facts.map((one) =>
    one.kind === "drill" && one.cluster === "crm" && now.getTime() - one.at.getTime() < 24 * HOUR
      ? { ...one, verdict: "failed" as const, findings: [], proves: false }
      : one,
  );
  const crm = boardOf(broken, rules, now).clusters.find(({ cluster }) => cluster === "crm");
  t.equal(crm?.light, "red");
  t.ok(crm?.why.some(({ code }) => code === "DRILL_FAILED"));
});

t.test("evidence counts from the hosts alone whose keys are pinned, each for its own", async (t) => {
  const stranger = newSigningKey();
  for (const bytes of [evidence[0], evidence.at(-1)]) {
    if (bytes === undefined) continue;
    for (const pinned of [
      { backup: [stranger], restoreTest: [stranger] },
      { backup: hosts.restoreTest, restoreTest: hosts.backup },
      { backup: [], restoreTest: [] },
    ])
      t.throws(() => readEvidence(bytes, pinned), { code: "SIGNATURE_INVALID" });
    const text = bytes.toString("utf8");
    const payload = /"payload":"([^"]+)"/.exec(text)?.[1] ?? "";
    const changed = Buffer.from(payload, "base64")
      .toString("utf8")
      .replace("crm", "CRM")
      .replace('"passed"', '"failed"');
    const forged = Buffer.from(text.replace(payload, Buffer.from(changed).toString("base64")));
    t.throws(() => readEvidence(forged, hosts), { code: "SIGNATURE_INVALID" });
  }
  t.throws(() => readEvidence(Buffer.from("{}"), hosts), { code: "SIGNATURE_INVALID" });
});
