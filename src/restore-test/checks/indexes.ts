/** Whether every index can be used. */
import { judged, type Check } from "../check.ts";
import { inDatabase } from "./session.ts";

/**
 * An index of a table has to be valid, ready and live: pg_dump leaves out those that are not at the source, and
 * a restore makes each anew.
 *
 * One of a partitioned table holds nothing itself. It is dumped as it is, also when some partition has no part
 * of it, and then stays invalid; and where a partition is a foreign table it does not become valid at all by a
 * restore. That is told as fact `incomplete`. It is a problem only where every partition has its valid part,
 * and it is invalid still.
 *
 * Facts: indexes (those of the system's own tables are looked at and not counted), incomplete.
 */
export const indexesCheck: Check = {
  name: "indexes",
  run: (restored) =>
    inDatabase(restored, async (client) => {
      const { rows } = await client.query<{
        name: string;
        partitioned: boolean;
        system: boolean;
        usable: boolean;
        complete: boolean;
        state: string;
      }>(`
        SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'I' AS partitioned,
               c.oid < 16384 OR n.nspname = 'pg_toast' AS system,
               i.indisvalid AND i.indisready AND i.indislive AS usable,
               (SELECT count(*) FROM pg_inherits p WHERE p.inhparent = i.indrelid)
                 = (SELECT count(*) FROM pg_inherits p JOIN pg_index part ON part.indexrelid = p.inhrelid
                    WHERE p.inhparent = i.indexrelid AND part.indisvalid) AS complete,
               concat_ws(', ', CASE WHEN NOT i.indisvalid THEN 'not valid' END,
                 CASE WHEN NOT i.indisready THEN 'not ready' END, CASE WHEN NOT i.indislive THEN 'not live' END) AS state
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relpersistence <> 't' ORDER BY 1`);
      const unusable = rows.filter((index) => !index.usable);
      const problems = unusable.filter((index) => !index.partitioned || index.complete);
      return judged(
        { name: "indexes", database: restored.database },
        {
          indexes: rows.filter(({ system }) => !system).length,
          incomplete: unusable.length - problems.length,
        },
        problems.map(({ name, state }) => `${name} is ${state}`),
      );
    }),
};
