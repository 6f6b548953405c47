/** Adapter: the audit trail read from its first row to its last, in pages, for the check of its chain. */
import { canonicalAddress } from "../audit-entry.ts";
import type { ChainHead, ChainRow, Trail } from "../audit-chain.ts";
import type { StoredTombstone } from "../audit-tombstone.ts";
import type { Queryable } from "./database.ts";

const PAGE = 5000;

interface Row {
  head_seq: string;
  head_hash: Buffer;
  seq: string | null;
  at_ms: number;
  event: string;
  outcome: string;
  retention: string;
  actor: string;
  account_id: string | null;
  address: string | null;
  session_id: string | null;
  application: string | null;
  body: string;
  hash: Buffer;
}

// Head and rows in one statement see one moment: a page that is not full ends where its head says, even though
// others append meanwhile. No transaction is held open, which would keep dead heads from being cleared away.
const ROWS = `
SELECT h.seq AS head_seq, h.hash AS head_hash, a.*
FROM audit_head h LEFT JOIN LATERAL (
  SELECT seq, (extract(epoch FROM at) * 1000)::float8 AS at_ms, event, outcome, retention, actor, account_id,
         address::text AS address, session_id, application, body, hash
  FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2
) a ON true
ORDER BY a.seq`;

/**
 * The whole trail. A purge meanwhile would look like damage: hold the lock of
 * audit-lock.ts, shared.
 */
export function readTrail(db: Queryable, page = PAGE): Trail {
  let head: ChainHead | undefined;
  return {
    rows: pages(async (after) => {
      const { rows } = await db.query<Row>(ROWS, [after, page]);
      const [first] = rows;
      head = first && { seq: Number(first.head_seq), hash: first.head_hash };
      const there = rows.filter(({ seq }) => seq !== null);
      return { items: there.map(asChainRow), last: there.length < page };
    }),
    tombstones: pages(async (after) => {
      const { rows } = await db.query<
        Omit<StoredTombstone, "first" | "upto"> & { first: string; upto: string }
      >(
        "SELECT first, upto, before, after, body, signature FROM audit_tombstone WHERE first > $1 ORDER BY first LIMIT $2",
        [after, page],
      );
      const items = rows.map((row) => ({ ...row, first: Number(row.first), upto: Number(row.upto) }));
      return { items: items.map((item) => ({ ...item, seq: item.first })), last: items.length < page };
    }),
    head: () => Promise.resolve(head),
  };
}

async function* pages<T extends { seq: number }>(
  read: (after: number) => Promise<{ items: T[]; last: boolean }>,
): AsyncGenerator<T> {
  for (let after = -1; ;) {
    const { items, last } = await read(after);
    yield* items;
    after = items.at(-1)?.seq ?? after;
    if (last) return;
  }
}

function asChainRow(row: Row): ChainRow {
  // A whole address has no mask; one that was put there shows as another address.
  const address = row.address?.replace(/\/(32|128)$/, "") ?? null;
  return {
    seq: Number(row.seq),
    at: new Date(row.at_ms),
    event: row.event,
    outcome: row.outcome,
    retention: row.retention,
    actor: row.actor,
    accountId: row.account_id,
    address: address === null ? null : (canonicalAddress(address) ?? address),
    sessionId: row.session_id,
    application: row.application,
    body: row.body,
    hash: row.hash,
  };
}
