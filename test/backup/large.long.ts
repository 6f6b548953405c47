/** What is as large as PostgreSQL allows, and larger than it can dump. */
import t from "tap";
import { backupHost, type HostConfig } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";

/** One database, one attempt, into the folder. */
const only =
  (database: string) =>
  (config: HostConfig): void => {
    config.postgres["only"] = [database];
    config["attempts"] = 1;
    config.destinations.shift();
  };

/** Tables t1 …; not in one transaction, which would need a lock for each of them. */
const manyTables = (count: number): string => `
  DO $$ BEGIN
    FOR n IN 1..${count} LOOP
      EXECUTE format('CREATE UNLOGGED TABLE t%s (n int)', n);
      IF n % 200 = 0 THEN COMMIT; END IF;
    END LOOP;
  END $$`;

t.test("a bytea that COPY cannot write is a fault that says so", async (t) => {
  const postgres = await withPostgres(t);
  const host = await backupHost(t, postgres);
  const database = await postgres.freshDatabase("wide");
  // Stored compressed, and quickly so, or making it would take longer than dumping it.
  await database.query(
    "CREATE TABLE wide (body bytea COMPRESSION lz4); INSERT INTO wide SELECT repeat(repeat('x', 1000000), 600)::bytea",
  );
  const ran = await host.backup({ change: only("wide") });
  t.match(ran, {
    exit: 1,
    json: {
      code: "DUMP_FAILED",
      what: /^pg_dump of wide\/data-01 exited with 1: .*"wide".*invalid memory alloc request size/,
      todo: /too large for PostgreSQL's own COPY \(1 GB as text, 512 MB as bytea\)/,
    },
  });
  t.strictSame(await host.inFolder(), ["crm/probe"]);
});

t.test("ten thousand tables", async (t) => {
  const settings = { max_locks_per_transaction: "1024", max_connections: "20" };
  const postgres = await withPostgres(t, { settings });
  const host = await backupHost(t, postgres);
  await (await postgres.freshDatabase("many")).query(manyTables(10_000));
  const ran = await host.backup({ change: only("many") });
  t.equal(ran.exit, 0, ran.stderr);
});

t.test("more tables than the server has room for locks: a fault that names the setting", async (t) => {
  const postgres = await withPostgres(t, {
    settings: { max_locks_per_transaction: "64", max_connections: "10" },
  });
  const host = await backupHost(t, postgres);
  await (await postgres.freshDatabase("many")).query(manyTables(4000));
  const ran = await host.backup({ change: only("many") });
  t.match(ran, {
    exit: 1,
    json: { what: /out of shared memory/, todo: /Raise max_locks_per_transaction on the server/ },
  });
  t.strictSame(await host.inFolder(), ["crm/probe"]);
});
