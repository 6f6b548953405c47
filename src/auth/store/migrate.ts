/** Adapter: brings the gateway's database to the state this program knows. Forward only. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Fault } from "../../fault.ts";
import { SCHEMA, transact, type Pool, type Queryable } from "./database.ts";

const FOLDER = new URL("./sql/", import.meta.url);
/** Any number that nothing else in the database locks; it keeps two migrations apart. */
const ADVISORY_LOCK = 0x6c616b61;

export interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

/** Every migration of this program, in order. */
export async function migrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => /^\d{4}-[a-z-]+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, FOLDER), "utf8");
      return {
        version: Number(file.slice(0, 4)),
        name: file.slice(5, -4),
        sql,
        checksum: createHash("sha256").update(sql).digest("hex"),
      };
    }),
  );
}

/**
 * Applies what is missing, all in one transaction, and resolves to the versions it applied. Two at once wait for
 * each other. Throws MIGRATION_FAILED when the database is newer than the program, or when a migration that was
 * applied is another one than the program's.
 */
export async function migrate(pool: Pool, now: Date, known?: Migration[]): Promise<number[]> {
  const all = known ?? (await migrations());
  return transact(pool, async (db) => {
    await db.query("SET LOCAL lock_timeout = '5min'");
    await db.query("SET LOCAL statement_timeout = 0");
    await db.query("SELECT pg_advisory_xact_lock($1)", [ADVISORY_LOCK]);
    await db.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    await db.query(
      "CREATE TABLE IF NOT EXISTS migration (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL)",
    );
    const missing = missingOf(all, await applied(db));
    for (const { version, name, sql, checksum } of missing) {
      await db.query(sql);
      await db.query("INSERT INTO migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)", [
        version,
        name,
        checksum,
        now,
      ]);
    }
    return missing.map(({ version }) => version);
  });
}

/** Whether the database is at this program's state; throws MIGRATION_FAILED as `migrate` does. */
export async function isMigrated(pool: Pool, known?: Migration[]): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('${SCHEMA}.migration') IS NOT NULL AS there`,
  );
  if (rows[0]?.there !== true) return false;
  return missingOf(known ?? (await migrations()), await applied(pool)).length === 0;
}

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

async function applied(db: Queryable): Promise<Applied[]> {
  return (await db.query<Applied>("SELECT version, name, checksum FROM migration ORDER BY version")).rows;
}

function missingOf(all: Migration[], done: Applied[]): Migration[] {
  const known = new Map(all.map((migration) => [migration.version, migration]));
  for (const { version, name, checksum } of done) {
    const migration = known.get(version);
    if (migration === undefined)
      throw new Fault(
        "MIGRATION_FAILED",
        `the database has migration ${version} (${name}), which this program does not know`,
        "Run the newer version of lakat that made it; there is no way back but a restore.",
      );
    if (migration.checksum !== checksum)
      throw new Fault(
        "MIGRATION_FAILED",
        `migration ${version} (${name}) of the database is another than this program's`,
        "Install the version of lakat that the database was made with, or a later release.",
      );
  }
  const have = new Set(done.map(({ version }) => version));
  return all.filter(({ version }) => !have.has(version));
}
