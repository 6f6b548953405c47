/** Reads what a database holds, and whether the dump role may read all of it, under the dump's snapshot. */
import pg from "pg";
import { Fault, firstLine } from "../fault.ts";
import type { DatabaseInventory } from "../seal/inventory.ts";
import type { TableSize } from "./parts.ts";

/**
 * What pg_dump dumps the data of: ordinary tables and partitions outside the system's schemas (on a standby
 * only logged ones, since no rows of others arrive there), except those
 * that belong to an extension. The extensions' own configuration tables are dumped and so count.
 */
const DUMPED_TABLES = `
  pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND (NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         OR EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig)))`;

export interface Contents {
  /** Tables that may be given a stream of their own (an extension's may not: pg_dump filters them itself). */
  tables: (TableSize & { ofExtension: boolean; root: { schema: string; name: string } | undefined })[];
  largeObjectBytes: number;
}

/** Sizes of everything the dump will read. */
export async function readContents(client: pg.Client): Promise<Contents> {
  const tables = await client.query<Omit<Contents["tables"][number], "bytes"> & { bytes: string }>(`
    SELECT n.nspname AS schema, c.relname AS name, pg_table_size(c.oid) AS bytes,
           (SELECT jsonb_build_object('schema', rn.nspname, 'name', r.relname)
            FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
            WHERE c.relispartition AND r.oid = pg_partition_root(c.oid)) AS root,
           EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS "ofExtension"
    FROM ${DUMPED_TABLES} ORDER BY 1, 2`);
  const objects = await client.query<{ bytes: string }>(
    "SELECT CASE WHEN EXISTS (SELECT FROM pg_largeobject_metadata) THEN pg_table_size('pg_largeobject') ELSE 0 END AS bytes",
  );
  return {
    tables: tables.rows.map((row) => ({ ...row, bytes: Number(row.bytes), root: row.root ?? undefined })),
    largeObjectBytes: Number(objects.rows[0]?.bytes ?? 0),
  };
}

/** Refuses a role that cannot read everything: pg_dump would stop at the first, and some it skips quietly. */
export async function demandReadable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ what: string }>(`
    WITH dumped AS (SELECT c.oid, n.oid AS schema_oid, n.nspname, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relowner FROM ${DUMPED_TABLES}),
         schemas AS (SELECT n.oid, n.nspname FROM pg_namespace n
                     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
                       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')),
         me AS (SELECT rolsuper, rolbypassrls, oid FROM pg_roles WHERE rolname = current_user)
    SELECT 'schema ' || quote_ident(nspname) AS what FROM schemas WHERE NOT has_schema_privilege(oid, 'USAGE')
    UNION ALL
    SELECT 'table ' || quote_ident(nspname) || '.' || quote_ident(relname) FROM dumped WHERE NOT has_table_privilege(oid, 'SELECT')
    UNION ALL
    SELECT 'rows behind row security of ' || quote_ident(nspname) || '.' || quote_ident(relname)
    FROM dumped, me
    WHERE relrowsecurity AND NOT (me.rolsuper OR me.rolbypassrls)
      AND (relforcerowsecurity OR NOT pg_has_role(me.oid, relowner, 'USAGE'))
    UNION ALL
    SELECT 'sequence ' || quote_ident(s.nspname) || '.' || quote_ident(c.relname)
    FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
    -- CASE, since AND may be evaluated in any order and the function refuses anything else.
    WHERE CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'SELECT') ELSE false END
    UNION ALL
    (SELECT 'large object ' || m.oid FROM pg_largeobject_metadata m, me
     WHERE NOT me.rolsuper AND NOT pg_has_role(me.oid, m.lomowner, 'USAGE')
       AND current_setting('lo_compat_privileges') <> 'on'
       AND NOT EXISTS (SELECT FROM aclexplode(m.lomacl) a
                       WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(me.oid, a.grantee, 'USAGE')))
     ORDER BY m.oid)`);
  if (rows.length === 0) return;
  const named = rows.slice(0, 20).map((row) => row.what);
  const more = rows.length > named.length ? ` and ${rows.length - named.length} more` : "";
  throw new Fault(
    "PG_RIGHTS",
    `in database ${client.database ?? "?"} the role ${client.user ?? "?"} cannot read ${named.join(", ")}${more}`,
    "Run the SQL that `lakat backup role` prints as a superuser in that database.",
  );
}

/**
 * Names user mappings whose options (often the password at a foreign server) are not shown to the role and so
 * are missing from the dump, which says nothing of it; undefined when there are none. No right but a
 * superuser's shows them, hence no fault.
 */
export async function hiddenUserMappings(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ mappings: string | null }>(`
    SELECT string_agg(quote_ident(usename) || ' at ' || quote_ident(srvname), ', ' ORDER BY srvname, usename) AS mappings
    FROM pg_user_mappings
    WHERE umoptions IS NULL AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)`);
  const mappings = rows[0]?.mappings ?? undefined;
  return mappings === undefined
    ? undefined
    : firstLine(`options of user mappings are shown to superusers only (${mappings})`);
}

/** Names unlogged tables when the server is a standby, which has no rows of theirs; undefined otherwise. */
export async function unloggedOnStandby(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ tables: string | null }>(`
    SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY 1) AS tables
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND pg_is_in_recovery()`);
  const tables = rows[0]?.tables ?? undefined;
  return tables === undefined ? undefined : firstLine(`a standby has no rows of unlogged tables (${tables})`);
}

/**
 * Exact counts and facts of one database. Counting reads every table once (an index where it is smaller). Throws
 * DUMP_FAILED when a table has become something else.
 */
export async function readInventory(client: pg.Client, contents: Contents): Promise<DatabaseInventory> {
  const tables: DatabaseInventory["tables"] = [];
  for (let i = 0; i < contents.tables.length; i += TABLES_HELD_AT_ONCE)
    await holdTables(client, contents.tables.slice(i, i + TABLES_HELD_AT_ONCE).map(quoted));
  for (const table of contents.tables) {
    const { schema, name, bytes, root, ofExtension } = table;
    const { rows } = await client.query<{ rows: string }>(
      `SELECT count(*) AS rows FROM ONLY ${quoted(table)}`,
    );
    tables.push({
      schema,
      name,
      bytes,
      rows: Number(rows[0]?.rows ?? 0),
      ...(root === undefined ? {} : { root }),
      ...(ofExtension ? { ofExtension } : {}),
    });
  }
  const facts = await client.query<
    Pick<DatabaseInventory, "name" | "encoding" | "collate" | "ctype"> & Locale
  >(`
    SELECT datname AS name, pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype,
           datlocprovider AS provider, to_jsonb(d) ->> 'daticurules' AS rules,
           -- PostgreSQL 17 renamed the column.
           coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS "localeName"
    FROM pg_database d WHERE datname = current_database()`);
  const objects = await client.query<{ n: string }>("SELECT count(*) AS n FROM pg_largeobject_metadata");
  const extensions = await client.query<{ name: string; version: string }>(
    "SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1",
  );
  const fact = facts.rows[0];
  if (fact === undefined) throw new Error("the database is not in pg_database");
  const { name, encoding, collate, ctype } = fact;
  return {
    name,
    encoding,
    collate,
    ctype,
    ...localeOf(fact),
    tables,
    largeObjects: Number(objects.rows[0]?.n ?? 0),
    extensions: extensions.rows,
  };
}

interface Locale {
  /** `c`, `i`, or since PostgreSQL 17 `b`. */
  provider: string;
  localeName: string | null;
  rules: string | null;
}

function localeOf({ provider, localeName, rules }: Locale): Pick<DatabaseInventory, "locale"> {
  if (provider === "c" || localeName === null) return {};
  const locale = { provider: provider === "i" ? ("icu" as const) : ("builtin" as const), name: localeName };
  return { locale: rules === null ? locale : { ...locale, rules } };
}

/** Keeps one statement short where there are many thousands. */
const TABLES_HELD_AT_ONCE = 500;

/**
 * Locks tables against being exchanged, and then makes sure that they are tables still. Their owners may put a view
 * in the place of one, and counting it would run what they wrote with the dump role's right to read everything.
 * pg_relation_filenode looks at the present, where pg_class shows the snapshot's past; a view has no file.
 */
async function holdTables(client: pg.Client, tables: string[]): Promise<void> {
  await client.query(`LOCK TABLE ${tables.map((table) => `ONLY ${table}`).join(", ")} IN ACCESS SHARE MODE`);
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM unnest($1::text[]) AS name WHERE pg_relation_filenode(name::regclass) IS NULL",
    [tables],
  );
  const [first] = rows;
  if (first === undefined) return;
  throw new Fault(
    "DUMP_FAILED",
    `in database ${client.database ?? "?"} ${firstLine(first.name)} was a table when the backup began and is none any more`,
    "Find out who put what in its place, and run the backup again.",
  );
}

function quoted({ schema, name }: Pick<TableSize, "schema" | "name">): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

/** Settings that differ from PostgreSQL's built-in defaults and matter to what the data means. */
export async function readSettings(client: pg.Client): Promise<{ name: string; value: string }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(`
    SELECT name, current_setting(name) AS value FROM pg_settings
    WHERE source IN ('configuration file', 'database', 'command line', 'override')
      AND setting IS DISTINCT FROM boot_val
      AND name !~ '(_file|_directory|_directories|_command|conninfo|passphrase)$' AND name <> 'listen_addresses'
    ORDER BY name`);
  return rows;
}
