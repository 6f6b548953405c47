/**
 * The inventory: what a backup holds, counted under the same snapshot that was dumped. It travels sealed,
 * since table names and counts are nobody else's business.
 */
import { z } from "zod";
import { Fault } from "../fault.ts";

const count = z.int().min(0);

const databaseInventory = z.strictObject({
  name: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** Whose rules sort text, when they are not the C library's, and what the provider calls them. */
  locale: z
    .strictObject({ provider: z.enum(["icu", "builtin"]), name: z.string(), rules: z.string().optional() })
    .optional(),
  /** Exact rows of each table (of a partition, its own) and its size on disk in bytes. */
  tables: z.array(
    z.strictObject({
      schema: z.string(),
      name: z.string(),
      rows: count,
      bytes: count,
      /** The partitioned table a partition belongs to in the end. Rows may come back in another partition. */
      root: z.strictObject({ schema: z.string(), name: z.string() }).optional(),
      /** An extension's own table: a restore has the rows that its installed version brings, beside the users'. */
      ofExtension: z.literal(true).optional(),
    }),
  ),
  largeObjects: count,
  extensions: z.array(z.strictObject({ name: z.string(), version: z.string() })),
});

const inventory = z.strictObject({
  version: z.literal(1),
  databases: z.array(databaseInventory),
  /** Settings of the server that differ from PostgreSQL's own defaults. */
  settings: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});

export type DatabaseInventory = z.output<typeof databaseInventory>;
export type Inventory = z.output<typeof inventory>;

/** JSON of an inventory, UTF-8, for sealing. */
export function encodeInventory(value: Inventory): Buffer {
  return Buffer.from(JSON.stringify(inventory.parse(value)));
}

/** Strict reverse of encodeInventory. Throws MANIFEST_INVALID. */
export function parseInventory(bytes: Buffer): Inventory {
  try {
    return inventory.parse(JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    throw new Fault(
      "MANIFEST_INVALID",
      "the inventory is not in the known form",
      "Use the lakat version that made this backup, or a newer one.",
      { cause: error },
    );
  }
}
