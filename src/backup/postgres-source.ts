/** Adapter: a running PostgreSQL server as the source of a backup. */
import type { DatabaseSnapshot, ClusterFacts, ClusterSource, Section } from "./cluster-source.ts";
import { demandReadable, hiddenUserMappings, readContents, readInventory } from "./inventory.ts";
import { planParts } from "./parts.ts";
import { dumpCompressed, dumpGlobals, dumpSection, type DumpTools } from "./pg-dump.ts";
import { grantLargeObjects } from "./large-objects.ts";
import { openSnapshot, withSnapshot } from "./snapshot.ts";

export interface PostgresSource extends DumpTools {
  /** Database to connect to for what concerns the whole server. */
  database: string;
  databases: string[];
  facts: Omit<ClusterFacts, "databases">;
  /** Data streams a database is split into. */
  streams: number;
}

/** The port of the backup flow over `pg`, pg_dump, pg_dumpall and zstd. */
export function postgresSource(options: PostgresSource): ClusterSource {
  const { connection, lockWait } = options;
  return {
    facts: async () => ({ ...options.facts, databases: options.databases }),
    globals: (signal) => dumpCompressed(dumpGlobals(options, options.database), options, signal),
    snapshot: async (database, signal): Promise<DatabaseSnapshot> => {
      await grantLargeObjects(connection, database, { signal, lockWait });
      const held = await openSnapshot(connection, database, { signal });
      try {
        const contents = await withSnapshot(connection, held, { signal, lockWait }, async (client) => {
          await demandReadable(client);
          const hidden = await hiddenUserMappings(client);
          if (hidden !== undefined) options.warn(database, hidden);
          return readContents(client);
        });
        const own = contents.tables.filter((table) => !table.ofExtension);
        const parts = planParts(own, contents.largeObjectBytes, options.streams);
        const section = (name: string, role: Section["role"], part?: (typeof parts)[number]): Section => ({
          name,
          role,
          bytes: part?.bytes ?? 0,
          read: (signal) => dumpCompressed(dumpSection(options, held, role, part), options, signal),
        });
        return {
          at: held.at,
          lsn: held.lsn,
          lost: held.lost,
          close: held.close,
          sections: [
            ...parts.map((part) => section(part.name, "data", part)).sort((a, b) => b.bytes - a.bytes),
            section("pre-data", "pre-data"),
            section("post-data", "post-data"),
          ],
          inventory: (ended) =>
            withSnapshot(connection, held, { signal: ended, lockWait }, (client) =>
              readInventory(client, contents),
            ),
        };
      } catch (error) {
        await held.close();
        throw error;
      }
    },
  };
}
