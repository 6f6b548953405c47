import { createHash } from "node:crypto";
import t from "tap";
import { auditOn } from "../../../src/auth/store/audit.ts";
import { changesOn } from "../../../src/auth/store/changes.ts";
import { transact } from "../../../src/auth/store/database.ts";
import { plainEvent } from "../../fixtures/audit-events.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";

const NOW = new Date("2026-03-01T10:00:00Z");
const ID = "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b";
const { pool } = await withGatewayDatabase(t);

t.test("twenty append at once: no number twice, none left out, in the order of commits", async (t) => {
  const seqs = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const mine: number[] = [];
      for (let n = 0; n < 5; n++)
        mine.push(
          await transact(pool, (db) => auditOn(db).append(plainEvent(NOW, { details: { by: i, n } }))),
        );
      t.strictSame(
        mine,
        [...mine].sort((a, b) => a - b),
      );
      return mine;
    }),
  );
  const { rows } = await pool.query<{ seq: string; body: string; hash: Buffer }>(
    "SELECT seq, body, hash FROM audit ORDER BY seq",
  );
  t.strictSame(
    rows.map(({ seq }) => Number(seq)),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
  t.strictSame(
    seqs.flat().sort((a, b) => a - b),
    rows.map(({ seq }) => Number(seq)),
  );
  let hash = Buffer.alloc(32);
  for (const row of rows) {
    const seq = Buffer.alloc(8);
    seq.writeBigInt64BE(BigInt(row.seq));
    const body = createHash("sha256").update(row.body).digest();
    hash = createHash("sha256")
      .update(Buffer.concat([hash, seq, body]))
      .digest();
    t.ok(hash.equals(row.hash), row.seq);
  }
  t.strictSame(await auditOn(pool).head(), { seq: 100, hash });
});

t.test("a transaction that is rolled back leaves neither row nor gap", async (t) => {
  const before = await auditOn(pool).head();
  await t.rejects(
    transact(pool, async (db) => {
      await auditOn(db).append(plainEvent(NOW));
      throw new Error("no");
    }),
  );
  t.strictSame(await auditOn(pool).head(), before);
  t.equal(await auditOn(pool).append(plainEvent(NOW)), before.seq + 1);
});

t.test("columns repeat the event", async (t) => {
  const account = { id: ID, name: "anna" };
  const sessionId = "00000000-0000-4000-8000-000000000001";
  const seq = await auditOn(pool).append(
    plainEvent(NOW, {
      event: "account.locked",
      outcome: "failure",
      actor: { kind: "operator", user: "root\u001b" },
      account,
      address: "::ffff:192.0.2.7",
      sessionId,
      application: "crm",
    }),
  );
  const { rows } = await pool.query("SELECT * FROM audit WHERE seq = $1", [seq]);
  t.match(rows[0], {
    at: NOW,
    event: "account.locked",
    outcome: "failure",
    retention: "record",
    actor: "operator:root\ufffd",
    account_id: ID,
    address: "::ffff:192.0.2.7",
    session_id: sessionId,
    application: "crm",
  });
});

t.test("without a head nothing can be written", async (t) => {
  await t.rejects(
    transact(pool, async (db) => {
      await db.query("DELETE FROM audit_head");
      await auditOn(db).append(plainEvent(NOW));
    }),
    /no head/,
  );
});

t.test("a change is told to who listens at the commit, and found by who polls", async (t) => {
  const listener = await pool.connect();
  t.teardown(() => listener.release(true));
  await listener.query("LISTEN lakat_change");
  const heard = new Promise<string | undefined>((resolve) =>
    listener.on("notification", ({ payload }) => resolve(payload)),
  );
  const from = await changesOn(pool).latest();
  const [one, two] = await transact(pool, async (db) => {
    const seqs = [await auditOn(db).append(plainEvent(NOW)), await auditOn(db).append(plainEvent(NOW))];
    await changesOn(db).record(seqs[0] ?? 0, { accountId: ID }, NOW);
    await changesOn(db).record(seqs[1] ?? 0, { sessionId: ID }, new Date(NOW.getTime() + 1));
    t.strictSame((await changesOn(pool).since(from)).changes, [], "not before the commit");
    return seqs;
  });
  t.equal(await heard, String(one));
  t.strictSame((await changesOn(pool).since(from)).changes, [
    { seq: one, accountId: ID },
    { seq: two, sessionId: ID },
  ]);
  t.strictSame(await changesOn(pool).since(one ?? 0), {
    changes: [{ seq: two, sessionId: ID }],
    latest: two,
  });
  t.equal(await changesOn(pool).latest(), two);
  t.equal(await changesOn(pool).prune(new Date(NOW.getTime() + 1)), 1);
  t.equal((await changesOn(pool).since(from)).changes.length, 1);
});
