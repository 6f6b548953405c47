/** Everything in a backup is of one moment, whatever is written while it is made. */
import t from "tap";
import { backupHost } from "../fixtures/backup-host.ts";
import { plainDump } from "../fixtures/everything.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { until } from "../fixtures/processes.ts";

const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const crm = await postgres.freshDatabase("crm");
await crm.query(`
  CREATE TABLE large AS SELECT n, md5(n::text) || md5((n * 7)::text) || md5((n * 13)::text) AS body FROM generate_series(1, 60000) n;
  CREATE TABLE small (n serial); INSERT INTO small DEFAULT VALUES; INSERT INTO small DEFAULT VALUES;
  SELECT lo_from_bytea(1, 'before')`);

t.test("rows, tables and large objects of later are in no part and no count", async (t) => {
  const before = await plainDump(postgres, "crm");
  const { promise: heldUntil, resolve: goOn } = Promise.withResolvers<undefined>();
  // Both data streams have read their tables by then, or a part of them; definitions and counts come after.
  const faults = [
    host.s3.fail({
      on: { operation: "UploadPart", keyIncludes: "crm/data-01" },
      times: 4,
      how: { heldUntil },
    }),
    host.s3.fail({ on: { operation: "PutObject", keyIncludes: "crm/data-02" }, how: { heldUntil } }),
  ];
  const running = host.backup({
    change: (config) => {
      config.postgres["only"] = ["crm"];
      config.destinations.pop();
    },
  });
  await until("both streams to be held", () => faults.map(({ hits }) => hits).join() === "4,1");
  await crm.query(`
    INSERT INTO large SELECT n, 'later' FROM generate_series(1, 10) n; DELETE FROM large WHERE n < 100;
    INSERT INTO small DEFAULT VALUES; CREATE TABLE later AS SELECT 1 AS n;
    SELECT lo_from_bytea(2, 'later'); SELECT lo_put(1, 0, 'LATER!')`);
  // Neither is bound to a snapshot: a stream that has yet to begin would find a table of later.
  for (const change of ["ALTER TABLE small ADD COLUMN later int", "TRUNCATE small"])
    await t.rejects(crm.query(`SET lock_timeout = '50ms'; ${change}`), { code: "55P03" }, change);
  goOn(undefined);
  const ran = await running;
  t.equal(ran.exit, 0, ran.stderr);

  const target = await withPostgres(t);
  const restored = await host.run(
    ["restore", "--json", "--identity", host.x25519.file, "--to", target.database("").uri],
    { as: "reader" },
  );
  t.equal(restored.exit, 0, restored.stderr);
  t.ok((await plainDump(target, "crm")) === before, "the restored database dumps as the source did before");
});
