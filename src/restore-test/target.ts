/** Adapter: the server a backup is restored into. */
import pg from "pg";
import { Fault } from "../fault.ts";
import type { DatabaseInventory } from "../seal/inventory.ts";
import { asPgFault, connect, describe, disconnect, type Connection } from "../postgres/connection.ts";

/** What stands in the way of restoring into a database; undefined when it does not exist. */
export async function occupancy(
  connection: Connection,
  maintenance: string,
  database: string,
  signal: AbortSignal,
): Promise<{ objects: number } | undefined> {
  const exists = await query<{ n: number }>(
    connection,
    maintenance,
    "SELECT 1 AS n FROM pg_database WHERE datname = $1",
    signal,
    [database],
  );
  if (exists.length === 0) return undefined;
  // 16384 is FirstNormalObjectId: what initdb itself made has lower numbers.
  const rows = await query<{ n: string }>(
    connection,
    database,
    `SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384) + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
          + (SELECT count(*) FROM pg_type WHERE oid >= 16384) + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_')
          + (SELECT count(*) FROM pg_extension WHERE oid >= 16384) + (SELECT count(*) FROM pg_largeobject_metadata) AS n`,
    signal,
  );
  return { objects: Number(rows[0]?.n ?? 0) };
}

/** Makes an empty database with the locale of the source. */
export async function createDatabase(
  connection: Connection,
  maintenance: string,
  database: string,
  like: Pick<DatabaseInventory, "encoding" | "collate" | "ctype" | "locale">,
  signal: AbortSignal,
): Promise<void> {
  const literal = pg.escapeLiteral;
  const { provider, name, rules } = like.locale ?? {};
  const locale = [
    ...(provider === undefined ? [] : [`LOCALE_PROVIDER ${provider}`]),
    ...(name === undefined ? [] : [`${provider === "icu" ? "ICU" : "BUILTIN"}_LOCALE ${literal(name)}`]),
    ...(rules === undefined ? [] : [`ICU_RULES ${literal(rules)}`]),
  ].join(" ");
  await query(
    connection,
    maintenance,
    `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0 ENCODING ${literal(like.encoding)} LC_COLLATE ${literal(like.collate)} LC_CTYPE ${literal(like.ctype)} ${locale}`,
    signal,
  );
}

/**
 * Drops a database, if it is there, with the sessions in it, and with the subscriptions at rest that a restore left
 * in it. One that is at work keeps it, since another server's slot hangs on it.
 */
export async function dropDatabase(
  connection: Connection,
  maintenance: string,
  database: string,
  signal?: AbortSignal,
): Promise<void> {
  const atRest = await query<{ name: string }>(
    connection,
    maintenance,
    `SELECT quote_ident(subname) AS name FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
     WHERE datname = $1 AND NOT subenabled`,
    signal,
    [database],
  );
  for (const { name } of atRest) {
    await query(connection, database, `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`, signal);
    await query(connection, database, `DROP SUBSCRIPTION ${name}`, signal);
  }
  await query(
    connection,
    maintenance,
    `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`,
    signal,
  );
}

/**
 * Tables whose exact row count is not the expected one, as `schema.table: n rows instead of m`. Partitions count
 * together: pg_dump loads some kinds through the root, and a row may come back in another partition. Tables of extensions
 * do not count: another version of the extension brings other rows of its own.
 */
export async function countDifferences(
  connection: Connection,
  database: string,
  tables: DatabaseInventory["tables"],
  signal: AbortSignal,
): Promise<string[]> {
  const client = await connect(connection, database, { signal });
  try {
    const differences: string[] = [];
    for (const { schema, name, rows, partitioned } of byRoot(
      tables.filter((table) => table.ofExtension !== true),
    )) {
      const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
      let n = 0;
      for (const counted of partitioned ? await ownPartitions(client, table) : [table]) {
        const count = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ONLY ${counted}`);
        n += Number(count.rows[0]?.n ?? -1);
      }
      if (n !== rows) differences.push(`${schema}.${name}: ${n} rows instead of ${rows}`);
    }
    return differences;
  } catch (error) {
    signal.throwIfAborted();
    throw asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}

/** The partitions that hold rows of this database; a foreign one's rows are another server's. */
async function ownPartitions(client: pg.Client, root: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_partition_tree($1::regclass) p JOIN pg_class c ON c.oid = p.relid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r'`,
    [root],
  );
  return rows.map(({ name }) => name);
}

interface Expected {
  schema: string;
  name: string;
  rows: number;
  partitioned: boolean;
}

/** Partitions summed up under their root. */
function byRoot(tables: DatabaseInventory["tables"]): Expected[] {
  const expected = new Map<string, Expected>();
  for (const { schema, name, rows, root } of tables) {
    const at = root ?? { schema, name };
    const key = JSON.stringify([at.schema, at.name]);
    const before = expected.get(key)?.rows ?? 0;
    expected.set(key, { ...at, rows: before + rows, partitioned: root !== undefined });
  }
  return [...expected.values()];
}

/**
 * Gathers the planner's statistics, which a dump does not carry. A table that a foreign one inherits from is
 * left out: to sample it the server would ask another, which may be out of reach of a restored database.
 */
export async function analyze(connection: Connection, database: string, signal: AbortSignal): Promise<void> {
  const tables = await query<{ names: string | null; reachOut: boolean }>(
    connection,
    database,
    `WITH RECURSIVE above(oid) AS (
       SELECT i.inhparent FROM pg_inherits i JOIN pg_foreign_table f ON f.ftrelid = i.inhrelid
       UNION SELECT i.inhparent FROM pg_inherits i JOIN above a ON i.inhrelid = a.oid)
     SELECT EXISTS (SELECT FROM above) AS "reachOut",
            string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY c.oid) AS names
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.oid NOT IN (SELECT oid FROM above)`,
    signal,
  );
  const { names = null, reachOut = false } = tables[0] ?? {};
  await query(connection, database, reachOut && names !== null ? `ANALYZE ${names}` : "ANALYZE", signal);
}

/** The target's major version, and a database to connect to that is not being restored. */
export async function examineTarget(
  connection: Connection,
  signal: AbortSignal,
): Promise<{ major: number; maintenance: string }> {
  const rows = await query<{ major: number; superuser: boolean }>(
    connection,
    "template1",
    "SELECT current_setting('server_version_num')::int / 10000 AS major, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user",
    signal,
  );
  const row = rows[0];
  if (row === undefined) throw new Error("no version");
  if (!row.superuser)
    throw new Fault(
      "PG_RIGHTS",
      `${describe(connection)} is no superuser`,
      "A whole restore sets owners, roles and extensions: restore as a superuser.",
    );
  return { major: row.major, maintenance: "template1" };
}

async function query<R extends pg.QueryResultRow>(
  connection: Connection,
  database: string,
  sql: string,
  signal: AbortSignal | undefined,
  values: string[] = [],
): Promise<R[]> {
  const client = await connect(connection, database, { signal });
  try {
    return (await client.query<R>(sql, values)).rows;
  } catch (error) {
    signal?.throwIfAborted();
    throw asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}
