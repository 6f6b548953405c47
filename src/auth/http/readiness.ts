/** Adapter: whether a node can do its work now, for load balancers and for whoever looks at night. */
import { Fault } from "../../fault.ts";
import type { Hasher } from "../adapters/hasher.ts";
import type { Pool } from "../store/database.ts";
import { isMigrated, type Migration } from "../store/migrate.ts";

export interface ReadinessOptions {
  pool: Pool;
  hasher: Pick<Hasher, "pid">;
  /** What the program's database has to have. */
  known: Migration[];
  /** An error of PostgreSQL in words. */
  explained: (error: unknown) => Fault;
  /** Milliseconds of a clock that never steps. */
  tick: () => number;
}

/**
 * One question to each thing that is needed, answered within the time limits of the pool. A database that is ahead is
 * no reason: while hosts are upgraded one after the other, those that wait for their turn go on.
 */
export async function readiness({
  pool,
  hasher,
  known,
  explained,
  tick,
}: ReadinessOptions): Promise<{ ok: boolean; why: string }> {
  const asked = tick();
  try {
    await pool.query("SELECT 1 FROM account LIMIT 1");
    const { rows } = await pool.query<{ readOnly: boolean }>(
      `SELECT current_setting('transaction_read_only') = 'on' AS "readOnly"`,
    );
    if (rows[0]?.readOnly !== false)
      return no("the database is read-only: a standby, or default_transaction_read_only; nobody can sign in");
    if (!(await isMigrated(pool, known).catch(isAhead)))
      return no("the database is behind this version of lakat: run `lakat gateway migrate`");
  } catch (error) {
    const { code, message, todo } = explained(error);
    return no(`the database does not answer as it should. ${code}: ${message}. ${todo}`);
  }
  if (hasher.pid() === undefined)
    return no("the process that hashes passwords is being started again; nobody can sign in");
  return { ok: true, why: `ready, the database answered in ${Math.round(tick() - asked)} ms` };
}

function no(why: string): { ok: false; why: string } {
  return { ok: false, why };
}

function isAhead(error: unknown): true {
  if (error instanceof Fault && error.code === "MIGRATION_FAILED") return true;
  throw error;
}
