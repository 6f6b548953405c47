/** Backups back into a running server: what comes out. */
import { chown, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import t from "tap";
import { BUCKET, PREFIX } from "../fixtures/backup-host.ts";
import { plainDump } from "../fixtures/everything.ts";
import { restorable } from "../fixtures/restorable.ts";
import { clientFor } from "../fixtures/s3-server/client.ts";

const { source, host, backupId, folder, original, target, restore } = await restorable(t);
const IDS = "SELECT count(*)::int AS n FROM deals";
t.beforeEach(() => target.clean());

t.test("the whole cluster", async (t) => {
  const { exit, stdout, stderr } = await restore([]);
  t.equal(exit, 0, stderr);
  t.equal(stderr, "");
  t.strictSame(await target.databases(), ["billing.eu", "crm", "postgres"]);
  for (const name of ["crm", "billing.eu"] as const)
    t.equal(await plainDump(target, name), original[name], name);
  t.strictSame(await target.roles(), ["clerk", "reader"]);
  t.strictSame(
    await target.sql(
      "SELECT rolconnlimit AS n, rolpassword IS NULL AS none FROM pg_authid WHERE rolname = 'clerk'",
    ),
    [{ n: 5, none: true }],
    "roles come without passwords",
  );
  t.match(stdout, `backup ${backupId} of crm restored in `);
  t.match(stdout, /^crm {2,}crm {2,}2 {2,}20500$/m);
  t.match(stdout, /^billing\.eu {2,}billing\.eu {2,}1 {2,}7$/m);
  t.match(stdout, /^Next: set the passwords of the roles clerk \(/m);
  const analyzed = await target
    .database("crm")
    .query("SELECT reltuples::int AS n FROM pg_class WHERE relname = 'deals'");
  t.strictSame(analyzed.rows, [{ n: 20_000 }], "the planner's statistics are there");
});

t.test("one database, under its own name and under another", async (t) => {
  const one = await restore(["--database", "crm", "--json", backupId.slice(0, 16)]);
  t.equal(one.exit, 0, one.stderr);
  t.match(one.json, {
    ok: true,
    backupId,
    databases: [{ name: "crm", into: "crm", tables: 2, rows: 20_500 }],
  });
  t.strictSame(await target.databases(), ["crm", "postgres"]);

  const odd = `copy "of" it's crm`;
  const renamed = await restore(["--database", "crm"], { to: target.database(odd).uri });
  t.equal(renamed.exit, 0, renamed.stderr);
  t.strictSame(await target.databases(), [odd, "crm", "postgres"].sort());
  t.strictSame((await target.database(odd).query(IDS)).rows, [{ n: 20_000 }]);

  const empty = await target.freshDatabase("waiting");
  const into = await restore(["--database", "billing.eu"], { to: empty.uri });
  t.equal(into.exit, 0, into.stderr);
  t.strictSame((await empty.query("SELECT count(*)::int AS n FROM bills")).rows, [{ n: 7 }]);

  for (const [args, to, message] of [
    [
      [],
      target.database("x").uri,
      /USAGE: the backup holds 3 databases, the target is one.*--database \(billing/,
    ],
    [
      ["--database", "hr"],
      target.server,
      /BACKUP_NOT_FOUND: the backup holds no database hr.*It holds billing\.eu/,
    ],
  ] as const) {
    const refused = await restore([...args], { to });
    t.match(refused.stderr, message);
  }
});

t.test("beside others, a database leaves the roles that are there alone", async (t) => {
  await target.sql("CREATE ROLE clerk NOLOGIN CONNECTION LIMIT 1");
  const { exit, stderr } = await restore(["--database", "crm"]);
  t.equal(exit, 0, stderr);
  const clerk = `SELECT rolcanlogin AS login, rolconnlimit AS n, rolconfig AS settings,
    pg_has_role('clerk', 'reader', 'member') AS reads FROM pg_roles WHERE rolname = 'clerk'`;
  t.strictSame(await target.sql(clerk), [{ login: false, n: 1, settings: null, reads: false }]);
  t.strictSame(await target.roles(), ["clerk", "reader"], "the others are made");

  const whole = await restore(["--destroy-existing-data"]);
  t.equal(whole.exit, 0, whole.stderr);
  t.strictSame(
    await target.sql(clerk),
    [{ login: true, n: 5, settings: ["statement_timeout=90s"], reads: true }],
    "a whole cluster brings its own",
  );
});

t.test("a thief's overwriting changes nothing: the signed versions are restored", async (t) => {
  const { endpoint } = host.s3;
  const client = clientFor(
    { endpoint },
    { accessKeyId: "host", secretAccessKey: host.secrets[0] ?? "", allow: [] },
  );
  for (const name of ["crm/data-01.dump.zst.age", "key.age", "manifest.json"])
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/${folder}/${name}`, Body: "gone" }),
    );
  const { exit, stdout, stderr } = await restore(["--database", "crm"]);
  t.equal(exit, 3);
  t.match(stderr, /^lakat: MANIFEST_REPLACED: somebody overwrote the manifest/);
  t.match(stdout, /restored in/);
  t.strictSame((await target.database("crm").query(IDS)).rows, [{ n: 20_000 }]);
});

t.test("a tablespace that the target does not have", async (t) => {
  const place = await mkdtemp(join(tmpdir(), "lakat-tablespace-"));
  t.teardown(() => rm(place, { recursive: true }));
  const [row] = (await source.database("postgres").query("SHOW data_directory")).rows;
  const { uid, gid } = await stat(String(row?.["data_directory"]));
  await chown(place, uid, gid);
  await source.database("postgres").query(`CREATE TABLESPACE quick LOCATION '${place}'`);
  await source.database("postgres").query("CREATE DATABASE fast TABLESPACE quick");
  await source.database("fast").query("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
  await source.database("crm").query("ALTER TABLE companies SET TABLESPACE quick");
  t.teardown(async () => {
    await source.database("postgres").query("DROP DATABASE fast");
    await source.database("crm").query("DROP TABLE companies CASCADE");
    await source.database("postgres").query("DROP TABLESPACE quick");
  });
  const made = await host.backup();
  t.equal(made.exit, 0, made.stderr);

  const refused = await restore([]);
  t.equal(refused.exit, 1);
  t.match(refused.stderr, /^lakat: RESTORE_FAILED: roles and tablespaces: ERROR: .*tablespace|director/);
  t.match(refused.stderr, /--no-tablespaces/);
  t.strictSame(await target.databases(), ["postgres"]);

  const { exit, stderr } = await restore(["--no-tablespaces"]);
  t.equal(exit, 0, stderr);
  t.strictSame((await target.database("fast").query("SELECT id FROM t")).rows, [{ id: 1 }]);
  t.strictSame(await target.sql("SELECT spcname FROM pg_tablespace WHERE spcname = 'quick'"), []);

  await target.clean();
  const without = await restore(["--no-globals", "--database", "fast"]);
  t.match(without, { exit: 1, stderr: /tablespace "quick" does not exist.*--no-tablespaces/ });
});
