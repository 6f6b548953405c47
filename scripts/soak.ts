/** See scripts/soak. Prints TAP. */
import t from "tap";
import { backupHost } from "../test/fixtures/backup-host.ts";
import { withPostgres } from "../test/fixtures/postgres.ts";

await t.test(
  "a text of a gigabyte, the longest that PostgreSQL can hold, comes back as it was",
  async (t) => {
    const postgres = await withPostgres(t);
    const host = await backupHost(t, postgres);
    const database = await postgres.freshDatabase("wide");
    await database.query(
      "CREATE TABLE wide (body text COMPRESSION lz4); INSERT INTO wide SELECT repeat(repeat('ő', 500000), 1000)",
    );
    const ran = await host.backup({ change: (config) => (config.postgres["only"] = ["wide"]) });
    t.equal(ran.exit, 0, ran.stderr);
    t.comment(`backed up in ${String(ran.json["seconds"])} s`);

    const target = await withPostgres(t);
    const to = target.database("").uri;
    const restored = await host.run(["restore", "--json", "--identity", host.x25519.file, "--to", to], {
      as: "reader",
    });
    t.equal(restored.exit, 0, restored.stderr);
    t.comment(`restored in ${String(restored.json["seconds"])} s`);
    const check = "SELECT octet_length(body) AS bytes, md5(body) AS hash FROM wide";
    const { rows } = await target.database("wide").query(check);
    t.match(rows, [{ bytes: 1_000_000_000 }]);
    t.strictSame(rows, (await database.query(check)).rows);
  },
);
