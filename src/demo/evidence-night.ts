/** One night of one made-up cluster: its backup's manifest, and the restore test of it. Pure. */
import { createHash } from "node:crypto";
import type { Manifest } from "../seal/manifest.ts";
import {
  STEPS,
  verdictOf,
  type DrillReport,
  type Measures,
  type ReportCheck,
  type ReportFinding,
} from "../seal/report.ts";
import type { SigningKey } from "../seal/signing-key.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;

export interface Shape {
  cluster: string;
  bytes: number;
  rows: number;
  tables: number;
  /** A day, as a part. */
  growth: number;
  backupSeconds: number;
  restoreSeconds: number;
  rtoSeconds: number;
  /** When its backup is committed, milliseconds before the board is looked at. */
  before: number;
}

export const SHAPES: readonly Shape[] = [
  {
    cluster: "crm",
    bytes: 6.4 * GIB,
    rows: 48_200_000,
    tables: 214,
    growth: 0.0021,
    backupSeconds: 412,
    restoreSeconds: 724,
    rtoSeconds: 3600,
    before: 5.3 * HOUR,
  },
  {
    cluster: "billing",
    bytes: 0.83 * GIB,
    rows: 5_120_000,
    tables: 61,
    growth: 0.0034,
    backupSeconds: 74,
    restoreSeconds: 1511,
    rtoSeconds: 1800,
    before: 4.9 * HOUR,
  },
  {
    cluster: "warehouse",
    bytes: 41 * GIB,
    rows: 310_000_000,
    tables: 18,
    growth: 0.0006,
    backupSeconds: 2440,
    restoreSeconds: 4210,
    rtoSeconds: 7200,
    before: 5.8 * HOUR,
  },
];

export interface EvidenceKeys {
  backup: SigningKey;
  restoreTest: SigningKey;
}

/** Nights on which something was not as it should be, by days ago. */
const TROUBLE: Record<string, Record<number, ReportFinding>> = {
  crm: {
    58: {
      code: "ROWS_DIFFER",
      what: "2 tables of crm have other row counts than at the time of the backup",
      todo: "Do not rely on this backup; run `lakat backup run` and test that one.",
    },
    43: {
      code: "DATA_SHRANK",
      what: "crm holds 31.4 % fewer rows than the median of the last 14 passes",
      todo: "Ask who deleted data; keep the older backups until that is known.",
    },
  },
  billing: {
    19: {
      code: "RESTORE_FAILED",
      what: "the restore of billing broke off: the scratch file system was full",
      todo: "Make room in the scratch folder, and run `lakat drill run --cluster billing`.",
    },
    0: {
      code: "RESTORE_SLOWING",
      what: "the restore takes 25 min 11 s and grows by 5 s a day: it reaches the target of 30 min in about 57 days",
      todo: "Give the scratch server more memory or jobs, or raise rto.",
    },
  },
};
/** Nights without a restore test. */
export const MISSING: Record<string, readonly number[]> = { warehouse: [33, 32, 31] };

const hashOf = (label: string): string => createHash("sha256").update(label).digest("hex");
const iso = (time: number): string => new Date(time).toISOString();
const fingerprint = (label: string): string => `SHA256:${hashOf(label)}`;
const idAt = (time: number, label: string): string =>
  `${iso(time)
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:]/g, "")}-${hashOf(label).slice(0, 8)}`;

/** Around 1, `width` wide; the same for the same label. */
function about(label: string, width: number): number {
  return 1 + (Number.parseInt(hashOf(label).slice(0, 8), 16) / 2 ** 32 - 0.5) * width;
}

function measuresOf(shape: Shape, ago: number): Measures {
  const size = (1 + shape.growth) ** -ago;
  const of = (what: string, width: number): number => size * about(`${shape.cluster} ${ago} ${what}`, width);
  return {
    bytes: Math.round(shape.bytes * of("bytes", 0.006)),
    tableBytes: Math.round(shape.bytes * 3.1 * of("tables", 0.004)),
    rows: Math.round(shape.rows * of("rows", 0.002)),
    tables: shape.tables,
    backupSeconds: Math.round(shape.backupSeconds * of("backup", 0.16)),
    restoreSeconds: Math.round(shape.restoreSeconds * of("restore", 0.08)),
    rtoSeconds: shape.rtoSeconds,
  };
}

/** Of the backup that was committed at this time. */
export function manifestOf(shape: Shape, ago: number, committed: number, { backup }: EvidenceKeys): Manifest {
  const { cluster } = shape;
  const { bytes, backupSeconds } = measuresOf(shape, ago);
  const started = committed - backupSeconds * 1000;
  const parts = [
    `${cluster}/data-01.dump.zst.age`,
    `${cluster}/post-data.dump.zst.age`,
    `${cluster}/pre-data.dump.zst.age`,
  ];
  const object = (
    name: string,
    role: Manifest["objects"][number]["role"],
    size: number,
    database?: string,
  ) => ({
    name,
    role,
    ...(database !== undefined && { database }),
    size,
    sha256: hashOf(`${cluster} ${ago} ${name}`),
  });
  return {
    version: 1,
    backupId: idAt(started, `${cluster} ${ago} backup`),
    cluster,
    host: backup.keyid,
    lakat: "0.1.0",
    startedAt: iso(started),
    finishedAt: iso(committed),
    source: {
      serverVersion: "15.14",
      systemIdentifier: "7436120519920481203",
      databases: [{ name: cluster, snapshotAt: iso(started + 2000), lsn: "4A/1B2C3D4E", parts }],
    },
    tools: { pgDump: "15.14", zstd: "1.5.4" },
    compression: { format: "zstd", level: 3 },
    recipients: {
      recovery: ["safe-1", "safe-2"].map((label) => ({
        kind: "X25519" as const,
        label,
        fingerprint: fingerprint(label),
      })),
      dayKey: { day: iso(committed).slice(0, 10), fingerprint: fingerprint(`day ${ago}`) },
    },
    objects: [
      object("key.age", "key", 1142),
      object("proof.age", "proof", 388),
      object("globals.sql.zst.age", "globals", 2210),
      object(parts[0] ?? "", "data", bytes - 60_000, cluster),
      object(parts[1] ?? "", "post-data", 14_000, cluster),
      object(parts[2] ?? "", "pre-data", 22_000, cluster),
      object("inventory.json.age", "inventory", 20_260),
    ],
    copies: [
      {
        destination: "offsite",
        country: "DE",
        versions: {},
        retainUntil: iso(committed + 35 * DAY),
        mode: "COMPLIANCE",
      },
    ],
    transfers: [],
    findings: [],
  };
}

/** Of the restore test of that backup. */
export function drillOf(shape: Shape, ago: number, manifest: Manifest, keys: EvidenceKeys): DrillReport {
  const { cluster } = shape;
  const { restoreSeconds = 0, ...rest } = measuresOf(shape, ago);
  const finding = TROUBLE[cluster]?.[ago];
  const findings = finding === undefined ? [] : [finding];
  const isBroken = finding?.code === "RESTORE_FAILED";
  const begun = Date.parse(manifest.finishedAt) + 20 * MINUTE;
  const seconds = [0.9, 48, 0.3, 0.4, restoreSeconds, Math.round(restoreSeconds / 3), 2.7];
  const last = STEPS.indexOf("restore");
  return {
    kind: "drill",
    ...frameOf(
      begun,
      begun + seconds.reduce((sum, one) => sum + one * 1000, 0),
      `${cluster} ${ago} drill`,
      keys,
    ),
    cluster,
    verdict: verdictOf(findings),
    findings,
    backup: {
      id: manifest.backupId,
      folder: `backups/${cluster}/${manifest.finishedAt.slice(0, 10).replaceAll("-", "/")}/${manifest.backupId}`,
      committed: manifest.finishedAt,
      startedAt: manifest.startedAt,
      finishedAt: manifest.finishedAt,
      host: manifest.host,
      manifest: hashOf(`${cluster} ${ago} manifest`),
      serverVersion: manifest.source.serverVersion,
      systemIdentifier: manifest.source.systemIdentifier,
      databases: manifest.source.databases.map(({ name, snapshotAt, lsn }) => ({ name, snapshotAt, lsn })),
      objects: manifest.objects.length,
      lockedUntil: iso(Date.parse(manifest.finishedAt) + 35 * DAY),
    },
    steps: STEPS.map((name, i) => ({
      name,
      outcome:
        isBroken && name === "restore"
          ? "failed"
          : isBroken && i > last && name !== "destroy"
            ? "skipped"
            : "passed",
      seconds: seconds[i] ?? 0,
      ...(isBroken && name === "restore" && { why: "the scratch file system was full" }),
    })),
    recoveryKeys: manifest.recipients.recovery.map(({ label, fingerprint: of }) => ({
      label,
      fingerprint: of,
      ok: true,
    })),
    checks: isBroken ? [] : checksOf(cluster, rest, finding),
    measures: isBroken ? rest : { ...rest, restoreSeconds },
    tools: { postgres: "15.14", pg_restore: "15.14", zstd: "1.5.4" },
  };
}

function checksOf(database: string, measures: Measures, finding: ReportFinding | undefined): ReportCheck[] {
  const { rows = 0, tables = 0, tableBytes = 0 } = measures;
  const check = (
    name: ReportCheck["name"],
    seconds: number,
    facts: ReportCheck["facts"],
    fails = false,
  ): ReportCheck => ({
    name,
    database,
    outcome: fails ? "failed" : "passed",
    seconds,
    facts,
    problems: fails ? [finding?.what ?? ""] : [],
  });
  return [
    check("rows", 17, { tables, rows }, finding?.code === "ROWS_DIFFER"),
    check("round-trip", 149, { tables, rows, bytes: tableBytes }),
    check("constraints", 0.2, { constraints: tables * 3, notValid: 0 }),
    check("indexes", 0.1, { indexes: tables * 2 + 7, incomplete: 0 }),
    check("amcheck", 76, { tables, indexes: tables * 2 + 1 }),
    check("sequences", 0.3, { sequences: tables, behind: 0 }),
  ];
}

/** What every report begins with. */
export function frameOf(started: number, finished: number, label: string, { restoreTest }: EvidenceKeys) {
  return {
    version: 1 as const,
    id: idAt(started, label),
    host: restoreTest.keyid,
    lakat: "0.1.0",
    startedAt: iso(started),
    finishedAt: iso(finished),
  };
}
