/**
 * Three months of evidence for a board that somebody looks at for the first time: nights that went well and a few that
 * did not, of three clusters that do not exist, signed with keys made for it. Pure.
 */
import type { Newest } from "../report/daily-cluster.ts";
import { dayReport } from "../report/daily.ts";
import { signEnvelope } from "../seal/envelope.ts";
import { encodeManifest, MANIFEST_TYPE, type Manifest } from "../seal/manifest.ts";
import {
  encodeReport,
  REPORT_TYPE,
  sha256Of,
  type DrillReport,
  type Report,
  type SabotageReport,
} from "../seal/report.ts";
import { drillOf, frameOf, manifestOf, MISSING, SHAPES, type EvidenceKeys } from "./evidence-night.ts";

export const EVIDENCE_DAYS = 90;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const EVIDENCE_CLUSTERS: readonly string[] = SHAPES.map(({ cluster }) => cluster);

/** Signed documents, oldest first, as the hosts would push them. The same for the same time and keys. */
export function sampleEvidence(now: Date, timeZone: string, keys: EvidenceKeys): Buffer[] {
  const signed: Buffer[] = [];
  let previous: { id: string; sha256: string } | undefined;
  const publish = (report: Report): void => {
    const envelope = signEnvelope(
      REPORT_TYPE,
      encodeReport({ ...report, ...(previous && { previous }) }),
      keys.restoreTest,
    );
    previous = { id: report.id, sha256: sha256Of(envelope) };
    signed.push(envelope);
  };
  const drills: DrillReport[] = [];
  let sabotage: SabotageReport | undefined;
  for (let ago = EVIDENCE_DAYS - 1; ago >= 0; ago--) {
    const at = (before: number): number => Math.floor((now.getTime() - ago * DAY - before) / 1000) * 1000;
    const newest = SHAPES.map((shape) => {
      const manifest = manifestOf(shape, ago, at(shape.before), keys);
      signed.push(signEnvelope(MANIFEST_TYPE, encodeManifest(manifest), keys.backup));
      return manifest;
    });
    SHAPES.forEach((shape, i) => {
      const manifest = newest[i];
      if (manifest === undefined || MISSING[shape.cluster]?.includes(ago) === true) return;
      const report = drillOf(shape, ago, manifest, keys);
      drills.push(report);
      publish(report);
    });
    if (ago % 30 === 3) {
      sabotage = sabotageOf(at(2 * HOUR), newest[0]?.backupId ?? "", keys);
      publish(sabotage);
    }
    const finished = new Date(at(0.4 * HOUR));
    publish({
      ...dayReport({
        now: finished,
        timeZone,
        clusters: SHAPES.map(({ cluster, rtoSeconds }, i) => ({
          cluster,
          backupEvery: DAY,
          grace: 6 * HOUR,
          rto: rtoSeconds * 1000,
          newest: newestOf(newest[i]),
        })),
        drills: drills.slice(-30),
        sabotage: { every: 40 * DAY, newest: sabotage },
        dayKeys: undefined,
        storeClock: undefined,
        findings: [],
      }),
      ...frameOf(finished.getTime() - 4000, finished.getTime(), `daily ${ago}`, keys),
    });
  }
  return signed;
}

function newestOf(manifest: Manifest | undefined): Newest {
  if (manifest === undefined) return { kind: "none", findings: [] };
  const finishedAt = new Date(manifest.finishedAt);
  return { kind: "found", id: manifest.backupId, committed: finishedAt, finishedAt, findings: [] };
}

function sabotageOf(begun: number, backup: string, keys: EvidenceKeys): SabotageReport {
  const cases: [name: string, expected: SabotageReport["cases"][number]["expected"]][] = [
    ["bit flipped in crm/data-01.dump.zst.age", ["BACKUP_DAMAGED"]],
    ["manifest signed by another key", ["SIGNATURE_INVALID"]],
    ["untouched copy", []],
  ];
  return {
    kind: "sabotage",
    ...frameOf(begun, begun + 12 * MINUTE, `sabotage ${begun}`, keys),
    verdict: "passed",
    findings: [],
    cluster: "crm",
    backup,
    cases: cases.map(([name, expected]) => ({
      name,
      expected,
      found: expected,
      outcome: "passed",
      seconds: 240,
    })),
  };
}
