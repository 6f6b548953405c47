/** Tables and B-tree indexes read page by page, with PostgreSQL's own extension amcheck. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { firstLine } from "../../fault.ts";
import { judged, type Check } from "../check.ts";
import { callsUserCode, inDatabase, refusal, undone } from "./session.ts";

/** FirstNormalObjectId: what initdb made has lower numbers. Of that only large objects are the users'. */
const OF_USERS = (oid: string): string =>
  `(${oid} >= 16384 OR ${oid} IN ('pg_largeobject'::regclass, 'pg_largeobject_metadata'::regclass))`;

/** The server's own access methods; amcheck knows no other. */
const HEAP = 2;
const BTREE = 403;

/**
 * Every heap (tables, materialized views, what they have in TOAST, large objects) and every valid B-tree index, of
 * the latter also that each row is in it. Where the database has no amcheck it is made in a schema of its own,
 * in a transaction that is rolled back.
 *
 * Of an index over an expression that calls a function the users wrote only the structure is looked at (fact
 * `structureOnly`): when the function is not as immutable as it says, rows seem to be missing, at the source as well.
 *
 * Facts: tables, indexes, structureOnly. Skipped when the server does not have the extension.
 */
export const amcheckCheck: Check = {
  name: "amcheck",
  run: (restored) =>
    inDatabase(restored, async (client) => {
      const of = { name: "amcheck", database: restored.database } as const;
      const { rows } = await client.query<{ schema: string | null; available: boolean }>(`
        SELECT (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                WHERE e.extname = 'amcheck') AS schema,
               EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck') AS available`);
      const installed = rows[0]?.schema ?? undefined;
      if (installed === undefined && rows[0]?.available !== true)
        return {
          ...of,
          outcome: "skipped",
          facts: {},
          problems: [],
          why: "the scratch server has no extension amcheck; install PostgreSQL's contrib package of its version (Debian: postgresql-contrib; Red Hat: postgresql-contrib)",
        };
      return undone(client, async () => {
        const schema = pg.escapeIdentifier(installed ?? `lakat_${randomBytes(8).toString("hex")}`);
        if (installed === undefined)
          await client.query(`CREATE SCHEMA ${schema}; CREATE EXTENSION amcheck SCHEMA ${schema}`);
        const problems: string[] = [];
        const tables = await readHeaps(client);
        for (const { oid, name } of tables) {
          const verify = `SELECT blkno, msg FROM ${schema}.verify_heapam(${oid}::regclass, on_error_stop => true, check_toast => true) LIMIT 3`;
          const said = await ask<{ blkno: string; msg: string }>(client, verify);
          if (typeof said === "string") problems.push(`${name}: ${said}`);
          else problems.push(...said.map(({ blkno, msg }) => `${name}: block ${blkno}: ${firstLine(msg)}`));
        }
        const indexes = await readIndexes(client);
        for (const { oid, name, userCode } of indexes) {
          const said = await ask(client, `SELECT ${schema}.bt_index_check(${oid}::regclass, ${!userCode})`);
          if (typeof said === "string") problems.push(`${name}: ${said}`);
        }
        const structureOnly = indexes.filter((index) => index.userCode).length;
        return judged(of, { tables: tables.length, indexes: indexes.length, structureOnly }, problems);
      });
    }),
};

interface Relation {
  oid: number;
  /** For people: what lies in TOAST is told by its table's name. */
  name: string;
}

const NAME = `coalesce(
  (SELECT format('TOAST of %I.%I', n.nspname, o.relname) FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
   WHERE o.reltoastrelid = t.oid),
  (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_namespace n WHERE n.oid = c.relnamespace))`;

async function readHeaps(client: pg.Client): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(`
    SELECT c.oid, ${NAME} AS name FROM pg_class c JOIN pg_class t ON t.oid = c.oid
    WHERE c.relkind IN ('r', 'm', 't') AND c.relam = ${HEAP} AND c.relpersistence <> 't' AND ${OF_USERS("c.oid")}
    ORDER BY 2`);
  return rows;
}

async function readIndexes(client: pg.Client): Promise<(Relation & { userCode: boolean })[]> {
  const { rows } = await client.query<Relation & { userCode: boolean }>(`
    SELECT c.oid, ${NAME} AS name, ${callsUserCode("pg_class", "c.oid")} AS "userCode"
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE c.relkind = 'i' AND c.relam = ${BTREE} AND t.relam = ${HEAP} AND i.indisvalid AND i.indisready
      AND c.relpersistence <> 't' AND ${OF_USERS("t.oid")}
    ORDER BY 2`);
  return rows;
}

/** The rows of one question, or what the server said against it; the transaction goes on. */
async function ask<R extends pg.QueryResultRow>(client: pg.Client, sql: string): Promise<R[] | string> {
  await client.query("SAVEPOINT question");
  try {
    return (await client.query<R>(sql)).rows;
  } catch (error) {
    const said = refusal(error);
    if (said === undefined) throw error;
    await client.query("ROLLBACK TO SAVEPOINT question");
    return said;
  } finally {
    await client.query("RELEASE SAVEPOINT question").catch(() => undefined);
  }
}
