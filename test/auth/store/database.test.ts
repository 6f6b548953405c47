import t from "tap";
import { transact } from "../../../src/auth/store/database.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";

const database = await withGatewayDatabase(t);
const { pool } = database;

t.test(
  "a connection that is cut between two statements of a transaction is an error and no more",
  async (t) => {
    await t.rejects(
      transact(pool, async (db) => {
        const { rows } = await db.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
        await database.query("SELECT pg_terminate_backend($1, 5000)", [rows[0]?.pid]);
        // The news arrives while nothing is asked.
        await new Promise((resolve) => setImmediate(resolve));
        await database.query("SELECT 1");
        await db.query("SELECT 1");
      }),
      Error,
    );
    t.strictSame(await transact(pool, async (db) => (await db.query("SELECT 1 AS one")).rows), [{ one: 1 }]);
    t.equal(pool.totalCount, 1, "the broken one has left the pool");
  },
);
