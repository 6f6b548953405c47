/** The server restored into: nothing that is asked of it keeps an operator who wants to leave. */
import pg from "pg";
import t from "tap";
import { analyze, countDifferences } from "../../src/restore-test/target.ts";
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
