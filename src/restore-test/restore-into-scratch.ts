/** The step restore: a scratch server for this backup, roles, and one database after the other. */
import { asFault, Fault, firstLine } from "../fault.ts";
import type { DatabaseInventory, Inventory } from "../seal/inventory.ts";
import { crashFault } from "./crash-finding.ts";
import { againAfterDeadlock, loadDatabase, openedBytes, partsOf, type Opening } from "./load-database.ts";
import type { ScratchHost, ScratchServer } from "./scratch-host.ts";
import { theObject } from "./sealed-object.ts";
import type { StepLog } from "./step-log.ts";

/** Indexes are not in the inventory; together they are seldom larger than their tables, and building one sorts it. */
const ROOM_FOR_TABLE_BYTES = 2.5;
/** An empty cluster with its write-ahead log. */
const EMPTY_CLUSTER_BYTES = 512 * 2 ** 20;

/** Bytes that a restore of this inventory may need in the scratch folder. Pure. */
export function roomNeeded({ databases }: Inventory): number {
  const tables = databases.flatMap((database) => database.tables);
  return (
    EMPTY_CLUSTER_BYTES + Math.ceil(ROOM_FOR_TABLE_BYTES * tables.reduce((sum, { bytes }) => sum + bytes, 0))
  );
}

/**
 * Restores what can be restored. `started` is told of the server at once, so that it is destroyed whatever comes. Out: the
 * databases that are whole; of the others there is a finding each. Throws before anything is made SCRATCH_FULL, and
 * BACKUP_DAMAGED when the inventory's databases are not the manifest's; PG_MAJOR_MISSING, and what concerns all databases (roles, the server itself).
 */
export async function restoreIntoScratch(
  opening: Opening & { scratch: ScratchHost; jobs: number },
  inventory: Inventory,
  damaged: ReadonlySet<string>,
  log: StepLog,
  started: (server: ScratchServer) => void,
): Promise<DatabaseInventory[]> {
  const { backup, scratch, signal, watch } = opening;
  demandAllDatabases(backup, inventory);
  await demandRoom(scratch, inventory);
  const named = async (error: unknown): Promise<never> => {
    signal.throwIfAborted();
    throw await nameFullDisk(asFault(error), scratch);
  };
  watch.phase("scratch server");
  const server = await scratch
    .start(
      {
        serverVersion: backup.manifest.source.serverVersion,
        dumpVersion: backup.manifest.tools.pgDump,
        settings: inventory.settings,
        warn: (subject, line) =>
          log.find({
            code: "RESTORE_WARNING",
            what: `pg_restore of ${subject}: ${line}`,
            todo: "Read it; the restore went on.",
          }),
      },
      signal,
    )
    .catch(named);
  if (server.unconfined) log.find(unconfinedFinding());
  started(server);
  watch.phase("globals");
  // The scratch server's own superuser stays as it is: a source may have taken its rights from a role of that name.
  const globals = await openedBytes(opening, theObject(backup, "globals"));
  await server.target.globals(globals, true, signal).catch(named);
  const whole: DatabaseInventory[] = [];
  for (const database of inventory.databases) {
    const missing = await server.missingExtensions(database.extensions, signal);
    const broken = backup.manifest.objects.filter(
      (object) => object.database === database.name && damaged.has(object.name),
    );
    if (missing.length > 0) log.find(extensionFinding(database.name, missing));
    if (missing.length > 0 || broken.length > 0) continue;
    try {
      await restoreOne({ ...opening, target: server.target }, database);
      whole.push(database);
    } catch (error) {
      signal.throwIfAborted();
      const full = await nameFullDisk(asFault(error), scratch);
      const fault = full.code === "SCRATCH_FULL" ? full : await nameCrash(full, server, database.name);
      log.find({ code: fault.code, what: fault.message, todo: fault.todo });
      if (!(await server.answers())) break;
      // What came of it takes room that the others need.
      await server.target.drop(database.name, signal).catch(() => signal.throwIfAborted());
    }
  }
  return whole;
}

async function restoreOne(
  request: Parameters<typeof loadDatabase>[0],
  { name }: DatabaseInventory,
): Promise<void> {
  // A new cluster has a database postgres, which the backup may bring too.
  if ((await request.target.occupancy(name, request.signal)) !== undefined)
    await request.target.drop(name, request.signal);
  if (partsOf(request.backup, name, "pre-data").length === 0)
    throw new Fault(
      "BACKUP_DAMAGED",
      `the backup has no definitions of database ${name}`,
      "Use another backup.",
    );
  await againAfterDeadlock(
    () => loadDatabase(request, { database: name, into: name, create: true }),
    () => request.target.drop(name, request.signal),
  );
}

/** The databases are taken from the inventory: one that it leaves out would be neither restored nor missed. */
function demandAllDatabases({ manifest }: Opening["backup"], { databases }: Inventory): void {
  const signed = new Set(manifest.source.databases.map(({ name }) => name));
  const listed = new Set(databases.map(({ name }) => name));
  const other = [...signed, ...listed].filter((name) => !signed.has(name) || !listed.has(name));
  if (signed.size > 0 && other.length === 0 && databases.length === signed.size) return;
  throw new Fault(
    "BACKUP_DAMAGED",
    signed.size === 0
      ? "the backup holds no database"
      : `manifest and inventory do not name the same databases: ${firstLine(other.join(", "))}`,
    "Do not count on this backup: lakat does not write such a one; find out what the backup host did.",
  );
}

async function demandRoom(scratch: ScratchHost, inventory: Inventory): Promise<void> {
  const needed = roomNeeded(inventory);
  const room = await scratch.room();
  if (room >= needed) return;
  const gib = (bytes: number): string => `${(Math.max(0, bytes) / 2 ** 30).toFixed(1)} GiB`;
  throw new Fault(
    "SCRATCH_FULL",
    `the restore may need ${gib(needed)} in ${scratch.folder}, and ${gib(room)} are free beside the reserve`,
    "Give scratch.directory a larger file system, or lower scratch.reserve.",
  );
}

/** What a server says of a full disk depends on where it met it; that there is no room left does not. */
async function nameFullDisk(fault: Fault, scratch: ScratchHost): Promise<Fault> {
  const full =
    /No space left on device|could not (extend|write)/i.test(fault.message) || (await scratch.isFull());
  if (!full) return fault;
  return new Fault(
    "SCRATCH_FULL",
    `the scratch folder ${scratch.folder} ran full: ${fault.message}`,
    "Give scratch.directory a larger file system, and run the restore test again.",
    { cause: fault },
  );
}

/** That of a server that broke off is another one than what its client saw of it. */
async function nameCrash(fault: Fault, server: ScratchServer, database: string): Promise<Fault> {
  // Whoever was connected may know of it before the server has written it down.
  const heard = /closed the connection unexpectedly|terminating connection because/.test(fault.message);
  const crash = (await server.crash()) ?? (heard ? "it closed the connection" : undefined);
  if (crash === undefined) return fault;
  return crashFault(`database ${database} was restored`, crash, fault);
}

function extensionFinding(database: string, missing: string[]): Parameters<StepLog["find"]>[0] {
  return {
    code: "EXTENSION_MISSING",
    what: `database ${database} needs ${missing.join(", ")}, which this host's PostgreSQL does not have; it was not restored`,
    todo: "Install the packages of these extensions here, in the same major version of PostgreSQL; you will need them on the day of a real restore too.",
  };
}

function unconfinedFinding(): Parameters<StepLog["find"]>[0] {
  return {
    code: "SCRATCH_UNCONFINED",
    what: "this host's keys could not be hidden from the scratch server, which runs what users of the source wrote",
    todo: "Allow user namespaces to the account that runs lakat (see the runbook).",
  };
}
