import t from "tap";
import { openAccessCache } from "../../../src/auth/access-cache.ts";
import { changesOn } from "../../../src/auth/store/changes.ts";
import { watchChanges } from "../../../src/auth/store/change-watch.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";

const { pool } = await withGatewayDatabase(t);
const NOW = new Date("2026-03-01T12:00:00Z");
const [ANNA, BELA] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];

function watched() {
  let tick = 1000;
  const said: string[] = [];
  const cache = openAccessCache();
  const told = {
    failed: () => void said.push("failed"),
    back: () => void said.push("back"),
  };
  // Looks only when told to: the poll comes after the test.
  const watch = watchChanges(pool, cache, () => tick, { pollMs: 600_000, listens: false, ...told });
  t.teardown(() => watch.stop());
  const remember = (): void => {
    for (const accountId of [ANNA, BELA])
      cache.put(accountId, { accountId, sessionId: `of ${accountId}` }, cache.generation());
  };
  const known = (): string[] => [ANNA, BELA].filter((id) => cache.get(id, tick) !== undefined);
  return { watch, said, remember, known, pass: (ms: number) => void (tick += ms) };
}

t.test("a change is forgotten, the rest stays", async (t) => {
  const { watch, remember, known } = watched();
  await watch.look();
  remember();
  await watch.look();
  t.strictSame(known(), [ANNA, BELA]);
  await pool.query("UPDATE audit_head SET seq = seq + 10");
  const latest = await changesOn(pool).latest();
  await changesOn(pool).record(latest, { accountId: ANNA }, NOW);
  await watch.look();
  t.strictSame(known(), [BELA]);
});

t.test(
  "a database of yesterday has lower numbers: everything is forgotten, and news are heard again",
  async (t) => {
    const { watch, remember, known } = watched();
    await watch.look();
    remember();
    await pool.query("UPDATE audit_head SET seq = seq - 5");
    await pool.query("DELETE FROM change");
    await watch.look();
    t.strictSame(known(), []);
    remember();
    // A number that it had seen before.
    await pool.query("UPDATE audit_head SET seq = seq + 1");
    await changesOn(pool).record(await changesOn(pool).latest(), { accountId: BELA }, NOW);
    await watch.look();
    t.strictSame(known(), [ANNA]);
  },
);

t.test("after a look that failed, everything is forgotten; who listens hears of both", async (t) => {
  const { watch, said, remember, known, pass } = watched();
  await watch.look();
  remember();
  await pool.query("ALTER TABLE audit_head RENAME TO away");
  await watch.look();
  await watch.look();
  t.strictSame(said, ["failed", "failed"]);
  t.strictSame(known(), [ANNA, BELA], "still trusted for a moment");
  pass(1000);
  t.strictSame(known(), [], "and then no longer");
  t.equal(watch.age(), 1000);
  await pool.query("ALTER TABLE away RENAME TO audit_head");
  await watch.look();
  t.strictSame(known(), [], "another database may be there now");
  t.strictSame(said, ["failed", "failed", "back"]);
  t.equal(watch.age(), 0);
});
