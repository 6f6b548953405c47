/** One run at a time, and nobody who only pretends to be one. */
import pg from "pg";
import t from "tap";
import { lockCluster } from "../../src/backup/cluster-lock.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { faultOf } from "../fixtures/store-conformance.ts";

const postgres = await withPostgres(t);
const { host, port, user, password } = postgres;
const take = (cluster: string) =>
  lockCluster({ host, port, user, password }, "postgres", cluster, {}, () => Promise.resolve([]));

t.test("a second run of a cluster is refused, one of another is not", async (t) => {
  const first = await take("crm");
  const { code, exit, todo } = await faultOf(take("crm"));
  t.strictSame([code, exit], ["BACKUP_RUNNING", 3]);
  t.match(todo, /that one .* makes the backup/, "which is what exit code 3 says: it is done, by another");
  await (await take("billing")).release();
  await first.release();
  await (await take("crm")).release();
});

t.test("a role that holds the lock to keep backups from being made is named", async (t) => {
  await postgres.database("postgres").query("CREATE ROLE mallory LOGIN PASSWORD 'p'");
  const mallory = new pg.Client({ host, port, user: "mallory", password: "p", database: "postgres" });
  await mallory.connect();
  // Names whose numbers begin with a one and with a zero bit: PostgreSQL shows them in halves without a sign.
  for (const cluster of ["crm", "billing", "hr", "shop"]) {
    const taking = "SELECT pg_advisory_lock(hashtextextended('lakat backup run ' || $1, 0))";
    await mallory.query(taking, [cluster]);
    const fault = await faultOf(take(cluster));
    t.match(fault, { code: "PG_FAILED", message: /held by another role, mallory \(process \d+\)$/ }, cluster);
    t.equal(fault.exit, 1, "no backup was made, and that is no finding");
  }
  await mallory.end();
});
