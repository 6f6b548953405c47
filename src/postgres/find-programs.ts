/** Adapter: where PostgreSQL's programs lie on this machine. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir, realpath } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Debian and Ubuntu, then the PGDG packages for Red Hat and its kin: neither puts the server on PATH. */
const PACKAGED = [
  { parent: "/usr/lib/postgresql", bin: (entry: string) => join("/usr/lib/postgresql", entry, "bin") },
  {
    parent: "/usr",
    bin: (entry: string) => (entry.startsWith("pgsql-") ? join("/usr", entry, "bin") : undefined),
  },
];

export interface PostgresPrograms {
  /** Folder to find the programs in. */
  bin: string;
  major: number;
  /** As the program prints it, such as `15.18 (Debian 15.18-0+deb12u1)`. */
  version: string;
}

/**
 * Folders that hold all the named programs (by default those of a server), newest major version first and,
 * among equals, in the order of PATH before packaged folders. Empty when there are none.
 *
 * @param want.version only this major version
 * @param want.folder look only there
 * @param want.programs what the folder must hold; the first one is asked for its version
 */
export async function findPostgres(
  want: {
    version?: number | undefined;
    programs?: readonly [string, ...string[]];
    folder?: string | undefined;
  } = {},
): Promise<PostgresPrograms[]> {
  const programs = want.programs ?? (["postgres", "initdb"] as const);
  const found = new Map<string, PostgresPrograms>();
  for (const folder of want.folder === undefined ? await candidates() : [want.folder]) {
    if (!(await holdsAll(folder, programs))) continue;
    if (want.folder === undefined && (await isWrapper(join(folder, programs[0])))) continue;
    const bin = await behindLinks(folder, programs);
    if (found.has(bin)) continue;
    const version = await versionOf(join(bin, programs[0]));
    const major = Number.parseInt(version ?? "", 10);
    if (version !== undefined && (want.version ?? major) === major) found.set(bin, { bin, major, version });
  }
  return [...found.values()].sort((a, b) => b.major - a.major);
}

async function candidates(): Promise<string[]> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  for (const { parent, bin } of PACKAGED) {
    const entries = await readdir(parent).catch(() => []);
    folders.push(...entries.map(bin).filter((folder) => folder !== undefined));
  }
  return folders;
}

/** Debian's /usr/bin/pg_dump picks a version by itself at every start, which also costs a Perl interpreter. */
async function isWrapper(program: string): Promise<boolean> {
  return basename(await realpath(program)) === "pg_wrapper";
}

/** The folder that links to the programs point at: it is likely to hold the rest of that installation too. */
async function behindLinks(folder: string, programs: readonly [string, ...string[]]): Promise<string> {
  const behind = dirname(await realpath(join(folder, programs[0])));
  return (await holdsAll(behind, programs)) ? behind : folder;
}

async function holdsAll(folder: string, programs: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(programs.map((program) => access(join(folder, program), constants.X_OK)));
    return true;
  } catch {
    return false;
  }
}

/** "postgres (PostgreSQL) 15.14 (Debian …)" → "15.14 (Debian …)"; undefined for a program that answers otherwise. */
async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ["--version"], { timeout: 10_000 });
    return /\(PostgreSQL\) (\d.*)/.exec(stdout)?.[1]?.trim();
  } catch {
    return undefined;
  }
}
