/** How a check talks to the restored database. */
import pg from "pg";
import { firstLine } from "../../fault.ts";
import { asPgFault, connect, disconnect } from "../../postgres/connection.ts";
import type { Restored } from "../check.ts";

/** A session for one check. What it throws comes out as PG_…, or as the signal's reason. */
export async function inDatabase<T>(
  { connection, database, signal }: Pick<Restored, "connection" | "database" | "signal">,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(connection, database, { signal });
  try {
    return await work(client);
  } catch (error) {
    signal.throwIfAborted();
    throw asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}

/**
 * Work in a transaction that is rolled back. The database's own event triggers are off in it: their functions
 * are not ours to run, they may refuse, and what they take from a sequence is not given back.
 */
export async function undone<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT quote_ident(evtname) AS name FROM pg_event_trigger WHERE evtenabled <> 'D'",
    );
    for (const { name } of rows) await client.query(`ALTER EVENT TRIGGER ${name} DISABLE`);
    return await work();
  } finally {
    // On a session that broke it fails too, and what broke it is on its way up.
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

/** What the server said against a statement, in one line; undefined when it was the session that broke. */
export function refusal(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.severity === "ERROR"
    ? firstLine(error.message)
    : undefined;
}

/**
 * SQL: whether an object's expression calls what its users wrote in a language of the database, directly or by
 * an operator. Such a function may say `IMMUTABLE` and yet look into other tables or at the clock, so that what
 * it said of a row when that was stored is not what it says now. `objid` is an SQL expression.
 */
export function callsUserCode(classid: "pg_class" | "pg_constraint", objid: string): string {
  return `EXISTS (
    SELECT FROM pg_depend d LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
    JOIN pg_proc p ON p.oid = o.oprcode OR d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
    JOIN pg_language l ON l.oid = p.prolang
    WHERE d.classid = '${classid}'::regclass AND d.objid = ${objid} AND l.lanname NOT IN ('c', 'internal'))`;
}
