/** Whether what the database says of its rows is true of them: foreign keys, CHECK, NOT NULL, domains. */
import type pg from "pg";
import { judged, type Check } from "../check.ts";
import { callsUserCode, inDatabase, refusal, undone } from "./session.ts";

const OWN_SCHEMAS = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'`;

/**
 * The server validates every constraint anew, as it would one that was made NOT VALID: each is marked so, and
 * validated, in a transaction that is rolled back. So all that is special to some kind (MATCH FULL, partitions,
 * inheritance, collations, domains in domains) is the server's own business. NOT NULL is counted.
 *
 * No problem, since it is no different at the source:
 *  - constraints that are NOT VALID here, since pg_dump writes that down (fact `notValid`);
 *  - CHECKs that call a function which the users wrote in a language of the database: it may look at other
 *    tables or the clock, and need not say today what it said when the row came. The load has asked it once; it
 *    is not asked again (fact `notAskedAgain`);
 *  - domains that a composite, array or range is made of, which the server does not validate (counted
 *    likewise).
 *
 * Facts: constraints (validated anew), notValid, notAskedAgain, notNull (columns).
 */
export const constraintsCheck: Check = {
  name: "constraints",
  run: (restored) =>
    inDatabase(restored, async (client) => {
      const constraints = await readConstraints(client);
      const problems: string[] = [];
      let notAskedAgain = constraints.filter((one) => one.validated && one.userCode).length;
      const asked = constraints.filter((one) => one.validated && !one.userCode);
      for (const group of Map.groupBy(asked, (one) => one.owner).values()) {
        // All of a table in one pass; one by one only to tell which of them it is.
        if (group.length > 1 && (await validate(client, group)) === undefined) continue;
        for (const one of group) {
          const said = await validate(client, [one]);
          if (said === NOT_VALIDATED) notAskedAgain++;
          else if (said !== undefined) problems.push(`${one.owner}: ${one.name}: ${said}`);
        }
      }
      const notNull = await findNulls(client, problems);
      const facts = {
        constraints: constraints.filter((one) => one.validated).length - notAskedAgain,
        notValid: constraints.filter((one) => !one.validated).length,
        notAskedAgain,
        notNull,
      };
      return judged({ name: "constraints", database: restored.database }, facts, problems);
    }),
};

interface Constraint {
  oid: number;
  /** Quoted name of the table or domain. */
  owner: string;
  kind: "TABLE" | "DOMAIN";
  /** Quoted. */
  name: string;
  validated: boolean;
  userCode: boolean;
}

/**
 * Those of tables that have rows, since a partitioned table is not validated through its root; and of foreign
 * keys to a partitioned table not those to one partition, which stand beside the whole one and which no row
 * need keep.
 */
async function readConstraints(client: pg.Client): Promise<Constraint[]> {
  const { rows } = await client.query<Constraint>(`
    SELECT c.oid, format('%I.%I', n.nspname, coalesce(r.relname, t.typname)) AS owner,
           CASE WHEN t.oid IS NULL THEN 'TABLE' ELSE 'DOMAIN' END AS kind,
           quote_ident(c.conname) AS name, c.convalidated AS validated,
           c.contype = 'c' AND ${callsUserCode("pg_constraint", "c.oid")} AS "userCode"
    FROM pg_constraint c LEFT JOIN pg_class r ON r.oid = c.conrelid LEFT JOIN pg_type t ON t.oid = c.contypid
    JOIN pg_namespace n ON n.oid = coalesce(r.relnamespace, t.typnamespace)
    WHERE ${OWN_SCHEMAS} AND (r.relkind = 'r' OR t.oid IS NOT NULL) AND (c.contype = 'c' OR c.contype = 'f'
      AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid))
    ORDER BY 2, 4`);
  return rows;
}

/** What the server answers when it cannot validate a domain, since something is made of it. */
const NOT_VALIDATED = Symbol("not validated");
const FEATURE_NOT_SUPPORTED = "0A000";

/** What the server says against constraints of one table or domain; undefined when all of them hold. */
async function validate(
  client: pg.Client,
  constraints: Constraint[],
): Promise<string | typeof NOT_VALIDATED | undefined> {
  const [first] = constraints;
  // ALTER DOMAIN takes one at a time.
  if (first === undefined || (first.kind === "DOMAIN" && constraints.length > 1)) return NOT_VALIDATED;
  try {
    await undone(client, async () => {
      await client.query("UPDATE pg_constraint SET convalidated = false WHERE oid = ANY ($1)", [
        constraints.map((one) => one.oid),
      ]);
      const actions = constraints.map((one) => `VALIDATE CONSTRAINT ${one.name}`);
      await client.query(`ALTER ${first.kind} ${first.owner} ${actions.join(", ")}`);
    });
    return undefined;
  } catch (error) {
    const said = refusal(error);
    if (said === undefined) throw error;
    return first.kind === "DOMAIN" && (error as pg.DatabaseError).code === FEATURE_NOT_SUPPORTED
      ? NOT_VALIDATED
      : said;
  }
}

/** A function takes at most 100 arguments. */
const COLUMNS_AT_ONCE = 50;

/** Counts null where there may be none, one read for each table. Returns the number of columns. */
async function findNulls(client: pg.Client, problems: string[]): Promise<number> {
  const { rows: tables } = await client.query<{ table: string; columns: string[] }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS table, array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${OWN_SCHEMAS}
      AND a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY 1 ORDER BY 1`);
  for (const { table, columns } of tables) {
    const groups = Array.from({ length: Math.ceil(columns.length / COLUMNS_AT_ONCE) }, (_, n) =>
      columns.slice(n * COLUMNS_AT_ONCE, (n + 1) * COLUMNS_AT_ONCE),
    );
    const nulls = await countNulls(
      client,
      table,
      groups.map((group) => group.join(", ")),
    );
    const broken = groups.filter((_, n) => nulls[n] !== 0).flat();
    const each = broken.length === 0 ? [] : await countNulls(client, table, broken);
    broken.forEach((column, n) => {
      if (each[n] !== 0) problems.push(`${table}: ${column} is null in ${each[n]} rows and may not be`);
    });
  }
  return tables.reduce((sum, { columns }) => sum + columns.length, 0);
}

/**
 * For each list of columns the rows that have a null in one. By num_nulls: it takes a composite of nulls for
 * the value it is, and the planner does not take the answer from the very NOT NULL that is in question.
 */
async function countNulls(client: pg.Client, table: string, lists: string[]): Promise<number[]> {
  const counts = lists.map((list) => `count(*) FILTER (WHERE num_nulls(${list}) > 0)`);
  const { rows } = await client.query<(string | null)[]>({
    text: `SELECT ${counts.join(", ")} FROM ONLY ${table}`,
    rowMode: "array",
  });
  return rows[0]?.map(Number) ?? [];
}
