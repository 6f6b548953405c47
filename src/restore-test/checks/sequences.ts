/** Sequences against the columns they fill. */
import type pg from "pg";
import { judged, type Check } from "../check.ts";
import { inDatabase } from "./session.ts";

/** Names that a fact shows. */
const MOST_NAMED = 5;

/**
 * A sequence is behind when the value it gives next is not beyond all that its column holds: sooner or later an
 * INSERT meets a row that is there. Looked at are the sequences of identity columns, those that a column's
 * default asks, and those that belong to a column; not those that cycle, which come by again on purpose.
 *
 * A restored sequence has the value that the archive says; the round trip compares them. So one that is behind
 * is so at the source too, mostly because rows were put in with numbers of their own: a defect of that
 * database, not of the backup, and the same every night. Hence `tell` (the default) passes, with the number and
 * the first names as facts; `demand` is for databases that are meant to be clean, and fails.
 *
 * Facts: sequences (pairs of a sequence and a column), behind, and if any `which`.
 */
export function sequencesCheck(policy: "tell" | "demand"): Check {
  return {
    name: "sequences",
    run: (restored) =>
      inDatabase(restored, async (client) => {
        const pairs = await readPairs(client);
        const behind: string[] = [];
        for (const pair of pairs)
          if (await isBehind(client, pair)) behind.push(`${pair.sequence} behind ${pair.column}`);
        const facts = {
          sequences: pairs.length,
          behind: behind.length,
          ...(behind.length === 0 ? {} : { which: named(behind) }),
        };
        return judged(
          { name: "sequences", database: restored.database },
          facts,
          policy === "demand"
            ? behind.map(
                (one) => `${one}: a value is given that is there already, or one beyond which there are some`,
              )
            : [],
        );
      }),
  };
}

interface Pair {
  /** Quoted names. */
  sequence: string;
  column: string;
  expression: string;
  /** Ordinary tables that hold the column's values: of a partitioned one the partitions. */
  tables: string[];
  increment: string;
}

/** Columns of other types than a sequence's own are left out: their order need not be that of numbers. */
async function readPairs(client: pg.Client): Promise<Pair[]> {
  const { rows } = await client.query<Pair>(`
    WITH pair AS (
      SELECT objid AS seq, refobjid AS rel, refobjsubid AS col FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjsubid > 0 AND deptype IN ('a', 'i')
      UNION
      SELECT d.refobjid, a.adrelid, a.adnum FROM pg_depend d JOIN pg_attrdef a ON a.oid = d.objid
      WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass)
    SELECT format('%I.%I', sn.nspname, s.relname) AS sequence,
           format('%I.%I.%I', n.nspname, r.relname, a.attname) AS column,
           quote_ident(a.attname) AS expression, q.seqincrement AS increment,
           CASE r.relkind WHEN 'r' THEN ARRAY[format('%I.%I', n.nspname, r.relname)]
             ELSE ARRAY(SELECT format('%I.%I', ln.nspname, l.relname) FROM pg_partition_tree(r.oid) t
                        JOIN pg_class l ON l.oid = t.relid JOIN pg_namespace ln ON ln.oid = l.relnamespace
                        WHERE l.relkind = 'r') END AS tables
    FROM pair JOIN pg_class s ON s.oid = pair.seq AND s.relkind = 'S' AND s.relpersistence <> 't'
    JOIN pg_namespace sn ON sn.oid = s.relnamespace JOIN pg_sequence q ON q.seqrelid = s.oid
    JOIN pg_class r ON r.oid = pair.rel AND r.relkind IN ('r', 'p') JOIN pg_namespace n ON n.oid = r.relnamespace
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = pair.col AND a.atttypid IN (20, 21, 23)
    WHERE NOT q.seqcycle ORDER BY 1, 2`);
  return rows;
}

async function isBehind(
  client: pg.Client,
  { sequence, expression, tables, increment }: Pair,
): Promise<boolean> {
  const up = !increment.startsWith("-");
  for (const table of tables) {
    // As numeric: the value after the last one may be beyond the type.
    const { rows } = await client.query<{ behind: boolean | null }>(
      `SELECT (SELECT ${up ? "max" : "min"}(${expression}) FROM ONLY ${table}) ${up ? ">=" : "<="}
              (SELECT last_value + CASE WHEN is_called THEN ${increment}::numeric ELSE 0 END FROM ${sequence}) AS behind`,
    );
    if (rows[0]?.behind === true) return true;
  }
  return false;
}

function named(behind: string[]): string {
  const more = behind.length > MOST_NAMED ? ` and ${behind.length - MOST_NAMED} more` : "";
  return behind.slice(0, MOST_NAMED).join(", ") + more;
}
