/**
 * Wires what happens to a report once it is made, for every command that makes one: signed and chained, kept below
 * `state_directory`, stored, mailed, posted, counted.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RestoreTestConfig } from "../config.ts";
import { writeMetricsFile } from "../delivery/metrics-file.ts";
import { oneAtATime } from "../delivery/one-at-a-time.ts";
import { openOutbox } from "../delivery/outbox.ts";
import { ping } from "../delivery/ping.ts";
import { openReportFolder, type KeptReport } from "../delivery/report-folder.ts";
import { openMailbox } from "../delivery/smtp.ts";
import { headInStore, openStoreChannel } from "../delivery/store-channel.ts";
import { openWebhook } from "../delivery/webhook.ts";
import { fileFault } from "../files/whole-file.ts";
import { asFault, errno, Fault, firstLine, type Finding } from "../fault.ts";
import { unbrokenDays } from "../report/day-keys.ts";
import { deliver, type Delivery } from "../report/deliver.ts";
import { metricsState, metricsText } from "../report/metrics.ts";
import {
  callSwitch,
  publish,
  type Draft,
  type Publication,
  type Rendered,
  type ReportChannel,
  type SignedReport,
} from "../report/publish.ts";
import type { RecoveryKey } from "../seal/recovery-key.ts";
import type { Report } from "../seal/report.ts";
import type { SigningKey } from "../seal/signing-key.ts";
import { MemoryBudget } from "../store/memory-budget.ts";
import { NO_JOURNAL } from "../store/object-store.ts";
import { retainUntil } from "../store/retention.ts";
import type { Call } from "./command.ts";
import { usableDayKeys } from "./day-key-files.ts";
import { pushAll, tellBoard } from "./evidence.ts";
import { judgeDeclared, openSink, openSource } from "./destinations.ts";
import { readSigningKey } from "./key-files.ts";
import { loadRecoveryKeys } from "./recovery-keys.ts";
import { readSecret } from "./secrets.ts";

const DAY_MS = 86_400_000;
/** Days of history that a page shows. */
const PAGE_DAYS = 90;
/** Two mails of three minutes each: then whoever publishes beside us hangs. */
const PATIENCE_MS = 360_000;
/** An object is smaller than a part or, if it is not, waits for this memory like any other. */
const MEMORY = 2 ** 24;

/** Draws a report; `history` holds the reports of the last 90 days without this one, oldest first. */
export type Render = (made: SignedReport, history: readonly KeptReport[]) => Rendered;

export interface Reporting {
  /** Everything that becomes of a report. What goes wrong on the way is among the findings; see publish(). */
  publish(draft: Draft): Promise<Publication>;
  /** Kept reports begun at `since` or later, oldest first, and what of the history is damaged. */
  history(since?: Date): Promise<{ reports: KeptReport[]; findings: Finding[] }>;
  /** The newest report of a kind, of one cluster or of any. */
  lastOf<K extends Report["kind"]>(
    kind: K,
    cluster?: string,
  ): Promise<Extract<Report, { kind: K }> | undefined>;
  /** Sends what earlier runs could not, for a run that makes no report. publish() does it by itself. */
  flush(): Promise<Delivery>;
  /** Calls the dead man's switch for a green day whose report went out before. Out: what went wrong. */
  callSwitch(): Promise<Finding[]>;
}

/**
 * Reads keys and secrets; sends nothing yet. Throws KEY_FILE_…, SECRET_MISSING, CONFIG_INVALID, RESIDENCY_REFUSED,
 * and STORE_DENIED or STORE_FULL when `state_directory` cannot be used.
 */
export async function openReporting(
  call: Call,
  config: RestoreTestConfig,
  render: Render,
): Promise<Reporting> {
  const { reports, state_directory } = config;
  const key = await readSigningKey(config.signing_key);
  const folder = openReportFolder(join(state_directory, "reports"), key);
  const outbox = openOutbox(join(state_directory, "outbox"));
  const { channels, findings: opening } = await openChannels(call, config, key);
  const pingUrl =
    reports.ping === undefined ? undefined : await readSecret(reports.ping, "reports.ping", call.env);
  const switchCall = pingUrl === undefined ? undefined : (signal: AbortSignal) => ping(pingUrl, signal);
  await mkdir(state_directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw fileFault(error, state_directory, "made");
  });

  const means = () => ({ outbox, channels, now: call.now(), signal: call.signal });
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    oneAtATime(state_directory, PATIENCE_MS, call.signal, work);

  /** What is done beside delivering, each for itself: trouble with one must not keep the other from being done. */
  const afterwards = async (): Promise<Finding[]> => {
    const works = [
      () => folder.removeOlderThan(reports.keep, call.now()),
      async () => {
        if (reports.metrics_file === undefined) return;
        const { reports: kept } = await folder.list(daysBefore(call.now(), PAGE_DAYS));
        const waiting = (await outbox.list()).entries.length;
        const state = metricsState(
          kept.map(({ report }) => report),
          config.clusters.map(({ name }) => name),
          { dayKeysLeft: await dayKeysLeft(config, call.now()), waiting },
        );
        await writeMetricsFile(reports.metrics_file, metricsText(state));
      },
    ];
    const findings: Finding[] = [];
    for (const work of works)
      await work().catch((error: unknown) => {
        const { message: what, todo } = asFault(error);
        findings.push({ code: "REPORT_NOT_SENT", what: firstLine(what), todo });
      });
    return findings;
  };

  /** The board is one more of those who are told. */
  const toBoard = async (id: string, signed: Buffer): Promise<Finding[]> => {
    const findings: Finding[] = [];
    await tellBoard(config, id, signed, call.signal, ({ message, todo }) =>
      findings.push({ code: "REPORT_NOT_SENT", what: firstLine(message), todo }),
    );
    return findings;
  };

  return {
    publish: (draft) =>
      alone(async () => {
        let signed: Buffer | undefined;
        const published = await publish(draft, {
          ...means(),
          key,
          head: async () =>
            (await folder.last()) ?? headInStore(await openSource(config.source, call.env), key, call.signal),
          render: async (made) => {
            const { reports: history } = await folder.list(daysBefore(call.now(), PAGE_DAYS));
            return render(made, history);
          },
          keep: (id, envelope, page) => {
            signed = envelope;
            return folder.keep(id, envelope, page);
          },
          ping: switchCall,
        });
        const board = signed === undefined ? [] : await toBoard(published.report.id, signed);
        const findings = [...opening, ...published.findings, ...board, ...(await afterwards())];
        return { ...published, findings };
      }),

    history: (since) => folder.list(since),

    async lastOf<K extends Report["kind"]>(kind: K, cluster?: string) {
      const isOne = (report: Report): report is Extract<Report, { kind: K }> =>
        report.kind === kind &&
        (cluster === undefined || report.kind === "daily" || report.cluster === cluster);
      const kept = await folder.newest(isOne);
      return kept !== undefined && isOne(kept.report) ? kept.report : undefined;
    },

    flush: () =>
      alone(async () => {
        const delivery = await deliver(means());
        const { stopped } = await pushAll(config, call.signal);
        if (stopped !== undefined)
          delivery.findings.push({
            code: "REPORT_NOT_SENT",
            what: firstLine(stopped.message),
            todo: stopped.todo,
          });
        return delivery;
      }),

    callSwitch: () => callSwitch(switchCall, call.signal),
  };
}

/** The moment so many days earlier. */
export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}

async function openChannels(
  call: Call,
  config: RestoreTestConfig,
  key: SigningKey,
): Promise<{ channels: ReportChannel[]; findings: Finding[] }> {
  const { source, reports } = config;
  await judgeDeclared(source);
  const recovery = await recoveryKeys(config, call.now());
  const lock = source.type === "s3" ? source.lock : undefined;
  const channels: ReportChannel[] = [
    openStoreChannel({
      sink: await openSink(source, { budget: new MemoryBudget(MEMORY), journal: NO_JOURNAL }, call.env),
      key,
      recoveryKeys: recovery.keys,
      retention: () =>
        lock === undefined ? undefined : { mode: lock.mode, until: retainUntil(call.now(), lock.days) },
    }),
  ];
  const { mail, webhook } = reports;
  if (mail !== undefined) {
    const { user, password, sslrootcert, send, security, host, port, from, to } = mail;
    const login =
      user === undefined || password === undefined
        ? undefined
        : { user, password: await readSecret(password, "reports.mail.password", call.env) };
    const authorities = sslrootcert === undefined ? undefined : await readAuthorities(sslrootcert);
    channels.push(openMailbox({ host, port, security, authorities, login, from, to, send }));
  }
  if (webhook !== undefined)
    channels.push(openWebhook(await readSecret(webhook, "reports.webhook", call.env)));
  return { channels, findings: recovery.findings };
}

/** A key that cannot be used must not keep the day's report from being made. */
async function recoveryKeys(
  config: RestoreTestConfig,
  now: Date,
): Promise<{ keys: RecoveryKey[]; findings: Finding[] }> {
  try {
    return { keys: (await loadRecoveryKeys(config.recovery_keys, now, "tell")).keys, findings: [] };
  } catch (error) {
    const { message, todo } = asFault(error);
    const what = `reports cannot be sealed, and only their verdicts go to the store: ${firstLine(message)}`;
    return { keys: [], findings: [{ code: "REPORT_NOT_STORED", what, todo }] };
  }
}

async function readAuthorities(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw new Fault(
      "CONFIG_INVALID",
      `reports.mail.sslrootcert: ${path} cannot be read (${errno(error) ?? "unknown"})`,
      "Name a PEM file that the user who runs lakat can read.",
    );
  });
}

/** Undefined where no day keys are configured. */
async function dayKeysLeft(config: RestoreTestConfig, now: Date): Promise<number | undefined> {
  if (config.day_keys === undefined) return undefined;
  const days = (await usableDayKeys(config.day_keys.directory)).keys.map(({ day }) => day);
  return unbrokenDays(new Date(now.getTime() + DAY_MS), days);
}
