/** Adapter: a running PostgreSQL server as the source of a backup. */
import type { Finding } from "../fault.ts";
import type { DatabaseSnapshot, ClusterFacts, ClusterSource, Section } from "./cluster-source.ts";
import {
  demandReadable,
  hiddenUserMappings,
  readContents,
  readInventory,
  unloggedOnStandby,
} from "./inventory.ts";
import { planParts } from "./parts.ts";
import { dumpCompressed, dumpGlobals, dumpSection, type DumpTools } from "./pg-dump.ts";
import { writeCanary, type CanaryPlan } from "./canary.ts";
import { grantLargeObjects } from "./large-objects.ts";
import { isThere, openSnapshot, withSnapshot, type Snapshot } from "./snapshot.ts";

export interface PostgresSource extends DumpTools {
  /** Database to connect to for what concerns the whole server. */
  database: string;
  databases: string[];
  facts: Omit<ClusterFacts, "databases">;
  /** Data streams a database is split into. */
  streams: number;
  /** The row to be written into its database right before that is frozen. */
  canary?: CanaryPlan | undefined;
  /** What is wrong, beside warnings of the dump. */
  find: (finding: Finding) => void;
}

/**
 * A few rows that are wide take less time than many that are narrow, of the same size together. With more parts than
 * streams, dump and restore spread the rest by time; each part costs pg_dump another look at the catalogue.
 */
const PARTS_FOR_A_STREAM = 4;

/** The port of the backup flow over `pg`, pg_dump, pg_dumpall and zstd. */
export function postgresSource(options: PostgresSource): ClusterSource {
  const { connection, lockWait } = options;
  const canary = async (database: string, signal: AbortSignal): Promise<void> => {
    if (options.canary?.database !== database) return;
    const finding = await writeCanary(connection, options.canary, { signal, lockWait });
    if (finding !== undefined) options.find(finding);
  };
  const held = async (database: string, signal: AbortSignal): Promise<Snapshot | undefined> => {
    try {
      await grantLargeObjects(connection, database, { signal, lockWait });
      await canary(database, signal);
      return await openSnapshot(connection, database, { signal, lockWait });
    } catch (error) {
      signal.throwIfAborted();
      // The other databases are worth a backup all the same.
      if (await isThere(connection, options.database, database, { signal })) throw error;
      options.warn(database, "it was dropped, renamed or closed since the run began");
      return undefined;
    }
  };
  return {
    facts: async () => ({ ...options.facts, databases: options.databases }),
    globals: (signal) => dumpCompressed(dumpGlobals(options, options.database), options, signal),
    snapshot: async (database, signal): Promise<DatabaseSnapshot | undefined> => {
      const snapshot = await held(database, signal);
      if (snapshot === undefined) return undefined;
      try {
        const contents = await withSnapshot(connection, snapshot, { signal, lockWait }, async (client) => {
          await demandReadable(client);
          const hidden = await hiddenUserMappings(client);
          if (hidden !== undefined) options.warn(database, hidden);
          const unlogged = await unloggedOnStandby(client);
          if (unlogged !== undefined) options.warn(database, unlogged);
          return readContents(client);
        });
        const own = contents.tables.filter((table) => !table.ofExtension);
        const most = options.streams === 1 ? 1 : options.streams * PARTS_FOR_A_STREAM;
        const parts = planParts(own, contents.largeObjectBytes, most);
        const section = (name: string, role: Section["role"], part?: (typeof parts)[number]): Section => ({
          name,
          role,
          bytes: part?.bytes ?? 0,
          read: (signal) => dumpCompressed(dumpSection(options, snapshot, role, part), options, signal),
        });
        return {
          at: snapshot.at,
          lsn: snapshot.lsn,
          lost: snapshot.lost,
          close: snapshot.close,
          sections: [
            ...parts.map((part) => section(part.name, "data", part)).sort((a, b) => b.bytes - a.bytes),
            section("pre-data", "pre-data"),
            section("post-data", "post-data"),
          ],
          inventory: (ended) =>
            withSnapshot(connection, snapshot, { signal: ended, lockWait }, (client) =>
              readInventory(client, contents),
            ),
        };
      } catch (error) {
        await snapshot.close();
        throw error;
      }
    },
  };
}
