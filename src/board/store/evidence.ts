/** Adapter: pushed evidence on the gateway's database. */
import type { Queryable } from "../../auth/store/database.ts";
import { sha256Of } from "../../seal/report.ts";
import type { Facts } from "../evidence.ts";

/** Facts as JSON has them: times are text. */
type Written<T> = T extends Date ? string : { [K in keyof T]: Written<T[K]> };

function read(facts: Written<Facts>): Facts {
  const at = new Date(facts.at);
  if (facts.kind !== "drill" || facts.backup === undefined) return { ...facts, at } as Facts;
  const { id, committed } = facts.backup;
  return { ...facts, at, backup: { id, committed: new Date(committed) } };
}

export type EvidenceStore = ReturnType<typeof evidenceOn>;

export function evidenceOn(db: Queryable) {
  return {
    /** False when it is there already. */
    async insert(facts: Facts, envelope: Buffer, now: Date): Promise<boolean> {
      const { rowCount } = await db.query(
        `INSERT INTO evidence (sha256, kind, id, at, received_at, facts, envelope) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (sha256) DO NOTHING`,
        [
          Buffer.from(sha256Of(envelope), "hex"),
          facts.kind,
          facts.id,
          facts.at,
          now,
          JSON.stringify(facts),
          // Only reports have a page.
          facts.kind === "manifest" ? null : envelope,
        ],
      );
      return rowCount === 1;
    },

    /** What the board needs of all that ended since then. */
    async facts(since: Date): Promise<Facts[]> {
      const { rows } = await db.query<{ facts: Written<Facts> }>(
        "SELECT facts FROM evidence WHERE at >= $1",
        [since],
      );
      return rows.map(({ facts }) => read(facts));
    },

    /** A report as it was signed, by its id; of several the one that came first. */
    async envelope(id: string): Promise<Buffer | undefined> {
      const { rows } = await db.query<{ envelope: Buffer }>(
        "SELECT envelope FROM evidence WHERE id = $1 AND envelope IS NOT NULL ORDER BY received_at, sha256 LIMIT 1",
        [id],
      );
      return rows[0]?.envelope;
    },

    /** Facts go after `factsKept`, signed reports after `envelopesKept`. */
    async sweep(factsKept: Date, envelopesKept: Date): Promise<void> {
      await db.query("DELETE FROM evidence WHERE at < $1", [factsKept]);
      await db.query("UPDATE evidence SET envelope = NULL WHERE envelope IS NOT NULL AND at < $1", [
        envelopesKept,
      ]);
    },
  };
}
