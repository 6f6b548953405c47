/**
 * What a backup needs before its first byte: keys, the server with its lock, and the stores, each examined. The
 * server and the stores are asked at the same time.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Logger } from "pino";
import { canaryNotDumped } from "../backup/canary.ts";
import { lockCluster, type ClusterLock } from "../backup/cluster-lock.ts";
import { readSettings } from "../backup/inventory.ts";
import { destinationFailed, type Destination } from "../backup/shipment.ts";
import { discardUnfinished } from "../backup/unfinished.ts";
import { together } from "../concurrency/together.ts";
import type { BackupConfig, PostgresConfig } from "../config.ts";
import { asFault, Fault, type Finding } from "../fault.ts";
import type { Connection } from "../postgres/connection.ts";
import type { PostgresPrograms } from "../postgres/find-programs.ts";
import { programsFor } from "../postgres/programs.ts";
import type { OpenedDayKey } from "../seal/day-key.ts";
import { MANIFEST_NAME } from "../seal/manifest.ts";
import type { RecoveryKey } from "../seal/recovery-key.ts";
import type { SigningKey } from "../seal/signing-key.ts";
import { MemoryBudget } from "../store/memory-budget.ts";
import type { Sink } from "../store/object-store.ts";
import { openUploadJournal, type UploadJournalFile } from "../store/upload-journal.ts";
import type { Call } from "./command.ts";
import { fetchDayKey } from "./day-key.ts";
import { examine, openSink } from "./destinations.ts";
import { readSigningKey, readVerifyKey } from "./key-files.ts";
import { loadRecoveryKeys } from "./recovery-keys.ts";
import { readSecret } from "./secrets.ts";

export interface Prepared {
  signingKey: SigningKey;
  recoveryKeys: RecoveryKey[];
  dayKey: OpenedDayKey | undefined;
  connection: Connection;
  lock: ClusterLock;
  programs: PostgresPrograms;
  /** Version of the zstd program. */
  zstd: string;
  /** Whether coreutils' stdbuf is there. */
  stdbuf: boolean;
  /** Those of the server that the configuration chooses. */
  databases: string[];
  destinations: Destination[];
  journal: UploadJournalFile;
  findings: Finding[];
  /** Aborted like the run's own, and when the lock is lost. */
  signal: AbortSignal;
  /** Discards what this run or an earlier one has begun and not ended. */
  cleanUp(signal: AbortSignal): Promise<void>;
  /** Gives back lock and journal. */
  release(): Promise<void>;
}

/**
 * Throws, before anything is written anywhere, what makes a run impossible: RECOVERY_KEY_…, KEY_FILE_…, PG_…,
 * BACKUP_RUNNING, PROGRAM_MISSING, RESIDENCY_REFUSED, and the store's fault when no destination can be used.
 */
export async function prepareBackup(
  call: Call,
  config: BackupConfig,
  log: Logger,
  signal: AbortSignal,
): Promise<Prepared> {
  const now = call.now();
  const signingKey = await readSigningKey(config.signing_key);
  const recovery = await loadRecoveryKeys(config.recovery_keys, now);
  const connection = await connectionOf(config.postgres, call.env);
  const lock = await lockCluster(
    connection,
    config.postgres.database,
    config.cluster,
    { signal },
    readSettings,
  );
  const held = AbortSignal.any([signal, lock.lost]);
  const opened: { journal?: UploadJournalFile } = {};
  const release = async (): Promise<void> => {
    await opened.journal?.close();
    await lock.release();
  };
  try {
    const journal = await openUploadJournal(join(config.state_directory, `${config.cluster}.uploads`));
    opened.journal = journal;
    const sinks = await openSinks(config, journal, call.env);
    const clean = (until: AbortSignal): Promise<void> => cleanUp(journal, sinks, log, until);
    const [server, stores] = await together(
      serverSide(config, lock),
      storeSide(config, sinks, clean, now, held),
    );
    return {
      signingKey,
      recoveryKeys: recovery.keys,
      connection,
      lock,
      journal,
      ...server,
      ...stores,
      findings: [...recovery.findings, ...server.findings, ...stores.findings],
      signal: held,
      cleanUp: clean,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function serverSide(
  config: BackupConfig,
  lock: ClusterLock,
): Promise<Pick<Prepared, "programs" | "zstd" | "stdbuf" | "databases" | "findings">> {
  const databases = chosen(config.postgres, lock);
  const findings = leftOut(config.postgres, lock);
  if (config.canary !== undefined && !databases.includes(config.canary.database))
    findings.push(canaryNotDumped(config.canary.database));
  const programs = await programsFor(lock.serverMajor, config.postgres.programs);
  return { databases, findings, programs, zstd: await zstdVersion(), stdbuf: await hasStdbuf() };
}

async function storeSide(
  config: BackupConfig,
  sinks: Sink[],
  clean: (signal: AbortSignal) => Promise<void>,
  now: Date,
  signal: AbortSignal,
): Promise<Pick<Prepared, "destinations" | "dayKey" | "findings">> {
  await clean(signal);
  const { destinations, findings } = await examineAll(config, sinks, now, signal);
  const day = await dayKeyOf(
    config,
    destinations.map(({ sink }) => sink),
    now,
    signal,
  );
  return { destinations, dayKey: day.dayKey, findings: [...findings, ...day.findings] };
}

async function openSinks(
  config: BackupConfig,
  journal: UploadJournalFile,
  env: NodeJS.ProcessEnv,
): Promise<Sink[]> {
  const budget = new MemoryBudget(config.memory);
  return Promise.all(config.destinations.map((entry) => openSink(entry, { budget, journal }, env)));
}

/** A destination that cannot be used is a finding as long as another can; a forbidden country ends the run. */
async function examineAll(
  config: BackupConfig,
  sinks: Sink[],
  now: Date,
  signal: AbortSignal,
): Promise<{ destinations: Destination[]; findings: Finding[] }> {
  const destinations: Destination[] = [];
  const findings: Finding[] = [];
  let first: Fault | undefined;
  for (const [i, entry] of config.destinations.entries()) {
    const sink = sinks[i];
    if (sink === undefined) continue;
    try {
      const examined = await examine(entry, sink, config.cluster, now, signal);
      destinations.push(examined.destination);
      findings.push(...examined.findings);
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      if (fault.exit === 2) throw fault;
      first ??= fault;
      findings.push(destinationFailed(entry.name, fault));
    }
  }
  if (destinations.length === 0 && first !== undefined) throw first;
  return { destinations, findings };
}

async function dayKeyOf(
  config: BackupConfig,
  sinks: Sink[],
  now: Date,
  signal: AbortSignal,
): ReturnType<typeof fetchDayKey> {
  if (config.restore_test === undefined) return { dayKey: undefined, findings: [] };
  const pinned = await readVerifyKey(config.restore_test.public_key);
  return fetchDayKey(sinks, pinned, now, signal);
}

/** What an earlier run left when it was killed. A store that cannot be reached now is cleaned by a later run. */
async function cleanUp(
  journal: UploadJournalFile,
  sinks: Sink[],
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = journal.unfinished();
  for await (const { upload, fault } of discardUnfinished(unfinished, sinks, MANIFEST_NAME, signal)) {
    const { destination, key } = upload;
    if (fault === undefined) {
      await journal.ended(upload);
      log.info({ destination, key }, "discarded what an unfinished run left");
    } else {
      const { code, message: what } = fault;
      log.warn({ destination, key, code, what }, "could not discard what an unfinished run left");
    }
  }
}

async function connectionOf(postgres: PostgresConfig, env: NodeJS.ProcessEnv): Promise<Connection> {
  const { host, port, user, sslmode, sslrootcert } = postgres;
  const password =
    postgres.password === undefined
      ? undefined
      : await readSecret(postgres.password, "postgres.password", env);
  return { host, port, user, password, sslmode, sslrootcert };
}

/** The configured choice among the server's databases. Throws CONFIG_INVALID for one that is not there. */
function chosen({ only, except }: PostgresConfig, { databases, leftOut }: ClusterLock): string[] {
  const known = new Set([...databases, ...leftOut]);
  const missing = [
    ...(only ?? []).filter((name) => !databases.includes(name)),
    ...except.filter((name) => !known.has(name)),
  ];
  if (missing.length > 0)
    throw new Fault(
      "CONFIG_INVALID",
      `the server has no database ${missing.join(", ")}`,
      `It has ${databases.join(", ")}; correct postgres.only or postgres.except.`,
    );
  return databases.filter((name) => (only?.includes(name) ?? true) && !except.includes(name));
}

/** What a whole cluster's backup lacks, unless the configuration says that it may. */
function leftOut({ only, except }: PostgresConfig, lock: ClusterLock): Finding[] {
  const names = only === undefined ? lock.leftOut.filter((name) => !except.includes(name)) : [];
  return names.map((name) => ({
    code: "DUMP_WARNING",
    what: `database ${name} is a template or accepts no connections, so it is not in the backup`,
    todo: "Name it in postgres.except if that is meant so.",
  }));
}

async function hasStdbuf(): Promise<boolean> {
  return promisify(execFile)("stdbuf", ["--version"]).then(
    () => true,
    () => false,
  );
}

/** Throws PROGRAM_MISSING. */
async function zstdVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("zstd", ["--version"]);
    return /v(\d[\d.]*)/.exec(stdout)?.[1] ?? "unknown";
  } catch (error) {
    throw new Fault("PROGRAM_MISSING", "the zstd program was not found", "Install the package zstd.", {
      cause: error,
    });
  }
}
