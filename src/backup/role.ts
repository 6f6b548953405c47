/** The SQL of the dump role: all it needs and nothing more. Pure. */
import { Fault } from "../fault.ts";

/**
 * SQL for a superuser's psql. `pg_read_all_data` covers tables, sequences and schemas, also those made later.
 * It does not cover large objects (up to PostgreSQL 17 at least), so a function of a superuser's grants SELECT
 * on them to this role, and to no other, whenever a backup begins. BYPASSRLS because rows hidden by row security
 * would otherwise be missing. Into the `canary` database's table of that name, which this makes, the role may write,
 * and nowhere else. Throws USAGE for a name PostgreSQL would cut.
 */
export function roleSql(role: string, databases: string[], canary?: string): string {
  if (role === "" || Buffer.byteLength(role) > 63)
    throw new Fault("USAGE", "a role's name has 1 to 63 bytes", "Choose another name.");
  // psql ends a \connect at the end of the line; what follows would be a command of its own.
  const all = [...new Set([...databases, ...(canary === undefined ? [] : [canary])])];
  const broken = all.find((database) => /[\0\r\n]/.test(database));
  if (broken !== undefined)
    throw new Fault(
      "USAGE",
      "the name of a database holds a line break",
      "Rename it: psql cannot connect to it.",
    );
  const name = quoteIdentifier(role);
  return [
    "-- Run as a superuser with psql. It may be run again at any time.",
    "\\set ON_ERROR_STOP on",
    TRUSTED_NAMES,
    "SELECT format('CREATE ROLE %I LOGIN', " + quoteLiteral(role) + ")",
    `WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quoteLiteral(role)}) \\gexec`,
    `ALTER ROLE ${name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS CONNECTION LIMIT 64;`,
    `GRANT pg_read_all_data TO ${name};`,
    `-- Its password, asked for and never shown: \\password ${name}`,
    ...all.flatMap((database) => [
      "",
      // Without the option psql would take host, port and user from its defaults: another server than the one before.
      `\\connect -reuse-previous=on ${connectArgument(database)}`,
      TRUSTED_NAMES,
      connectSql(role),
      largeObjectSql(name),
      ...(database === canary ? [canarySql(name)] : []),
    ]),
    "",
  ].join("\n");
}

/**
 * Whoever may make functions in a database could otherwise put one of his own before PostgreSQL's `format` or
 * `has_database_privilege`, and the superuser who runs this would call it.
 */
const TRUSTED_NAMES = "SET search_path = pg_catalog, pg_temp;";

/** Lets the role into a database that is closed to the public. */
function connectSql(role: string): string {
  return `SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${quoteLiteral(role)})
WHERE NOT has_database_privilege(${quoteLiteral(role)}, current_database(), 'CONNECT') \\gexec`;
}

/**
 * Makes, in one database, the function that lets the role read large objects. Not in a schema, nor over a function,
 * of somebody who is no superuser: he could put another in its place. An object that its owner removes or grants
 * at the same moment is passed over, and looked at again in a second round.
 */
function largeObjectSql(name: string): string {
  return `CREATE SCHEMA IF NOT EXISTS lakat;
DO $lakat$
DECLARE
  owner name;
BEGIN
  SELECT o.rolname INTO owner
  FROM pg_roles o
  WHERE NOT o.rolsuper
    AND (o.oid IN (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'lakat')
      OR o.oid IN (SELECT p.proowner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'lakat'));
  IF FOUND THEN
    RAISE EXCEPTION 'schema lakat or a function in it belongs to %, who is no superuser', owner
      USING HINT = 'Find out why, and drop or rename that schema.';
  END IF;
END $lakat$;
REVOKE ALL ON SCHEMA lakat FROM PUBLIC;
GRANT USAGE ON SCHEMA lakat TO ${name};
CREATE OR REPLACE FUNCTION lakat.grant_large_objects() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $lakat$
DECLARE
  object oid;
BEGIN
  FOR round IN 1..2 LOOP
    FOR object IN
      SELECT m.oid FROM pg_largeobject_metadata m
      WHERE NOT EXISTS (SELECT FROM aclexplode(m.lomacl) a
                        WHERE a.grantee = ${quoteLiteral(name)}::regrole AND a.privilege_type = 'SELECT')
    LOOP
      BEGIN
        EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %s', object, ${quoteLiteral(name)});
      EXCEPTION WHEN undefined_object OR internal_error THEN NULL;
      END;
    END LOOP;
  END LOOP;
END $lakat$;
REVOKE ALL ON FUNCTION lakat.grant_large_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lakat.grant_large_objects() TO ${name};`;
}

/**
 * Makes, in one database, the table of the canary (canary.ts), in the schema that largeObjectSql has made sure of.
 * Nobody else may change the row, or hang a trigger or a foreign key on the table, even where a superuser's default
 * privileges give that away.
 */
function canarySql(name: string): string {
  return `CREATE TABLE IF NOT EXISTS lakat.canary (
  cluster text PRIMARY KEY, backup_id text NOT NULL, written_at timestamptz NOT NULL, envelope text NOT NULL);
DO $lakat$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner
    WHERE c.oid = 'lakat.canary'::regclass AND c.relkind = 'r' AND c.relpersistence = 'p' AND o.rolsuper
      AND NOT EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid)
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid))
  THEN
    RAISE EXCEPTION 'lakat.canary is no plain table of a superuser''s, without rules and triggers'
      USING HINT = 'Find out why, and drop it.';
  END IF;
END $lakat$;
SELECT DISTINCT format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON lakat.canary FROM %I CASCADE', g.rolname)
FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles g ON g.oid = a.grantee
WHERE c.oid = 'lakat.canary'::regclass AND a.grantee <> c.relowner \\gexec
REVOKE ALL ON lakat.canary FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON lakat.canary TO ${name};`;
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoteLiteral(value: string): string {
  return value.includes("\\") ? ` E'${value.replace(/[\\']/g, "\\$&")}'` : `'${value.replaceAll("'", "''")}'`;
}

/** psql's \connect takes a connection string, in which any name can be written. */
function connectArgument(database: string): string {
  const conninfo = `dbname='${database.replace(/[\\']/g, "\\$&")}'`;
  return `"${conninfo.replaceAll('"', '""')}"`;
}
