/** One run for each cluster at a time, by an advisory lock of the server itself: it cannot go stale. */
import { Fault } from "../fault.ts";
import { asPgFault, connect, disconnect, type Connection, type Patience } from "../postgres/connection.ts";

export interface ClusterLock {
  /** Facts read in the same session. */
  serverVersion: string;
  serverMajor: number;
  systemIdentifier: string;
  databases: string[];
  settings: { name: string; value: string }[];
  /** Aborted when the session breaks, and the lock with it. */
  lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Takes the lock for `cluster` and looks at the server. Throws BACKUP_RUNNING when another run holds it, and
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
    const lock = await client.query<{ mine: boolean }>(
      "SELECT pg_try_advisory_lock(hashtextextended('lakat backup run ' || $1, 0)) AS mine",
      [cluster],
    );
    if (lock.rows[0]?.mine !== true)
      throw new Fault(
        "BACKUP_RUNNING",
        `another backup of ${cluster} is running`,
        "Wait for it to end; nothing was done.",
      );
    const facts = await client.query<{ version: string; major: number; identifier: string }>(`
      SELECT current_setting('server_version') AS version,
             current_setting('server_version_num')::int / 10000 AS major,
             (SELECT system_identifier::text FROM pg_control_system()) AS identifier`);
    const databases = await client.query<{ name: string }>(
      "SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1",
    );
    const fact = facts.rows[0];
    if (fact === undefined) throw new Error("no facts");
    return {
      serverVersion: fact.version,
      serverMajor: fact.major,
      systemIdentifier: fact.identifier,
      databases: databases.rows.map((row) => row.name),
      settings: await readSettings(client),
      lost: lost.signal,
      release,
    };
  } catch (error) {
    await release();
    throw asPgFault(error, connection, database);
  }
}
