/** Databases of other encodings than UTF-8, with bytes that are text in none, and ones that are set to read only. */
import t, { type Test } from "tap";
import { backupHost } from "../fixtures/backup-host.ts";
import { plainDump } from "../fixtures/everything.ts";
import { withPostgres, type Postgres } from "../fixtures/postgres.ts";

const source = await withPostgres(t);
const host = await backupHost(t, source);
const server = source.database("postgres");
/** Database → its encoding, and the bytes of a row: an encoding of one byte a character takes any. */
const BYTES: Record<string, [encoding: string, hex: string]> = {
  latin2: ["LATIN2", "e1727655ed7a74fb72f5"],
  win1250: ["WIN1250", "618162"],
  ascii: ["SQL_ASCII", "e17276ff"],
};

for (const [name, [encoding, hex]] of Object.entries(BYTES)) {
  await server.query(
    `CREATE DATABASE "${name}" ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
  );
  await source.database(name).query(`
    CREATE TABLE "${encoding === "LATIN2" ? "őr" : "t"}" (a text PRIMARY KEY);
    DO $$ BEGIN EXECUTE format('INSERT INTO %s VALUES (%L)', (SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND oid > 16384),
      convert_from(decode('${hex}', 'hex'), getdatabaseencoding())); END $$`);
}
const archive = await source.freshDatabase("archive");
await archive.query("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)");
await server.query("ALTER DATABASE archive SET default_transaction_read_only = on");

const made = await host.backup();

async function bytes(cluster: Postgres, name: string): Promise<unknown> {
  const { rows } = await cluster.database(name).query(
    `SELECT (xpath('//a/text()', query_to_xml(format('SELECT encode(convert_to(a, getdatabaseencoding()), ''hex'') AS a FROM %s', oid::regclass), true, false, '')))[1]::text AS hex
     FROM pg_class WHERE relkind = 'r' AND oid > 16384`,
  );
  return rows[0]?.["hex"];
}

async function comesBack(t: Test, args: string[]): Promise<void> {
  const target = await withPostgres(t);
  const restored = await host.run(
    ["restore", "--json", "--identity", host.x25519.file, "--to", target.database("").uri, ...args],
    { as: "reader" },
  );
  t.equal(restored.exit, 0, restored.stderr);
  for (const [name, [, hex]] of Object.entries(BYTES)) {
    t.equal(await bytes(target, name), hex, name);
    t.equal(await plainDump(target, name), await plainDump(source, name), `${name} dumps the same`);
  }
  t.equal(await plainDump(target, "archive"), await plainDump(source, "archive"), "read only");
}

t.test("are backed up", async (t) => {
  t.equal(made.exit, 0, made.stderr);
});
t.test("come back", (t) => comesBack(t, []));
t.test("also by way of SQL", (t) => comesBack(t, ["--no-tablespaces"]));
