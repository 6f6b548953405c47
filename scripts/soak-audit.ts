/** See scripts/soak-audit. Prints TAP. */
import t from "tap";
import { verifyChain } from "../src/auth/audit-chain.ts";
import { encodeEntry } from "../src/auth/audit-entry.ts";
import { auditOn } from "../src/auth/store/audit.ts";
import { listAudit, type AuditFilter } from "../src/auth/store/audit-list.ts";
import { purgeAudit } from "../src/auth/store/audit-purge.ts";
import { readTrail } from "../src/auth/store/audit-trail.ts";
import type { Pool } from "../src/auth/store/database.ts";
import { plainEvent } from "../test/fixtures/audit-events.ts";
import { auditKey } from "../test/fixtures/audit-trails.ts";
import { withGatewayDatabase } from "../test/fixtures/gateway-database.ts";
import { withPostgres, type Database } from "../test/fixtures/postgres.ts";

const ROWS = Number(process.argv[2] ?? 1_000_000);
const SMALL = 10_000;
const NOW = new Date();
const KEY = auditKey();
const accountNo = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

/**
 * Rows whose chain is valid, spread over 400 days up to now, as a loop on the server writes them: of a hundred
 * 90 are sign-ins of detail, ten of those failed, and ten are records.
 */
async function fill(database: Database, rows: number): Promise<void> {
  const like = encodeEntry(
    plainEvent(new Date(0), {
      actor: { kind: "account", id: accountNo(0), name: "person-0" },
      account: { id: accountNo(0), name: "person-0" },
      address: "192.0.2.1",
      userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      factor: "totp",
    }),
  );
  // Not through the gateway's pool, whose queries may not take this long.
  await database.query(`CREATE OR REPLACE PROCEDURE lakat.fill(n bigint, begins timestamptz, step interval, example text) LANGUAGE plpgsql SET search_path = lakat, pg_catalog AS $$
      DECLARE h audit_head; e text; o text; r text; a timestamptz(3); id text; ip text; b text;
      BEGIN
        SELECT * INTO h FROM audit_head;
        FOR i IN 1..n LOOP
          h.seq := h.seq + 1;
          a := begins + i * step;
          r := CASE WHEN i % 10 = 9 THEN 'record' ELSE 'detail' END;
          e := CASE WHEN r = 'record' THEN 'account.changed' WHEN i % 3 = 0 THEN 'sign-in.password' ELSE 'sign-in' END;
          o := CASE WHEN i % 10 = 5 THEN 'failure' ELSE 'success' END;
          id := '00000000-0000-4000-8000-' || lpad((i::bigint * 7919 % ${Math.ceil(rows / 100)})::text, 12, '0');
          ip := '198.51.' || i % 97 || '.' || i % 251;
          b := replace(replace(replace(replace(replace(replace(example, '1970-01-01T00:00:00.000Z', to_char(a AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
            '"sign-in"', '"' || e || '"'), '"outcome":"success"', '"outcome":"' || o || '"'), '"retention":"detail"', '"retention":"' || r || '"'),
            '${accountNo(0)}', id), '192.0.2.1', ip);
          h.hash := sha256(h.hash || int8send(h.seq) || sha256(convert_to(b, 'UTF8')));
          INSERT INTO audit VALUES (h.seq, a, e, o, r, 'account:' || id, id::uuid, ip::inet, NULL, NULL, b, h.hash);
        END LOOP;
        UPDATE audit_head SET seq = h.seq, hash = h.hash;
      END $$`);
  const step = (400 * 86_400_000) / rows;
  await database.query(`CALL lakat.fill($1, $2, make_interval(secs => $3), $4)`, [
    rows,
    new Date(NOW.getTime() - 400 * 86_400_000),
    step / 1000,
    like,
  ]);
  await database.query("VACUUM ANALYZE lakat.audit");
}

const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
/** Pages that are full in either trail, but for the last two. */
const PAGES: Record<string, AuditFilter> = {
  newest: {},
  "of ten days half a year ago": { since: daysAgo(190), until: daysAgo(180) },
  "of an account": { accountId: accountNo(17) },
  "of an account, long ago": { accountId: accountNo(17), until: daysAgo(200) },
  "of an event": { events: ["account.changed"] },
  "of several events": { events: ["account.changed", "sign-in"], until: daysAgo(100) },
  failures: { outcome: "failure" },
  "failures of an event": { events: ["sign-in"], outcome: "failure" },
  "an event that never happened": { events: ["grant.approved"] },
  "from an address": { address: "198.51.17.17" },
};

/** The median of a page, in milliseconds, of each trail; asked in turns, so that the machine's noise meets both. */
async function pageTimes(pools: readonly Pool[], filter: AuditFilter): Promise<number[]> {
  const taken = pools.map((): number[] => []);
  for (let i = 0; i < 101; i++)
    for (const [n, pool] of pools.entries()) {
      const began = performance.now();
      await listAudit(pool, filter, 50);
      taken[n]?.push(performance.now() - began);
    }
  return taken.map((times) =>
    at(
      times.sort((a, b) => a - b),
      0.5,
    ),
  );
}

/** Appends one after the other until told to stop. Out: how long each took, shortest first, in milliseconds. */
async function appendUntil(pool: Pool, stop: (appended: number) => boolean): Promise<number[]> {
  const taken: number[] = [];
  while (!stop(taken.length)) {
    const began = performance.now();
    await auditOn(pool).append(plainEvent(NOW));
    taken.push(performance.now() - began);
  }
  return taken.sort((a, b) => a - b);
}

const told = (taken: number[]): string =>
  `median ${at(taken, 0.5).toFixed(1)} ms, p99 ${at(taken, 0.99).toFixed(1)} ms, longest ${at(taken, 1).toFixed(1)} ms`;
const at = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

await t.test(`an audit trail of ${ROWS} rows`, { timeout: 0 }, async (t) => {
  const postgres = await withPostgres(t);
  const smallDatabase = await withGatewayDatabase(t, postgres);
  const largeDatabase = await withGatewayDatabase(t, postgres);
  const [small, large] = [smallDatabase.pool, largeDatabase.pool];
  await fill(smallDatabase, SMALL);
  let began = performance.now();
  await fill(largeDatabase, ROWS);
  t.comment(`filled in ${seconds(began)} s`);

  for (const [what, filter] of Object.entries(PAGES)) {
    const [few = NaN, many = NaN] = await pageTimes([small, large], filter);
    // Below a millisecond the noise of the machine is larger than either.
    t.ok(
      many <= Math.max(2 * few, few + 1),
      `list ${what}: ${many.toFixed(2)} ms, of ${SMALL} rows ${few.toFixed(2)} ms`,
    );
  }
  t.comment(`appends of the small: ${told(await appendUntil(small, (n) => n === 1000))}`);
  const quiet = await appendUntil(large, (n) => n === 1000);
  t.comment(`appends of the large: ${told(quiet)}`);

  began = performance.now();
  const verdict = await verifyChain(readTrail(large), KEY);
  t.equal(verdict.broken, 0, `verified ${verdict.rows} rows in ${seconds(began)} s`, {
    breaks: verdict.breaks,
  });
  t.comment(
    `${((1000 * verdict.rows) / (performance.now() - began)).toFixed(0)} rows a second, ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
  );

  began = performance.now();
  const stop = { now: false };
  const signingIn = appendUntil(large, () => stop.now);
  const purged = await purgeAudit(large, {
    now: NOW,
    days: { detail: 90, record: 365 },
    key: KEY,
    actor: { kind: "gateway" },
    signal: new AbortController().signal,
  });
  stop.now = true;
  const waits = await signingIn;
  t.comment(
    `purged ${purged.detail + purged.record} rows in ${seconds(began)} s, tombstones: ${purged.tombstones}`,
  );
  t.ok(at(waits, 0.99) < 5 * at(quiet, 0.99) + 50, `${waits.length} appends meanwhile: ${told(waits)}`);

  began = performance.now();
  t.match(await verifyChain(readTrail(large), KEY), { broken: 0 }, "and the chain verifies");
  t.comment(`verified again in ${seconds(began)} s`);
});
