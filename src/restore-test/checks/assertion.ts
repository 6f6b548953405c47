/** The operator's own SQL, and what it has to give. */
import pg from "pg";
import { judged, type Check } from "../check.ts";
import { firstRows, type Rows } from "./first-rows.ts";
import { inDatabase, refusal } from "./session.ts";
import { sameValue, type Scalar } from "./same-value.ts";

/** As in the configuration, where exactly one kind of expectation is given. */
export interface Assertion {
  name: string;
  sql: string;
  equals?: Scalar | undefined;
  at_least?: number | undefined;
  at_most?: number | undefined;
  no_rows?: true | undefined;
  rows?: Scalar[][] | undefined;
}

/** How long one may take, in milliseconds. */
export const ASSERTION_LIMIT = 10 * 60_000;

const QUERY_CANCELED = "57014";

/**
 * One statement in a transaction that may not write, with the database's own search_path. Of what it gives a
 * problem shows the values that are wrong, cut short. What the server refuses (it writes, it is no SQL, it
 * takes longer than `limit` milliseconds) is a problem too. Facts: rows (that it gave).
 */
export function assertionCheck(assertion: Assertion, limit = ASSERTION_LIMIT): Check {
  const { name: subject, sql, rows: expected } = assertion;
  return {
    name: "assertion",
    subject,
    run: (restored) =>
      inDatabase(restored, async (client) => {
        const of = { name: "assertion", database: restored.database, subject } as const;
        // The look at the time takes the transaction's first snapshot: after that it cannot be made one that writes.
        await client.query(
          `RESET search_path; BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(limit)}; SELECT now()`,
        );
        try {
          const given = await firstRows(client, sql, (expected?.length ?? 0) + 1);
          return judged(of, { rows: given.count }, problemsOf(assertion, given));
        } catch (error) {
          const said = refusal(error);
          if (said === undefined) throw error;
          const late = (error as pg.DatabaseError).code === QUERY_CANCELED;
          return judged(of, {}, [late ? `took longer than ${limit / 1000} s` : said]);
        }
      }),
  };
}

function problemsOf(assertion: Assertion, given: Rows): string[] {
  const { no_rows, rows } = assertion;
  if (no_rows === true) return given.count === 0 ? [] : [`gives ${given.count} rows instead of none`];
  if (rows !== undefined) return problemsOfRows(rows, given);
  const [row] = given.rows;
  if (row === undefined) return ["gives no row, where one value was asked for"];
  if (given.count > 1 || row.length !== 1)
    return [`gives ${given.count} rows of ${row.length} columns, where one value was asked for`];
  return problemsOfValue(assertion, row[0] ?? null, given.types[0]);
}

function problemsOfValue(
  { equals, at_least = -Infinity, at_most = Infinity }: Assertion,
  value: string | null,
  type: number | undefined,
): string[] {
  if (equals !== undefined)
    return sameValue(equals, value, type) ? [] : [`gives ${shown(value)} instead of ${shown(equals)}`];
  const number = value === null || value.trim() === "" ? NaN : Number(value);
  if (Number.isNaN(number)) return [`gives ${shown(value)}, which is no number`];
  if (number < at_least) return [`gives ${shown(value)}, less than ${at_least}`];
  if (number > at_most) return [`gives ${shown(value)}, more than ${at_most}`];
  return [];
}

/** The first row that differs is enough. */
function problemsOfRows(expected: Scalar[][], given: Rows): string[] {
  for (const [n, row] of expected.entries()) {
    const here = given.rows[n];
    if (here === undefined) break;
    if (here.length !== row.length) return [`gives ${here.length} columns instead of ${row.length}`];
    const wrong = row.findIndex((value, i) => !sameValue(value, here[i] ?? null, given.types[i]));
    if (wrong !== -1)
      return [
        `row ${n + 1}, column ${wrong + 1} is ${shown(here[wrong] ?? null)} instead of ${shown(row[wrong] ?? null)}`,
      ];
  }
  return given.count === expected.length ? [] : [`gives ${given.count} rows instead of ${expected.length}`];
}

const LONGEST_SHOWN = 200;

function shown(value: Scalar): string {
  const text = String(value).replace(/[\u0000-\u001f\u007f]/g, " ");
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN - 1)}…`;
}
