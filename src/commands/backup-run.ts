/** `lakat backup run`: wires the backup flow to PostgreSQL, the stores, the keys and whoever watches. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { backup, type BackupResult } from "../backup/backup.ts";
import { postgresSource } from "../backup/postgres-source.ts";
import { runMark } from "../backup/unfinished.ts";
import type { BackupConfig } from "../config.ts";
import { asFault, Fault, type Finding } from "../fault.ts";
import { backupFolder, newBackupId } from "../seal/manifest.ts";
import type { Upload, UploadJournal } from "../store/object-store.ts";
import { VERSION } from "../version.ts";
import { prepareBackup } from "./backup-preparation.ts";
import { lastBytes, rememberBytes, watchBackup } from "./backup-watcher.ts";
import type { Call, Command, Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { tellBoard } from "./evidence.ts";
import { runLog } from "./log.ts";
import { durationText, sizeText } from "./progress.ts";

/** Streams when the configuration names none, on a host with at least so many cores. */
const MOST_JOBS_UNASKED = 4;
/** For aborting uploads after a failure, when the run's own signal may be aborted already. */
const CLEAN_UP_MS = 30_000;

export const command: Command = {
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
    const result = await prepareAndRun(call, config, backupId, log, signal);
    const seconds = (call.now().getTime() - startedAt.getTime()) / 1000;
    log.info({ bytes: result.bytes, seconds, findings: result.findings.map((f) => f.code) }, "backup done");
    await tellBoard(config, backupId, result.signed, call.signal, ({ code, message, todo }) =>
      log.warn({ code, todo }, message),
    );
    return outcome(config, result, seconds);
  } catch (error) {
    const fault = asFault(signal.aborted ? signal.reason : error);
    log.error({ code: fault.code, what: fault.message }, "backup failed");
    throw fault;
  }
}

/** One run, from the lock to the commit. What it began and did not end is discarded when it fails. */
async function prepareAndRun(
  call: Call,
  config: BackupConfig,
  backupId: string,
  log: Logger,
  signal: AbortSignal,
): Promise<BackupResult> {
  const prepared = await prepareBackup(call, config, log, signal);
  const { journal, lock, connection, programs, destinations } = prepared;
  const state = join(config.state_directory, `${config.cluster}.last-run.json`);
  const watcher = watchBackup(call, log, await lastBytes(state));
  const warnings: Finding[] = [];
  const jobs = jobsOf(config);
  const folder = backupFolder(undefined, config.cluster, backupId);
  const marks = destinations.map(({ sink }) => runMark(sink.name, folder));
  try {
    for (const mark of marks) await journal.begun(mark);
    const result = await backup({
      backupId,
      cluster: config.cluster,
      source: postgresSource({
        connection,
        programs,
        stdbuf: prepared.stdbuf,
        compressionLevel: config.compression_level,
        lockWait: config.postgres.lock_wait,
        database: config.postgres.database,
        databases: prepared.databases,
        facts: {
          serverVersion: lock.serverVersion,
          systemIdentifier: lock.systemIdentifier,
          settings: lock.settings,
          tools: { pgDump: programs.version, zstd: prepared.zstd },
        },
        streams: jobs,
        canary:
          config.canary === undefined
            ? undefined
            : {
                cluster: config.cluster,
                backupId,
                systemIdentifier: lock.systemIdentifier,
                database: config.canary.database,
                signingKey: prepared.signingKey,
                now: call.now,
              },
        find: (finding) => void warnings.push(finding),
        warn: (subject, line) => {
          const warning = dumpWarning(subject, line);
          if (!warnings.some(({ what }) => what === warning.what)) warnings.push(warning);
        },
      }),
      destinations,
      recoveryKeys: prepared.recoveryKeys,
      dayKey: prepared.dayKey,
      signingKey: prepared.signingKey,
      jobs,
      compressionLevel: config.compression_level,
      attempts: config.attempts,
      dataCategories: config.data_categories,
      findings: prepared.findings,
      warnings,
      lakatVersion: VERSION,
      watch: watcher,
      now: call.now,
      pause: async (attempt, ended) => {
        await sleep(Math.random() * 2000 * 2 ** attempt, undefined, { signal: ended });
      },
      signal: prepared.signal,
    });
    const done = marks.filter((mark) => result.destinations.includes(mark.destination));
    await forget(journal, done, log);
    await rememberBytes(state, result.bytes);
    return result;
  } catch (error) {
    await prepared.cleanUp(AbortSignal.timeout(CLEAN_UP_MS)).catch(() => undefined);
    throw error;
  } finally {
    watcher.end();
    await prepared.release();
  }
}

/** The backup is committed: a state folder that cannot be written now makes no failure of it. */
async function forget(journal: UploadJournal, marks: Upload[], log: Logger): Promise<void> {
  try {
    for (const mark of marks) await journal.ended(mark);
  } catch (error) {
    log.warn(
      { what: asFault(error).message },
      "the journal of uploads could not be written; the next run tidies it",
    );
  }
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

function jobsOf(config: BackupConfig): number {
  return Math.min(config.jobs ?? MOST_JOBS_UNASKED, availableParallelism());
}

function overTime(config: BackupConfig): Fault {
  return new Fault(
    "TIME_LIMIT",
    `the backup took longer than ${durationText(config.time_limit / 1000)}`,
    "Raise time_limit, or look what made it slow.",
  );
}
