/** docs/by-hand.md, typed off: its shell blocks, run against a real backup with age, zstd and PostgreSQL alone. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { backupHost } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const sh = promisify(execFile);
const page = readFileSync(new URL("../../docs/by-hand.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)].map(([, language, place, code]) => {
  return { language, place, code: code ?? "" };
});
/** What is typed where the backup is, before and after the laptop. */
const laptop = blocks.findIndex(({ place }) => place === "offline");
const typed = (from: number, to: number): string =>
  blocks
    .slice(from, to)
    .filter(({ place }) => place === "run")
    .map(({ code }) => code)
    .join("\n");

const scratch = await mkdtemp(join(tmpdir(), "lakat-by-hand-"));
t.teardown(() => rm(scratch, { recursive: true, force: true }));
const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
await (
  await postgres.freshDatabase("crm")
).query(`
  CREATE ROLE clerk LOGIN;
  CREATE TABLE deals (id serial PRIMARY KEY, what text NOT NULL);
  INSERT INTO deals (what) SELECT md5(n::text) FROM generate_series(1, 5000) n;
  CREATE INDEX ON deals (what);
  GRANT SELECT ON deals TO clerk;
  CREATE TABLE calls (at date, who text) PARTITION BY RANGE (at);
  CREATE TABLE calls_2025 PARTITION OF calls FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE calls_2026 PARTITION OF calls FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO calls SELECT date '2025-12-01' + n, 'x' FROM generate_series(1, 60) n;
  SELECT lo_from_bytea(0, 'a document');
  ALTER DATABASE crm SET work_mem = '5MB'`);
await (await postgres.freshDatabase("Ügyfél 2.0")).query(`CREATE TABLE "Tétel" AS SELECT 1 AS id`);
const made = await host.backup();

/** A folder as the page expects it, with the backup fetched. */
async function fetched(name: string): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(folder, { mode: 0o700 });
  await cp(join(host.folder, "local", String(made.json["folder"])), join(folder, "backup"), {
    recursive: true,
  });
  await copyFile(join(host.folder, "host.pub"), join(folder, "host.pub"));
  return folder;
}

/** What somebody who types this into bash sees; rejects as soon as a command fails. */
async function type(code: string, cwd: string, env: Record<string, string> = {}): Promise<string> {
  const path = [postgres.programs, process.env["PATH"] ?? ""].join(":");
  // Told what is expected of them by the page's own `set`; the laptop starts without one.
  const { stdout, stderr } = await sh("bash", ["-c", `set -e\n${code}`], {
    cwd,
    env: { LANG: "C.UTF-8", ...env, PATH: path },
    maxBuffer: 2 ** 24,
  });
  return stdout + stderr;
}

/** What is shown by commands that must fail. */
async function refusal(code: string, cwd: string): Promise<string> {
  try {
    return `not refused: ${await type(code, cwd)}`;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

t.test(
  "the page has something to type, and everything else is only for fetching and unlocking",
  async (t) => {
    t.equal(made.exit, 0, made.stderr);
    t.ok(laptop > 0);
    t.equal(blocks.filter(({ place }) => place === "run").length, 9);
    const untried = blocks.filter(({ place }) => place === undefined).map(({ code }) => code);
    t.equal(untried.length, 3);
    for (const code of untried) t.match(code, /^(aws|openssl pkcs8)/);
  },
);

for (const [kind, { file }] of Object.entries({ rsa: host.rsa, x25519: host.x25519 })) {
  t.test(`a backup is checked, opened and restored with the ${kind} key`, async (t) => {
    const folder = await fetched(kind);
    const checked = await type(typed(0, laptop), folder);
    t.match(checked, "Signature Verified Successfully");
    t.match(checked, "key.age: OK");
    t.match(checked, "crm/data-01.dump.zst.age: OK");

    const offline = join(scratch, `${kind}-laptop`);
    await mkdir(offline, { mode: 0o700 });
    await copyFile(join(folder, "backup/key.age"), join(offline, "key.age"));
    await copyFile(file, join(offline, "recovery.key"));
    await type(blocks[laptop]?.code ?? "", offline);
    await copyFile(join(offline, "backup.key"), join(folder, "backup.key"));

    const target = await withPostgres(t);
    const restored = await type(`set -euo pipefail\n${typed(laptop, blocks.length)}`, folder, target.env);
    t.match(restored, /^compared$/m);
    t.notMatch(restored, /instead of/, "row counts are those of the snapshot");
    const errors = restored.split("\n").filter((line) => line.includes("ERROR"));
    t.equal(errors.length, 1, "one error is to be expected", { errors });
    t.match(errors[0], /role "\w+" already exists/);
    t.notOk((await readdir(folder)).includes("backup.key"));

    const { rows } = await target.database("crm").query(
      `SELECT (SELECT count(*)::int FROM deals) AS deals, (SELECT count(*)::int FROM calls) AS calls,
              current_setting('work_mem') AS setting, has_table_privilege('clerk', 'deals', 'SELECT') AS granted,
              (SELECT count(*)::int FROM pg_indexes WHERE tablename = 'deals') AS indexes,
              (SELECT convert_from(lo_get(oid), 'UTF8') FROM pg_largeobject_metadata) AS document`,
    );
    const expected = {
      deals: 5000,
      calls: 60,
      setting: "5MB",
      granted: true,
      indexes: 2,
      document: "a document",
    };
    t.strictSame({ ...rows[0] }, expected);
    t.equal((await target.database("Ügyfél 2.0").query(`TABLE "Tétel"`)).rows.length, 1);
  });
}

t.test("a changed object and a changed manifest do not pass the checks", async (t) => {
  const folder = await fetched("changed");
  await writeFile(join(folder, "backup/globals.sql.zst.age"), "changed");
  t.match(await refusal(typed(0, laptop), folder), "globals.sql.zst.age: FAILED");

  const forged = await fetched("forged");
  const path = join(forged, "backup/manifest.json");
  const envelope = JSON.parse(readFileSync(path, "utf8")) as { payload: string };
  const payload = Buffer.from(envelope.payload, "base64").toString().replace('"crm"', '"erp"');
  const changed = JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString("base64") });
  await rm(path);
  await writeFile(path, changed);
  t.match(await refusal(typed(0, laptop), forged), "Signature Verification Failure");
});
