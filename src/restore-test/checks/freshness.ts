/**
 * Whether a table's newest row is new enough: a backup of a database that nobody writes to any more looks fine
 * otherwise.
 */
import pg from "pg";
import { judged, type Check } from "../check.ts";
import { timeSpan } from "../time-span.ts";
import { inDatabase, refusal } from "./session.ts";

/** As in the configuration. */
export interface Freshness {
  /** `schema.table`, cut at the first dot; a part in double quotes may have dots, and quotes doubled. */
  table: string;
  column: string;
  /** Milliseconds. */
  younger_than: number;
}

/**
 * The age of a column's newest value at the time of the snapshot. Values after it (a planned date, a slip of
 * the pen) and infinite ones are no news. A date counts as the end of its day, since the row may have come
 * then; a timestamp without a time zone is read in that of the database. Names are taken as they stand, letter
 * by letter.
 *
 * Facts: newest (ISO 8601), ageSeconds.
 */
export function freshnessCheck({ table, column, younger_than }: Freshness): Check {
  const subject = `${table}.${column}`;
  return {
    name: "freshness",
    subject,
    run: (restored) =>
      inDatabase(restored, async (client) => {
        const of = { name: "freshness", database: restored.database, subject } as const;
        const names = namesOf(table, column);
        if (names === undefined) return judged(of, {}, [`${table} is not of the form schema.table`]);
        const kind = await readKind(client, names);
        if (kind === undefined) return judged(of, {}, [`there is no column ${subject}`]);
        const newest = NEWEST[kind];
        if (newest === undefined)
          return judged(of, {}, [`${subject} is of type ${kind}: only a date or a timestamp has an age`]);
        const [schema, name, quoted] = names.map((one) => pg.escapeIdentifier(one));
        const sql = `
          WITH snapshot AS (SELECT $1::timestamptz AS at),
               found AS (SELECT ${newest} AS newest FROM (
                 SELECT max(${quoted}) AS value FROM ${schema}.${name}
                 WHERE isfinite(${quoted}) AND ${quoted}::${kind} <= (SELECT at::${kind} FROM snapshot)) AS v)
          SELECT to_char(newest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS newest,
                 greatest(extract(epoch FROM at - newest), 0) AS age FROM found, snapshot`;
        try {
          const { rows } = await client.query<{ newest: string | null; age: string | null }>(sql, [
            restored.snapshotAt.toISOString(),
          ]);
          const [row] = rows;
          if (row === undefined || row.newest === null)
            return judged(of, {}, [`${subject} has no value up to the time of the snapshot`]);
          const ageSeconds = Math.round(Number(row.age));
          const limit = younger_than / 1000;
          const stale = `the newest value of ${subject} is ${timeSpan(ageSeconds)} older than the snapshot; less than ${timeSpan(limit)} was asked for`;
          return judged(of, { newest: row.newest, ageSeconds }, ageSeconds < limit ? [] : [stale]);
        } catch (error) {
          const said = refusal(error);
          if (said === undefined) throw error;
          return judged(of, {}, [`${subject}: ${said}`]);
        }
      }),
  };
}

/** Type → what a value `v.value` of it is as a moment. */
const NEWEST: Readonly<Record<string, string | undefined>> = {
  date: "(value + 1)::timestamptz",
  "timestamp without time zone": "value::timestamptz",
  "timestamp with time zone": "value",
};

/** The column's type, that of the domain it is of; undefined when there is no such column. */
async function readKind(client: pg.Client, names: string[]): Promise<string | undefined> {
  const { rows } = await client.query<{ kind: string }>(
    `WITH RECURSIVE kind(oid, base) AS (
       SELECT t.oid, t.typbasetype FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
       WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped
         AND c.relkind IN ('r', 'p', 'm', 'v')
       UNION ALL SELECT t.oid, t.typbasetype FROM kind JOIN pg_type t ON t.oid = kind.base)
     SELECT format_type(oid, NULL) AS kind FROM kind WHERE base = 0`,
    names,
  );
  return rows[0]?.kind;
}

const QUOTED = '"(?:[^"]|"")+"';
const TABLE = new RegExp(`^(${QUOTED}|[^".]+)\\.(${QUOTED}|[^"]+)$`);

/** Schema, table and column without quotes; undefined when that is no table's name. */
function namesOf(table: string, column: string): [string, string, string] | undefined {
  const match = TABLE.exec(table);
  const [, schema, name] = match ?? [];
  return schema === undefined || name === undefined ? undefined : [bare(schema), bare(name), bare(column)];
}

function bare(name: string): string {
  return new RegExp(`^${QUOTED}$`).test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}
