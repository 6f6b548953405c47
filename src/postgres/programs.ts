/** Finds PostgreSQL's own programs among the installed versions. */
import { execFile } from "node:child_process";
import { access, constants, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Fault } from "../fault.ts";

const run = promisify(execFile);

export interface Programs {
  /** Folder of pg_dump, pg_dumpall, pg_restore, psql. */
  folder: string;
  /** Major version, such as 15. */
  major: number;
  /** As `pg_dump --version` prints it, such as `15.18 (Debian 15.18-0+deb12u1)`. */
  version: string;
}

/** Every folder that may hold one version's programs; Debian and the PGDG packages keep them side by side. */
async function folders(): Promise<string[]> {
  const versions = async (parent: string, prefix: string): Promise<string[]> =>
    (await readdir(parent).catch(() => []))
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(parent, name, "bin"));
  return [
    ...(await versions("/usr/lib/postgresql", "")),
    ...(await versions("/usr", "pgsql-")),
    ...(process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""),
  ];
}

async function programsIn(folder: string): Promise<Programs | undefined> {
  try {
    await access(join(folder, "pg_restore"), constants.X_OK);
    const { stdout } = await run(join(folder, "pg_dump"), ["--version"]);
    const version = /\) (.*)$/m.exec(stdout)?.[1]?.trim() ?? "";
    const major = Number.parseInt(version, 10);
    return Number.isNaN(major) ? undefined : { folder, major, version };
  } catch {
    return undefined;
  }
}

/** Every installed version, oldest first, each once. */
export async function installedPrograms(): Promise<Programs[]> {
  const found = await Promise.all((await folders()).map(programsIn));
  const byMajor = new Map<number, Programs>();
  for (const programs of found)
    if (programs && !byMajor.has(programs.major)) byMajor.set(programs.major, programs);
  return [...byMajor.values()].sort((a, b) => a.major - b.major);
}

/**
 * The programs to use with a server of this major version: its own, or else the next newer. pg_dump refuses
 * a server newer than itself, so older ones do not serve. Throws PROGRAM_MISSING or PG_DUMP_TOO_OLD.
 */
export async function programsFor(serverMajor: number, configured?: string): Promise<Programs> {
  const candidates = configured === undefined ? await installedPrograms() : [await programsIn(configured)];
  const installed = candidates.filter((programs) => programs !== undefined);
  const newest = installed.at(-1);
  const install = `Install postgresql-client-${serverMajor}, or name its folder in postgres.programs.`;
  if (newest === undefined)
    throw new Fault(
      "PROGRAM_MISSING",
      `pg_dump was not found${configured === undefined ? "" : ` in ${configured}`}`,
      install,
    );
  const fit = installed.find((programs) => programs.major >= serverMajor);
  if (fit === undefined)
    throw new Fault(
      "PG_DUMP_TOO_OLD",
      `the server is PostgreSQL ${serverMajor}, pg_dump is only ${newest.major}`,
      install,
    );
  return fit;
}
