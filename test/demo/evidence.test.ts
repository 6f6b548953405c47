/** The demo's evidence is what real hosts could have sent: it parses, it is signed, it is in order. */
import t from "tap";
import { EVIDENCE_CLUSTERS, EVIDENCE_DAYS, sampleEvidence } from "../../src/demo/evidence.ts";
import { openEnvelope } from "../../src/seal/envelope.ts";
import { MANIFEST_TYPE, parseManifest } from "../../src/seal/manifest.ts";
import { parseReport, REPORT_TYPE, sha256Of, type Report } from "../../src/seal/report.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";

t.test("three months of evidence", async (t) => {
  const now = new Date("2026-11-25T02:40:00Z");
  const keys = { backup: newSigningKey(), restoreTest: newSigningKey() };
  const evidence = sampleEvidence(now, "Europe/Budapest", keys);
  const isManifest = (bytes: Buffer): boolean => bytes.includes(MANIFEST_TYPE);
  const manifests = evidence
    .filter(isManifest)
    .map((bytes) => parseManifest(openEnvelope(bytes, MANIFEST_TYPE, [keys.backup])));
  const signed = evidence.filter((bytes) => !isManifest(bytes));
  const reports = signed.map((bytes) => parseReport(openEnvelope(bytes, REPORT_TYPE, [keys.restoreTest])));
  const of = (kind: Report["kind"]) => reports.filter((report) => report.kind === kind);

  t.equal(manifests.length, EVIDENCE_DAYS * EVIDENCE_CLUSTERS.length);
  t.equal(of("drill").length, EVIDENCE_DAYS * EVIDENCE_CLUSTERS.length - 3, "a few nights without");
  t.equal(new Set(of("daily").map((report) => "day" in report && report.day)).size, EVIDENCE_DAYS);
  t.equal(of("sabotage").length, 3);
  t.equal(new Set(reports.map(({ id }) => id)).size, reports.length, "each report has a name of its own");
  for (const [i, report] of reports.slice(1).entries())
    t.strictSame(
      report.previous,
      { id: reports[i]?.id, sha256: sha256Of(signed[i] ?? Buffer.of()) },
      "each names the one before it",
    );
  for (const { finishedAt } of reports)
    t.ok(Date.parse(finishedAt) <= now.getTime(), "nothing is from the future");
  const last = of("daily").at(-1);
  t.equal(last?.verdict, "findings", "last night there is something to look at");
  const verdicts = new Set(of("daily").map(({ verdict }) => verdict));
  t.strictSame([...verdicts].sort(), ["failed", "findings", "passed"]);
});
