import t from "tap";
import { openPool } from "../../../src/auth/store/database.ts";
import { isMigrated, migrate, migrations } from "../../../src/auth/store/migrate.ts";
import { withPostgres } from "../../fixtures/postgres.ts";

const NOW = new Date("2026-03-01T10:00:00Z");

t.test("migrations", async (t) => {
  const postgres = await withPostgres(t);
  const { host, port, user, password } = postgres;
  const freshPool = async () => {
    const { name } = await postgres.freshDatabase();
    return openPool({ host, port, user, password, database: name }, { max: 5, applicationName: "test" });
  };

  await t.test("an empty database gets all of them, once", async (t) => {
    const pool = await freshPool();
    t.teardown(() => pool.end());
    t.equal(await isMigrated(pool), false);
    const all = (await migrations()).map(({ version }) => version);
    t.ok(all.length > 0);
    t.strictSame(await migrate(pool, NOW), all);
    t.equal(await isMigrated(pool), true);
    t.strictSame(await migrate(pool, NOW), []);
  });

  await t.test("several at once do the work once", async (t) => {
    const pool = await freshPool();
    t.teardown(() => pool.end());
    const done = await Promise.all([1, 2, 3, 4].map(() => migrate(pool, NOW)));
    t.equal(done.flat().length, (await migrations()).length);
  });

  await t.test("one that fails leaves nothing", async (t) => {
    const pool = await freshPool();
    t.teardown(() => pool.end());
    const broken = {
      version: 9999,
      name: "broken",
      sql: "CREATE TABLE x (a int); SELECT nothing",
      checksum: "c",
    };
    await t.rejects(migrate(pool, NOW, [...(await migrations()), broken]));
    t.equal(await isMigrated(pool), false);
  });

  await t.test("a database of a newer program, and one that was changed, are refused", async (t) => {
    const pool = await freshPool();
    t.teardown(() => pool.end());
    const all = await migrations();
    const [first] = all;
    if (first === undefined) throw new Error("no migrations");
    const newer = { version: 9999, name: "newer", sql: "SELECT 1", checksum: "c" };
    await migrate(pool, NOW, [...all, newer]);
    await t.rejects(isMigrated(pool), { code: "MIGRATION_FAILED", message: /9999 \(newer\)/ });
    await t.rejects(migrate(pool, NOW), { code: "MIGRATION_FAILED" });
    const changed = all.map((one) => (one === first ? { ...one, checksum: "other" } : one));
    await t.rejects(migrate(pool, NOW, [...changed, newer]), {
      code: "MIGRATION_FAILED",
      message: /another/,
    });
  });
});
