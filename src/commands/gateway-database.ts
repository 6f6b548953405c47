/** Adapter: the gateway's database, as its configuration names it. */
import type { GatewayConfig } from "../config.ts";
import { Fault } from "../fault.ts";
import { openPool, type Pool } from "../auth/store/database.ts";
import { isMigrated } from "../auth/store/migrate.ts";
import { asPgFault, tlsOptions } from "../postgres/connection.ts";
import { readSecret } from "./secrets.ts";

/** Opens the pool; no connection yet. Throws SECRET_MISSING, CONFIG_INVALID. */
export async function openGatewayPool(
  { postgres }: Pick<GatewayConfig, "postgres">,
  env: NodeJS.ProcessEnv,
  connections = postgres.connections,
): Promise<Pool> {
  const password =
    postgres.password === undefined
      ? undefined
      : await readSecret(postgres.password, "postgres.password", env);
  const { host, port, user, database } = postgres;
  const ssl = await tlsOptions(postgres);
  return openPool(
    { host, port, user, database, password, ssl },
    { max: connections, applicationName: "lakat-gateway" },
  );
}

/**
 * Opens the pool for one command on a database that is at this program's state, and closes it after. Throws
 * MIGRATION_MISSING, MIGRATION_FAILED, PG_….
 */
export async function withGatewayPool<T>(
  config: Pick<GatewayConfig, "postgres">,
  env: NodeJS.ProcessEnv,
  work: (pool: Pool) => Promise<T>,
): Promise<T> {
  const pool = await openGatewayPool(config, env, 4);
  try {
    await demandMigrated(pool, config);
    return await work(pool);
  } catch (error) {
    throw asGatewayFault(error, config);
  } finally {
    await pool.end();
  }
}

/** Throws MIGRATION_MISSING when the database is behind this program, MIGRATION_FAILED when it is ahead. */
export async function demandMigrated(pool: Pool, config: Pick<GatewayConfig, "postgres">): Promise<void> {
  if (!(await isMigrated(pool)))
    throw new Fault(
      "MIGRATION_MISSING",
      `the database ${config.postgres.database} is not at the state that this version of lakat works with`,
      "Run `lakat gateway migrate`.",
    );
}

/** An error of PostgreSQL as a fault with its code; what is no such error passes as it is. */
export function asGatewayFault(error: unknown, { postgres }: Pick<GatewayConfig, "postgres">): unknown {
  if (
    error instanceof Fault ||
    !(error instanceof Error) ||
    !("code" in error || /connect|timeout/i.test(error.message))
  )
    return error;
  return asPgFault(error, postgres, postgres.database);
}
