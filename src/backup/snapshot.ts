/** One exported snapshot of one database, held open as long as its dump runs. */
import pg from "pg";
import { connect, disconnect, asPgFault, type Connection, type Patience } from "../postgres/connection.ts";

export interface Snapshot {
  database: string;
  /** For pg_dump's --snapshot and SET TRANSACTION SNAPSHOT. */
  id: string;
  /** Server's time and write-ahead-log position at the snapshot. */
  at: string;
  lsn: string;
  /** Aborted with PG_CONNECTION_LOST when the holding session breaks: nothing dumped after agrees any more. */
  lost: AbortSignal;
  close: () => Promise<void>;
}

/** Locks are asked for in one statement for so many tables. */
const TABLES_LOCKED_AT_ONCE = 500;
/** A table that was dropped between list and lock makes us begin anew; a database that always drops one is taken as it is. */
const LOCK_TRIES = 5;

/**
 * Exports a REPEATABLE READ snapshot. Its tables are locked (ACCESS SHARE, as pg_dump does it later) before the snapshot is
 * taken: TRUNCATE and rewrites are not bound to snapshots, so a table that is truncated right after would be empty in one stream and
 * full in another. Throws PG_UNREACHABLE, PG_AUTH, PG_FAILED.
 */
export async function openSnapshot(
  connection: Connection,
  database: string,
  patience: Patience,
): Promise<Snapshot> {
  const client = await connect(connection, database, patience);
  const lost = new AbortController();
  let closing = false;
  client.on("error", (error) => lost.abort(asPgFault(error, connection, database)));
  client.on("end", () => {
    if (!closing) lost.abort(asPgFault(new Error("Connection ended"), connection, database));
  });
  try {
    await beginWithLocks(client, patience);
    // On a standby the position is that of the replay.
    const { rows } = await client.query<{ id: string; at: string; lsn: string }>(`
      SELECT pg_export_snapshot() AS id,
             to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
             CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text AS lsn`);
    const row = rows[0];
    if (row === undefined) throw new Error("no snapshot");
    const close = async (): Promise<void> => {
      closing = true;
      await disconnect(client);
    };
    return { database, ...row, lost: lost.signal, close };
  } catch (error) {
    closing = true;
    await disconnect(client);
    throw asPgFault(error, connection, database);
  }
}

/** Begins the transaction, with the locks where they can be had; LOCK is the one statement that takes no snapshot yet. */
async function beginWithLocks(client: pg.Client, { signal }: Patience): Promise<void> {
  const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    const { rows } = await client.query<{ name: string }>(`
      SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_(toast|temp)'
        -- Who may not read it is told later, in one sentence for all.
        AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.oid`);
    await client.query(begin);
    try {
      for (let i = 0; i < rows.length; i += TABLES_LOCKED_AT_ONCE) {
        const some = rows.slice(i, i + TABLES_LOCKED_AT_ONCE).map(({ name }) => `ONLY ${name}`);
        await client.query(`LOCK TABLE ${some.join(", ")} IN ACCESS SHARE MODE`);
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof pg.DatabaseError)) throw error;
      await client.query("ROLLBACK");
      if (error.code !== UNDEFINED_TABLE) break;
    }
  }
  // Something is in the way for too long, or there are more tables than locks: pg_dump will say so, if it meets it as well.
  await client.query(begin);
}

const UNDEFINED_TABLE = "42P01";

/**
 * Whether the server has a database of this name that can be connected to: somebody may have dropped it since the
 * run began. `through` is another database, to ask in. Throws PG_….
 */
export async function isThere(
  connection: Connection,
  through: string,
  database: string,
  patience: Patience,
): Promise<boolean> {
  const client = await connect(connection, through, patience);
  try {
    const { rowCount } = await client.query(
      "SELECT FROM pg_database WHERE datname = $1 AND datallowconn AND datconnlimit <> -2",
      [database],
    );
    return rowCount === 1;
  } catch (error) {
    throw asPgFault(error, connection, through);
  } finally {
    await disconnect(client);
  }
}

/** Runs `work` in a second session that sees exactly what the snapshot sees. */
export async function withSnapshot<T>(
  connection: Connection,
  snapshot: Pick<Snapshot, "database" | "id">,
  patience: Patience,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(connection, snapshot.database, patience);
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query(`SET TRANSACTION SNAPSHOT ${client.escapeLiteral(snapshot.id)}`);
    return await work(client);
  } catch (error) {
    throw asPgFault(error, connection, snapshot.database);
  } finally {
    await disconnect(client);
  }
}
