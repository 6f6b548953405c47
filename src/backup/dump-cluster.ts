/** Globals and one database after the other, each database's streams in parallel under its own snapshot. */
import { inParallel } from "../concurrency/in-parallel.ts";
import { sealStream } from "../seal/age.ts";
import type { DatabaseInventory } from "../seal/inventory.ts";
import { segmentOf, type Manifest, type ManifestObject } from "../seal/manifest.ts";
import type { BackupRequest } from "./backup-request.ts";
import type { Section } from "./cluster-source.ts";
import type { Courier } from "./courier.ts";
import type { Label } from "./shipment.ts";

export interface Dumped {
  /** In the order of their names. */
  objects: ManifestObject[];
  databases: Manifest["source"]["databases"];
  inventories: DatabaseInventory[];
}

/**
 * Dumps, seals to `recipient` (`age1…`) and sends everything that the source has in these databases, and its
 * globals. Throws the first fault of a stream, or PG_CONNECTION_LOST when a snapshot was lost.
 */
export async function dumpCluster(
  { source, jobs, signal }: Pick<BackupRequest, "source" | "jobs" | "signal">,
  databases: string[],
  recipient: string,
  courier: Courier,
): Promise<Dumped> {
  const dumped: Dumped = { objects: [], databases: [], inventories: [] };
  const send = async (
    label: Label,
    bytes: number,
    read: Section["read"],
    until: AbortSignal,
  ): Promise<void> => {
    const begin = (): AsyncIterable<Buffer> => sealStream(read(until), [recipient]);
    dumped.objects.push(await courier.send(label, bytes, begin, until));
  };
  const globals = (until: AbortSignal): Promise<void> =>
    send({ name: "globals.sql.zst.age", role: "globals" }, 0, source.globals, until);

  let first = [globals];
  for (const database of databases) {
    const snapshot = await source.snapshot(database, signal);
    if (snapshot === undefined) continue;
    try {
      const sections = snapshot.sections.map(({ name, role, bytes, read }) => async (until: AbortSignal) => {
        const label = { name: `${segmentOf(database)}/${name}.dump.zst.age`, role, database };
        await send(label, bytes, read, until);
      });
      const inventory = async (until: AbortSignal): Promise<void> => {
        dumped.inventories.push(await snapshot.inventory(until));
      };
      await inParallel([...sections, inventory, ...first], jobs, AbortSignal.any([signal, snapshot.lost]));
      first = [];
      const parts = dumped.objects.filter((object) => object.database === database).map(({ name }) => name);
      dumped.databases.push({
        name: database,
        snapshotAt: snapshot.at,
        lsn: snapshot.lsn,
        parts: parts.sort(),
      });
    } finally {
      await snapshot.close();
    }
  }
  // A cluster without a database to dump still has its roles.
  for (const alone of first) await alone(signal);
  dumped.objects.sort((a, b) => (a.name < b.name ? -1 : 1));
  return dumped;
}
