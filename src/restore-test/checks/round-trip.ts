/**
 * FLOW archive → text → hashes, and at the same time restored database → text → hashes; then both are compared, table
 * by table, in constant memory.
 *
 * Promises: what is hashed is what the archive holds, read from the store once more, not what the loader was told;
 * a check passes only when every stream of both sides ended well.
 */
import { randomBytes } from "node:crypto";
import { inParallel } from "../../concurrency/in-parallel.ts";
import { asPgFault, connect, disconnect } from "../../postgres/connection.ts";
import { archiveText, databaseText } from "../archive-text.ts";
import type { ArchivePart } from "../check-restored.ts";
import { judged, type Check, type Restored } from "../check.ts";
import { DumpText } from "../dump-text.ts";
import { differences, TableHashes, tableOf, type Contents, type TableHash } from "../table-hashes.ts";

export interface RoundTripOptions {
  /** The source server's, from the inventory, where the scratch server has not taken over those that shape rows. */
  settings?: readonly { name: string; value: string }[];
}

/** Of what shapes rows as text, pg_dump sets the rest itself, and times are dumped in UTC. */
const SHAPING = new Set(["bytea_output", "quote_all_identifiers"]);

/**
 * Compares every table's rows, every sequence's value and the large objects with the archive's. Tables of extensions
 * are left out: another version of the extension brings other rows. Throws what a part threw, RESTORE_FAILED when an
 * archive cannot be read, CHECK_FAILED when the database cannot.
 */
export function roundTripCheck(parts: readonly ArchivePart[], options: RoundTripOptions = {}): Check {
  return {
    name: "round-trip",
    async run(restored) {
      // Random, so that nobody can have prepared other rows of the same sum.
      const key = randomBytes(32);
      const { settings, inheriting } = await examine(restored, options.settings ?? []);
      const [before, after] = [new TableHashes(key, inheriting), new TableHashes(key, inheriting)];
      const encoding = Promise.withResolvers<string | undefined>();
      let bytes = 0;
      const archive = async (signal: AbortSignal): Promise<void> => {
        try {
          for (const part of parts) {
            const text = new DumpText(before);
            const open = (one: AbortSignal): AsyncIterable<Buffer> => part.open(one);
            for await (const chunk of archiveText(restored.programs, part.name, open, signal)) {
              text.push(chunk);
              if (text.encoding !== undefined) encoding.resolve(text.encoding);
            }
            text.end();
            bytes += text.bytes;
          }
        } finally {
          encoding.resolve(undefined);
        }
      };
      const database = async (signal: AbortSignal): Promise<void> => {
        const text = new DumpText(after);
        const session = { encoding: await encoding.promise, settings };
        for await (const chunk of databaseText(restored, restored.database, session, signal))
          text.push(chunk);
        text.end();
      };
      await inParallel([archive, database], 2, restored.signal);
      return result(restored, bytes, before.result(), after.result());
    },
  };
}

function result(
  { database, inventory }: Restored,
  bytes: number,
  archive: Contents,
  restored: Contents,
): ReturnType<typeof judged> {
  const listed = new Map(
    inventory.tables.flatMap((table) =>
      [table, table.root ?? table].map(({ schema, name }) => [JSON.stringify([schema, name]), table]),
    ),
  );
  const inInventory = (hash: TableHash): (typeof inventory.tables)[number] | undefined => {
    const { schema, name } = tableOf(hash.name);
    return listed.get(JSON.stringify([schema, name]));
  };
  const counts = (hash: TableHash): boolean => inInventory(hash)?.ofExtension !== true;
  // A standby dumps no unlogged table; restored it is there, and empty.
  const emptyHere = (id: string, hash: TableHash): boolean =>
    hash.kind === "table" && hash.rows === 0 && !archive.tables.has(id) && inInventory(hash) === undefined;
  const before = { ...archive, tables: filtered(archive.tables, (_, hash) => counts(hash)) };
  const after = {
    ...restored,
    tables: filtered(restored.tables, (id, hash) => counts(hash) && !emptyHere(id, hash)),
  };
  const tables = [...before.tables.values()].filter(({ kind }) => kind === "table");
  const facts = { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0), bytes };
  return judged({ name: "round-trip", database }, facts, differences(before, after));
}

function filtered<V>(map: ReadonlyMap<string, V>, wanted: (id: string, value: V) => boolean): Map<string, V> {
  return new Map([...map].filter(([id, value]) => wanted(id, value)));
}

/**
 * `settings`: what the session has to set to write rows as the source's did. The restored database has its own settings,
 * which came with it; the server's are the source's; and none of the role's, who is another one here. `inheriting`: the
 * tables whose columns may have changed places, since a restore puts the inherited ones first.
 */
async function examine(
  { connection, database, signal }: Restored,
  ofServer: readonly { name: string; value: string }[],
): Promise<{ settings: Record<string, string>; inheriting: TableHashes["unordered"] }> {
  const client = await connect(connection, database, { signal });
  try {
    const { rows } = await client.query<{ setting: string }>(
      `SELECT unnest(setconfig) AS setting FROM pg_db_role_setting
       WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const settings: Record<string, string> = {};
    for (const { name, value } of ofServer) if (SHAPING.has(name)) settings[name] = value;
    for (const { setting } of rows) {
      const [name = ""] = setting.split("=", 1);
      if (SHAPING.has(name)) settings[name] = setting.slice(name.length + 1);
    }
    const { rows: children } = await client.query<{ schema: string; name: string }>(
      `SELECT DISTINCT n.nspname AS schema, c.relname AS name
       FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND NOT c.relispartition`,
    );
    const named = new Set(children.map(({ schema, name }) => JSON.stringify([schema, name])));
    return { settings, inheriting: ({ schema, name }) => named.has(JSON.stringify([schema, name])) };
  } catch (error) {
    signal.throwIfAborted();
    throw asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}
