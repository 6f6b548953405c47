/** Which backup a drill tests: the one asked for, or the newest by the store's own time. */
import { asFault, type Finding } from "../fault.ts";
import { encodeManifest } from "../seal/manifest.ts";
import { sha256Of, type DrillReport } from "../seal/report.ts";
import type { Source } from "../store/object-store.ts";
import { backupMadeAt, findBackup, type Backup } from "./catalogue.ts";
import type { Trust } from "./read-manifest.ts";
import { copyIn } from "./sealed-object.ts";
import type { StepLog } from "./step-log.ts";

/** How often a backup is expected, and how late it may be. Milliseconds. */
export interface Expectation {
  every: number;
  grace: number;
}

/** Clocks of hosts that ask a time server differ by less; a store refuses requests at 15 minutes. */
const CLOCKS_DIFFER_MS = 10 * 60_000;
/** The manifest goes to the store as soon as it is signed; one that is retried for long still does within this. */
const COMMIT_TAKES_MS = 3_600_000;

export interface PickRequest {
  source: Source;
  trust: Trust;
  cluster: string;
  /** A backup's id or the beginning of it; undefined: the newest, if it is due. */
  id: string | undefined;
  /** Whether this backup has yet to be tested; asked for the newest only. */
  due: (backupId: string) => boolean;
  /** Hears what is wrong beside a newest backup that is not due, such as a later one that is refused: no report says it. */
  beside?: ((findings: readonly Finding[]) => void) | undefined;
  expectation: Expectation;
  now: () => Date;
  signal: AbortSignal;
}

/**
 * The backup to test. A newest one that is overdue is told of as BACKUP_OVERDUE, and so is none at all (then the
 * result is undefined): silence is a failure. "nothing due" only when nothing red is to be told either.
 */
export async function pick(request: PickRequest, log: StepLog): Promise<Backup | "nothing due" | undefined> {
  const { source, trust, cluster, id, signal } = request;
  let backup: Backup;
  try {
    backup = await findBackup(source, { cluster, id }, trust, signal);
  } catch (error) {
    const { code, message, todo } = asFault(error);
    if (code !== "BACKUP_NOT_FOUND" || id !== undefined) throw error;
    log.find({ code: "BACKUP_OVERDUE", what: message, todo });
    return undefined;
  }
  const now = request.now().getTime();
  const { every, grace } = request.expectation;
  const overdue = id === undefined && now - backupMadeAt(backup) > every + grace;
  if (overdue) log.find(overdueFinding(backup, now));
  for (const finding of backup.findings) log.find(finding);
  const due = id !== undefined || request.due(backup.manifest.backupId);
  if (!due && !overdue) {
    request.beside?.(backup.findings);
    return "nothing due";
  }
  await judgeOwnClock(request, log);
  judgeClocks(backup, now, log);
  return due ? backup : undefined;
}

/** Every age here is told by this host's clock: where the store's is another, a finding says so beside what follows from it. */
async function judgeOwnClock({ source, now, signal }: PickRequest, log: StepLog): Promise<void> {
  const store = await source.clock?.(signal);
  if (store === undefined) return;
  const ahead = now().getTime() - store.getTime();
  if (Math.abs(ahead) <= CLOCKS_DIFFER_MS) return;
  const hours = (Math.abs(ahead) / 3_600_000).toFixed(1);
  log.find({
    code: "CLOCK_DOUBTFUL",
    what: `this host's clock is ${hours} hours ${ahead > 0 ? "ahead of" : "behind"} that of ${source.name}`,
    todo: "Find out which of the two is wrong (`timedatectl`): what this report says of ages may be wrong as well.",
  });
}

function overdueFinding(backup: Backup, now: number): Parameters<StepLog["find"]>[0] {
  const { cluster, backupId } = backup.manifest;
  const hours = Math.round((now - backupMadeAt(backup)) / 3_600_000);
  return {
    code: "BACKUP_OVERDUE",
    what: `the newest backup of ${cluster}, ${backupId}, is ${hours} hours old`,
    todo: "Look on the backup host why there is none since (`systemctl status lakat-backup`), and run one.",
  };
}

function judgeClocks(backup: Backup, now: number, log: StepLog): void {
  const { committed, manifest } = backup;
  if (Date.parse(manifest.finishedAt) > committed.getTime() + CLOCKS_DIFFER_MS)
    log.find({
      code: "BACKUP_FROM_FUTURE",
      what: `the manifest of ${manifest.backupId} says it was finished at ${manifest.finishedAt}, but the store received it at ${committed.toISOString()}`,
      todo: "Set the backup host's clock right and make a new backup; if its clock is right, find out who signed this one.",
    });
  if (committed.getTime() > Date.parse(manifest.finishedAt) + COMMIT_TAKES_MS)
    log.find({
      code: "CLOCK_DOUBTFUL",
      what: `the manifest of ${manifest.backupId} says it was finished at ${manifest.finishedAt}, and the store received it only at ${committed.toISOString()}`,
      todo: "If nobody copied the backup there, look at the clocks of the backup host and of the store (`timedatectl`).",
    });
  if (committed.getTime() > now + CLOCKS_DIFFER_MS)
    log.find({
      code: "CLOCK_DOUBTFUL",
      what: `by the store's clock ${manifest.backupId} was committed at ${committed.toISOString()}, which on this host is yet to come`,
      todo: "Set this host's clock right (`timedatectl`), then run the restore test again.",
    });
}

/** What the report says of the backup: enough to find it again and to see that it is the same. */
export function evidenceOf(source: Source, backup: Backup): NonNullable<DrillReport["backup"]> {
  const { manifest, folder, committed } = backup;
  const { serverVersion, systemIdentifier, databases } = manifest.source;
  const lockedUntil = copyIn(source, manifest)?.retainUntil;
  return {
    id: manifest.backupId,
    folder,
    committed: committed.toISOString(),
    startedAt: manifest.startedAt,
    finishedAt: manifest.finishedAt,
    host: manifest.host,
    manifest: sha256Of(encodeManifest(manifest)),
    serverVersion,
    systemIdentifier,
    databases: databases.map(({ name, snapshotAt, lsn }) => ({ name, snapshotAt, lsn })),
    objects: manifest.objects.length,
    ...(lockedUntil === undefined ? {} : { lockedUntil }),
  };
}
