/** The memory of a run is bounded by its configuration, not by the size of the database. */
import { readFileSync } from "node:fs";
import t from "tap";
import { backupHost, type HostConfig } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const MIB = 2 ** 20;
const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);

/** Peak resident memory of `lakat backup run` over one database, in MiB, and the bytes it shipped. */
async function peak(database: string): Promise<{ mib: number; shipped: number }> {
  const change = (config: HostConfig): void => {
    config.postgres["only"] = [database];
    // As the defaults are, to one bucket.
    Object.assign(config.destinations[0] ?? {}, { part_size: "8MiB" });
    config.destinations.pop();
  };
  const run = await host.spawn(["backup", "run", "--json"], { change });
  let highest = 0;
  // The kernel keeps the peak; the last look before the end sees it.
  const look = setInterval(() => {
    try {
      const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${run.pid}/status`, "utf8"));
      highest = Math.max(highest, Number(line?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 20);
  const { exit, stderr, json } = await run.ended;
  clearInterval(look);
  if (exit !== 0) throw new Error(stderr);
  return { mib: highest / 1024, shipped: Number(json["bytes"]) };
}

t.test("300 MB take no more than 256 MiB, and little more than 60 MB do", async (t) => {
  // Bytes that zstd cannot make less of, in two tables: two streams at once.
  for (const [name, rows] of [
    ["small", 30],
    ["large", 150],
  ] as const) {
    const database = await postgres.freshDatabase(name);
    await database.query(`
      CREATE EXTENSION pgcrypto;
      CREATE TABLE one (body bytea); ALTER TABLE one ALTER body SET STORAGE EXTERNAL;
      CREATE TABLE two (LIKE one INCLUDING STORAGE);
      INSERT INTO one SELECT (SELECT string_agg(gen_random_bytes(1024), '') FROM generate_series(n, n + 1023)) FROM generate_series(1, ${rows}) n;
      INSERT INTO two TABLE one`);
  }
  const small = await peak("small");
  const large = await peak("large");
  t.comment(`${small.mib} MiB for ${small.shipped / MIB}, ${large.mib} MiB for ${large.shipped / MIB}`);
  t.ok(large.shipped > 290 * MIB, `${large.shipped} bytes shipped`);
  t.ok(large.mib < 256, `${large.mib} MiB`);
  t.ok(large.mib < small.mib + 48, `${large.mib} MiB for the large one, ${small.mib} for the small one`);
});
