/** What is counted for the inventory, against owners of tables who exchange them meanwhile. */
import pg from "pg";
import t from "tap";
import { readContents, readInventory } from "../../src/backup/inventory.ts";
import { openSnapshot, withSnapshot } from "../../src/backup/snapshot.ts";
import type { Connection } from "../../src/postgres/connection.ts";
import { withPostgres, type Database } from "../fixtures/postgres.ts";

const postgres = await withPostgres(t);
await postgres.database("postgres").query(`
  CREATE ROLE dumper LOGIN PASSWORD 'p' BYPASSRLS; GRANT pg_read_all_data TO dumper;
  CREATE ROLE owner LOGIN PASSWORD 'p'`);

function as(user: string): Connection {
  return { host: postgres.host, port: postgres.port, user, password: "p" };
}

/** A database with a table of the owner's and one that he may not read; `change` happens under the snapshot. */
async function inventoryAfter(database: Database, change: string): Promise<unknown> {
  await database.query(`
    CREATE SCHEMA app AUTHORIZATION owner; CREATE SCHEMA hr;
    SET ROLE owner; CREATE TABLE app.t (n int); CREATE TABLE app."odd ""t"" ő" AS SELECT 1 AS n; RESET ROLE;
    CREATE TABLE hr.secret AS SELECT 1 AS n`);
  const { name } = database;
  const owner = new pg.Client({ ...as("owner"), database: name });
  await owner.connect();
  // Somebody is in the way, so the snapshot has to do without locks, which would keep the owner from changing anything.
  await owner.query("BEGIN; LOCK TABLE app.t");
  const snapshot = await openSnapshot(as("dumper"), name, { lockWait: 50 });
  await owner.query("ROLLBACK");
  try {
    return await withSnapshot(as("dumper"), snapshot, {}, async (client) => {
      const contents = await readContents(client);
      await owner.query(`
        CREATE FUNCTION app.leak() RETURNS int LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_lock(n) FROM hr.secret; RETURN 1; END $$; ${change}`);
      return await readInventory(client, contents).catch(async (error: unknown) => {
        const { rowCount } = await client.query("SELECT FROM pg_locks WHERE locktype = 'advisory'");
        t.equal(rowCount, 0, "nothing of the owner's was run");
        return error;
      });
    });
  } finally {
    await owner.end();
    await snapshot.close();
  }
}

t.test("tables are counted, whatever they are called", async (t) => {
  t.match(await inventoryAfter(await postgres.freshDatabase(), ""), {
    tables: [
      { schema: "app", name: 'odd "t" ő', rows: 1 },
      { schema: "app", name: "t", rows: 0 },
      { schema: "hr", name: "secret", rows: 1 },
    ],
  });
});

t.test("a view in the place of a table is not read with the dump role's rights", async (t) => {
  const changes: Record<string, string> = {
    exchanged:
      "ALTER TABLE app.t RENAME TO t_old; CREATE VIEW app.t AS SELECT app.leak() AS n WHERE app.leak() = 1",
    "turned into one": `CREATE RULE "_RETURN" AS ON SELECT TO app.t DO INSTEAD SELECT app.leak() AS n WHERE app.leak() = 1`,
  };
  // Later versions turn no table into a view.
  const { rows } = await postgres.database("postgres").query("SHOW server_version_num");
  if (Number(rows[0]?.["server_version_num"]) >= 160_000) delete changes["turned into one"];
  for (const [what, change] of Object.entries(changes)) {
    const fault = await inventoryAfter(
      await postgres.freshDatabase(),
      `${change}; GRANT SELECT ON app.t TO dumper`,
    );
    t.match(fault, { code: "DUMP_FAILED", message: /"app"\."t" was a table when the backup began/ }, what);
  }
});
