/**
 * Spreads a database's tables over parts to be dumped in parallel, by size. Pure.
 */

export interface TableSize {
  schema: string;
  name: string;
  /** Bytes on disk with TOAST, without indexes. */
  bytes: number;
}

/** One data stream: dedicated to `tables`, or, when `rest`, everything except `tables`. */
export interface Part {
  name: string;
  tables: TableSize[];
  rest: boolean;
  /** Estimated bytes, for ordering and progress only. */
  bytes: number;
}

/** A stream of its own costs pg_dump another look at the catalogue; under this it does not pay. */
const WORTH_A_STREAM = 4 * 2 ** 20;

/**
 * At most `most` parts of about equal size (longest processing time first, R. L. Graham 1969). The last
 * part is always the rest: small tables, sequences, large objects, and whatever is created meanwhile.
 */
export function planParts(tables: TableSize[], restBytes: number, most: number): Part[] {
  const bySize = tables.filter((table) => table.bytes >= WORTH_A_STREAM).sort((a, b) => b.bytes - a.bytes);
  const small = tables.reduce(
    (sum, table) => sum + (table.bytes < WORTH_A_STREAM ? table.bytes : 0),
    restBytes,
  );
  const rest: Part = { name: "", tables: [], rest: true, bytes: small };
  const dedicated = Array.from({ length: most - 1 }, (): Part => ({
    name: "",
    tables: [],
    rest: false,
    bytes: 0,
  }));
  for (const table of bySize) {
    const emptiest = [rest, ...dedicated].reduce((a, b) => (b.bytes < a.bytes ? b : a));
    emptiest.bytes += table.bytes;
    if (emptiest !== rest) emptiest.tables.push(table);
  }
  const used = dedicated.filter((part) => part.tables.length > 0);
  rest.tables = used.flatMap((part) => part.tables);
  return [...used, rest].map((part, i) => ({ ...part, name: `data-${String(i + 1).padStart(2, "0")}` }));
}

/**
 * A table as pg_dump's `-t` and `--exclude-table-data` take it literally: inside double quotes no character
 * of a pattern is special, and a double quote is doubled.
 * https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-PATTERNS
 */
export function tablePattern(table: { schema: string; name: string }): string {
  return [table.schema, table.name].map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}
