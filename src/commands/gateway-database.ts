/** Adapter: the gateway's database, as its configuration names it. */
import type { GatewayConfig } from "../config.ts";
import { errno, Fault, type Code, type Finding } from "../fault.ts";
import { openPool, type Pool } from "../auth/store/database.ts";
import { SECRET_KEY, secretPrints, type GatewaySecrets } from "../auth/secret-prints.ts";
import { isMigrated } from "../auth/store/migrate.ts";
import { differingSecrets, missingPeppers } from "../auth/store/secret-prints.ts";
import { asPgFault, describe, tlsOptions } from "../postgres/connection.ts";
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
      "Run `lakat gateway migrate` with the configuration of the owner (docs/gateway.md, step 3).",
    );
}

/**
 * Whether this host has the secrets that the database's other nodes have: it would count failed attempts apart, and
 * read neither their forms nor what they sealed. Throws SECRET_DIFFERS.
 */
export async function demandSameSecrets(pool: Pool, secrets: GatewaySecrets): Promise<void> {
  const [first, ...others] = await differingSecrets(pool, secretPrints(secrets));
  if (first === undefined) return;
  const more =
    others.length === 0 ? "" : `, and so ${others.length === 1 ? "is" : "are"} ${others.join(", ")}`;
  throw new Fault(
    "SECRET_DIFFERS",
    `${first} is another than the one this database's gateway works with${more}`,
    first === SECRET_KEY
      ? "Copy the secrets of a node that works. Only to renew secret_key: stop all nodes, run `lakat gateway migrate --new-secret-key`, start them."
      : "Copy the secrets of a node that works; a new key or pepper gets an id of its own, before the others.",
  );
}

/** PEPPER_MISSING for each pepper that passwords still need and that the configuration lacks. */
export async function pepperFindings(pool: Pool, peppers: GatewaySecrets["peppers"]): Promise<Finding[]> {
  const missing = await missingPeppers(
    pool,
    peppers.map(({ id }) => id),
  );
  return missing.map(({ id, passwords }) => ({
    code: "PEPPER_MISSING",
    what: `${passwords} passwords were hashed with the pepper ${id}, which is not in the configuration: they open nothing`,
    todo: "Put the pepper back, behind the others; if it is lost, `lakat staff reset-password` for each.",
  }));
}

/** An error of PostgreSQL as a fault with its code; what is no such error passes as it is. */
export function asGatewayFault(error: unknown, { postgres }: Pick<GatewayConfig, "postgres">): unknown {
  if (
    error instanceof Fault ||
    !(error instanceof Error) ||
    !("code" in error || /connect|timeout/i.test(error.message))
  )
    return error;
  const fault = asPgFault(error, postgres, postgres.database);
  const told = adviceFor(errno(error) ?? "", error.message, describe(postgres, postgres.database));
  if (told === undefined) return fault;
  const { code = fault.code, what = fault.message, todo } = told;
  return new Fault(code, what, todo, { cause: error });
}

/** What is another thing to do here than for a backup. SQLSTATEs: PostgreSQL's Appendix A. */
function adviceFor(
  state: string,
  message: string,
  where: string,
): { code?: Code; what?: string; todo: string } | undefined {
  // What was written or asked stands in these messages.
  if (/^2[23]/.test(state))
    return {
      what: `${where} refused a statement (${state})`,
      todo: "Report this as a defect of lakat, with the log.",
    };
  if (state === "42501")
    return {
      todo: "Run the GRANT statements of docs/gateway.md (step 3) again as the owner; only the owner may migrate.",
    };
  if (state === "25006")
    return {
      todo: "The database takes no writes: point postgres.host to the primary, or see default_transaction_read_only.",
    };
  if (state === "55P03")
    return {
      todo: "Look in pg_locks for the session that holds it, such as an ALTER TABLE left open; end it.",
    };
  if (/timeout exceeded when trying to connect/.test(message))
    return {
      code: "PG_UNREACHABLE",
      what: `${where}: no connection within 3 seconds`,
      todo: "Look whether the server answers, and for sessions that wait (pg_stat_activity); or raise postgres.connections.",
    };
  return undefined;
}
