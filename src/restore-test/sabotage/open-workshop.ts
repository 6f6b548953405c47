/** Adapter: the workshop on this machine. */
import pg from "pg";
import { asPgFault, connect, disconnect } from "../../postgres/connection.ts";
import { makeScratchFolder, removeScratchFolder } from "../scratch-folder.ts";
import { changeValue } from "./change-value.ts";
import { corruptIndex } from "./corrupt-index.ts";
import { emptyTable } from "./sealed-dump.ts";
import type { Workshop } from "./workshop.ts";

/** Keeps what it makes below `root`, in a folder that the next run removes if this one is killed. */
export async function openWorkshop(root: string): Promise<Workshop> {
  const folder = await makeScratchFolder(root, undefined);
  return {
    emptyTable: (...args) => emptyTable(folder, ...args),
    changeValue,
    corruptIndex: (server, { databases }, signal) =>
      corruptIndex(
        server,
        databases.map(({ name }) => name),
        signal,
      ),
    async removeCanary({ connection }, database, signal) {
      const client = await connect(connection, database, { signal });
      try {
        await client.query("SET session_replication_role = replica; DELETE FROM lakat.canary");
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof pg.DatabaseError ? asPgFault(error, connection, database) : error;
      } finally {
        await disconnect(client);
      }
    },
    close: () => removeScratchFolder(folder),
  };
}
