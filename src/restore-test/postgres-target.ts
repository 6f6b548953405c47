/** Adapter: a running PostgreSQL server as the target of a restore. */
import type { Connection } from "../postgres/connection.ts";
import { Fault, firstLine } from "../fault.ts";
import { loadGlobals } from "./globals.ts";
import { withoutDatabaseTablespace } from "./globals-sql.ts";
import { decompress, definitionsSql, load, loadParallel, loadSection, type Loader } from "./pg-restore.ts";
import { runPsql } from "./psql.ts";
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
  /** Make tablespaces inside of the data folder; the server must allow it. */
  tablespacesInPlace?: boolean;
  /** Told of each warning of a loader. */
  warn?: (subject: string, line: string) => void;
}

/** The port of the restore flow over `pg`, psql, pg_restore and zstd. */
export function postgresTarget({
  connection,
  programs,
  maintenance,
  jobs,
  noTablespaces,
  tablespacesInPlace: inPlace = false,
  warn,
}: PostgresTarget): RestoreTarget {
  const loader: Loader = { connection, programs, warn };
  return {
    occupancy: async (database, signal) =>
      (await occupancy(connection, maintenance, database, signal))?.objects,
    drop: (database, signal) => dropDatabase(connection, maintenance, database, signal),
    create: (database, like, signal) => createDatabase(connection, maintenance, database, like, signal),
    globals: async (dump, keepRoles, signal) => {
      const sql = (await decompress(dump, "globals", signal)).toString("utf8");
      await loadGlobals(connection, maintenance, sql, { keepRoles, noTablespaces, inPlace }, signal);
    },
    preData: async (database, create, dump, signal) => {
      const subject = `${database}/pre-data`;
      if (create && noTablespaces) return inDefaultTablespace(loader, maintenance, subject, dump, signal);
      const through = create ? maintenance : database;
      const command = loadSection(connection, through, subject, { create, noTablespaces });
      return load(command, loader, dump, signal);
    },
    data: (database, dump, signal) =>
      load(loadSection(connection, database, `${database}/data`, {}), loader, dump, signal),
    postData: async (database, dump, signal) => {
      const subject = `${database}/post-data`;
      const command = loadSection(connection, database, subject, { noTablespaces });
      await loadParallel(command, loader, await decompress(dump, subject, signal), jobs, signal);
    },
    countDifferences: (database, tables, signal) => countDifferences(connection, database, tables, signal),
    analyze: (database, signal) => analyze(connection, database, signal),
  };
}

/** pg_restore makes a database in the tablespace it was in, --no-tablespaces or not; hence by way of its SQL. */
async function inDefaultTablespace(
  loader: Loader,
  maintenance: string,
  subject: string,
  dump: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const archive = await decompress(Buffer.concat(await Array.fromAsync(dump)), subject, signal);
  // A byte for a character each way, whatever the encoding: in all of a server's, what is ASCII is nothing else.
  const definitions = (await definitionsSql(loader, subject, archive, signal)).toString("latin1");
  const sql = Buffer.from(withoutDatabaseTablespace(definitions), "latin1");
  const { failure, stderr } = await runPsql(loader, maintenance, sql, true, signal);
  if (failure === undefined) return;
  const error = stderr.split("\n").find((line) => /ERROR:|FATAL:|error:/.test(line)) ?? failure;
  throw new Fault(
    "RESTORE_FAILED",
    `psql of ${subject}: ${firstLine(error).replace(/^psql:<stdin>:\d+: /, "")}`,
    "Mend what the server names and restore again; its log says more.",
  );
}
