/** Adapter: a running PostgreSQL server as the target of a restore. */
import type { Connection } from "../postgres/connection.ts";
import { loadGlobals } from "./globals.ts";
import { decompress, load, loadParallel, loadSection, type Loader } from "./pg-restore.ts";
import type { RestoreTarget } from "./restore.ts";
import { analyze, countDifferences, createDatabase, dropDatabase, occupancy } from "./target.ts";

export interface PostgresTarget {
  connection: Connection;
  /** Folder of pg_restore and psql. */
  programs: string;
  /** A database to connect to for what concerns the whole server. */
  maintenance: string;
  /** Workers for indexes and constraints. */
  jobs: number;
  /** Put everything into the default tablespace. */
  noTablespaces: boolean;
}

/** The port of the restore flow over `pg`, psql, pg_restore and zstd. */
export function postgresTarget({
  connection,
  programs,
  maintenance,
  jobs,
  noTablespaces,
}: PostgresTarget): RestoreTarget {
  const loader: Loader = { connection, programs };
  return {
    occupancy: async (database) => (await occupancy(connection, maintenance, database))?.objects,
    drop: (database) => dropDatabase(connection, maintenance, database),
    create: (database, like) => createDatabase(connection, maintenance, database, like),
    globals: async (dump, keepRoles, signal) => {
      const sql = (await decompress(dump)).toString("utf8");
      await loadGlobals(loader, maintenance, sql, { keepRoles, noTablespaces }, signal);
    },
    preData: (database, create, dump, signal) => {
      const through = create ? maintenance : database;
      return load(
        loadSection(connection, through, `${database}/pre-data`, { create, noTablespaces }),
        loader,
        dump,
        signal,
      );
    },
    data: (database, dump, signal) =>
      load(loadSection(connection, database, `${database}/data`, {}), loader, dump, signal),
    postData: async (database, dump, signal) => {
      const command = loadSection(connection, database, `${database}/post-data`, { noTablespaces });
      await loadParallel(command, loader, await decompress(dump), jobs, signal);
    },
    countDifferences: (database, tables) => countDifferences(connection, database, tables),
    analyze: (database) => analyze(connection, database),
  };
}
