/** Which of the installed versions of PostgreSQL's own programs serves for a server. */
import { Fault } from "../fault.ts";
import { findPostgres, type PostgresPrograms } from "./find-programs.ts";

/**
 * The programs to use with a server of this major version: its own, or else the next newer. pg_dump refuses
 * a server newer than itself, so older ones do not serve. `folder`: look only there. Throws PROGRAM_MISSING or
 * PG_DUMP_TOO_OLD.
 */
export async function programsFor(serverMajor: number, folder?: string): Promise<PostgresPrograms> {
  const oldestFirst = (
    await findPostgres({ programs: ["pg_dump", "pg_dumpall", "pg_restore", "psql"], folder })
  ).sort((a, b) => a.major - b.major);
  const newest = oldestFirst.at(-1);
  const install = `Install postgresql-client-${serverMajor}, or name its folder in postgres.programs.`;
  if (newest === undefined)
    throw new Fault(
      "PROGRAM_MISSING",
      `pg_dump was not found${folder === undefined ? "" : ` in ${folder}`}`,
      install,
    );
  const fit = oldestFirst.find(({ major }) => major >= serverMajor);
  if (fit === undefined)
    throw new Fault(
      "PG_DUMP_TOO_OLD",
      `the server is PostgreSQL ${serverMajor}, pg_dump is only ${newest.major}`,
      install,
    );
  return fit;
}
