/** `lakat backup run`: wires the backup flow to PostgreSQL, the stores, the keys and whoever watches. */
import { execFile } from "node:child_process";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Logger } from "pino";
import { backup, type BackupResult, type Watcher } from "../backup/backup.ts";
import { lockCluster } from "../backup/cluster-lock.ts";
import { readSettings } from "../backup/inventory.ts";
import { postgresSource } from "../backup/postgres-source.ts";
import type { Destination } from "../backup/shipment.ts";
import { discardUnfinished, runMark } from "../backup/unfinished.ts";
import type { BackupConfig, PostgresConfig } from "../config.ts";
import { asFault, Fault, type Finding } from "../fault.ts";
import type { Connection } from "../postgres/connection.ts";
import { programsFor } from "../postgres/programs.ts";
import { backupFolder, newBackupId } from "../seal/manifest.ts";
import { signingKeyFromPem, verifyKeyFromPem } from "../seal/signing-key.ts";
import { MemoryBudget } from "../store/memory-budget.ts";
import type { Sink } from "../store/object-store.ts";
import { openUploadJournal, type UploadJournalFile } from "../store/upload-journal.ts";
import { VERSION } from "../version.ts";
import type { Call, Command, Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { fetchDayKey } from "./day-key.ts";
import { examine, openSink } from "./destinations.ts";
import { readPrivateFile, readPublicFile } from "./key-files.ts";
import { runLog } from "./log.ts";
import { durationText, progressLine, sizeText } from "./progress.ts";
import { loadRecoveryKeys } from "./recovery-keys.ts";
import { readSecret } from "./secrets.ts";

/** Streams when the configuration names none: more than two gained nothing on two cores (docs/benchmarks.md). */
const MOST_JOBS_UNASKED = 4;

export const command: Command = {
  summary: "make a backup of the cluster now",
  usage: `[options]\n\n${CONFIG_USAGE}`,
  options: CONFIG_OPTION,
  run,
};

async function run(call: Call): Promise<Outcome> {
  const config = await loadConfigFor(call, "backup");
  const startedAt = call.now();
  const backupId = newBackupId(startedAt);
  const log = runLog(call, config.log.level, backupId);
  const limit = AbortSignal.timeout(config.time_limit);
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  limit.addEventListener("abort", () => stop.abort(overTime(config)));
  log.info({ cluster: config.cluster }, "backup begins");
  try {
    const result = await underLock(call, config, backupId, log, signal);
    const seconds = (call.now().getTime() - startedAt.getTime()) / 1000;
    log.info({ bytes: result.bytes, seconds, findings: result.findings.map((f) => f.code) }, "backup done");
    return outcome(config, result, seconds);
  } catch (error) {
    const fault = asFault(signal.aborted ? signal.reason : error);
    log.error({ code: fault.code, what: fault.message }, "backup failed");
    throw fault;
  }
}

/** Keys and configuration are checked before the server is asked for anything; then one run at a time. */
async function underLock(
  call: Call,
  config: BackupConfig,
  backupId: string,
  log: Logger,
  signal: AbortSignal,
): Promise<BackupResult> {
  const now = call.now();
  const signingKey = signingKeyFromPem((await readPrivateFile(config.signing_key)).toString("utf8"));
  const recovery = await loadRecoveryKeys(config.recovery_keys, now);
  const connection = await connectionOf(config.postgres, call.env);
  const lock = await lockCluster(
    connection,
    config.postgres.database,
    config.cluster,
    { signal },
    readSettings,
  );
  const journal = await openUploadJournal(join(config.state_directory, `${config.cluster}.uploads`));
  const held = AbortSignal.any([signal, lock.lost]);
  try {
    const programs = await programsFor(lock.serverMajor, config.postgres.programs);
    const zstd = await zstdVersion();
    const sinks = await openSinks(config, journal, call.env);
    await cleanUp(journal, sinks, log, held);
    const stores = await examineAll(config, sinks, now, held);
    const day = await dayKeyOf(config, sinks, now, held);
    const folder = backupFolder(undefined, config.cluster, backupId);
    const marks = stores.destinations.map(({ sink }) => runMark(sink.name, folder));
    for (const mark of marks) await journal.begun(mark);

    const state = join(config.state_directory, `${config.cluster}.last-run.json`);
    const watcher = watch(call, log, await lastBytes(state));
    try {
      const warnings: Finding[] = [];
      const facts = { ...lock, tools: { pgDump: programs.version, zstd } };
      const result = await backup({
        backupId,
        cluster: config.cluster,
        source: postgresSource({
          connection,
          programs,
          compressionLevel: config.compression_level,
          lockWait: config.postgres.lock_wait,
          database: config.postgres.database,
          databases: chosen(config.postgres, lock.databases),
          facts: {
            serverVersion: facts.serverVersion,
            systemIdentifier: facts.systemIdentifier,
            settings: facts.settings,
            tools: facts.tools,
          },
          streams: jobsOf(config),
          warn: (subject, line) => {
            const warning = dumpWarning(subject, line);
            if (!warnings.some(({ what }) => what === warning.what)) warnings.push(warning);
          },
        }),
        destinations: stores.destinations,
        recoveryKeys: recovery.keys,
        dayKey: day.dayKey,
        signingKey,
        jobs: jobsOf(config),
        compressionLevel: config.compression_level,
        attempts: config.attempts,
        dataCategories: config.data_categories,
        findings: [...recovery.findings, ...stores.findings, ...day.findings],
        warnings,
        lakatVersion: VERSION,
        watch: watcher,
        now: call.now,
        pause: async (attempt, ended) => {
          await sleep(Math.random() * 2000 * 2 ** attempt, undefined, { signal: ended });
        },
        signal: held,
      });
      for (const mark of marks) if (result.destinations.includes(mark.destination)) await journal.ended(mark);
      await rememberBytes(state, result.bytes);
      return result;
    } catch (error) {
      await abandon(journal, sinks, log);
      throw error;
    } finally {
      watcher.end();
    }
  } finally {
    await journal.close();
    await lock.release();
  }
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
      findings.push({
        code: "DESTINATION_FAILED",
        what: `destination ${entry.name} got no backup: ${fault.code}: ${fault.message}`,
        todo: fault.todo,
      });
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
  const pinned = verifyKeyFromPem((await readPublicFile(config.restore_test.public_key)).toString("utf8"));
  return fetchDayKey(sinks, pinned, now, signal);
}

/** What an earlier run left when it was killed. A store that cannot be reached now is cleaned by a later run. */
async function cleanUp(
  journal: UploadJournalFile,
  sinks: Sink[],
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const upload of discardUnfinished(journal.unfinished(), sinks, "manifest.json", signal)) {
      await journal.ended(upload);
      log.info({ destination: upload.destination, key: upload.key }, "discarded what an unfinished run left");
    }
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ code: asFault(error).code }, "could not discard what an unfinished run left");
  }
}

/** After a failure in this run: the same, with a time limit of its own, since the run's signal may be aborted. */
async function abandon(journal: UploadJournalFile, sinks: Sink[], log: Logger): Promise<void> {
  const limit = AbortSignal.timeout(30_000);
  await cleanUp(journal, sinks, log, limit).catch(() => undefined);
}

function watch(call: Call, log: Logger, expected: number | undefined): Watcher & { end(): void } {
  const line = progressLine(call.stderr, expected, () => call.now().getTime());
  const sent = new Map<string, number>();
  return {
    phase: (name) => {
      line.phase(name);
      log.debug({ phase: name }, "phase");
    },
    stream: (name) => {
      sent.set(name, 0);
      line.streams(1);
    },
    shipped: (name, bytes) => {
      sent.set(name, (sent.get(name) ?? 0) + bytes);
      line.bytes(bytes);
    },
    streamEnded: (name) => {
      line.streams(-1);
      log.info({ object: name, bytes: sent.get(name) }, "stream ended");
    },
    again: (name, fault) => {
      line.bytes(-(sent.get(name) ?? 0));
      log.warn({ object: name, code: fault.code, what: fault.message }, "stream failed and is started again");
    },
    end: () => line.end(),
  };
}

function outcome(config: BackupConfig, result: BackupResult, seconds: number): Outcome {
  const { manifest } = result;
  const databases = manifest.source.databases.map(({ name }) => name);
  const text = [
    `backup ${result.backupId} of ${config.cluster}`,
    `  databases     ${databases.join(", ") || "none"}`,
    `  objects       ${manifest.objects.length}, ${sizeText(result.bytes)} sealed`,
    `  destinations  ${manifest.copies.map(({ destination, country }) => `${destination} (${country})`).join(", ")}`,
    `  sealed to     ${manifest.recipients.recovery.map(({ label }) => label).join(", ")}${manifest.recipients.dayKey === undefined ? "" : ` and the day key of ${manifest.recipients.dayKey.day}`}`,
    `  time          ${durationText(seconds)}`,
  ].join("\n");
  return {
    text,
    json: {
      backupId: result.backupId,
      cluster: config.cluster,
      folder: result.folder,
      databases,
      bytes: result.bytes,
      seconds,
      destinations: result.destinations,
    },
    findings: result.findings,
  };
}

function dumpWarning(subject: string, line: string): Finding {
  return {
    code: "DUMP_WARNING",
    what: `the dump of ${subject} may lack something: ${line}`,
    todo: "See whether what it names may be missing from a restore.",
  };
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
function chosen({ only, except }: PostgresConfig, databases: string[]): string[] {
  const missing = [...(only ?? []), ...except].filter((name) => !databases.includes(name));
  if (missing.length > 0)
    throw new Fault(
      "CONFIG_INVALID",
      `the server has no database ${missing.join(", ")}`,
      `It has ${databases.join(", ")}; correct postgres.only or postgres.except.`,
    );
  return databases.filter((name) => (only?.includes(name) ?? true) && !except.includes(name));
}

function jobsOf(config: BackupConfig): number {
  return Math.min(config.jobs ?? MOST_JOBS_UNASKED, availableParallelism());
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

function overTime(config: BackupConfig): Fault {
  return new Fault(
    "TIME_LIMIT",
    `the backup took longer than ${durationText(config.time_limit / 1000)}`,
    "Raise time_limit, or look what made it slow.",
  );
}

async function lastBytes(file: string): Promise<number | undefined> {
  try {
    const { bytes } = JSON.parse(await readFile(file, "utf8")) as { bytes?: unknown };
    return typeof bytes === "number" ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Only for the time left that the next run shows, so a failure to write is no matter. */
async function rememberBytes(file: string, bytes: number): Promise<void> {
  try {
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify({ bytes }), { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch {
    // See above.
  }
}
