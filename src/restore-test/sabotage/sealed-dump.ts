/** Adapter: dumps the rows of a scratch database without those of one table, sealed into a file. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { Fault, firstLine } from "../../fault.ts";
import { ended, endChild, programEnvironment } from "../../postgres/child-process.ts";
import { asPgFault, connect, conninfo, disconnect } from "../../postgres/connection.ts";
import { sealStream } from "../../seal/age.ts";
import type { Inventory } from "../../seal/inventory.ts";
import type { ScratchServer } from "../scratch-host.ts";
import type { EmptiedPart } from "./workshop.ts";

/** As Workshop.emptyTable; the file is made in `folder`. Throws PG_… and DUMP_FAILED. */
export async function emptyTable(
  folder: string,
  server: ScratchServer,
  inventory: Inventory,
  recipient: string,
  signal: AbortSignal,
): Promise<EmptiedPart | undefined> {
  const chosen = await largestTable(server, inventory, signal);
  if (chosen === undefined) return undefined;
  const { database, schema, name } = chosen;
  const path = join(folder, "data.dump.zst.age");
  const hash = createHash("sha256");
  let size = 0;
  const measured = async function* (): AsyncGenerator<Buffer> {
    const dump = compressed(dumpWithout(server, chosen, signal));
    for await (const chunk of sealStream(dump, [recipient])) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  await pipeline(Readable.from(measured()), createWriteStream(path, { mode: 0o600, flags: "wx" }), {
    signal,
  });
  return {
    database,
    table: `${schema}.${name}`,
    size,
    sha256: hash.digest("hex"),
    bytes: (until) => createReadStream(path, { signal: until }) as AsyncIterable<Buffer>,
  };
}

interface Chosen {
  database: string;
  schema: string;
  name: string;
}

/** The largest to which no other table refers: without its rows the others can still be restored. */
async function largestTable(
  { connection }: ScratchServer,
  { databases }: Inventory,
  signal: AbortSignal,
): Promise<Chosen | undefined> {
  const tables = databases
    .flatMap(({ name: database, tables }) => tables.map((table) => ({ ...table, database })))
    .filter(({ rows, ofExtension, schema }) => rows > 0 && ofExtension !== true && schema !== "lakat")
    .sort((a, b) => b.bytes - a.bytes);
  const referred = new Map<string, Set<string>>();
  for (const { database, schema, name } of tables) {
    if (!referred.has(database)) referred.set(database, await referredTo(connection, database, signal));
    if (referred.get(database)?.has(JSON.stringify([schema, name])) !== true)
      return { database, schema, name };
  }
  return undefined;
}

/** Tables that are not the users' own plain ones, or to which a foreign key of another points. */
async function referredTo(
  connection: ScratchServer["connection"],
  database: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const client = await connect(connection, database, { signal });
  try {
    const { rows } = await client.query<{ schema: string; name: string }>(
      `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind <> 'r' OR EXISTS (SELECT FROM pg_constraint k
         WHERE k.contype = 'f' AND k.confrelid IN (SELECT c.oid UNION ALL SELECT relid FROM pg_partition_ancestors(c.oid))
           AND k.conrelid <> c.oid)`,
    );
    return new Set(rows.map(({ schema, name }) => JSON.stringify([schema, name])));
  } catch (error) {
    signal.throwIfAborted();
    throw asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}

async function* dumpWithout(
  { connection, programs }: ScratchServer,
  { database, schema, name }: Chosen,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const table = [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
  const args = [
    "--format=custom",
    "--compress=0",
    "--section=data",
    "--no-password",
    `--exclude-table-data=${table}`,
    `--dbname=${conninfo(connection, database)}`,
  ];
  const child = spawn(join(programs, "pg_dump"), args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: programEnvironment(connection),
  });
  const stop = (): void => endChild(child);
  signal.addEventListener("abort", stop);
  const end = ended(child, child.stderr);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const { failure, stderr } = await end;
    signal.throwIfAborted();
    if (failure !== undefined)
      throw new Fault(
        "DUMP_FAILED",
        `pg_dump of the scratch database ${database} ${failure}: ${firstLine(stderr)}`,
        "Read the message; the backup itself is not concerned.",
      );
  } finally {
    signal.removeEventListener("abort", stop);
    endChild(child);
    await end;
  }
}

async function* compressed(plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const zstd = createZstdCompress();
  const fed = pipeline(Readable.from(plain), zstd);
  // Told of below, by awaiting it; a reader that stops early must not leave it unhandled.
  fed.catch(() => undefined);
  yield* zstd as AsyncIterable<Buffer>;
  await fed;
}
