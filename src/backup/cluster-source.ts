/** The port between the backup flow and a PostgreSQL server. */
import type { DatabaseInventory } from "../seal/inventory.ts";
import type { Manifest } from "../seal/manifest.ts";

/** A running PostgreSQL server, as far as a backup needs it. */
export interface ClusterSource {
  facts(): Promise<ClusterFacts>;
  /** Freezes one database; undefined when there is none of that name any more, of which the source has warned. */
  snapshot(database: string, signal: AbortSignal): Promise<DatabaseSnapshot | undefined>;
  /** Roles and tablespaces, compressed. */
  globals: (signal: AbortSignal) => AsyncIterable<Buffer>;
}

export interface ClusterFacts {
  serverVersion: string;
  systemIdentifier: string;
  databases: string[];
  settings: { name: string; value: string }[];
  tools: Manifest["tools"];
}

export interface DatabaseSnapshot {
  at: string;
  lsn: string;
  /** Aborted when the snapshot is gone; nothing read after that agrees with what was read before. */
  lost: AbortSignal;
  /** What to dump, largest first. */
  sections: Section[];
  inventory(signal: AbortSignal): Promise<DatabaseInventory>;
  close: () => Promise<void>;
}

export interface Section {
  /** `pre-data`, `data-01` …, `post-data`. */
  name: string;
  role: "pre-data" | "data" | "post-data";
  /** Estimated bytes before compression. */
  bytes: number;
  read: (signal: AbortSignal) => AsyncIterable<Buffer>;
}
