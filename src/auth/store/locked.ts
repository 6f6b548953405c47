/** Adapter: the last lock of each lane, as an administrator sees it. The counts beside it are lanes.ts's. */
import type { Lane, LaneKind } from "../lane.ts";
import type { Lock } from "../lockout.ts";
import type { Queryable } from "./database.ts";

/** A lane that is locked. Of a name that nobody has, nothing but that there is one is kept. */
export interface Locked {
  /** For `unlock`. */
  id: string;
  kind: LaneKind;
  accountId: string | null;
  deviceId: string | null;
  /** An IPv4 address or an IPv6 /64. */
  network: string | null;
  lockedAt: Date;
  lockedUntil: Date;
  /** The how manieth lock in a row. */
  times: number;
  /** Attempts that were made, those that were refused among them. */
  attempts: number;
}

interface Row {
  kind: LaneKind;
  accountId: string | null;
  deviceId: string | null;
  network: string | null;
}

// The network of a single IPv4 address is written without its /32, as lanes write it.
const NETWORK = "CASE WHEN family(network) = 4 THEN host(network) ELSE network::text END AS network";

// A count that began after the lock does not end with it, whatever the clock did in between.
const holds = (now: string): string =>
  `(locked_until > ${now} AND extract(epoch FROM locked_until) * 1000 = expire)`;

const LOCKED = `SELECT key AS id, kind, account_id AS "accountId", device_id AS "deviceId", ${NETWORK},
  locked_at AS "lockedAt", locked_until AS "lockedUntil", times, points AS attempts FROM lane_lock JOIN lane USING (key)`;

export function lockedOn(db: Queryable) {
  return {
    /** The last lock of a lane, and whether it holds at this time. */
    async last(id: string, now: Date): Promise<(Lock & { holds: boolean }) | undefined> {
      const { rows } = await db.query<Lock & { holds: boolean }>(
        `SELECT times, locked_until AS until, coalesce(${holds("$2")}, false) AS holds
         FROM lane_lock LEFT JOIN lane USING (key) WHERE key = $1`,
        [id, now],
      );
      return rows[0];
    },

    /** @param memory milliseconds after its end in which the lock still counts */
    async put(id: string, lane: Lane, { times, until }: Lock, now: Date, memory: number): Promise<void> {
      await db.query(
        `INSERT INTO lane_lock (key, kind, account_id, device_id, network, locked_at, locked_until, times, forget_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (key) DO UPDATE SET locked_at = excluded.locked_at, locked_until = excluded.locked_until,
           times = excluded.times, forget_at = excluded.forget_at, account_id = excluded.account_id`,
        [
          id,
          lane.kind,
          "accountId" in lane ? lane.accountId : null,
          "deviceId" in lane ? lane.deviceId : null,
          "network" in lane ? lane.network : null,
          now,
          until,
          times,
          new Date(until.getTime() + memory),
        ],
      );
    },

    /** The lane of this id, as far as it was kept: undefined for names that nobody has and for numbers. */
    async lane(id: string): Promise<Lane | undefined> {
      const sql = `SELECT kind, account_id AS "accountId", device_id AS "deviceId", ${NETWORK} FROM lane_lock WHERE key = $1`;
      const row = (await db.query<Row>(sql, [id])).rows[0];
      return row === undefined ? undefined : laneOf(row);
    },

    /** What is locked at this time, the latest first. */
    async at(now: Date): Promise<Locked[]> {
      return (await db.query<Locked>(`${LOCKED} WHERE ${holds("$1")} ORDER BY locked_at DESC, key`, [now]))
        .rows;
    },

    /** Of that, the lanes of these accounts and of these networks. */
    async of(accountIds: readonly string[], networks: readonly string[], now: Date): Promise<Locked[]> {
      const { rows } = await db.query<Locked>(
        `${LOCKED} WHERE ${holds("$1")} AND (account_id = ANY ($2::uuid[]) OR network = ANY ($3::cidr[]))
         ORDER BY locked_at DESC, key`,
        [now, accountIds, networks],
      );
      return rows;
    },

    /** How many are locked at this time, by kind. */
    async counts(now: Date): Promise<Map<LaneKind, number>> {
      const { rows } = await db.query<{ kind: LaneKind; count: string }>(
        `SELECT kind, count(*) FROM lane_lock JOIN lane USING (key) WHERE ${holds("$1")} GROUP BY kind ORDER BY kind`,
        [now],
      );
      return new Map(rows.map(({ kind, count }) => [kind, Number(count)]));
    },

    /** Whether one of them was locked at this time. */
    async remove(ids: readonly string[], now: Date): Promise<boolean> {
      const { rows } = await db.query<{ until: Date }>(
        "DELETE FROM lane_lock WHERE key = ANY ($1) RETURNING locked_until AS until",
        [ids],
      );
      return rows.some(({ until }) => until > now);
    },

    /** Removes at most so many locks that were to be forgotten before this time. */
    async sweep(before: Date, most: number): Promise<number> {
      const { rowCount } = await db.query(
        `DELETE FROM lane_lock WHERE key IN
           (SELECT key FROM lane_lock WHERE forget_at < $1 ORDER BY forget_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [before, most],
      );
      return rowCount ?? 0;
    },
  };
}

function laneOf({ kind, accountId, deviceId, network }: Row): Lane | undefined {
  if (kind === "address" || kind === "reset-address") return network === null ? undefined : { kind, network };
  if (kind === "sms" || accountId === null) return undefined;
  if (kind === "device" || kind === "device-run")
    return deviceId === null ? undefined : { kind, accountId, deviceId };
  // The same twice, for two members of the union.
  return kind === "account" || kind === "reset-account" ? { kind, accountId } : { kind, accountId };
}
