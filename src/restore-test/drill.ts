/**
 * FLOW pick → verify → unlock → prove → restore → check → destroy; the report is the result.
 *
 * Promises: every step is a result of its own, and a failure hides no later step that can still run; nothing counts
 * as restored before every stream has ended as the signed manifest says; the scratch server is gone at the end,
 * whatever happened. Nothing here needs a right to write to the store.
 */
import { asFault, Fault } from "../fault.ts";
import type { DayKey } from "../seal/day-key.ts";
import type { Inventory } from "../seal/inventory.ts";
import { newBackupId, totalSize } from "../seal/manifest.ts";
import type { RecoveryKey } from "../seal/recovery-key.ts";
import { verdictOf, type DrillReport, type Measures } from "../seal/report.ts";
import type { Backup } from "./catalogue.ts";
import { checkRestored, type Checking } from "./check-restored.ts";
import { openInventory } from "./load-database.ts";
import { evidenceOf, pick, type PickRequest } from "./pick.ts";
import { proveRecoveryKeys, unlock } from "./prove.ts";
import { restoreIntoScratch } from "./restore-into-scratch.ts";
import type { ScratchHost, ScratchServer } from "./scratch-host.ts";
import { StepLog } from "./step-log.ts";
import { verifyStored } from "./verify-stored.ts";

export interface DrillRequest extends PickRequest {
  /** The private halves that this host still holds. */
  dayKeys: readonly DayKey[];
  /** The backup's own key (`AGE-SECRET-KEY-1…`), carried from the safe, for a day whose key is gone. */
  carriedKey: string | undefined;
  /** The recovery keys by this host's own configuration, whatever the backup host says. */
  pinned: readonly RecoveryKey[];
  /** Throws RESIDENCY_REFUSED for a country where no copy may lie. */
  judgeCountry: (country: string) => void;
  scratch: ScratchHost;
  checking: Checking;
  /** Streams and index builds at once. */
  jobs: number;
  lakatVersion: string;
  watch: { phase(name: string): void; stream(change: 1 | -1): void; bytes(count: number): void };
  /** For sabotage: what is done to the scratch server between restore and check. */
  tamper?: ((server: ScratchServer) => Promise<void>) | undefined;
}

/** A report that is not yet chained and signed. */
export type DrillDraft = Omit<DrillReport, "host" | "previous">;

/**
 * Tests one backup. Undefined when the newest one is tested already and none is overdue. Whatever is wrong with
 * the backup is in the report; throws only what `signal` was aborted with, unless that is a time limit.
 */
export async function drill(request: DrillRequest): Promise<DrillDraft | undefined> {
  const { cluster, watch, now } = request;
  const startedAt = now();
  const log = new StepLog(now, request.signal, (name) => watch.phase(name));
  const picked = await log.run("pick", () => pick(request, log));
  if (picked === "nothing due") return undefined;
  const tested = picked === undefined ? {} : await testBackup(request, picked, log);
  for (const name of log.missing()) log.skip(name, log.reasonFor(name));
  return {
    version: 1,
    kind: "drill",
    id: newBackupId(startedAt),
    lakat: request.lakatVersion,
    startedAt: startedAt.toISOString(),
    finishedAt: now().toISOString(),
    verdict: verdictOf(log.findings),
    findings: log.findings,
    cluster,
    ...(picked === undefined ? {} : { backup: evidenceOf(request.source, picked) }),
    steps: log.inOrder(),
    recoveryKeys: tested.recoveryKeys ?? [],
    checks: tested.checks ?? [],
    ...(picked === undefined ? {} : { measures: measured(picked, tested, request.checking.rtoSeconds) }),
    tools: tested.tools ?? {},
  };
}

interface Tested {
  inventory?: Inventory;
  recoveryKeys?: DrillReport["recoveryKeys"];
  checks?: DrillReport["checks"];
  tools?: DrillReport["tools"];
  restoreSeconds?: number;
}

async function testBackup(request: DrillRequest, backup: Backup, log: StepLog): Promise<Tested> {
  const { source, signal } = request;
  const tested: Tested = {};
  const damaged = (await log.run("verify", () => verifyStored(request, backup, log))) ?? new Set<string>();
  const unlocked = await log.run("unlock", () => unlock(request, backup));
  if (unlocked === undefined) return tested;
  const { backupKey, day } = unlocked;
  if (day === undefined) log.skip("prove", "the backup was opened with a carried key, not with its day key");
  else {
    const proved = await log.run("prove", () => proveRecoveryKeys(request, backup, day, log));
    if (proved !== undefined) tested.recoveryKeys = proved;
  }

  let server: ScratchServer | undefined;
  try {
    const restored = await log.run("restore", async () => {
      const inventory = await openInventory({ source, backup, backupKey, signal });
      tested.inventory = inventory;
      const opening = { ...request, backup, backupKey };
      return restoreIntoScratch(opening, inventory, damaged, log, (started) => {
        server = started;
        tested.tools = started.tools;
      });
    });
    if (log.passed("restore")) tested.restoreSeconds = log.secondsOf("unlock") + log.secondsOf("restore");
    const running = server;
    const { inventory } = tested;
    if (restored !== undefined && restored.length > 0 && running !== undefined && inventory !== undefined) {
      await request.tamper?.(running);
      const measures = measured(backup, tested, request.checking.rtoSeconds);
      const opening = { ...request, backup, backupKey };
      tested.checks =
        (await log.run("check", () =>
          checkRestored({ ...opening, server: running, inventory, restored, measures }, log),
        )) ?? [];
    }
  } finally {
    const made = server;
    if (made !== undefined) await log.run("destroy", () => made.destroy());
  }
  return tested;
}

function measured(backup: Backup, { inventory, restoreSeconds }: Tested, rto: number | undefined): Measures {
  const { objects, startedAt, finishedAt } = backup.manifest;
  const tables = inventory?.databases.flatMap((database) => database.tables);
  const sum = (of: "rows" | "bytes"): number => (tables ?? []).reduce((total, table) => total + table[of], 0);
  return {
    bytes: totalSize(objects),
    backupSeconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
    ...(tables === undefined ? {} : { rows: sum("rows"), tableBytes: sum("bytes"), tables: tables.length }),
    ...(restoreSeconds === undefined ? {} : { restoreSeconds }),
    ...(rto === undefined ? {} : { rtoSeconds: rto }),
  };
}

/** The fault that ends a drill whose verdict is not `passed` or `findings`. */
export function drillFault({ cluster, backup, findings }: DrillDraft): Fault {
  const red = findings.filter((finding) => verdictOf([finding]) === "failed");
  const first = red[0] ?? asFault(new Error("no finding"));
  const what = "what" in first ? first.what : first.message;
  const of = backup === undefined ? cluster : `${cluster}, backup ${backup.id}`;
  const others = red.length > 1 ? ` (and ${red.length - 1} more)` : "";
  return new Fault(
    "DRILL_FAILED",
    `the restore test of ${of} is red: ${first.code}: ${what}${others}`,
    "Look at the report (`lakat drill show`); until it is green, count on the newest backup that passed.",
  );
}
