/**
 * Adapter: this node checks the whole audit trail in the background, in small pieces, when an administrator asks. One
 * check at a time, on whatever node; what it found lies in PostgreSQL, where every node reads it.
 */
import { randomUUID } from "node:crypto";
import { Fault } from "../../fault.ts";
import { mayAdminister, type Administration } from "../administer.ts";
import { verifyChain, type ChainRow, type Verdict } from "../audit-chain.ts";
import { headText } from "../audit-link.ts";
import type { TombstoneVerifier } from "../audit-tombstone.ts";
import { doneBy } from "../people.ts";
import { withAuditLock } from "../store/audit-lock.ts";
import { readTrail } from "../store/audit-trail.ts";
import type { Pool } from "../store/database.ts";
import type { Store } from "../store/postgres.ts";

/** Rows read at once: what is computed for them holds up everything else in the process for a few milliseconds. */
const PIECE = 50;
const BEAT_MS = 2000;
/** Places that are told; the rest is a number. */
const TOLD = 20;

export interface AuditChecker {
  /** `busy`: one goes on already, or the trail is being purged. Resolves when the check has begun, not when it is over. */
  begin(admin: Administration): Promise<"begun" | "busy" | "not-permitted">;
  /** Ends what this node has under way, and waits for that. */
  stop(): Promise<void>;
}

export interface CheckerOptions {
  pool: Pool;
  store: Store;
  key: TombstoneVerifier;
  now: () => Date;
  /** Hears of a chain that is broken, and of a check that could not go on. */
  failed: (error: unknown) => void;
}

class Stopped extends Error {}

export function openAuditChecker({ pool, store, key, now, failed }: CheckerOptions): AuditChecker {
  let stopping = false;
  const underWay = new Set<Promise<void>>();

  /** Passes rows on, and tells from time to time how far it is. */
  async function* told(
    id: string,
    rows: AsyncIterable<ChainRow> | Iterable<ChainRow>,
  ): AsyncGenerator<ChainRow> {
    let count = 0;
    let beat = now().getTime();
    for await (const row of rows) {
      if (count % PIECE === 0) {
        if (stopping) throw new Stopped();
        const at = now();
        if (Math.abs(at.getTime() - beat) >= BEAT_MS) {
          if (!(await store.read.auditChecks.beat(id, count, at))) throw new Stopped();
          beat = at.getTime();
        }
      }
      count++;
      yield row;
    }
  }

  const record = async (id: string, { by }: Administration, verdict: Verdict): Promise<void> => {
    const { rows, purged, broken, breaks } = verdict;
    const head = verdict.head && headText(verdict.head);
    await store.transact(async (tx) => {
      const places = breaks.slice(0, TOLD).map(({ seq, what }) => ({ seq, what }));
      if (!(await tx.auditChecks.end(id, { rows, purged, head, broken, breaks: places }, now()))) return;
      await tx.audit.append({
        at: now(),
        event: "audit.checked",
        outcome: broken === 0 ? "success" : "failure",
        ...by,
        details: { rows, purged, broken, head: head ?? "none" },
      });
    });
    if (broken === 0) return;
    failed(
      new Fault(
        "AUDIT_CHAIN_BROKEN",
        `the audit trail is not what was written: ${breaks[0]?.what ?? "it is broken"}`,
        "Keep the database as it is for evidence, and find out who can write to it.",
      ),
    );
  };

  const begin: AuditChecker["begin"] = async (admin) => {
    if (stopping) return "busy";
    const id = randomUUID();
    const begun = Promise.withResolvers<"begun" | "busy" | "not-permitted">();
    const run = withAuditLock(pool, "shared", async (client) => {
      const answer = await store.transact(async (tx) => {
        const { by, now: at } = admin;
        if (!(await mayAdminister(tx, by, at))) return "not-permitted";
        if (!(await tx.auditChecks.begin(id, doneBy(by), at))) return "busy";
        await tx.audit.append({ at, event: "audit.check-begun", outcome: "success", ...by });
        return "begun";
      });
      begun.resolve(answer);
      if (answer !== "begun") return;
      const trail = readTrail(client, PIECE);
      await record(id, admin, await verifyChain({ ...trail, rows: told(id, trail.rows) }, key));
    })
      .catch(async (error: unknown) => {
        if (error instanceof Fault && error.code === "AUDIT_BUSY") {
          begun.resolve("busy");
          return;
        }
        begun.reject(error);
        if (!(error instanceof Stopped)) failed(error);
        await store.read.auditChecks.stop(id, now()).catch(failed);
      })
      .finally(() => underWay.delete(run));
    underWay.add(run);
    return begun.promise;
  };

  return {
    begin,
    async stop() {
      stopping = true;
      await Promise.all(underWay);
    },
  };
}
