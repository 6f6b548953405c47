/** The sample as data to be copied: for each table its columns and its rows. Pure. */
import { callRow, CALL_COLUMNS, noteRow, NOTE_COLUMNS } from "./activity.ts";
import { binaryRows, textBlocks, textRows, type Chunk } from "./copy.ts";
import { documentAt, DOCUMENT_COLUMNS } from "./document.ts";
import { companyRow, COMPANY_COLUMNS, contactRow, CONTACT_COLUMNS, userRow, USER_COLUMNS } from "./people.ts";
import { planFor } from "./plan.ts";
import { Random } from "./random.ts";
import { dealRow, DEAL_COLUMNS, invoiceRow, INVOICE_COLUMNS, LINE_COLUMNS, lineRows } from "./sales.ts";

export interface DemoTable {
  name: string;
  columns: readonly string[];
  format: "text" | "binary";
  /** May be read once. */
  chunks: Iterable<Chunk>;
}

/** `arriving` is not a table of the sample: it holds the documents' contents until they are large objects. */
export const ARRIVING = "arriving";

/**
 * The tables, those with most bytes first. The same seed and size give the same bytes.
 *
 * @param seed a whole number from 0 to 2^32 - 1
 * @param bytes about how much a plain dump of it is to hold
 */
export function demoTables(seed: number, bytes: number): DemoTable[] {
  const plan = planFor(bytes);
  // Tables are read at the same time, so each has its numbers to itself.
  const text = (
    name: string,
    columns: readonly string[],
    count: number,
    row: (random: Random, id: number) => string,
  ): DemoTable => {
    const random = new Random(seed);
    return { name, columns, format: "text", chunks: textRows(count, (id) => row(random, id)) };
  };
  const lines = new Random(seed);
  const contents = new Random(seed);
  return [
    text("notes", NOTE_COLUMNS, plan.notes, (random, id) => noteRow(random, id, plan)),
    text("calls", CALL_COLUMNS, plan.calls, (random, id) => callRow(random, id, plan)),
    {
      name: ARRIVING,
      columns: ["content", "data"],
      format: "binary",
      chunks: binaryRows(plan.documents, (id) => documentAt(contents, id, plan)),
    },
    {
      name: "invoice_lines",
      columns: LINE_COLUMNS,
      format: "text",
      chunks: textBlocks(plan.invoices, (id) => lineRows(lines, id, plan)),
    },
    text("contacts", CONTACT_COLUMNS, plan.contacts, contactRow),
    text("invoices", INVOICE_COLUMNS, plan.invoices, (random, id) => invoiceRow(random, id, plan)),
    text("companies", COMPANY_COLUMNS, plan.companies, (random, id) => companyRow(random, id, plan)),
    text("deals", DEAL_COLUMNS, plan.deals, (random, id) => dealRow(random, id, plan)),
    text("documents", DOCUMENT_COLUMNS, plan.documents, (random, id) => documentAt(random, id, plan).row),
    text("users", USER_COLUMNS, plan.users, userRow),
  ];
}
