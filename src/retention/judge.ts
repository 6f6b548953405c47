/** What is known of one backup before the rules are asked: when it was made, and whether it was proved. Pure. */
import type { Fault, Finding } from "../fault.ts";
import { totalSize, type Manifest } from "../seal/manifest.ts";
import type { DatedBackup, Proof } from "./keep.ts";
import type { BackupFolder } from "./survey.ts";
import type { Standing } from "./verdicts.ts";

/** A backup as the catalogue lists it: its manifest signed by a trusted host. */
export interface ListedBackup {
  folder: string;
  committed: Date;
  manifest: Manifest;
  findings: Finding[];
}

/** What has a backup's place and is not trusted. */
export interface RefusedBackup {
  folder: string;
  committed: Date;
  fault: Fault;
}

export interface JudgedBackup extends DatedBackup {
  cluster: string;
  folder: string;
  /** Of all versions of its objects. */
  bytes: number;
  /** In words: what the restore tests say of it. */
  tested: string;
  /** The store's own time of the commit. */
  stored: Date;
  /** That and the signed one are too far apart to be both right. */
  datesDisagree: boolean;
  /** The day whose key it is sealed to. */
  dayKey: string | undefined;
}

/** A host signs its manifest right before it ships it; S3 itself refuses clocks that are a quarter of an hour wrong. */
const MOST_APART_MS = 3_600_000;

/**
 * The earlier of both times counts. The signed one alone could be any, the store's alone would call everything new that
 * was copied into another bucket. Where they are far apart (a copy, a clock that was wrong, or a host that lies) the backup is doubtful
 * at most: it takes no place from one that passed without doubt.
 */
export function judge(
  { folder, committed, manifest }: ListedBackup,
  seen: BackupFolder | undefined,
  standing: Standing | undefined,
): JudgedBackup {
  const stored = seen?.committed ?? committed;
  const signed = new Date(manifest.finishedAt);
  const datesDisagree = Math.abs(stored.getTime() - signed.getTime()) > MOST_APART_MS;
  const passed = standing !== undefined && standing.last !== "failed";
  const proof: Proof =
    standing?.everPassed !== true ? "unproved" : passed && !datesDisagree ? "passed" : "doubtful";
  return {
    id: manifest.backupId,
    at: signed < stored ? signed : stored,
    proof,
    cluster: manifest.cluster,
    folder,
    bytes: seen?.bytes ?? totalSize(manifest.objects),
    tested: inWords(standing) + (datesDisagree ? ", dates disagree" : ""),
    stored,
    datesDisagree,
    dayKey: manifest.recipients.dayKey?.day,
  };
}

function inWords(standing: Standing | undefined): string {
  if (standing === undefined) return "untested";
  if (standing.last !== "failed") return standing.last === "findings" ? "passed, with findings" : "passed";
  return standing.everPassed ? "failed, after it had passed" : "failed";
}

/** What has to be told of a cluster's backups; of dates that disagree only of what the store received after `recent`. */
export function proofFindings(cluster: string, backups: JudgedBackup[], now: Date, recent: Date): Finding[] {
  const findings: Finding[] = [];
  if (!backups.some(({ proof, at }) => proof === "passed" && at <= now))
    findings.push({
      code: "PRUNE_NOTHING_PROVED",
      what: `none of the ${backups.length} backups of ${cluster} has been restored and has passed, so none of them may go`,
      todo:
        backups.length === 0
          ? "Check the cluster's name, the store and its prefix in the configuration."
          : "See why the restore tests do not pass or do not report into this store, and that restore_tests names their key.",
    });
  const doubtful = backups.filter(({ datesDisagree, stored }) => datesDisagree && stored > recent);
  const [first] = doubtful;
  if (first !== undefined)
    findings.push({
      code: "CLOCK_DOUBTFUL",
      what: `the store and the host that signed date ${doubtful.length} of the backups of ${cluster} more than an hour apart (${first.id})`,
      todo: "Check that host's clock; if it was right, find out who shipped these.",
    });
  return findings;
}
