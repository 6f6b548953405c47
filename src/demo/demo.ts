/**
 * FLOW schema → rows, several tables at once → large objects, keys, views: fills an empty database with a
 * believable small CRM of a firm trading in Hungary and Romania. All of it is made up.
 */
import { fileURLToPath } from "node:url";
import { inParallel } from "../concurrency/in-parallel.ts";
import { Fault } from "../fault.ts";
import { psql, type Target } from "./psql.ts";
import { ARRIVING, demoTables, type DemoTable } from "./tables.ts";

const BEFORE = fileURLToPath(new URL("sql/before.sql", import.meta.url));
const AFTER = fileURLToPath(new URL("sql/after.sql", import.meta.url));
/** Beyond this, tax numbers of companies would come twice. */
const MOST_BYTES = 20e9;

export interface DemoOptions extends Target {
  /** A whole number from 0 to 2^32 - 1: the same seed and size give the same rows, byte for byte. */
  seed: number;
  /** About how many bytes a plain dump of the data is to hold; up to 20 GB. */
  bytes: number;
  /** Tables loaded at once, by default 2. */
  jobs?: number;
  signal: AbortSignal;
  /** Told after every chunk how many bytes are on their way to the server. */
  onProgress?: (bytes: number) => void;
}

export interface DemoLoaded {
  /** In the order of their names. */
  tables: { name: string; rows: number }[];
  /** Bytes sent to the server. */
  bytes: number;
}

/**
 * Loads the sample into schema `crm` of a database that has none; makes the role `crm_reader` when missing.
 *
 * @throws USAGE (seed or size out of range), TARGET_NOT_EMPTY, PG_*, PROGRAM_MISSING, or what the signal was
 *   aborted with
 */
export async function loadDemo(options: DemoOptions): Promise<DemoLoaded> {
  const { seed, bytes, jobs = 2, signal, onProgress } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new Fault("USAGE", `seed ${seed} is not a whole number below 2^32`, "Choose another seed.");
  }
  if (!(bytes > 0 && bytes <= MOST_BYTES)) {
    throw new Fault("USAGE", `a sample of ${bytes} bytes cannot be made`, "Ask for a size up to 20 GB.");
  }
  const loaded: DemoLoaded = { tables: [], bytes: 0 };
  const load = (table: DemoTable) => async (until: AbortSignal) => {
    const entry = { name: table.name, rows: 0 };
    const counted = function* () {
      for (const { data, rows } of table.chunks) {
        entry.rows += rows;
        loaded.bytes += Buffer.byteLength(data);
        yield data;
        onProgress?.(loaded.bytes);
      }
    };
    const columns = table.columns.join(", ");
    const copy = `COPY crm.${table.name} (${columns}) FROM STDIN WITH (FORMAT ${table.format})`;
    await psql(options, ["-c", copy], counted(), until);
    if (table.name !== ARRIVING) loaded.tables.push(entry);
  };
  await psql(options, ["--single-transaction", "-f", BEFORE], [], signal);
  await inParallel(demoTables(seed, bytes).map(load), jobs, signal);
  await psql(options, ["-f", AFTER], [], signal);
  loaded.tables.sort((a, b) => (a.name < b.name ? -1 : 1));
  return loaded;
}
