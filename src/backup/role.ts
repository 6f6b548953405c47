/** The SQL of the dump role: all it needs and nothing more. Pure. */
import { Fault } from "../fault.ts";

/**
 * SQL for a superuser's psql. `pg_read_all_data` covers tables, sequences and schemas, also those made later.
 * It does not cover large objects (up to PostgreSQL 17 at least), so a function of a superuser's grants SELECT
 * on them to this role, and to no other, whenever a backup begins. BYPASSRLS because rows hidden by row security
 * would otherwise be missing. Throws USAGE for a name PostgreSQL would cut.
 */
export function roleSql(role: string, databases: string[]): string {
  if (role === "" || Buffer.byteLength(role) > 63)
    throw new Fault("USAGE", "a role's name has 1 to 63 bytes", "Choose another name.");
  const name = quoteIdentifier(role);
  return [
    "-- Run as a superuser with psql. It may be run again at any time.",
    "\\set ON_ERROR_STOP on",
    "SELECT format('CREATE ROLE %I LOGIN', " + quoteLiteral(role) + ")",
    `WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quoteLiteral(role)}) \\gexec`,
    `ALTER ROLE ${name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS CONNECTION LIMIT 64;`,
    `GRANT pg_read_all_data TO ${name};`,
    `-- Its password, asked for and never shown: \\password ${name}`,
    ...databases.flatMap((database) => [
      "",
      `\\connect ${connectArgument(database)}`,
      connectSql(role),
      largeObjectSql(name),
    ]),
    "",
  ].join("\n");
}

/** Lets the role into a database that is closed to the public. */
function connectSql(role: string): string {
  return `SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${quoteLiteral(role)})
WHERE NOT has_database_privilege(${quoteLiteral(role)}, current_database(), 'CONNECT') \\gexec`;
}

/** Makes, in one database, the function that lets the role read large objects. */
function largeObjectSql(name: string): string {
  return `CREATE SCHEMA IF NOT EXISTS lakat;
REVOKE ALL ON SCHEMA lakat FROM PUBLIC;
GRANT USAGE ON SCHEMA lakat TO ${name};
CREATE OR REPLACE FUNCTION lakat.grant_large_objects() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $lakat$
DECLARE
  object oid;
BEGIN
  FOR object IN
    SELECT m.oid FROM pg_largeobject_metadata m
    WHERE NOT EXISTS (SELECT FROM aclexplode(m.lomacl) a
                      WHERE a.grantee = ${quoteLiteral(name)}::regrole AND a.privilege_type = 'SELECT')
  LOOP
    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %s', object, ${quoteLiteral(name)});
  END LOOP;
END $lakat$;
REVOKE ALL ON FUNCTION lakat.grant_large_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lakat.grant_large_objects() TO ${name};`;
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
