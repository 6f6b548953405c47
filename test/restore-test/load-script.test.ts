import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import t from "tap";
import { loadScript } from "../../src/restore-test/load-script.ts";
import { segmentOf, type Manifest } from "../../src/seal/manifest.ts";
import { sampleManifest } from "../fixtures/manifest.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const sh = promisify(execFile);

/** A manifest of one database with this name and these parts. */
function manifestOf(name: string, serverVersion = "15.14"): Manifest {
  const sample = sampleManifest();
  const parts = ["pre-data", "data-01", "data-02", "post-data"].map((part) => ({
    name: `${segmentOf(name)}/${part}.dump.zst.age`,
    role: part.replace(/-\d+$/, "") as "data",
    database: name,
    size: 1,
    sha256: "0".repeat(64),
  }));
  const database = { name, snapshotAt: sample.startedAt, lsn: "0/0", parts: parts.map((part) => part.name) };
  return { ...sample, source: { ...sample.source, serverVersion, databases: [database] }, objects: parts };
}

/** What the script calls, each call's arguments as they arrive, with programs that only write them down. */
async function callsOf(script: string): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
  try {
    for (const name of ["psql", "pg_restore"]) {
      await writeFile(
        join(folder, name),
        `#!/bin/sh\n{ printf '%s\\0' ${name} "$@"; printf '\\n\\0'; } >> calls\n`,
      );
      await chmod(join(folder, name), 0o700);
    }
    await writeFile(join(folder, "load.sh"), script);
    await writeFile(join(folder, "globals.sql"), "");
    await sh("sh", [join(folder, "load.sh")], { env: { PATH: `${folder}:/usr/bin:/bin`, JOBS: "3" } });
    const calls = await readFile(join(folder, "calls"), "utf8");
    return calls
      .split("\0\n\0")
      .filter(Boolean)
      .map((call) => call.split("\0"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

t.test("roles first, then each database's definitions, rows, indexes", async (t) => {
  const calls = await callsOf(loadScript(manifestOf("crm")));
  t.strictSame(calls, [
    ["psql", "-X", "-q", "-d", "template1", "-c", calls[0]?.[6] ?? "", "-f", "-"],
    ["pg_restore", "--exit-on-error", "--create", "-d", "template1", "./crm/pre-data.dump"],
    ["pg_restore", "--exit-on-error", "-d", "dbname='crm'", "./crm/data-01.dump"],
    ["pg_restore", "--exit-on-error", "-d", "dbname='crm'", "./crm/data-02.dump"],
    ["pg_restore", "--exit-on-error", "--jobs=3", "-d", "dbname='crm'", "./crm/post-data.dump"],
    ["psql", "-X", "-q", "-d", "dbname='crm'", "-c", "ANALYZE"],
  ]);
  t.match(calls[0]?.[6], /^\\restrict [0-9a-f]{32}$/);
});

t.test("commands to the host in the roles' file are not obeyed", async (t) => {
  const postgres = await withPostgres(t);
  const folder = t.testdir({
    "load.sh": loadScript({
      ...manifestOf("crm"),
      objects: [],
      source: { ...manifestOf("crm").source, databases: [] },
    }),
    "globals.sql": [
      "\\restrict abc",
      "CREATE ROLE before;",
      "\\unrestrict abc",
      "\\! touch made",
      "SELECT 1 \\! touch made",
      ";",
      "CREATE ROLE after;",
      "",
    ].join("\n"),
  });
  const env = { ...postgres.env, PATH: `${postgres.programs}:/usr/bin:/bin` };
  const { stderr } = await sh("sh", [join(folder, "load.sh")], { env });
  t.match(stderr, /^(psql:<stdin>:\d+: error: backslash commands are restricted.*\n){2}$/);
  t.notOk((await readdir(folder)).includes("made"));
  const roles = "SELECT rolname FROM pg_roles WHERE rolname IN ('before', 'after')";
  t.equal((await postgres.database("postgres").query(roles)).rowCount, 2, "the rest is loaded");
});

t.test("any name of a database arrives as one argument", async (t) => {
  const units = ["a", "'", '"', "\\", "$", "`", ";", " ", "\n", "(", "é", "-", "%", "=", "*"];
  const name = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...units) });
  const law = fc.asyncProperty(name, async (odd) => {
    const calls = await callsOf(loadScript(manifestOf(odd)));
    const wanted = `dbname='${odd.replace(/[\\']/g, "\\$&")}'`;
    return (
      calls.length === 6 &&
      calls.slice(2).every((call) => call.includes(wanted)) &&
      calls[1]?.at(-1) === `./${segmentOf(odd)}/pre-data.dump`
    );
  });
  const check = await fc.check(law, { numRuns: 25 });
  t.notOk(check.failed, fc.defaultReportMessage(check) ?? "");
});

t.test("what a server says of itself stays in its comment", async (t) => {
  const script = loadScript(manifestOf("crm", "15.14\ntouch pwned; $(x) `y`"));
  t.notMatch(script, /^touch/m);
  t.equal((await callsOf(script)).length, 6);
});
