import t from "tap";
import { verifyChain } from "../../../src/auth/audit-chain.ts";
import { headText } from "../../../src/auth/audit-link.ts";
import type { AuditEvent } from "../../../src/auth/audit-event.ts";
import { auditOn } from "../../../src/auth/store/audit.ts";
import { withAuditLock } from "../../../src/auth/store/audit-lock.ts";
import { purgeAudit, type PurgeOptions } from "../../../src/auth/store/audit-purge.ts";
import { readTrail } from "../../../src/auth/store/audit-trail.ts";
import { changesOn } from "../../../src/auth/store/changes.ts";
import { transact, type Pool } from "../../../src/auth/store/database.ts";
import { plainEvent } from "../../fixtures/audit-events.ts";
import { auditKey } from "../../fixtures/audit-trails.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { withPostgres } from "../../fixtures/postgres.ts";

const KEY = auditKey();
const postgres = await withPostgres(t);
// The purge compares its time with the clock of the database, so these tests begin at the real time.
const NOW = new Date();
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

const append = (pool: Pool, events: AuditEvent[]): Promise<void> =>
  transact(pool, async (db) => {
    for (const event of events) await auditOn(db).append(event);
  });
const purge = (pool: Pool, over: Partial<PurgeOptions> = {}) =>
  purgeAudit(pool, {
    now: NOW,
    days: { detail: 90, record: 365 },
    key: KEY,
    actor: { kind: "gateway" },
    signal: new AbortController().signal,
    batch: 7,
    ...over,
  });
const verify = (pool: Pool) => verifyChain(readTrail(pool, 11), KEY);
const record = (days: number) => plainEvent(daysAgo(days), { event: "account.changed" });
const detail = (days: number) => plainEvent(daysAgo(days));
const aYear = Array.from({ length: 80 }, (_, i) => (i % 4 === 0 ? record(400 - 5 * i) : detail(400 - 5 * i)));

t.test("90 days of detail and 365 of records stay; the chain still verifies", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await append(pool, [...aYear, detail(0)]);
  t.match(await verify(pool), { rows: 81, purged: 0, broken: 0 });
  const purged = await purge(pool);
  const left = await pool.query<{ retention: string; oldest: Date }>(
    "SELECT retention, min(at) AS oldest FROM audit GROUP BY retention ORDER BY retention",
  );
  t.match(left.rows, [
    { retention: "detail", oldest: daysAgo(90) },
    { retention: "record", oldest: daysAgo(360) },
  ]);
  const verdict = await verify(pool);
  t.match(verdict, { rows: 82 - purged.detail - purged.record, broken: 0, breaks: [] });
  t.equal(verdict.purged, purged.detail + purged.record);
  // One below the oldest record that stays, one after each.
  const kept = await pool.query("SELECT 1 FROM audit WHERE retention = 'record' AND at < $1", [daysAgo(90)]);
  t.equal(purged.tombstones, (kept.rowCount ?? 0) + 1);
  t.match(await pool.query("SELECT event, body FROM audit ORDER BY seq DESC LIMIT 1"), {
    rows: [{ event: "audit.purged", body: new RegExp(`"detail":${purged.detail},"kept":0`) }],
  });

  t.match(await purge(pool), { detail: 0, record: 0 }, "a second time there is nothing to do");
  const years = { now: new Date(NOW.getTime() + 3600_000), days: { detail: 0, record: 0 } };
  t.match(await purge(pool, years), { tombstones: 1 }, "when all below is gone, one tombstone stands for it");
  t.match(await verify(pool), { rows: 1, broken: 0 });
});

t.test("appends go on while many rows are purged; two purges at once: one says so", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await append(pool, [...Array.from({ length: 240 }, () => detail(100)), detail(0)]);
  let appended = 0;
  const between: number[] = [];
  const first = purge(pool, { batch: 10, progress: () => between.push(appended) });
  const stop = { now: false };
  const appender = (async () => {
    while (!stop.now) {
      await auditOn(pool).append(detail(0));
      appended++;
    }
  })();
  await t.rejects(
    Promise.all([purge(pool), purge(pool)]),
    { code: "AUDIT_BUSY" },
    "of two more at least one comes too early",
  );
  t.match(await first, { detail: 240 });
  stop.now = true;
  await appender;
  t.ok(new Set(between).size > 5, "events were written between the batches", { between });
  t.match(await verify(pool), { purged: 240, broken: 0 });
});

t.test("a batch that is under way holds nothing an append needs", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await append(pool, [...aYear, detail(0)]);
  // Whatever waits for this row is the purge's transaction, with rows deleted and not committed.
  const holder = await pool.connect();
  t.teardown(() => holder.release());
  await holder.query("BEGIN");
  await holder.query("LOCK TABLE audit_tombstone IN EXCLUSIVE MODE");
  const purging = purge(pool, { batch: 1000 });
  for (;;) {
    const { rowCount } = await pool.query(
      "SELECT 1 FROM pg_locks WHERE relation = 'audit_tombstone'::regclass AND NOT granted",
    );
    if (rowCount === 1) break;
  }
  const seq = await auditOn(pool).append(detail(0));
  t.equal(seq, 82);
  await holder.query("COMMIT");
  t.ok((await purging).detail > 0);
  t.match(await verify(pool), { broken: 0 });
});

t.test("a doubtful clock purges nothing", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await append(pool, [...aYear, detail(2)]);
  const far = new Date(NOW.getTime() + 400 * 86_400_000);
  await t.rejects(purge(pool, { now: far }), { code: "CLOCK_DOUBTFUL", message: /that of the database/ });
  await t.rejects(purge(pool, { now: far, stoodStill: true }), { code: "CLOCK_DOUBTFUL" });
  await t.rejects(purge(pool, { now: daysAgo(30) }), { code: "CLOCK_DOUBTFUL" });
  await t.rejects(purge(pool), { code: "CLOCK_DOUBTFUL", message: /the newest event is of/ });
  t.match(await verify(pool), { rows: 81 });
  t.ok((await purge(pool, { stoodStill: true })).detail > 0);
  await append(pool, [detail(-5)]);
  await t.rejects(purge(pool, { stoodStill: true }), { code: "CLOCK_DOUBTFUL", todo: /has come/ });
});

t.test("a row that was changed is kept as evidence, and found after the purge as before", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await append(pool, [...aYear, detail(0)]);
  await pool.query("UPDATE audit SET body = replace(body, 'success', 'failure') WHERE seq = 6");
  await pool.query("DELETE FROM audit WHERE seq = 10");
  const found = ({ kind, seq }: { kind: string; seq: number }) => `${kind} ${seq}`;
  const before = (await verify(pool)).breaks.map(found);
  t.strictSame(before, ["columns 6", "changed 6", "removed 10"]);
  t.match(await purge(pool), { kept: 2 });
  t.strictSame((await verify(pool)).breaks.map(found), before);
  t.match(await pool.query("SELECT outcome FROM audit ORDER BY seq DESC LIMIT 1"), {
    rows: [{ outcome: "failure" }],
  });
});

t.test("changes are pruned after an hour; a purge that is stopped leaves a whole chain", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await append(pool, [...aYear, detail(0)]);
  await changesOn(pool).record(1, { sessionId: "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b" }, daysAgo(1));
  await changesOn(pool).record(2, { sessionId: "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b" }, NOW);
  const stop = new AbortController();
  await t.rejects(
    purge(pool, { signal: stop.signal, progress: () => stop.abort(new Error("stopped")) }),
    /stopped/,
  );
  t.match(await verify(pool), { purged: 7, broken: 0 });
  await purge(pool);
  t.strictSame(
    (await changesOn(pool).since(0)).changes.map(({ seq }) => seq),
    [2],
  );
});

t.test("what is done to the tables is found", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await append(pool, [...aYear, detail(0)]);
  await purge(pool);
  const head = headText(await auditOn(pool).head());
  for (const [what, sql, kind] of [
    ["an address with a mask", "UPDATE audit SET address = '192.0.2.0/24' WHERE seq = 82", "columns"],
    ["a time without end", "UPDATE audit SET at = 'infinity' WHERE seq = 82", "columns"],
    ["the end cut", "DELETE FROM audit WHERE seq >= 81", "cut"],
    ["the head put back", "UPDATE audit_head SET seq = 81", "rolled-back"],
    ["no head", "DELETE FROM audit_head", "head"],
    ["all emptied", "TRUNCATE audit, audit_tombstone", "cut"],
    ["a tombstone moved", "UPDATE audit_tombstone SET upto = upto + 1", "tombstone"],
  ] as const)
    await t.rejects(
      transact(pool, async (db) => {
        await db.query(sql);
        const { breaks } = await verifyChain(readTrail(db, 11), KEY);
        t.ok(
          breaks.some((found) => found.kind === kind),
          what,
          { breaks },
        );
        throw new Error("put back");
      }),
      /put back/,
    );
  t.equal(headText(await auditOn(pool).head()), head);
  t.match(await verify(pool), { broken: 0 });
});

t.test("the lock is shared by checks and let go", async (t) => {
  const { pool } = await withGatewayDatabase(t, postgres);
  await withAuditLock(pool, "shared", () =>
    withAuditLock(pool, "shared", async () => {
      await t.rejects(purge(pool), { code: "AUDIT_BUSY" });
    }),
  );
  await t.rejects(
    withAuditLock(pool, "alone", () => Promise.reject(new Error("broke"))),
    /broke/,
  );
  await withAuditLock(pool, "alone", async () => {
    await t.rejects(
      withAuditLock(pool, "shared", () => Promise.resolve()),
      { code: "AUDIT_BUSY" },
    );
  });
});
