/** The step check: everything that is asked of the restored databases, and of the cluster as a whole. */
import { asFault, type Fault } from "../fault.ts";
import type { DatabaseInventory, Inventory } from "../seal/inventory.ts";
import type { Measures, ReportCheck } from "../seal/report.ts";
import { findingOf } from "./check-finding.ts";
import type { Check, Checked, Restored } from "./check.ts";
import { crashFault } from "./crash-finding.ts";
import { opened, partsOf, type Opening } from "./load-database.ts";
import type { ScratchServer } from "./scratch-host.ts";
import type { StepLog } from "./step-log.ts";

/** A data object of the archive, opened anew each time: zstd-compressed bytes of pg_dump's custom format. */
export interface ArchivePart {
  name: string;
  open(signal: AbortSignal): AsyncIterable<Buffer>;
}

/** Which checks there are, by this host's configuration. */
export interface Checking {
  rtoSeconds: number | undefined;
  /** In this order. `parts`: what the archive holds of the database's rows. */
  ofDatabase(
    database: DatabaseInventory,
    parts: ArchivePart[],
    backup: Opening["backup"],
    settings: Inventory["settings"],
  ): Check[];
  /** Once, through one of the databases. */
  ofServer(inventory: Inventory): Check[];
  /** Against earlier restore tests; computed, not asked. */
  ofMeasures(measures: Measures): Checked[];
}

export interface CheckRequest extends Opening {
  checking: Checking;
  server: ScratchServer;
  inventory: Inventory;
  /** Those that were restored whole. */
  restored: DatabaseInventory[];
  measures: Measures;
  now: () => Date;
}

/** Runs every check; one that breaks is a finding and stops no other. Throws only what `signal` was aborted with. */
export async function checkRestored(request: CheckRequest, log: StepLog): Promise<ReportCheck[]> {
  const { checking, server, inventory, restored, signal, watch } = request;
  const results: ReportCheck[] = [];
  const scratch = { gone: false };
  const brokenOff = async (): Promise<void> => {
    signal.throwIfAborted();
    const crash = await server.crash();
    if (crash !== undefined) {
      const { code, message, todo } = crashFault("its databases were checked", crash);
      log.find({ code, what: message, todo });
    }
    scratch.gone = !(await server.answers());
  };
  const run = async (check: Check, of: Restored): Promise<void> => {
    watch.phase(`check ${check.name}`);
    const began = request.now().getTime();
    const checked = scratch.gone
      ? unasked(check, of)
      : await check.run(of).catch(async (error: unknown) => {
          await brokenOff();
          return broken(check, of, asFault(error), log);
        });
    results.push({ ...checked, seconds: Math.max(0, request.now().getTime() - began) / 1000 });
  };
  for (const database of restored) {
    const of = restoredDatabase(request, database);
    if (!scratch.gone)
      await server.target.analyze(database.name, signal).catch(async (error: unknown) => {
        await brokenOff();
        log.find(unreadable(database.name, asFault(error)));
      });
    for (const check of checking.ofDatabase(
      database,
      partsIn(request, database),
      request.backup,
      inventory.settings,
    ))
      await run(check, of);
  }
  const [first] = restored;
  if (first !== undefined)
    for (const check of checking.ofServer(inventory)) await run(check, restoredDatabase(request, first));
  // What is not all restored took another time.
  if (restored.length === inventory.databases.length)
    for (const checked of checking.ofMeasures(request.measures)) results.push({ ...checked, seconds: 0 });
  for (const result of results) {
    const finding = findingOf(result);
    if (finding !== undefined) log.find(finding);
  }
  return results;
}

function unasked({ name, subject }: Check, { database }: Restored): Checked {
  return {
    name,
    database,
    ...(subject === undefined ? {} : { subject }),
    outcome: "skipped",
    facts: {},
    problems: [],
    why: "the scratch server is gone",
  };
}

function unreadable(database: string, { code, message, todo }: Fault): Parameters<StepLog["find"]>[0] {
  return {
    code: "CHECK_FAILED",
    what: `statistics of ${database} could not be gathered: ${code}: ${message}`,
    todo,
  };
}

function restoredDatabase({ server, backup, signal }: CheckRequest, inventory: DatabaseInventory): Restored {
  const { connection, programs } = server;
  const source = backup.manifest.source.databases.find(({ name }) => name === inventory.name);
  const snapshotAt = new Date(source?.snapshotAt ?? backup.manifest.startedAt);
  return { connection, programs, inventory, database: inventory.name, snapshotAt, signal };
}

function partsIn(request: CheckRequest, { name }: DatabaseInventory): ArchivePart[] {
  return partsOf(request.backup, name, "data").map((object) => ({
    name: object.name,
    open: (signal) => opened({ ...request, signal }, object),
  }));
}

/** A check that could not be made: its own finding says why, so none is made of the result. */
function broken({ name, subject }: Check, { database }: Restored, fault: Fault, log: StepLog): Checked {
  const named = subject === undefined ? name : `${name} ${subject}`;
  log.find({
    code: "CHECK_FAILED",
    what: `check ${named} of ${database} could not be made: ${fault.code}: ${fault.message}`,
    todo: fault.todo,
  });
  return {
    name,
    database,
    ...(subject === undefined ? {} : { subject }),
    outcome: "failed",
    facts: {},
    problems: [],
  };
}
