/** Adapter: keeps two purges, and a purge and a check of the chain, from working on the audit trail at once. */
import type { PoolClient } from "pg";
import { Fault } from "../../fault.ts";
import type { Pool } from "./database.ts";

/** Any number that nothing else in the database locks. */
const ADVISORY_LOCK = 0x6c616b62;

/**
 * Runs `work` on a session of its own that holds the lock; several may share it. Throws AUDIT_BUSY, at once, when
 * somebody holds it otherwise. The lock goes with the session: one that breaks lets go.
 */
export async function withAuditLock<T>(
  pool: Pool,
  how: "shared" | "alone",
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const suffix = how === "shared" ? "_shared" : "";
  let broken = true;
  try {
    const { rows } = await client.query<{ got: boolean }>(`SELECT pg_try_advisory_lock${suffix}($1) AS got`, [
      ADVISORY_LOCK,
    ]);
    if (rows[0]?.got !== true) {
      broken = false;
      throw new Fault(
        "AUDIT_BUSY",
        how === "alone"
          ? "the audit trail is being purged or verified already"
          : "the audit trail is being purged",
        "Nothing was done; run it again when the other is through.",
      );
    }
    try {
      return await work(client);
    } finally {
      broken = await client.query(`SELECT pg_advisory_unlock${suffix}($1)`, [ADVISORY_LOCK]).then(
        () => false,
        () => true,
      );
    }
  } finally {
    client.release(broken);
  }
}
