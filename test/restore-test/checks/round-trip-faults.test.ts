/** The round trip when an archive or a program fails midway: a fault, no result, and nothing left running. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { Fault } from "../../../src/fault.ts";
import { roundTripCheck } from "../../../src/restore-test/checks/round-trip.ts";
import { withPostgres } from "../../fixtures/postgres.ts";
import { children, until } from "../../fixtures/processes.ts";
import { run } from "../../fixtures/programs.ts";
import { chunked, faultOf, never } from "../../fixtures/store-conformance.ts";

const postgres = await withPostgres(t);
const database = await postgres.freshDatabase("crm");
await database.query(
  "CREATE TABLE t AS SELECT n, sha256(n::text::bytea) AS b FROM generate_series(1, 50000) n",
);
const dump = await promisify(execFile)(
  join(postgres.programs, "pg_dump"),
  ["--format=custom", "--compress=0", "--section=data", "crm"],
  { env: { ...process.env, ...postgres.env }, encoding: "buffer", maxBuffer: 2 ** 30 },
);
const ARCHIVE = dump.stdout;
const compressed = (archive: Buffer): Promise<Buffer> => run("zstd", ["-q", "-c"], archive);
const WHOLE = await compressed(ARCHIVE);

const check = (
  open: (signal: AbortSignal) => AsyncIterable<Buffer>,
  { programs = postgres.programs, signal = never(), name = "crm" } = {},
) => {
  const { host, port, user, password } = postgres;
  return roundTripCheck([{ name: "crm/data-01", open }]).run({
    connection: { host, port, user, password },
    programs,
    inventory: {
      name,
      encoding: "UTF8",
      collate: "C",
      ctype: "C",
      tables: [],
      largeObjects: 0,
      extensions: [],
    },
    database: name,
    snapshotAt: new Date(0),
    signal,
  });
};

/** PostgreSQL's programs, with a script in the place of one; `$real` is that one. */
async function programsWith(t: Test, name: "pg_restore" | "pg_dump", script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const program of ["pg_restore", "pg_dump"])
    if (program !== name) await symlink(join(postgres.programs, program), join(folder, program));
  await writeFile(join(folder, name), `#!/bin/sh\nreal='${join(postgres.programs, name)}'\n${script}\n`);
  await chmod(join(folder, name), 0o700);
  return folder;
}

/** What was told to end has ended a moment later. */
async function nothingLeft(t: Test): Promise<void> {
  await t.resolves(
    until("the programs to be gone", () => children(process.pid, /pg_restore|pg_dump|zstd/).length === 0),
  );
}

t.test("whole, it passes", async (t) => {
  t.match(await check(() => chunked(WHOLE)), {
    outcome: "passed",
    facts: { tables: 1, rows: 50_000 },
    problems: [],
  });
  await nothingLeft(t);
});

t.test("what the stream throws is thrown as it is, also at the very end", async (t) => {
  const damaged = new Fault("BACKUP_DAMAGED", "it has another SHA-256", "Use another.");
  for (const length of [0, 100_000, WHOLE.length]) {
    async function* broken(): AsyncGenerator<Buffer> {
      yield* chunked(WHOLE.subarray(0, length));
      throw damaged;
    }
    await t.rejects(check(broken), damaged, `after ${length} bytes`);
  }
  await nothingLeft(t);
});

t.test("an archive that ends early, in its compression or by itself, is a fault", async (t) => {
  const early = await faultOf(check(() => chunked(WHOLE.subarray(0, -10_000))));
  t.equal(early.code, "RESTORE_FAILED");
  t.match(early.message, /^(pg_restore of|zstd exited with 1 on) ?crm\/data-01/);
  for (const length of [0, 100, ARCHIVE.length / 2, ARCHIVE.length - 1]) {
    const cut = await compressed(ARCHIVE.subarray(0, length));
    t.match(await faultOf(check(() => chunked(cut))), {
      code: "RESTORE_FAILED",
      message: /^pg_restore of crm\/data-01 exited with 1: pg_restore: error: /,
    });
  }
  await nothingLeft(t);
});

t.test("a program that dies midway is a fault, although what came was well formed", async (t) => {
  const killed = await programsWith(t, "pg_restore", '"$real" "$@" | head -c 500000; kill -9 $$');
  t.match(await faultOf(check(() => chunked(WHOLE), { programs: killed })), {
    code: "RESTORE_FAILED",
    message: /^pg_restore of crm\/data-01 was ended by SIGKILL/,
  });
  const late = await programsWith(t, "pg_dump", '"$real" "$@"; echo "pg_dump: error: no more" >&2; exit 1');
  t.match(await faultOf(check(() => chunked(WHOLE), { programs: late })), {
    code: "CHECK_FAILED",
    message: "pg_dump of the restored database crm exited with 1: pg_dump: error: no more",
  });
  t.match(await faultOf(check(() => chunked(WHOLE), { programs: "/nowhere" })), {
    message: /could not be started \(ENOENT\)/,
  });
  t.match(await faultOf(check(() => chunked(WHOLE), { name: "gone" })), { code: "PG_AUTH" });
  await nothingLeft(t);
});

/** A store that says no more after the beginning. */
async function* silent(signal: AbortSignal): AsyncGenerator<Buffer> {
  yield WHOLE.subarray(0, 200_000);
  signal.throwIfAborted();
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
}

t.test("an abort ends everything, also while the store is silent", async (t) => {
  const reason = new Error("stopped by a person");
  const stop = new AbortController();
  const checking = check(silent, { signal: stop.signal });
  checking.catch(() => undefined);
  await until("both sides", () => children(process.pid, /pg_restore|pg_dump|zstd/).length === 3);
  stop.abort(reason);
  await t.rejects(checking, reason);
  await t.rejects(check(silent, { signal: AbortSignal.abort(reason) }), reason, "before it began");
  await nothingLeft(t);
});

t.test("when one side fails, the other is ended, also while the store is silent", async (t) => {
  const programs = await programsWith(t, "pg_dump", "exit 1");
  t.match(await faultOf(check(silent, { programs })), { code: "CHECK_FAILED" });
  const deaf = await programsWith(t, "pg_restore", "exit 1");
  t.match(await faultOf(check(silent, { programs: deaf })), { code: "RESTORE_FAILED" });
  await nothingLeft(t);
});
