/**
 * FLOW unlock → globals → pre-data → data → post-data → count.
 *
 * Promises: nothing is loaded into a database that holds anything, unless told so; a stream counts only after
 * it ended as the signed manifest says; on a fault the databases that were made here are dropped again.
 */
import { asFault, Fault } from "../fault.ts";
import type { DatabaseInventory } from "../seal/inventory.ts";
import type { Source } from "../store/object-store.ts";
import type { Backup } from "./catalogue.ts";
import { againAfterDeadlock, loadDatabase, openedBytes, openInventory } from "./load-database.ts";
import { theObject } from "./sealed-object.ts";

/** The server restored into. */
export interface RestoreTarget {
  /** Number of objects in a database; undefined when there is no such database. */
  occupancy(database: string, signal: AbortSignal): Promise<number | undefined>;
  /** Without a signal when it cleans up after one. */
  drop(database: string, signal?: AbortSignal): Promise<void>;
  /** Makes an empty database with the source's locale, under a name of the operator's choice. */
  create(database: string, like: DatabaseInventory, signal: AbortSignal): Promise<void>;
  /** Loads roles and tablespaces; with `keepRoles`, those that are there stay as they are. */
  globals(dump: Buffer, keepRoles: boolean, signal: AbortSignal): Promise<void>;
  /** Loads definitions; with `create`, makes the database with its owner, locale and settings first. */
  preData(database: string, create: boolean, dump: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void>;
  data(database: string, dump: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void>;
  postData(database: string, dump: Buffer, signal: AbortSignal): Promise<void>;
  /** Tables with another number of rows than the inventory says. */
  countDifferences(
    database: string,
    tables: DatabaseInventory["tables"],
    signal: AbortSignal,
  ): Promise<string[]>;
  analyze(database: string, signal: AbortSignal): Promise<void>;
}

export interface RestoreRequest {
  source: Source;
  backup: Backup;
  backupKey: string;
  target: RestoreTarget;
  /** Only this database; undefined: the whole cluster. */
  database: string | undefined;
  /** Another name for that database in the target. */
  into: string | undefined;
  /** Roles and tablespaces first. */
  globals: boolean;
  destroyExistingData: boolean;
  keepPartial: boolean;
  /** Streams at once. */
  jobs: number;
  watch: { phase(name: string): void; stream(change: 1 | -1): void; bytes(count: number): void };
  signal: AbortSignal;
}

export interface RestoredDatabase {
  name: string;
  into: string;
  tables: number;
  rows: number;
}

/**
 * Restores a backup. Throws TARGET_NOT_EMPTY before anything is touched, BACKUP_DAMAGED, AGE_INVALID or
 * RESTORE_FAILED; row counts that differ from the inventory are RESTORE_FAILED as well.
 */
export async function restore(request: RestoreRequest): Promise<RestoredDatabase[]> {
  const { backup, target, watch, signal } = request;
  watch.phase("unlock");
  const inventory = await openInventory(request);
  const wanted = inventory.databases.filter(
    (database) => request.database === undefined || database.name === request.database,
  );
  if (wanted.length === 0 && request.database !== undefined)
    throw new Fault(
      "BACKUP_NOT_FOUND",
      `the backup holds no database ${request.database}`,
      `It holds ${inventory.databases.map((d) => d.name).join(", ") || "none"}.`,
    );
  const plan = await Promise.all(wanted.map((database) => planDatabase(request, database)));

  if (request.globals) {
    watch.phase("globals");
    // One database beside others must not hand back a right that somebody has since lost.
    const keepRoles = request.database !== undefined;
    await target.globals(await openedBytes(request, theObject(backup, "globals")), keepRoles, signal);
  }
  const restored: RestoredDatabase[] = [];
  for (const database of plan)
    try {
      restored.push(await restoreDatabase(request, database));
    } catch (error) {
      throw withThoseBefore(asFault(error), restored);
    }
  return restored;
}

/** A fault in one of several databases says which are whole already: they need not be lost to a second try. */
function withThoseBefore(fault: Fault, restored: RestoredDatabase[]): Fault {
  if (restored.length === 0) return fault;
  const whole = restored.map(({ into }) => into).join(", ");
  const todo = `${fault.todo} Whole already: ${whole}; restore the others one by one with --database.`;
  return new Fault(fault.code, fault.message, todo, { cause: fault });
}

interface DatabasePlan {
  inventory: DatabaseInventory;
  into: string;
  /** Made under its own name by pg_restore, with owner and settings; otherwise empty under another name. */
  renamed: boolean;
}

/** Looks before anything is touched: one occupied database stops the whole restore. */
async function planDatabase(request: RestoreRequest, inventory: DatabaseInventory): Promise<DatabasePlan> {
  const into = request.into ?? inventory.name;
  const objects = await request.target.occupancy(into, request.signal);
  if (objects !== undefined && objects > 0 && !request.destroyExistingData)
    throw new Fault(
      "TARGET_NOT_EMPTY",
      `database ${into} of the target is not empty (${objects} objects)`,
      "Restore into another server or database, or give --destroy-existing-data if it may be lost.",
    );
  return { inventory, into, renamed: into !== inventory.name };
}

async function restoreDatabase(request: RestoreRequest, plan: DatabasePlan): Promise<RestoredDatabase> {
  const { target, watch, signal } = request;
  const { inventory, into } = plan;
  const exists = await stillFree(request, into);
  try {
    // Empty or given up: made anew, so that locale, owner and settings are those of the source.
    if (exists) await target.drop(into, signal);
    await againAfterDeadlock(
      async () => {
        if (plan.renamed) await target.create(into, inventory, signal);
        await loadDatabase(request, { database: inventory.name, into, create: !plan.renamed });
      },
      () => target.drop(into, signal),
    );
    watch.phase("count");
    const differences = await target.countDifferences(into, inventory.tables, signal);
    if (differences.length > 0)
      throw new Fault(
        "RESTORE_FAILED",
        `database ${into} differs from the inventory: ${differences.slice(0, 5).join(", ")}${differences.length > 5 ? ` and ${differences.length - 5} more` : ""}`,
        "Do not use it; look whether something else wrote to the target meanwhile, and restore again.",
      );
    watch.phase("analyze");
    await target.analyze(into, signal);
  } catch (error) {
    if (request.keepPartial) throw error;
    throw await afterDropping(target, into, error);
  }
  return {
    name: inventory.name,
    into,
    tables: inventory.tables.length,
    rows: inventory.tables.reduce((sum, table) => sum + table.rows, 0),
  };
}

/**
 * Whether the database exists. The plan may be hours old, and what somebody has put there since would be dropped, at
 * the latest when loading fails because of it. Throws RESTORE_FAILED.
 */
async function stillFree(
  { target, signal, destroyExistingData }: RestoreRequest,
  into: string,
): Promise<boolean> {
  const objects = await target.occupancy(into, signal);
  if (objects !== undefined && objects > 0 && !destroyExistingData)
    throw new Fault(
      "RESTORE_FAILED",
      `database ${into} of the target was empty when the restore began and now has ${objects} objects; it stays as it is`,
      "Find out who uses it, and restore this database into another server or name.",
    );
  return objects !== undefined;
}

/** What to throw once the half-loaded database is dropped; says so when that did not work. */
async function afterDropping(target: RestoreTarget, into: string, error: unknown): Promise<unknown> {
  try {
    await target.drop(into);
    return error;
  } catch (refusal) {
    const { code, message, todo } = asFault(error);
    const what = `${message}; and database ${into}, which is not whole, could not be dropped (${asFault(refusal).code})`;
    return new Fault(code, what, `Drop database ${into} of the target by hand. ${todo}`, { cause: error });
  }
}
