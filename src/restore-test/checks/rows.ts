/** Exact row counts, and the number of large objects, against the inventory. */
import type pg from "pg";
import type { DatabaseInventory } from "../../seal/inventory.ts";
import { judged, type Check } from "../check.ts";
import { countDifferences } from "../target.ts";
import { inDatabase } from "./session.ts";

/** Reads every table once. Facts: tables, rows (by the inventory), largeObjects (as found). */
export const rowsCheck: Check = {
  name: "rows",
  run: async (restored) => {
    const { connection, database, inventory, signal } = restored;
    const problems = await countDifferences(connection, database, inventory.tables, signal);
    const largeObjects = await inDatabase(restored, async (client) => {
      problems.push(...(await notOfExtensions(client, inventory)));
      const { rows } = await client.query<{ n: string }>("SELECT count(*) AS n FROM pg_largeobject_metadata");
      return Number(rows[0]?.n ?? -1);
    });
    if (largeObjects !== inventory.largeObjects)
      problems.push(`${largeObjects} large objects instead of ${inventory.largeObjects}`);
    const rows = inventory.tables.reduce((sum, table) => sum + table.rows, 0);
    return judged(
      { name: "rows", database },
      { tables: inventory.tables.length, rows, largeObjects },
      problems,
    );
  },
};

/** An extension's tables are not compared, so what the inventory calls one has to be one here. */
async function notOfExtensions(client: pg.Client, { tables }: DatabaseInventory): Promise<string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name
     FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'`,
  );
  const members = new Set(rows.map(({ schema, name }) => JSON.stringify([schema, name])));
  return tables
    .filter(
      ({ schema, name, ofExtension }) => ofExtension === true && !members.has(JSON.stringify([schema, name])),
    )
    .map(({ schema, name }) => `${schema}.${name}: said to be an extension's table, which it is not here`);
}
