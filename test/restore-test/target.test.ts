/** The server restored into: nothing that is asked of it keeps an operator who wants to leave. */
import pg from "pg";
import t from "tap";
import { readInventory } from "../../src/backup/inventory.ts";
import { analyze, countDifferences, createDatabase, dropDatabase } from "../../src/restore-test/target.ts";
import { until } from "../fixtures/processes.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const postgres = await withPostgres(t);
const { host, port, user, password } = postgres;
const connection = { host, port, user, password };

t.test("a table that somebody locked is not waited for after a signal", async (t) => {
  const database = await postgres.freshDatabase();
  await database.query("CREATE TABLE t (n int)");
  const other = new pg.Client({ ...connection, database: database.name });
  await other.connect();
  t.teardown(() => other.end());
  await other.query("BEGIN; LOCK TABLE t");
  const tables = [{ schema: "public", name: "t", bytes: 0, rows: 0 }];
  const asks: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    counting: (signal) => countDifferences(connection, database.name, tables, signal),
    analyzing: (signal) => analyze(connection, database.name, signal),
  };
  for (const [name, ask] of Object.entries(asks)) {
    const stop = new AbortController();
    const asked = ask(stop.signal);
    await until("the session to wait", async () => {
      const { rowCount } = await other.query("SELECT FROM pg_locks WHERE NOT granted");
      return rowCount !== null && rowCount > 0;
    });
    stop.abort(new Error(`enough of ${name}`));
    await t.rejects(
      asked.then(() => undefined),
      { message: `enough of ${name}` },
    );
  }
});

t.test("rows that an extension's version brings along are no difference", async (t) => {
  const database = await postgres.freshDatabase();
  await database.query("CREATE TABLE conf AS SELECT 1 AS n; CREATE TABLE own AS SELECT 1 AS n");
  const client = new pg.Client({ ...connection, database: database.name });
  await client.connect();
  t.teardown(() => client.end());
  const conf = { schema: "public", name: "conf", bytes: 0, root: undefined };
  const contents = {
    tables: [
      { ...conf, ofExtension: true },
      { ...conf, name: "own", ofExtension: false },
    ],
    largeObjectBytes: 0,
  };
  await client.query("BEGIN");
  const { tables } = await readInventory(client, contents);
  await client.query("COMMIT");
  await database.query("INSERT INTO conf VALUES (2); INSERT INTO own VALUES (2)");
  const signal = new AbortController().signal;
  t.strictSame(await countDifferences(connection, database.name, tables, signal), [
    "public.own: 2 rows instead of 1",
  ]);
});

t.test("a database with a subscription that a restore left at rest can be dropped", async (t) => {
  const database = await postgres.freshDatabase();
  await database.query(
    `CREATE SUBSCRIPTION "my feed" CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = kept)`,
  );
  await dropDatabase(connection, "postgres", database.name);
  await dropDatabase(connection, "postgres", database.name);
  const { rowCount } = await postgres
    .database("postgres")
    .query("SELECT FROM pg_database WHERE datname = $1", [database.name]);
  t.equal(rowCount, 0);
});

t.test("a database under another name sorts like the one it is of", async (t) => {
  const signal = new AbortController().signal;
  const like = { encoding: "UTF8", collate: "C", ctype: "C.UTF-8" };
  const properties = async (name: string): Promise<unknown> =>
    (
      await postgres.database("postgres").query(
        `SELECT datlocprovider AS provider, datcollate AS collate, datctype AS ctype,
                  coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
           FROM pg_database d WHERE datname = $1`,
        [name],
      )
    ).rows[0];
  await createDatabase(connection, "postgres", "plain", like, signal);
  t.match(await properties("plain"), { provider: "c", collate: "C", ctype: "C.UTF-8", locale: null });
  const locale = { provider: "icu", name: "hu-HU" } as const;
  await createDatabase(connection, "postgres", "hungarian", { ...like, locale }, signal);
  t.match(await properties("hungarian"), { provider: "i", collate: "C", locale: "hu-HU" });

  const client = new pg.Client({ ...connection, database: "hungarian" });
  await client.connect();
  t.teardown(() => client.end());
  t.match(await readInventory(client, { tables: [], largeObjectBytes: 0 }), {
    name: "hungarian",
    ...like,
    locale,
  });
});
