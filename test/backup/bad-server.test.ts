/** PostgreSQL servers that are not there, refuse, break, or stand still. */
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import t, { type Test } from "tap";
import { backupHost, type BackupHost, type Ran, type RunOptions } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { children, until } from "../fixtures/processes.ts";

const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const crm = await postgres.freshDatabase("crm");
await crm.query(`
  CREATE TABLE large AS SELECT n, md5(n::text) || md5((n * 7)::text) || md5((n * 13)::text) AS body FROM generate_series(1, 120000) n;
  CREATE TABLE small AS SELECT 1 AS n`);
/** The stream that `large` is dumped in. */
const LARGE = "crm/data-01.dump.zst.age";

const onlyCrm =
  (more: (config: Parameters<NonNullable<RunOptions["change"]>>[0]) => void = () => undefined) =>
  (config: Parameters<NonNullable<RunOptions["change"]>>[0]): void => {
    config.postgres["only"] = ["crm"];
    more(config);
  };

/** No manifest anywhere, and nothing begun is left. */
async function nothingLeft(t: Test): Promise<void> {
  const keys = [...host.inBucket(), ...(await host.inFolder())];
  t.notOk(
    keys.some((key) => key.endsWith("manifest.json")),
    "no manifest",
  );
  t.equal(host.s3.bucket("backups").uploads.size, 0, "no open upload");
  t.strictSame(
    (await host.inFolder()).filter((key) => key !== "crm/probe"),
    [],
    "nothing in the folder",
  );
  // They are told to end, and the run does not wait for them to do it.
  await until("the dumpers to be gone", () => children(process.pid, /pg_dump|zstd/).length === 0);
}

/** Runs until the stream of `large` is held up in the store, then does something, and lets it go on. */
async function midway(
  host: BackupHost,
  change: NonNullable<RunOptions["change"]>,
  deed: () => Promise<void> | void,
): Promise<Ran> {
  await host.reset();
  const { promise: heldUntil, resolve: goOn } = Promise.withResolvers<undefined>();
  const fault = host.s3.fail({
    on: { operation: "UploadPart", keyIncludes: LARGE },
    // As many parts as are under way at once.
    times: 4,
    how: { heldUntil },
  });
  const running = host.backup({ change });
  await Promise.race([until("the store to stall", () => fault.hits === 4), running]);
  await deed();
  goOn(undefined);
  return running;
}

t.test("unreachable", async (t) => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ port: 1 }, /cannot reach PostgreSQL at 127\.0\.0\.1:1 as postgres.*ECONNREFUSED/],
    [{ host: "/nowhere" }, /cannot reach PostgreSQL at \/nowhere \(port \d+\)/],
    [{ host: "nowhere.invalid", sslmode: "disable" }, /cannot reach PostgreSQL at nowhere\.invalid/],
  ];
  for (const [changes, what] of cases) {
    const ran = await host.backup({ change: ({ postgres }) => Object.assign(postgres, changes) });
    t.match(ran, { exit: 1, json: { code: "PG_UNREACHABLE", what, todo: /Start the server/ } });
  }
  t.equal(host.s3.requests.length, 0, "the store is not even asked");
});

t.test("a refused sign-in", async (t) => {
  const wrong = "not the password";
  for (const changes of [{ password: { env: "PASSWORD" } }, { user: "nobody" }, { database: "nowhere" }]) {
    const ran = await host.backup({
      env: { PASSWORD: wrong },
      change: ({ postgres }) => Object.assign(postgres, changes),
    });
    t.match(ran, { exit: 1, json: { code: "PG_AUTH", what: /refused the sign-in/, todo: /pg_hba\.conf/ } });
    t.notMatch(ran.stdout + ran.stderr, new RegExp(`${wrong}|${postgres.password}`));
  }
});

t.test("TLS is demanded of any other machine", async (t) => {
  const ran = await host.backup({ change: ({ postgres }) => (postgres["sslmode"] = "verify-full") });
  t.match(ran, { exit: 1, json: { what: /does not support SSL/ } });
});

t.test("programs older than the server, or none", async (t) => {
  const programs = join(host.folder, "programs");
  await mkdir(programs);
  for (const name of ["pg_dumpall", "pg_restore", "psql"])
    await symlink(join(postgres.programs, name), join(programs, name));
  await writeFile(
    join(programs, "pg_dump"),
    '#!/bin/sh\necho "pg_dump (PostgreSQL) 14.20 (Debian 14.20-1)"\n',
  );
  await chmod(join(programs, "pg_dump"), 0o755);
  const change = (folder: string) => onlyCrm(({ postgres }) => (postgres["programs"] = folder));
  t.match(await host.backup({ change: change(programs) }), {
    exit: 2,
    json: {
      code: "PG_DUMP_TOO_OLD",
      what: "the server is PostgreSQL 15, pg_dump is only 14",
      todo: /Install postgresql-client-15/,
    },
  });
  t.match(await host.backup({ change: change("/nowhere") }), {
    exit: 2,
    json: { code: "PROGRAM_MISSING", what: "pg_dump was not found in /nowhere" },
  });
});

t.test("a database that is not there is named", async (t) => {
  const ran = await host.backup({ change: ({ postgres }) => (postgres["only"] = ["crm", "crn"]) });
  t.match(ran, { exit: 2, json: { code: "CONFIG_INVALID", what: "the server has no database crn" } });
});

t.test("pg_dump killed midway", async (t) => {
  const kill = (): void => {
    const [dump] = children(process.pid, /pg_dump .*--table=/);
    if (dump === undefined) throw new Error("no dumper of its own stream");
    process.kill(dump.pid, "SIGKILL");
  };
  await t.test("is started again while the snapshot is held", async (t) => {
    const ran = await midway(host, onlyCrm(), kill);
    t.equal(ran.exit, 0, ran.stderr);
    t.match(ran.stderr, /"code":"DUMP_FAILED".*is started again/);
    t.match(await host.run(["backup", "verify", "--json"], { as: "reader" }), { exit: 0 });
    t.equal(host.s3.bucket("backups").uploads.size, 0, "the first upload is aborted");
  });
  await t.test("fails the run when there is no further attempt", async (t) => {
    const ran = await midway(
      host,
      onlyCrm((config) => (config["attempts"] = 1)),
      kill,
    );
    t.match(ran, {
      exit: 1,
      json: { code: "DUMP_FAILED", what: /pg_dump of crm\/data-01 was ended by SIGKILL/ },
    });
    await nothingLeft(t);
  });
});

t.test("zstd killed midway", async (t) => {
  const ran = await midway(
    host,
    onlyCrm((config) => (config["attempts"] = 1)),
    () => {
      for (const { pid } of children(process.pid, /^zstd /)) process.kill(pid, "SIGKILL");
    },
  );
  t.match(ran, { exit: 1, json: { code: "COMPRESS_FAILED", what: /zstd was ended by SIGKILL/ } });
  await nothingLeft(t);
});

t.test("a session cut midway", async (t) => {
  const cut = (where: string) => async (): Promise<void> => {
    const { rowCount } = await crm.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${where}`,
    );
    if (rowCount !== 1) throw new Error(`${String(rowCount)} sessions to cut`);
  };
  const cases = {
    "the one that holds the snapshot": "query LIKE '%pg_export_snapshot%'",
    "the one that holds the lock of the run": "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')",
  };
  for (const [name, where] of Object.entries(cases))
    await t.test(name, async (t) => {
      const ran = await midway(host, onlyCrm(), cut(where));
      t.match(ran, {
        exit: 1,
        json: { code: "PG_CONNECTION_LOST", what: /^the connection to PostgreSQL at/ },
      });
      await nothingLeft(t);
    });
  await t.test("pg_dump's own: the stream is started again", async (t) => {
    await host.reset();
    const programs = join(host.folder, "cut");
    await mkdir(programs);
    for (const name of ["pg_dumpall", "pg_restore", "psql"])
      await symlink(join(postgres.programs, name), join(programs, name));
    const real = join(postgres.programs, "pg_dump");
    const script = `#!/bin/sh
      case "$*" in *--table=*) mkdir ${programs}/once 2>/dev/null && {
        ${real} "$@" | head -c 500000
        echo "pg_dump: error: Dumping the contents of table \\"large\\" failed: PQgetResult() failed." >&2
        echo "pg_dump: detail: Error message from server: FATAL:  terminating connection due to administrator command" >&2
        exit 1; } ;; esac
      exec ${real} "$@"`;
    await writeFile(join(programs, "pg_dump"), script, { mode: 0o755 });
    const ran = await host.backup({ change: onlyCrm(({ postgres }) => (postgres["programs"] = programs)) });
    t.equal(ran.exit, 0, ran.stderr);
    t.match(ran.stderr, /"code":"PG_CONNECTION_LOST".*is started again/);
    t.match(await host.run(["backup", "verify", "--json"], { as: "reader" }), { exit: 0 });
  });
});

t.test("a second run while one is under way", async (t) => {
  let second: Ran | undefined;
  let other: Ran | undefined;
  const first = await midway(
    host,
    onlyCrm((config) => (config["attempts"] = 2)),
    async () => {
      second = await host.backup({ change: onlyCrm() });
      other = await host.backup({ change: onlyCrm((config) => (config["cluster"] = "other")) });
      for (const { pid } of children(process.pid, /pg_dump .*--table=/)) process.kill(pid, "SIGKILL");
    },
  );
  t.match(second, {
    exit: 3,
    json: { ok: false, code: "BACKUP_RUNNING", what: "another backup of crm is running" },
  });
  t.equal(other?.exit, 0, "that of another cluster is nobody's business");
  t.equal(first.exit, 0, "and the first is not disturbed");
  t.equal(host.inBucket().filter((key) => key.endsWith("manifest.json")).length, 2);
});

t.test("a time limit ends everything", async (t) => {
  const ran = await midway(
    host,
    onlyCrm((config) => (config["time_limit"] = "2s")),
    () => until("the time to be over", () => children(process.pid, /pg_dump|zstd/).length === 0),
  );
  t.match(ran, {
    exit: 1,
    json: { code: "TIME_LIMIT", what: /^the backup took longer than 2/, todo: /Raise time_limit/ },
  });
  await nothingLeft(t);
});

t.test("a table that somebody else has locked", async (t) => {
  const locked = async (t: Test): Promise<() => Promise<void>> => {
    const client = new pg.Client({ ...connection(), database: "crm" });
    await client.connect();
    t.teardown(() => client.end());
    await client.query("BEGIN; ALTER TABLE small ADD COLUMN m int");
    return async () => {
      await client.query("ROLLBACK");
    };
  };
  await t.test("fails the run after a while, with a word on what to look for", async (t) => {
    await host.reset();
    await locked(t);
    const ran = await host.backup({ change: onlyCrm(({ postgres }) => (postgres["lock_wait"] = "1s")) });
    t.match(ran, { exit: 1, json: { what: /lock timeout/, todo: /pg_locks.*postgres\.lock_wait/ } });
    await nothingLeft(t);
  });
  await t.test("is waited for", async (t) => {
    await host.reset();
    const unlock = await locked(t);
    const running = host.backup({ change: onlyCrm() });
    await until("the run to wait", async () => (await waiting()) > 0);
    await unlock();
    const ran = await running;
    t.equal(ran.exit, 0, ran.stderr);
  });
  await t.test("holds up no time limit and no signal", async (t) => {
    await locked(t);
    const limited = await host.backup({ change: onlyCrm((config) => (config["time_limit"] = "1s")) });
    t.match(limited, { exit: 1, json: { code: "TIME_LIMIT" } });
    const stop = new AbortController();
    const running = host.backup({ change: onlyCrm(), signal: stop.signal });
    await until("the run to wait", async () => (await waiting()) > 0);
    const { Fault } = await import("../../src/fault.ts");
    stop.abort(new Fault("INTERRUPTED", "stopped", "Nothing."));
    t.match(await running, { exit: 1, json: { code: "INTERRUPTED" } });
  });
});

async function waiting(): Promise<number> {
  const { rowCount } = await postgres.database("postgres").query("SELECT FROM pg_locks WHERE NOT granted");
  return rowCount ?? 0;
}

function connection(): pg.ClientConfig {
  const { host, port, user, password } = postgres;
  return { host, port, user, password };
}
