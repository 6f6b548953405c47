/** One run for each cluster at a time, by an advisory lock of the server itself: it cannot go stale. */
import type pg from "pg";
import { Fault, firstLine } from "../fault.ts";
import { asPgFault, connect, disconnect, type Connection, type Patience } from "../postgres/connection.ts";

export interface ClusterLock {
  /** Facts read in the same session. */
  serverVersion: string;
  serverMajor: number;
  systemIdentifier: string;
  databases: string[];
  /** Templates of the operator's own, and databases that accept no connection: pg_dump cannot or should not. */
  leftOut: string[];
  settings: { name: string; value: string }[];
  /** Aborted when the session breaks, and the lock with it. */
  lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Takes the lock for `cluster` and looks at the server. Throws BACKUP_RUNNING when another run holds it, PG_FAILED when
 * another role does, and
 * PG_UNREACHABLE, PG_AUTH, PG_FAILED. The databases are those that accept connections, templates left out.
 */
export async function lockCluster(
  connection: Connection,
  database: string,
  cluster: string,
  patience: Patience,
  readSettings: (client: Awaited<ReturnType<typeof connect>>) => Promise<ClusterLock["settings"]>,
): Promise<ClusterLock> {
  const client = await connect(connection, database, patience);
  const lost = new AbortController();
  let releasing = false;
  client.on("end", () => {
    if (!releasing) lost.abort(asPgFault(new Error("Connection ended"), connection, database));
  });
  const release = async (): Promise<void> => {
    releasing = true;
    await disconnect(client);
  };
  try {
    const lock = await client.query<{ mine: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS mine`, [
      cluster,
    ]);
    if (lock.rows[0]?.mine !== true) throw await heldByAnother(client, cluster);
    const facts = await client.query<{ version: string; major: number; identifier: string }>(`
      SELECT current_setting('server_version') AS version,
             current_setting('server_version_num')::int / 10000 AS major,
             (SELECT system_identifier::text FROM pg_control_system()) AS identifier`);
    const databases = await client.query<{ name: string; dumped: boolean }>(`
      SELECT datname AS name, datallowconn AND NOT datistemplate AS dumped FROM pg_database
      WHERE datname NOT IN ('template0', 'template1') ORDER BY 1`);
    const named = (dumped: boolean): string[] =>
      databases.rows.filter((row) => row.dumped === dumped).map((row) => row.name);
    const fact = facts.rows[0];
    if (fact === undefined) throw new Error("no facts");
    return {
      serverVersion: fact.version,
      serverMajor: fact.major,
      systemIdentifier: fact.identifier,
      databases: named(true),
      leftOut: named(false),
      settings: await readSettings(client),
      lost: lost.signal,
      release,
    };
  } catch (error) {
    await release();
    throw asPgFault(error, connection, database);
  }
}

/** The lock's number; $1 is the cluster. */
const LOCK = "hashtextextended('lakat backup run ' || $1, 0)";

/**
 * Anybody who may connect can take an advisory lock and keep every backup from being made. That must not look like
 * a run that takes its time.
 */
async function heldByAnother(client: pg.Client, cluster: string): Promise<Fault> {
  const { rows } = await client.query<{ role: string; pid: number }>(
    `SELECT a.usename AS role, a.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND a.usename <> current_user
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (l.classid::bigint << 32 | l.objid::bigint) = ${LOCK}`,
    [cluster],
  );
  const [stranger] = rows;
  if (stranger === undefined)
    return new Fault(
      "BACKUP_RUNNING",
      `another backup of ${cluster} is running`,
      "See how that one ends: it makes the backup, this run left the work to it.",
    );
  return new Fault(
    "PG_FAILED",
    `the lock on backups of ${cluster} is held by another role, ${firstLine(stranger.role)} (process ${stranger.pid})`,
    `If that is no backup of yours, end it (SELECT pg_terminate_backend(${stranger.pid})) and find out who it was.`,
  );
}
