/** Nothing readable touches the backup host's disk, and nothing secret is said or shown. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { backupHost, type HostConfig } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { processes, until } from "../fixtures/processes.ts";
import { run } from "../fixtures/programs.ts";

const MARKER = "Krumplis-pogácsa-is-a-secret";
const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const crm = await postgres.freshDatabase("crm");
await crm.query(`
  CREATE TABLE large AS SELECT n, md5(n::text) || '${MARKER}' || md5((n * 7)::text) || md5((n * 13)::text) AS body
  FROM generate_series(1, 60000) n;
  CREATE TABLE "${MARKER} in a name" AS SELECT '${MARKER}'::text AS body;
  SELECT lo_from_bytea(0, '${MARKER}')`);
const bucketOnly = (config: HostConfig): void => {
  config.postgres["only"] = ["crm"];
  config.destinations.pop();
};

/** Regular files that a process has open for writing now. */
function openForWriting(pid: number): string[] {
  let open: string[];
  try {
    open = readdirSync(`/proc/${pid}/fd`);
  } catch {
    // A stream that has just ended is no longer there to be looked at.
    return [];
  }
  return open.flatMap((fd) => {
    try {
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
      if ((Number.parseInt(flags, 8) & 3) === 0) return [];
      return statSync(`/proc/${pid}/fd/${fd}`).isFile() ? [readlinkSync(`/proc/${pid}/fd/${fd}`)] : [];
    } catch {
      return [];
    }
  });
}

/** Files below `folder` that hold a text, as bytes of UTF-8. */
function holding(folder: string, text: string): string[] {
  const needle = Buffer.from(text);
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && readFileSync(path).includes(needle) ? [path] : [];
  });
}

function saysNothing(t: Test, text: string): void {
  for (const secret of [...host.secrets, MARKER, "AGE-SECRET-KEY", "PRIVATE KEY"])
    t.notOk(text.includes(secret), `says nothing of ${secret === MARKER ? "a row" : "a secret"}`);
}

t.test("the dump is where the test looks for it", async (t) => {
  const dump = await run("bash", ["-c", `${postgres.programs}/pg_dump '${crm.uri}' | grep -c '${MARKER}'`]);
  t.ok(Number(dump.toString()) > 60_000);
});

t.test("held midway: nothing but the journal is open for writing, and no argument is secret", async (t) => {
  const fault = host.s3.fail({
    on: { operation: "UploadPart", keyIncludes: "data-" },
    times: 4,
    how: { stall: "upload" },
  });
  const run = await host.spawn(["backup", "run", "--json"], {
    change: bucketOnly,
    env: { LAKAT_LOG: "debug" },
  });
  await until("the store to stall", () => fault.hits === 4);
  const running = processes().filter(({ session }) => session === run.pid);
  t.ok(
    running.some(({ command }) => /pg_dump/.test(command)) &&
      running.some(({ command }) => /zstd/.test(command)),
  );
  for (const { pid, command } of running) {
    const journal = pid === run.pid ? [join(host.folder, "state", "crm.uploads")] : [];
    t.strictSame(openForWriting(pid), journal, command.slice(0, 40));
    for (const secret of host.secrets) t.notOk(command.includes(secret));
  }
  t.strictSame(holding(host.folder, MARKER), []);
  process.kill(run.pid, "SIGTERM");
  const { stdout, stderr } = await run.ended;
  t.match(stderr, /"phase":"dump"/);
  saysNothing(t, stdout + stderr);
  t.strictSame(holding(host.folder, MARKER), []);
  t.strictSame(readdirSync(join(host.folder, "tmp")), [], "no temporary file");
});

const strace = existsSync("/usr/bin/strace") && traces();

function traces(): boolean {
  try {
    execFileSync("strace", ["-f", "-o", "/dev/null", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

t.test(
  "every file that is opened for writing, by any process of the run",
  { skip: !strace && "this needs the strace program and the right to trace" },
  async (t) => {
    await host.reset();
    const log = join(host.folder, "strace.log");
    const config = await host.writeConfig((c) => (c.postgres["only"] = ["crm"]));
    const calls = "trace=open,openat,openat2,creat,rename,renameat,renameat2,link,linkat,mknod,mknodat";
    const ended = await (
      await host.spawn(["backup", "run", "--json"], {
        config,
        // Node's own cache of compiled code.
        env: { NODE_COMPILE_CACHE: "" },
        under: ["strace", "-f", "-qq", "-s", "4096", "-e", calls, "-o", log],
      })
    ).ended;
    t.equal(ended.exit, 0, ended.stderr);
    const written = (await readFile(log, "utf8"))
      .split("\n")
      .filter((line) => !/ = -1 E/.test(line))
      .flatMap((line) => {
        const call = /(?:open|openat|openat2|creat)\((?:AT_FDCWD, )?"((?:[^"\\]|\\.)*)", ([^)]*)/.exec(line);
        const writes = call !== null && /O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE/.test(call[2] ?? "");
        return writes ? [call[1] ?? ""] : [];
      });
    const state = join(host.folder, "state");
    const local = join(host.folder, "local");
    t.ok(written.some((path) => path === join(state, "crm.uploads")));
    t.ok(
      written.some((path) => path.startsWith(`${local}/crm/`) && path.includes("/.lakat-")),
      "the sealed parts of the second copy are seen",
    );
    const expected = [
      `${state}/`,
      `${local}/`,
      "/dev/null",
      "/dev/tty",
      // What the test runner notes of every process it begins.
      new URL("../../.tap/processinfo/", import.meta.url).pathname,
    ];
    const others = written.filter((path) => !expected.some((start) => path.startsWith(start)));
    t.strictSame([...new Set(others)], [], "and nothing else");
    t.strictSame(holding(state, MARKER), []);
    t.strictSame(holding(local, MARKER), []);
    saysNothing(t, ended.stdout + ended.stderr);
  },
);

t.test("a run that fails says nothing either", async (t) => {
  const cases = [
    { env: { S3_SECRET: `${host.secrets[0] ?? ""}x` } },
    { change: (c: HostConfig): void => (bucketOnly(c), void (c.postgres["user"] = "nobody")) },
    { change: (c: HostConfig): void => (bucketOnly(c), void (c.postgres["database"] = "nowhere")) },
  ];
  for (const options of cases) {
    const ran = await host.backup({
      change: bucketOnly,
      ...options,
      env: { LAKAT_LOG: "debug", ...options.env },
    });
    t.equal(ran.exit, 1);
    saysNothing(t, ran.stdout + ran.stderr);
  }
});
