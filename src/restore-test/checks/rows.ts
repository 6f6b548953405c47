/** Exact row counts, and the number of large objects, against the inventory. */
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
