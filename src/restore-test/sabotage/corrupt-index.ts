/** Adapter: makes a B-tree index of a scratch server wrong, in its file, while the server is stopped. */
import { randomInt } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { asPgFault, connect, disconnect } from "../../postgres/connection.ts";
import type { ScratchServer } from "../scratch-host.ts";
import { swapEntries } from "./btree-page.ts";

export interface IndexFile {
  name: string;
  /** Relative to the data folder. */
  path: string;
  bytes: number;
}

/** A file of PostgreSQL's goes on in another one after a gigabyte; the first will do. */
const SEGMENT = 2 ** 30;
const MOST_PER_DATABASE = 20;
const MOST_PAGES = 10_000;

/**
 * Swaps two entries in a page of the largest index in which that can be done. Restarts the server. Out: the index's
 * name as `schema.index`; undefined when there is none with two rows. Throws PG_….
 */
export async function corruptIndex(
  { connection, cluster }: Pick<ScratchServer, "connection" | "cluster">,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const candidates: (IndexFile & { block: number })[] = [];
  for (const database of databases) {
    const client = await connect(connection, database, { signal });
    try {
      const { rows } = await client.query<IndexFile & { block: number }>(`
        SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_relation_filepath(c.oid) AS path,
               pg_relation_size(c.oid)::float8 AS bytes, current_setting('block_size')::int AS block
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'i' AND c.relam = 403 AND t.relam = 2 AND i.indisvalid AND i.indisready
          AND c.relpersistence <> 't' AND t.oid >= 16384 AND n.nspname <> 'lakat'
        ORDER BY 3 DESC LIMIT ${MOST_PER_DATABASE}`);
      candidates.push(...rows);
    } catch (error) {
      signal.throwIfAborted();
      throw asPgFault(error, connection, database);
    } finally {
      await disconnect(client);
    }
  }
  candidates.sort((a, b) => b.bytes - a.bytes);
  let done: string | undefined;
  await cluster.restart(async (data) => {
    for (const { name, path, bytes, block } of candidates) {
      if (!(await corruptFile(join(data, path), Math.floor(Math.min(bytes, SEGMENT) / block), block)))
        continue;
      done = name;
      return;
    }
  });
  return done;
}

/** Another page each time, so that in the course of months they are all tried. False: there is none that will do. */
export async function corruptFile(path: string, blocks: number, block: number): Promise<boolean> {
  if (blocks === 0) return false;
  const file = await open(path, "r+");
  try {
    const start = randomInt(blocks);
    for (let tried = 0; tried < Math.min(blocks, MOST_PAGES); tried++) {
      const at = ((start + tried) % blocks) * block;
      const page = Buffer.alloc(block);
      const { bytesRead } = await file.read(page, 0, block, at);
      const swapped = bytesRead === block ? swapEntries(page) : undefined;
      if (swapped === undefined) continue;
      await file.write(swapped, 0, block, at);
      return true;
    }
    return false;
  } finally {
    await file.close();
  }
}
