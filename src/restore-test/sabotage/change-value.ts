/** Adapter: changes one value of a restored database behind its back. */
import pg from "pg";
import { asPgFault, connect, disconnect } from "../../postgres/connection.ts";
import type { Inventory } from "../../seal/inventory.ts";
import type { ScratchServer } from "../scratch-host.ts";

/** Another value of the same type, made of the one that is there; `v` is the column. */
const ANOTHER: Readonly<Record<string, string>> = {
  int2: "CASE WHEN v > 0 THEN v - 1 ELSE v + 1 END",
  int4: "CASE WHEN v > 0 THEN v - 1 ELSE v + 1 END",
  int8: "CASE WHEN v > 0 THEN v - 1 ELSE v + 1 END",
  numeric: "CASE WHEN v > 0 THEN v - 1 ELSE v + 1 END",
  float4: "CASE WHEN v > 0 THEN v - 1 ELSE v + 1 END",
  float8: "CASE WHEN v > 0 THEN v - 1 ELSE v + 1 END",
  text: "CASE WHEN v LIKE 'a%' THEN 'b' ELSE 'a' END || substr(v, 2)",
  varchar: "CASE WHEN v LIKE 'a%' THEN 'b' ELSE 'a' END || substr(v, 2)",
  bpchar: "CASE WHEN v LIKE 'a%' THEN 'b' ELSE 'a' END || substr(v, 2)",
  bool: "NOT v",
  date: "v - 1",
  timestamp: "v - interval '1 hour'",
  timestamptz: "v - interval '1 hour'",
  uuid: "md5(v::text)::uuid",
};

const MOST_TRIES = 200;

/**
 * Tries columns until one takes another value; triggers, rules and foreign keys stay out of it. Out: the table's
 * name as `schema.table`, of a partition of the table it belongs to; undefined when there are no rows, or none
 * with a column of a common type. Throws PG_….
 */
export async function changeValue(
  { connection }: Pick<ScratchServer, "connection">,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { name, tables } of inventory.databases) {
    const filled = tables.filter(
      (table) => table.rows > 0 && table.ofExtension !== true && table.schema !== "lakat",
    );
    if (filled.length === 0) continue;
    const client = await connect(connection, name, { signal });
    try {
      await client.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off; SET search_path = pg_catalog",
      );
      const columns = await columnsOf(client, filled);
      for (const column of columns)
        if (await changed(client, column)) {
          const table = filled.find((one) => one.schema === column.schema && one.name === column.table);
          const shown = table?.root ?? table;
          return shown === undefined ? undefined : `${quoted(shown.schema)}.${quoted(shown.name)}`;
        }
    } catch (error) {
      signal.throwIfAborted();
      throw asPgFault(error, connection, name);
    } finally {
      await disconnect(client);
    }
  }
  return undefined;
}

interface Column {
  schema: string;
  table: string;
  name: string;
  type: string;
}

/** Those in no index first: nothing can object to a new value. */
async function columnsOf(
  client: pg.Client,
  tables: readonly { schema: string; name: string }[],
): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT n.nspname AS schema, c.relname AS table, a.attname AS name, t.typname AS type
     FROM unnest($1::text[], $2::text[]) AS w(schema, name) JOIN pg_namespace n ON n.nspname = w.schema
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
       JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'
       AND t.typnamespace = 'pg_catalog'::regnamespace AND t.typname = ANY ($3)
     ORDER BY c.relispartition, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey)),
              EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND a.attnum = ANY (k.conkey)), c.oid, a.attnum
     LIMIT ${MOST_TRIES}`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name), Object.keys(ANOTHER)],
  );
  return rows;
}

async function changed(client: pg.Client, { schema, table, name, type }: Column): Promise<boolean> {
  const [at, column] = [
    `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`,
    pg.escapeIdentifier(name),
  ];
  const another = (ANOTHER[type] ?? "v").replace(/\bv\b/g, column);
  try {
    const { rowCount } = await client.query(
      `UPDATE ONLY ${at} SET ${column} = ${another}
       WHERE ctid = (SELECT ctid FROM ONLY ${at} WHERE ${another} IS DISTINCT FROM ${column} LIMIT 1)`,
    );
    return rowCount === 1;
  } catch (error) {
    // A constraint that does not take it; another column will.
    if (error instanceof pg.DatabaseError) return false;
    throw error;
  }
}

/** As pg_dump writes a name where that is needed. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : pg.escapeIdentifier(name);
}
