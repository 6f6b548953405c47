/** Backups with a canary, restored, and the check of what was restored. */
import t, { type Test } from "tap";
import { roleSql } from "../../../src/backup/role.ts";
import type { Checked } from "../../../src/restore-test/check.ts";
import {
  canaryCheck,
  canaryWithoutDatabase,
  type ExpectedCanary,
} from "../../../src/restore-test/checks/canary.ts";
import { openEnvelope } from "../../../src/seal/envelope.ts";
import { MANIFEST_TYPE, parseManifest, type Manifest } from "../../../src/seal/manifest.ts";
import { newSigningKey } from "../../../src/seal/signing-key.ts";
import { signCanary } from "../../../src/seal/canary.ts";
import { backupHost, BUCKET, type HostConfig, type Ran } from "../../fixtures/backup-host.ts";
import { withPostgres, type Postgres } from "../../fixtures/postgres.ts";
import { run } from "../../fixtures/programs.ts";

const [source, copy, scratch] = await Promise.all([
  withPostgres(t),
  // Of another system identifier.
  withPostgres(t, { alone: true }),
  withPostgres(t),
]);
const host = await backupHost(t, source);
await (await source.freshDatabase("crm")).query("CREATE TABLE t AS SELECT generate_series(1, 5) AS n");
const env = Object.entries(source.env).map(([name, value]) => `${name}=${value}`);
await run("env", [...env, `${source.programs}/psql`, "-Xq"], Buffer.from(roleSql("lakat", [], "crm")));
await source.database("crm").query("ALTER ROLE lakat PASSWORD 'p'");

const of =
  (server: Postgres, database?: string) =>
  (config: HostConfig): void => {
    Object.assign(config.postgres, {
      host: server.host,
      port: server.port,
      user: "lakat",
      password: { env: "PG" },
      only: ["crm"],
    });
    if (database !== undefined) config["canary"] = { database };
  };
const backup = (server: Postgres, database?: string): Promise<Ran> =>
  host.backup({ change: of(server, database), env: { PG: "p" } });

async function manifestOf(ran: Ran): Promise<Manifest> {
  const key = `/${String(ran.json["backupId"])}/manifest.json`;
  const found = host.s3.objects(BUCKET).find((object) => object.key.endsWith(key));
  if (found === undefined) throw new Error(ran.stderr);
  return parseManifest(openEnvelope(await found.read(), MANIFEST_TYPE, [host.signingKey]));
}

async function restoreInto(t: Test, target: Postgres, ran: Ran): Promise<void> {
  await target.database("postgres").query("DROP DATABASE IF EXISTS crm");
  const args = ["restore", String(ran.json["backupId"]), "--identity", host.x25519.file];
  const restored = await host.run([...args, "--to", target.database("").uri], { as: "reader" });
  t.equal(restored.exit, 0, restored.stderr);
}

/** The check of the restored database, held to a backup's manifest. */
async function check(ran: Ran, change: Partial<ExpectedCanary> = {}): Promise<Checked> {
  const { backupId, cluster, source: from } = await manifestOf(ran);
  const { host: at, port, user, password, programs } = scratch;
  const expected = { cluster, backupId, systemIdentifier: from.systemIdentifier, trusted: [host.signingKey] };
  return canaryCheck({ ...expected, ...change }).run({
    connection: { host: at, port, user, password },
    programs,
    inventory: {
      name: "crm",
      encoding: "UTF8",
      collate: "C",
      ctype: "C",
      tables: [],
      largeObjects: 0,
      extensions: [],
    },
    database: "crm",
    snapshotAt: new Date(0),
    signal: new AbortController().signal,
  });
}

const failed = (...problems: RegExp[]): object => ({
  name: "canary",
  database: "crm",
  outcome: "failed",
  problems,
});

const before = new Date();
const first = await backup(source, "crm");

t.test("the row of this very backup is green", async (t) => {
  t.match(first, { exit: 0, json: { findings: [] } }, first.stderr);
  await restoreInto(t, scratch, first);
  const checked = await check(first);
  t.match(checked, { name: "canary", database: "crm", outcome: "passed", problems: [] });
  const { databases } = (await manifestOf(first)).source;
  const writtenAt = String(checked.facts["writtenAt"]);
  t.ok(before.toISOString() <= writtenAt && writtenAt <= String(databases[0]?.snapshotAt), writtenAt);
});

t.test("the same row is red for whatever it was not written for", async (t) => {
  t.match(
    await check(first, { systemIdentifier: "1" }),
    failed(/another server: system identifier \d+, .* 1$/),
  );
  t.match(await check(first, { backupId: "20261123T010203Z-0123abcd" }), failed(/an old state, or a copy/));
  t.match(await check(first, { trusted: [newSigningKey()] }), failed(/not by a trusted key/));
  t.match(await check(first, { cluster: "other" }), failed(/has no row of cluster other/));
});

t.test("what lies in the table is not believed", async (t) => {
  const restored = scratch.database("crm");
  const { rows } = await restored.query("SELECT envelope FROM lakat.canary");
  const good = rows[0]?.["envelope"];
  const put = (envelope: unknown): Promise<unknown> =>
    restored.query("UPDATE lakat.canary SET envelope = $1", [envelope]);
  const { backupId, source: from } = await manifestOf(first);
  const content = { backupId, systemIdentifier: from.systemIdentifier, writtenAt: before.toISOString() };
  await put(signCanary({ ...content, cluster: "other", database: "crm" }, host.signingKey).toString());
  t.match(await check(first), failed(/written for cluster other, not for crm/));
  await put(signCanary({ ...content, cluster: "crm", database: "copy" }, host.signingKey).toString());
  t.match(await check(first), failed(/into database copy, not into crm/));
  await put("x".repeat(1_000_000));
  t.match(await check(first), failed(/not JSON/));
  await put(good);
  t.match(await check(first), { outcome: "passed" });
  await restored.query(`
    CREATE TABLE public.called (n int); CREATE FUNCTION public.trap(text) RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.called VALUES (1); RETURN $1; END $$;
    ALTER TABLE lakat.canary RENAME TO was;
    CREATE VIEW lakat.canary AS SELECT cluster, public.trap(envelope) AS envelope FROM lakat.was`);
  t.match(await check(first), failed(/no plain table/));
  await restored.query(`
    DROP VIEW lakat.canary; CREATE TYPE public.odd AS ENUM ('crm');
    CREATE FUNCTION public.sprung(public.odd) RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.called VALUES (2); RETURN 'crm'; END $$;
    CREATE CAST (public.odd AS text) WITH FUNCTION public.sprung(public.odd) AS IMPLICIT;
    CREATE TABLE lakat.canary (cluster public.odd, envelope text); INSERT INTO lakat.canary VALUES ('crm', '')`);
  t.match(await check(first), failed(/no plain table/));
  t.equal((await restored.query("SELECT FROM public.called")).rowCount, 0, "and no code of it runs");
  await restored.query("DROP TABLE lakat.canary");
  t.match(await check(first), failed(/there is no table lakat\.canary/));
});

t.test("a backup whose row is missing is red", async (t) => {
  await source.database("crm").query("DELETE FROM lakat.canary");
  const without = await backup(source);
  t.equal(without.exit, 0, without.stderr);
  await restoreInto(t, scratch, without);
  t.match(await check(without), failed(/has no row of cluster crm/));
});

t.test("a backup with the row of the one before is red", async (t) => {
  const yesterday = await backup(source, "crm");
  t.equal(yesterday.exit, 0, yesterday.stderr);
  const old = await backup(source);
  await restoreInto(t, scratch, old);
  t.match(await check(old), failed(new RegExp(`backup ${String(yesterday.json["backupId"])}, not for`)));
});

t.test("a backup of a copy of the server is made, told of, and red", async (t) => {
  await restoreInto(t, copy, first);
  await copy.database("crm").query("ALTER ROLE lakat PASSWORD 'p'");
  const ran = await backup(copy, "crm");
  t.match(ran, {
    exit: 3,
    json: { findings: [{ code: "CANARY_NOT_WRITTEN", what: /written on another server/ }] },
  });
  t.match((await manifestOf(ran)).findings, [
    { code: "CANARY_NOT_WRITTEN", what: /^the canary was not written/ },
  ]);
  await restoreInto(t, scratch, ran);
  t.match(await check(ran), failed(/another server/, /an old state, or a copy/));
});

t.test("a database that is not backed up gets none, and that is told", async (t) => {
  t.match(canaryWithoutDatabase("crm"), failed(/the backup has no database crm/));
  const ran = await backup(source, "postgres");
  t.match(ran, {
    exit: 3,
    json: {
      findings: [{ code: "CANARY_NOT_WRITTEN", what: /postgres, .*: that database is not backed up$/ }],
    },
  });
});
