/** Lets the dump role read large objects made since yesterday, where the operator has set that up. */
import { asPgFault, connect, disconnect, type Connection, type Patience } from "../postgres/connection.ts";

/**
 * Calls `lakat.grant_large_objects()` (see role.ts) when the database has it. Only when it is a superuser's and
 * runs with that one's rights: a function that some other user put there would run with ours, which may read
 * everything. The schema must be a superuser's too, or its owner could exchange the function after this look at it. On a standby nothing can be granted. Throws PG_….
 */
export async function grantLargeObjects(
  connection: Connection,
  database: string,
  patience: Patience,
): Promise<void> {
  const client = await connect(connection, database, patience);
  try {
    const { rowCount } = await client.query(`
      SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles o ON o.oid = p.proowner
      JOIN pg_roles s ON s.oid = n.nspowner
      WHERE n.nspname = 'lakat' AND p.proname = 'grant_large_objects' AND p.pronargs = 0
        AND p.prosecdef AND o.rolsuper AND s.rolsuper AND NOT pg_is_in_recovery()
        AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')`);
    if (rowCount !== null && rowCount > 0) await client.query("SELECT lakat.grant_large_objects()");
  } catch (error) {
    throw asPgFault(error, connection, database);
  } finally {
    await disconnect(client);
  }
}
