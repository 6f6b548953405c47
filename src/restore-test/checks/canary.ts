/** Check: the restored database holds the row that the backup host wrote for this very backup. */
import type pg from "pg";
import { asFault } from "../../fault.ts";
import { asPgFault, connect, disconnect } from "../../postgres/connection.ts";
import { MAX_CANARY, openCanary, type Canary } from "../../seal/canary.ts";
import type { VerifyKey } from "../../seal/signing-key.ts";
import { judged, type Check, type Checked } from "../check.ts";

/** What the manifest says, and whose signatures count. */
export interface ExpectedCanary {
  cluster: string;
  backupId: string;
  systemIdentifier: string;
  /** Signing keys of the backup hosts. */
  trusted: readonly VerifyKey[];
}

/**
 * For the database that the configuration names, and no other. Facts: `writtenAt`, by the backup host's clock,
 * when there is a canary with a good signature. `run` throws PG_….
 */
export function canaryCheck(expected: ExpectedCanary): Check {
  return {
    name: "canary",
    async run({ connection, database, signal }) {
      const of = { name: "canary", database } as const;
      const client = await connect(connection, database, { signal });
      let row: { envelope: string } | { problem: string };
      try {
        row = await readRow(client, expected.cluster);
      } catch (error) {
        signal.throwIfAborted();
        throw asPgFault(error, connection, database);
      } finally {
        await disconnect(client);
      }
      if ("problem" in row) return judged(of, {}, [row.problem]);
      let canary: Canary;
      try {
        canary = openCanary(Buffer.from(row.envelope), expected.trusted);
      } catch (error) {
        return judged(of, {}, [asFault(error).message]);
      }
      return judged(of, { writtenAt: canary.writtenAt }, canaryProblems(canary, { ...expected, database }));
    },
  };
}

/** The check's result when the database that the configuration names is not in the backup: then nobody else would miss it. */
export function canaryWithoutDatabase(database: string): Checked {
  return judged({ name: "canary", database }, {}, [`the backup has no database ${database}`]);
}

/** What of a canary with a good signature is not as expected, one line each. Pure. */
export function canaryProblems(
  canary: Canary,
  expected: Omit<ExpectedCanary, "trusted"> & Pick<Canary, "database">,
): string[] {
  const problems: string[] = [];
  const compare = (name: "cluster" | "systemIdentifier" | "database" | "backupId", say: string): void => {
    if (canary[name] !== expected[name]) problems.push(say);
  };
  compare("cluster", `it was written for cluster ${canary.cluster}, not for ${expected.cluster}`);
  compare(
    "systemIdentifier",
    `it was written on another server: system identifier ${canary.systemIdentifier}, the manifest says ${expected.systemIdentifier}`,
  );
  compare("database", `it was written into database ${canary.database}, not into ${expected.database}`);
  compare(
    "backupId",
    `it was written for backup ${canary.backupId}, not for ${expected.backupId}: what was dumped is an old state, or a copy of the server`,
  );
  return problems;
}

/**
 * A superuser reads this, so nothing in it may be code: a view, a column that is computed when it is read, or one
 * of a type that its maker lets pass for text.
 */
async function readRow(
  client: pg.Client,
  cluster: string,
): Promise<{ envelope: string } | { problem: string }> {
  const { rows: found } = await client.query<{ relkind: string; columns: number }>(`
    SELECT c.relkind::text,
           (SELECT count(*) FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname IN ('cluster', 'envelope') AND NOT a.attisdropped
              AND a.atttypid = 'pg_catalog.text'::regtype AND a.attgenerated = '')::int AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'lakat' AND c.relname = 'canary'`);
  const table = found[0];
  if (table === undefined) return { problem: "there is no table lakat.canary" };
  if (table.relkind !== "r" || table.columns !== 2)
    return { problem: "lakat.canary is no plain table with texts cluster and envelope" };
  const { rows } = await client.query<{ envelope: string | null }>(
    `SELECT left(envelope, ${MAX_CANARY}) AS envelope FROM ONLY lakat.canary WHERE cluster = $1 LIMIT 2`,
    [cluster],
  );
  if (rows.length > 1) return { problem: `lakat.canary has more than one row of cluster ${cluster}` };
  const envelope = rows[0]?.envelope ?? undefined;
  if (envelope === undefined) return { problem: `lakat.canary has no row of cluster ${cluster}` };
  return { envelope };
}
