/**
 * Reports of the restore-test host: of one restore test (drill), of a day, of a sabotage run. Signed
 * (envelope.ts) and chained: each names the hash of the one before. A report names tables and counts rows, so
 * in the store it lies sealed to the recovery keys; beside it lies its verdict, signed too, which names neither.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { CODES, Fault, firstLine, type Code } from "../fault.ts";
import { isClusterName, parseBackupId } from "./backup-name.ts";

/** DSSE payload types. */
export const REPORT_TYPE = "application/vnd.lakat.report+json";
export const VERDICT_TYPE = "application/vnd.lakat.verdict+json";

const text = z.string().max(4000);
const instant = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits");
const count = z.number().min(0);
const seconds = z.number().min(0);
const code = z.enum(Object.keys(CODES) as [Code, ...Code[]]);
/** Of the same form as a backup's: begun-at and eight random digits. */
const id = z.string().refine((value) => parseBackupId(value) !== undefined, "not a report id");
const cluster = z.string().refine(isClusterName, "not a cluster name");

/** passed: all well. findings: restored and right, but something wants attention. failed: do not count on it. */
const verdict = z.enum(["passed", "findings", "failed"]);
export type Verdict = z.output<typeof verdict>;

/** Its severity is that of its code: CODES 3 is a finding, everything else a failure. */
const finding = z.strictObject({ code, what: text, todo: text });
export type ReportFinding = z.output<typeof finding>;

const outcome = z.enum(["passed", "failed", "skipped"]);
export type StepOutcome = z.output<typeof outcome>;

/** In the order of the flow. */
export const STEPS = ["pick", "verify", "unlock", "prove", "restore", "check", "destroy"] as const;
export type StepName = (typeof STEPS)[number];

const step = z.strictObject({
  name: z.enum(STEPS),
  outcome,
  seconds,
  /** One sentence: what failed or why it was skipped. */
  why: text.optional(),
});
export type ReportStep = z.output<typeof step>;

export const CHECKS = [
  "rows",
  "round-trip",
  "constraints",
  "indexes",
  "amcheck",
  "sequences",
  "extensions",
  "settings",
  "canary",
  "freshness",
  "assertion",
  "command",
  "drift",
  "restore-time",
] as const;
export type CheckName = (typeof CHECKS)[number];

const check = z.strictObject({
  name: z.enum(CHECKS),
  /** Undefined: of the whole cluster. */
  database: text.optional(),
  /** The operator's name for it, or the column of a freshness. */
  subject: text.optional(),
  outcome,
  seconds,
  /** What was seen, by names that the words of the page know (such as tables, rows, bytes). */
  facts: z.record(z.string(), z.union([z.number(), z.string()])),
  /** What is wrong, one line each, in the terms of PostgreSQL; at most 20. */
  problems: z.array(text).max(20),
  /** Why it was skipped. */
  why: text.optional(),
});
export type ReportCheck = z.output<typeof check>;

const testedBackup = z.strictObject({
  id,
  folder: text,
  /** By the store's clock. */
  committed: instant,
  startedAt: instant,
  finishedAt: instant,
  /** keyid of the backup host. */
  host: text,
  /** SHA-256 of the manifest's payload. */
  manifest: sha256,
  serverVersion: text,
  systemIdentifier: text,
  databases: z.array(z.strictObject({ name: text, snapshotAt: instant, lsn: text })),
  objects: count,
  lockedUntil: instant.optional(),
});

const measures = z.strictObject({
  /** Sealed bytes in the store. */
  bytes: count,
  /** Bytes of the tables at the source, by the inventory. */
  tableBytes: count.optional(),
  rows: count.optional(),
  tables: count.optional(),
  backupSeconds: seconds,
  /** From unlock to restored; absent when it did not get there. */
  restoreSeconds: seconds.optional(),
  /** The target, when one is configured. */
  rtoSeconds: seconds.optional(),
});
export type Measures = z.output<typeof measures>;

const common = {
  version: z.literal(1),
  id,
  /** keyid of the restore-test host. */
  host: text,
  lakat: text,
  startedAt: instant,
  finishedAt: instant,
  /** The report this host made before, of any kind: SHA-256 of its signed bytes. */
  previous: z.strictObject({ id, sha256 }).optional(),
  verdict,
  findings: z.array(finding),
};

const drillReport = z.strictObject({
  kind: z.literal("drill"),
  ...common,
  cluster,
  /** Absent when none was found. */
  backup: testedBackup.optional(),
  steps: z.array(step),
  recoveryKeys: z.array(
    z.strictObject({ label: text, fingerprint: text, ok: z.boolean(), reason: text.optional() }),
  ),
  checks: z.array(check),
  measures: measures.optional(),
  /** Program → version. */
  tools: z.record(z.string(), text),
});
export type DrillReport = z.output<typeof drillReport>;

const dailyCluster = z.strictObject({
  cluster,
  verdict,
  newestBackup: z.strictObject({ id, committed: instant }).optional(),
  /** The newest backup that was restored and passed, and the report that says so. */
  proved: z
    .strictObject({ backup: id, committed: instant, report: id, restoreSeconds: seconds.optional() })
    .optional(),
  /** The newest restore test, whatever came of it. */
  drill: z.strictObject({ report: id, backup: id.optional(), verdict, finishedAt: instant }).optional(),
  rtoSeconds: seconds.optional(),
  findings: z.array(finding),
});
export type DailyCluster = z.output<typeof dailyCluster>;

const dailyReport = z.strictObject({
  kind: z.literal("daily"),
  ...common,
  /** The host's calendar day, in its configured time zone. */
  day: z.iso.date(),
  clusters: z.array(dailyCluster),
  /** The newest sabotage run. */
  sabotage: z
    .strictObject({ report: id, verdict, finishedAt: instant, cases: count, missed: count })
    .optional(),
});
export type DailyReport = z.output<typeof dailyReport>;

const sabotageReport = z.strictObject({
  kind: z.literal("sabotage"),
  ...common,
  cluster,
  backup: id,
  cases: z.array(
    z.strictObject({
      /** Such as `bit flipped in crm/data-01.dump.zst.age`. */
      name: text,
      /** One of these had to be found; empty: it had to be green. */
      expected: z.array(code),
      found: z.array(code),
      outcome: z.enum(["passed", "failed"]),
      seconds,
      why: text.optional(),
    }),
  ),
  /** Cases that this backup or this host gives no occasion for, and why. */
  leftOut: z.array(z.strictObject({ name: text, why: text })).optional(),
});
export type SabotageReport = z.output<typeof sabotageReport>;

const report = z.discriminatedUnion("kind", [drillReport, dailyReport, sabotageReport]);
export type Report = z.output<typeof report>;

const publicVerdict = z.strictObject({
  version: z.literal(1),
  kind: z.enum(["drill", "daily", "sabotage"]),
  id,
  host: text,
  startedAt: instant,
  finishedAt: instant,
  cluster: cluster.optional(),
  /** The backup that was tested. */
  backup: id.optional(),
  verdict,
  /** Codes of what was found, each once. */
  codes: z.array(code),
  /** SHA-256 of the signed report, and of the one before it. */
  report: sha256,
  previous: sha256.optional(),
});
/** What may lie readable in the store: no names of tables, no counts. */
export type PublicVerdict = z.output<typeof publicVerdict>;

/** The verdict that findings come to. */
export function verdictOf(findings: readonly { code: Code }[]): Verdict {
  if (findings.some((one) => CODES[one.code] !== 3)) return "failed";
  return findings.length > 0 ? "findings" : "passed";
}

/** JSON of a report, UTF-8, for signing. */
export function encodeReport(value: Report): Buffer {
  return Buffer.from(JSON.stringify(report.parse(value)));
}

/** Strict reverse of encodeReport. Throws MANIFEST_INVALID. */
export function parseReport(payload: Buffer): Report {
  return parse(report, payload, "report");
}

/** The public verdict on a report; `signed` is the report's envelope. Out: JSON, UTF-8, for signing. */
export function encodeVerdict(value: Report, signed: Buffer): Buffer {
  const { kind, id: reportId, host, startedAt, finishedAt, verdict: said } = value;
  const backup =
    value.kind === "drill" ? value.backup?.id : value.kind === "sabotage" ? value.backup : undefined;
  const findings =
    value.kind === "daily"
      ? [...value.findings, ...value.clusters.flatMap((one) => one.findings)]
      : value.findings;
  const content: PublicVerdict = {
    version: 1,
    kind,
    id: reportId,
    host,
    startedAt,
    finishedAt,
    ...(value.kind === "daily" ? {} : { cluster: value.cluster }),
    ...(backup === undefined ? {} : { backup }),
    verdict: said,
    codes: [...new Set(findings.map((one) => one.code))],
    report: sha256Of(signed),
    ...(value.previous === undefined ? {} : { previous: value.previous.sha256 }),
  };
  return Buffer.from(JSON.stringify(publicVerdict.parse(content)));
}

/** Strict reverse of encodeVerdict. Throws MANIFEST_INVALID. */
export function parseVerdict(payload: Buffer): PublicVerdict {
  return parse(publicVerdict, payload, "verdict");
}

/** Lower-case hex. */
export function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function parse<T>(schema: z.ZodType<T>, payload: Buffer, name: string): T {
  try {
    return schema.parse(JSON.parse(payload.toString("utf8")));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    throw new Fault(
      "MANIFEST_INVALID",
      firstLine(
        `the ${name} is not in the known form${issue === undefined ? "" : `: ${issue.path.join(".")}: ${issue.message}`}`,
      ),
      "Use the lakat version that wrote it, or a newer one.",
      { cause },
    );
  }
}
