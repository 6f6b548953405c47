/** One statement of the operator's, of which only so much is kept as is looked at. */
import pg from "pg";

export interface Rows {
  /** The first ones, each value as the server writes it. */
  rows: (string | null)[][];
  /** How many there were. */
  count: number;
  /** The type of each column, as in pg_type. */
  types: number[];
}

/**
 * Runs one statement and keeps its first `keep` rows. By the extended protocol, which takes one statement only: a
 * semicolon does not get out of the transaction it is in. Throws what the server says against it.
 */
export function firstRows(client: pg.Client, sql: string, keep: number): Promise<Rows> {
  const found: Rows = { rows: [], count: 0, types: [] };
  const query = new pg.Query<(string | null)[]>({
    text: sql,
    values: [],
    rowMode: "array",
    queryMode: "extended",
    types: { getTypeParser: () => (value: string) => value },
  } as pg.QueryConfig);
  return new Promise((resolve, reject) => {
    // With a listener, pg keeps no rows itself.
    query.on("row", (row: (string | null)[]) => {
      if (found.count++ < keep) found.rows.push(row);
    });
    query.on("end", (result) => {
      found.types = result.fields.map((field) => field.dataTypeID);
      resolve(found);
    });
    query.on("error", reject);
    client.query(query);
  });
}
