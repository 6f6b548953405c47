/** A scratch disk that runs full in the middle: the next run is fine. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { drillHost } from "../fixtures/drill-host.ts";
import { processes, until } from "../fixtures/processes.ts";

const tested = await drillHost(t);
const { host, folder, source } = tested;
const scratch = join(folder, "scratch");
const crm = await source.freshDatabase("crm");
await crm.query(
  "CREATE TABLE deals AS SELECT n, md5(n::text) || md5((n * 7)::text) AS body FROM generate_series(1, 20000) n",
);

interface Report {
  findings: { code: string; what: string }[];
}

/** Reads of an object from the nth on are so slow that there is time to do something. */
function slowly(t: Test, keyIncludes: string, nth: number): void {
  const how = { bytesPerSecond: 150_000 };
  const fault = host.s3.fail({ on: { operation: "GetObject", keyIncludes, nth }, how });
  t.teardown(() => fault.cancel());
}

t.test("a scratch disk that is full in the middle", async (t) => {
  const ways = [limited, ...(mounted(t) ? [filled] : [])];
  for (const way of ways) {
    const ended = await way(t);
    const found = (ended["drills"] as { report: Report }[])[0]?.report.findings ?? [];
    t.match(
      found[0],
      { code: "SCRATCH_FULL", what: /the scratch folder \S+ ran full: .*(crm|scratch)/ },
      way.name,
    );
    t.strictSame([...new Set(found.map(({ code }) => code))], ["SCRATCH_FULL"]);
  }
});

const small = join(folder, "small");

/** Whether this machine lets us have a file system of our own; where it does not, there is still the other way. */
function mounted(t: Test): boolean {
  try {
    execFileSync("mkdir", ["-p", small]);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=700m,mode=711", "lakat-test", small], {
      stdio: "ignore",
    });
    t.teardown(() => void execFileSync("umount", ["-l", small]));
    return true;
  } catch {
    return false;
  }
}

/** Somebody else fills the file system while rows are loaded. */
async function filled(t: Test): Promise<Record<string, unknown>> {
  slowly(t, "crm/data-01", 2);
  const running = tested.drill(["--again"], { change: (config) => (config.scratch["directory"] = small) });
  await until("the scratch server", async () => (await readdir(small)).length > 0);
  await until("rows", () => processes().some(({ command }) => /postgres: .*crm.*COPY/.test(command)));
  const { bavail, bsize } = await statfs(small);
  execFileSync("fallocate", ["-l", String(bavail * bsize), join(small, "others")]);
  const ran = await running;
  t.strictSame(await readdir(small), ["others"], "the scratch server is gone");
  return ran.json;
}

/** No file of the run may grow beyond 17 MB: enough for the write-ahead log, too little for the table. */
async function limited(t: Test): Promise<Record<string, unknown>> {
  await crm.query(`CREATE TABLE wide (body text); ALTER TABLE wide ALTER body SET STORAGE EXTERNAL;
    INSERT INTO wide SELECT repeat('x', 1000000) FROM generate_series(1, 24)`);
  await tested.backup();
  await crm.query("DROP TABLE wide");
  const [own, config] = [join(folder, "own"), await tested.writeConfig()];
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "limit.sh"), 'ulimit -f 34000; exec "$@"\n');
  const run = await host.spawn(["drill", "run", "--json"], {
    as: "tester",
    config,
    under: ["sh", join(own, "limit.sh")],
  });
  const ended = await run.ended;
  t.equal(ended.exit, 1, ended.stderr);
  t.strictSame(await readdir(scratch), []);
  await tested.backup();
  const next = await tested.drill();
  t.equal(next.exit, 0, next.stderr);
  return ended.json;
}
