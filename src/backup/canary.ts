/** Writes the canary row (seal/canary.ts) into the database that is about to be frozen. */
import type pg from "pg";
import { asFault, Fault, type Finding } from "../fault.ts";
import { asPgFault, connect, disconnect, type Connection } from "../postgres/connection.ts";
import { MAX_CANARY, openCanary, signCanary, type Canary } from "../seal/canary.ts";
import type { SigningKey } from "../seal/signing-key.ts";

/** What a canary says, but for the time. */
export interface CanaryPlan extends Omit<Canary, "writtenAt"> {
  signingKey: SigningKey;
  now: () => Date;
}

/** A canary is not worth more of a backup's time. */
const MOST_WAIT_MS = 60_000;

/**
 * Puts the row in place of the one of the backup before, in a transaction that has ended when this returns. Out:
 * undefined, or why it was not written; that never stands in a backup's way. Waits for locks and for the server
 * `lockWait` ms, a minute at most. Throws only what `signal` was aborted with.
 */
export async function writeCanary(
  connection: Connection,
  plan: CanaryPlan,
  { signal, lockWait }: { signal: AbortSignal; lockWait: number },
): Promise<Finding | undefined> {
  try {
    const patience = Math.min(lockWait, MOST_WAIT_MS);
    const client = await connect(connection, plan.database, { signal, lockWait: patience });
    try {
      await write(client, plan, Math.ceil(patience));
    } catch (error) {
      throw asPgFault(error, connection, plan.database);
    } finally {
      await disconnect(client);
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const { message, todo } = asFault(error);
    return notWritten(plan.database, message, todo);
  }
}

/** The canary's database is none of those that are backed up; then it would be in no dump. */
export function canaryNotDumped(database: string): Finding {
  return notWritten(
    database,
    "that database is not backed up",
    "Name one of the server's databases in canary.database that postgres.only and postgres.except let through.",
  );
}

function notWritten(database: string, why: string, todo: string): Finding {
  return {
    code: "CANARY_NOT_WRITTEN",
    what: `the canary was not written into database ${database}, so the restore test of this backup will miss it: ${why}`,
    todo,
  };
}

async function write(client: pg.Client, plan: CanaryPlan, patience: number): Promise<void> {
  const { cluster, backupId, systemIdentifier, database } = plan;
  await demandTable(client);
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  // A commit that waits for a standby that is away would wait for ever, and the row need only be in this server's dump.
  await client.query(
    `SET LOCAL synchronous_commit = local; SET LOCAL statement_timeout = ${patience};
     LOCK TABLE lakat.canary IN ROW EXCLUSIVE MODE`,
  );
  // While this lock is held nobody adds a trigger or a rule to what is looked at now.
  await demandPlain(client);
  await demandSameServer(client, plan);
  const writtenAt = plan.now().toISOString();
  const envelope = signCanary({ cluster, backupId, systemIdentifier, database, writtenAt }, plan.signingKey);
  await client.query(
    `INSERT INTO lakat.canary (cluster, backup_id, written_at, envelope) VALUES ($1, $2, $3, $4)
     ON CONFLICT (cluster) DO UPDATE
     SET backup_id = EXCLUDED.backup_id, written_at = EXCLUDED.written_at, envelope = EXCLUDED.envelope`,
    [cluster, backupId, writtenAt, envelope.toString("utf8")],
  );
  await client.query("COMMIT");
}

async function demandTable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ standby: boolean; there: boolean }>(`
    SELECT pg_is_in_recovery() AS standby,
           EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = 'lakat' AND c.relname = 'canary') AS there`);
  if (rows[0]?.standby === true)
    throw new Fault(
      "CANARY_NOT_WRITTEN",
      "the server is a standby, which nobody can write to",
      "Back up the primary, or take canary out of the configuration here and on the restore-test host.",
    );
  if (rows[0]?.there !== true)
    throw new Fault(
      "CANARY_NOT_WRITTEN",
      "there is no table lakat.canary",
      "Run the SQL that `lakat backup role --canary DATABASE` prints as a superuser.",
    );
}

/**
 * What is written to must be a plain table that only superusers can have shaped. A view, a rule or a trigger of
 * somebody else's would run with this role's rights, which may read everything.
 */
async function demandPlain(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(`
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_roles o ON o.oid = c.relowner JOIN pg_roles s ON s.oid = n.nspowner
    WHERE n.nspname = 'lakat' AND c.relname = 'canary' AND c.relkind = 'r' AND c.relpersistence = 'p'
      AND o.rolsuper AND s.rolsuper AND NOT c.relrowsecurity AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid)
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent))`);
  if (rowCount !== 1)
    throw new Fault(
      "CANARY_NOT_WRITTEN",
      "lakat.canary is no plain table of a superuser's, in a superuser's schema, without rules, triggers and row security",
      "Find out who made it so; then drop it, and run the SQL that `lakat backup role --canary DATABASE` prints as a superuser.",
    );
}

/** A restored copy has our row too, but another identifier: with a new row it would pass for the server itself. */
async function demandSameServer(client: pg.Client, plan: CanaryPlan): Promise<void> {
  const { rows } = await client.query<{ envelope: string | null }>(
    `SELECT left(envelope, ${MAX_CANARY}) AS envelope FROM lakat.canary WHERE cluster = $1`,
    [plan.cluster],
  );
  const before = opened(rows[0]?.envelope ?? "", plan.signingKey);
  if (before !== undefined && before.systemIdentifier !== plan.systemIdentifier)
    throw new Fault(
      "CANARY_NOT_WRITTEN",
      `the canary that is there was written on another server (system identifier ${before.systemIdentifier}, this one is ${plan.systemIdentifier}), so this one is a copy of it`,
      "See whether postgres.host is the server that is meant. If it has taken the other's place, for instance by pg_upgrade or a restore, run DELETE FROM lakat.canary there as a superuser.",
    );
}

/** A row that this host's key did not sign says nothing, and is replaced. */
function opened(envelope: string, key: SigningKey): Canary | undefined {
  try {
    return openCanary(Buffer.from(envelope), [key]);
  } catch {
    return undefined;
  }
}
