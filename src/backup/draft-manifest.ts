/** The manifest of a run, out of what was asked for and what came of it. Pure. */
import type { Finding } from "../fault.ts";
import { totalSize, type Manifest, type ManifestObject } from "../seal/manifest.ts";
import type { BackupRequest } from "./backup-request.ts";
import type { ClusterFacts } from "./cluster-source.ts";
import type { Shipment } from "./shipment.ts";

/** What came of a run, all but its manifest shipped. */
export interface Run {
  startedAt: Date;
  finishedAt: Date;
  facts: ClusterFacts;
  databases: Manifest["source"]["databases"];
  objects: ManifestObject[];
  shipment: Shipment;
}

/** The manifest to be signed: it names the destinations that hold everything so far. */
export function draftManifest(request: BackupRequest, run: Run): Manifest {
  const { facts, objects, shipment } = run;
  const bytes = totalSize(objects);
  return {
    version: 1,
    backupId: request.backupId,
    cluster: request.cluster,
    host: request.signingKey.keyid,
    lakat: request.lakatVersion,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt.toISOString(),
    source: {
      serverVersion: facts.serverVersion,
      systemIdentifier: facts.systemIdentifier,
      databases: run.databases,
    },
    tools: facts.tools,
    compression: { format: "zstd", level: request.compressionLevel },
    recipients: recipientsOf(request),
    objects,
    copies: shipment.live.map(({ sink, country, retention }) => ({
      destination: sink.name,
      country,
      versions: shipment.versionsAt(sink.name),
      ...(retention === undefined
        ? {}
        : { mode: retention.mode, retainUntil: retention.until.toISOString() }),
    })),
    transfers: shipment.live.map(({ country, recipient, legalBasis }) => {
      return { recipient, country, legalBasis, dataCategories: request.dataCategories, bytes };
    }),
    findings: [...request.findings, ...withoutNames(request.warnings), ...shipment.findings].map(
      ({ code, what }) => ({ code, what }),
    ),
  };
}

function recipientsOf(request: BackupRequest): Manifest["recipients"] {
  const { dayKey } = request;
  return {
    recovery: request.recoveryKeys.map(({ kind, label, fingerprint }) => ({ kind, label, fingerprint })),
    ...(dayKey === undefined ? {} : { dayKey: { day: dayKey.day, fingerprint: dayKey.fingerprint } }),
  };
}

const WITHOUT_NAMES: Partial<Record<Finding["code"], string>> = {
  CANARY_NOT_WRITTEN: "the canary was not written, for a reason that the run has printed",
};

/**
 * What a dumper warns of it calls by name, as the server does in its errors, and the manifest can be read by whoever
 * reaches the store.
 */
function withoutNames(warnings: Finding[]): Pick<Finding, "code" | "what">[] {
  const dumpers = warnings.filter(({ code }) => code === "DUMP_WARNING").length;
  return [
    ...(dumpers === 0
      ? []
      : [
          {
            code: "DUMP_WARNING" as const,
            what: `${dumpers} warnings of the dump, which the run has printed`,
          },
        ]),
    ...warnings
      .filter(({ code }) => code !== "DUMP_WARNING")
      .map(({ code }) => ({ code, what: WITHOUT_NAMES[code] ?? "the run has printed what it was" })),
  ];
}
