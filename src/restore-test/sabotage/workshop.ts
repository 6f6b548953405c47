/** What sabotage does to a scratch server, and where it keeps what it makes: a port, so that the flow knows no file. */
import type { Inventory } from "../../seal/inventory.ts";
import type { ScratchServer } from "../scratch-host.ts";

/** A data part that lacks one table's rows, sealed. */
export interface EmptiedPart {
  database: string;
  /** `schema.table`, as its users write it. */
  table: string;
  size: number;
  /** Hex, of the sealed bytes. */
  sha256: string;
  bytes: (signal: AbortSignal) => AsyncIterable<Buffer>;
}

export interface Workshop {
  /**
   * Dumps the rows of the database with the largest table on this server but leaves that table out; compressed and
   * sealed to `recipient`. Undefined when no table could be empty and the rest still be restored.
   */
  emptyTable(
    server: ScratchServer,
    inventory: Inventory,
    recipient: string,
    signal: AbortSignal,
  ): Promise<EmptiedPart | undefined>;
  /** Changes one value in one row of some table. Out: the table's name; undefined when there is no row. */
  changeValue(server: ScratchServer, inventory: Inventory, signal: AbortSignal): Promise<string | undefined>;
  /** Makes a B-tree index wrong. Out: its name; undefined when there is none with two rows. */
  corruptIndex(server: ScratchServer, inventory: Inventory, signal: AbortSignal): Promise<string | undefined>;
  /** Takes the cluster's canary away. */
  removeCanary(server: ScratchServer, database: string, signal: AbortSignal): Promise<void>;
  /** Removes what was kept. */
  close(): Promise<void>;
}
