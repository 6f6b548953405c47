/**
 * What a host sends is evidence when a pinned key signed it: manifests count from backup hosts alone, reports from
 * restore-test hosts alone. The board is made of the facts in it. Pure.
 */
import { Fault } from "../fault.ts";
import { proves } from "../report/proved.ts";
import { openEnvelope, openEnvelopeOf } from "../seal/envelope.ts";
import { madeAt } from "../seal/made-at.ts";
import { MANIFEST_TYPE, parseManifest, totalSize, type Manifest } from "../seal/manifest.ts";
import { parseReport, REPORT_TYPE, type Report, type ReportFinding, type Verdict } from "../seal/report.ts";
import type { VerifyKey } from "../seal/signing-key.ts";

/** Whose signature counts for what. */
export interface PinnedHosts {
  backup: readonly VerifyKey[];
  restoreTest: readonly VerifyKey[];
}

interface Common {
  /** Of the backup or the report. */
  id: string;
  /** When it was finished, by the host's clock. */
  at: Date;
}

export interface ManifestFacts extends Common {
  kind: "manifest";
  cluster: string;
  bytes: number;
}

export interface DrillFacts extends Common {
  kind: "drill";
  cluster: string;
  verdict: Verdict;
  findings: ReportFinding[];
  /** `committed`: when it was made, by whichever clock says earlier. */
  backup?: { id: string; committed: Date };
  /** The backup was restored and found right. */
  proves: boolean;
  measures?: { bytes: number; rows?: number; restoreSeconds?: number; rtoSeconds?: number };
}

export interface DailyFacts extends Common {
  kind: "daily";
  /** The host's calendar day. */
  day: string;
  verdict: Verdict;
  findings: ReportFinding[];
  clusters: { cluster: string; verdict: Verdict; findings: ReportFinding[] }[];
}

export interface SabotageFacts extends Common {
  kind: "sabotage";
  verdict: Verdict;
  cases: number;
  missed: number;
}

export type Facts = ManifestFacts | DrillFacts | DailyFacts | SabotageFacts;

/**
 * Throws SIGNATURE_INVALID for what no pinned key signed, for a document that names another host than the one that
 * signed it, and for every form of it but the one that hosts write: a signature does not cover its envelope, and each
 * other form of one document would be one more. Throws MANIFEST_INVALID for what is in no known form.
 */
export function readEvidence(bytes: Buffer, hosts: PinnedHosts): { facts: Facts; report?: Report } {
  const trusted = new Map([
    [MANIFEST_TYPE, hosts.backup],
    [REPORT_TYPE, hosts.restoreTest],
  ]);
  const { payloadType, payload, keyid } = openEnvelopeOf(bytes, trusted);
  if (!isPlain(bytes, payload)) throw refused("it is not in the one form that lakat writes");
  if (payloadType === MANIFEST_TYPE) {
    const manifest = parseManifest(payload);
    if (manifest.host !== keyid)
      throw refused(`it names the host ${manifest.host} and is signed by ${keyid}`);
    return { facts: factsOfManifest(manifest) };
  }
  const report = parseReport(payload);
  if (report.host !== keyid) throw refused(`it names the host ${report.host} and is signed by ${keyid}`);
  return { facts: factsOfReport(report), report };
}

/** Whether these are the bytes that `signEnvelope` makes of the payload: one signature, nothing added, no blanks. */
function isPlain(bytes: Buffer, payload: Buffer): boolean {
  const { payloadType, signatures } = JSON.parse(bytes.toString("utf8")) as {
    payloadType: string;
    signatures: { keyid: string; sig: string }[];
  };
  const [{ keyid, sig } = { keyid: "", sig: "" }] = signatures;
  const plain = {
    payloadType,
    payload: payload.toString("base64"),
    signatures: [{ keyid, sig: Buffer.from(sig, "base64").toString("base64") }],
  };
  return bytes.equals(Buffer.from(`${JSON.stringify(plain)}\n`));
}

function refused(why: string): Fault {
  return new Fault(
    "SIGNATURE_INVALID",
    `the document is refused: ${why}`,
    "Push what the host has signed, as it lies there.",
  );
}

/** The report in an envelope that was taken. Throws SIGNATURE_INVALID when its host is pinned no longer. */
export function reportIn(bytes: Buffer, { restoreTest }: PinnedHosts): Report {
  return parseReport(openEnvelope(bytes, REPORT_TYPE, restoreTest));
}

function factsOfManifest({ backupId: id, cluster, finishedAt, objects }: Manifest): ManifestFacts {
  return { kind: "manifest", id, cluster, at: new Date(finishedAt), bytes: totalSize(objects) };
}

function factsOfReport(report: Report): Facts {
  const { id, verdict, findings } = report;
  const common = { id, at: new Date(report.finishedAt), verdict };
  if (report.kind === "daily")
    return {
      kind: "daily",
      ...common,
      findings,
      day: report.day,
      clusters: report.clusters.map((one) => ({
        cluster: one.cluster,
        verdict: one.verdict,
        findings: one.findings,
      })),
    };
  if (report.kind === "sabotage")
    return {
      kind: "sabotage",
      ...common,
      cases: report.cases.length,
      missed: report.cases.filter(({ outcome }) => outcome === "failed").length,
    };
  const { backup, measures } = report;
  return {
    kind: "drill",
    ...common,
    cluster: report.cluster,
    findings,
    ...(backup && { backup: { id: backup.id, committed: new Date(madeAt(backup)) } }),
    proves: proves(report),
    ...(measures && {
      measures: {
        bytes: measures.bytes,
        ...(measures.rows !== undefined && { rows: measures.rows }),
        ...(measures.restoreSeconds !== undefined && { restoreSeconds: measures.restoreSeconds }),
        ...(measures.rtoSeconds !== undefined && { rtoSeconds: measures.rtoSeconds }),
      },
    }),
  };
}
