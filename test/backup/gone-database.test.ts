/** Databases that somebody drops while a run is under way, and ones of which half is dropped. */
import t from "tap";
import { backupHost, objectsOf } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { until } from "../fixtures/processes.ts";

const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const server = postgres.database("postgres");
for (const name of ["a", "b", "c"])
  await (await postgres.freshDatabase(name)).query("CREATE TABLE t (n int)");

t.test("one that is dropped before its turn is named, the others are backed up", async (t) => {
  for (const [held, dropped] of [
    ["a/data-01", "b"],
    ["probe", "a"],
  ] as const) {
    await host.reset();
    const { promise: heldUntil, resolve: goOn } = Promise.withResolvers<undefined>();
    const fault = host.s3.fail({ on: { operation: "PutObject", keyIncludes: held }, how: { heldUntil } });
    const running = host.backup();
    await until("the store to stall", () => fault.hits > 0);
    await server.query(`DROP DATABASE ${dropped}`);
    goOn(undefined);
    const ran = await running;
    t.match(ran, {
      exit: 3,
      json: { findings: [{ code: "DUMP_WARNING", what: new RegExp(`^the dump of ${dropped} .* dropped`) }] },
    });
    const objects = objectsOf(host.inBucket(), ran.json["backupId"]);
    t.notOk(objects.some((name) => name.startsWith(`${dropped}/`)));
    t.ok(objects.some((name) => name.startsWith("c/")));
    t.ok(objects.includes("globals.sql.zst.age"));
    t.match(await host.run(["backup", "verify", "--json"], { as: "reader" }), { exit: 0 });
  }
});

t.test("one that was left invalid by an interrupted DROP DATABASE is named", async (t) => {
  await server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'c'");
  const ran = await host.backup();
  t.match(ran, {
    exit: 3,
    json: {
      databases: ["postgres"],
      findings: [{ code: "DUMP_WARNING", what: /^the dump of c .* dropped/ }],
    },
  });
  const left = await host.backup({ change: ({ postgres }) => (postgres["except"] = ["c"]) });
  t.equal(left.exit, 0, "unless it is left out on purpose");
});
