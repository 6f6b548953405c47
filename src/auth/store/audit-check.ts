/** Adapter: a check of the end of the audit trail, short enough to wait for and gentle to what goes on beside it. */
import { verifyChain, type Verdict } from "../audit-chain.ts";
import type { TombstoneVerifier } from "../audit-tombstone.ts";
import { withAuditLock } from "./audit-lock.ts";
import { readTrail, rowBefore } from "./audit-trail.ts";
import type { Pool } from "./database.ts";

/** Rows read at once: what is computed for them holds up everything else in the process for a few milliseconds. */
const PAGE = 50;

/**
 * Checks that the newest `most` rows follow one another, beginning with the hash that the row before them has now:
 * what was changed before it is not seen. Throws AUDIT_BUSY while the trail is purged.
 */
export function checkNewest(pool: Pool, key: TombstoneVerifier, most: number): Promise<Verdict> {
  return withAuditLock(pool, "shared", async (client) =>
    verifyChain(readTrail(client, PAGE, await rowBefore(client, most)), key),
  );
}
