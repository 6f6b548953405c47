/** Adapter: the gateway's connections to its PostgreSQL. */
import pg from "pg";

/** What a repository needs: a pool, or one session of it inside a transaction. */
export interface Queryable {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- says what the columns are
  query<Row extends object>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export type Pool = pg.Pool;

/** Every object of the gateway lies in this schema, so that it may share a database. */
export const SCHEMA = "lakat";

export interface PoolOptions {
  /** Connections at most. */
  max: number;
  applicationName: string;
}

/**
 * A pool whose sessions look into the gateway's schema only, and whose queries end: a server that hangs must
 * not hold a sign-in for ever. Opens no connection yet.
 */
export function openPool(connection: pg.PoolConfig, { max, applicationName }: PoolOptions): Pool {
  const pool = new pg.Pool({
    ...connection,
    max,
    application_name: applicationName,
    options: `-c search_path=${SCHEMA},pg_catalog -c timezone=UTC`,
    connectionTimeoutMillis: 3000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    lock_timeout: 5000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // A connection that breaks while idle leaves the pool by itself; without a listener it would end the process.
  pool.on("error", () => undefined);
  // So would one that is cut while it is lent out and nothing is asked of it. Whoever has it finds out by the next query.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * A pool to the same database beside another, for what must not wait behind whoever fills that one. The caller ends it.
 * Opens no connection yet.
 */
export function poolBeside({ options }: Pool, max: number): Pool {
  const pool = new pg.Pool({ ...options, password: options.password, max });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. A commit whose answer
 * was lost rejects too: nobody may take it for done.
 */
export async function transact<T>(pool: Pool, work: (db: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((lost: unknown) => {
      broken = lost instanceof Error ? lost : new Error(String(lost));
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A row as PostgreSQL gives it: what is undefined in `T` is null. */
export type Row<T> = {
  [K in keyof T]: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K];
};

/** The row as the rules know it; undefined for none. */
export function fromRow<T extends object>(row: Row<T> | undefined): T | undefined {
  if (row === undefined) return undefined;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as T;
}
