/** What ends a restore test in the middle: a dead `lakat`. The next run is fine. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { drillHost } from "../fixtures/drill-host.ts";
import { processes, until, type Process } from "../fixtures/processes.ts";

const tested = await drillHost(t);
const { host, folder, source } = tested;
const scratch = join(folder, "scratch");
const crm = await source.freshDatabase("crm");
await crm.query(
  `CREATE TABLE deals AS SELECT n, md5(n::text) || md5((n * 7)::text) AS body FROM generate_series(1, 20000) n`,
);
await (await source.freshDatabase("hr")).query("CREATE TABLE staff AS SELECT generate_series(1, 5) AS id");

interface Report {
  verdict: string;
  findings: { code: string; what: string; todo: string }[];
  steps: { name: string; outcome: string }[];
  checks: { name: string; outcome: string; database?: string; why?: string }[];
  backup?: { id: string };
}
type Ran = Awaited<ReturnType<typeof tested.drill>>;
const report = (ran: Ran): Report => tested.reportOf(ran) as unknown as Report;

/** The same backup again, whole; nothing is left of what was before. */
async function thenFine(t: Test, backupId: string): Promise<void> {
  t.strictSame(await readdir(scratch), [], "the scratch server is gone");
  const ran = await tested.drill();
  t.equal(ran.exit, 0, ran.stderr);
  t.equal(report(ran).backup?.id, backupId, "the same backup is due again");
  t.strictSame(await readdir(scratch), []);
}

/** Reads of an object from the nth on are so slow that there is time to do something. */
function slowly(t: Test, keyIncludes: string, nth: number): void {
  const how = { bytesPerSecond: 150_000 };
  const fault = host.s3.fail({ on: { operation: "GetObject", keyIncludes, nth }, how });
  t.teardown(() => fault.cancel());
}

/** A process of the scratch server whose title says that it does this. */
async function serverDoing(what: RegExp): Promise<Process> {
  let found: Process | undefined;
  await until(`a server process: ${what}`, async () => {
    const [own] = await readdir(scratch);
    if (own === undefined) return false;
    const pid = await readFile(join(scratch, own, "data", "postmaster.pid"), "utf8").catch(() => "");
    found = processes().find((one) => String(one.parent) === pid.split("\n")[0] && what.test(one.command));
    return found !== undefined;
  });
  if (found === undefined) throw new Error("not found");
  return found;
}

t.test("SIGTERM ends it: nothing is reported, nothing is left", async (t) => {
  const backupId = await tested.backup();
  slowly(t, "crm/data-01", 2);
  const before = host.inBucket();
  const run = await host.spawn(["drill", "run", "--json"], {
    as: "tester",
    config: await tested.writeConfig(),
  });
  await serverDoing(/crm.*COPY/);
  process.kill(run.pid, "SIGTERM");
  const ended = await run.ended;
  t.match(ended, { exit: 1, signal: null, json: { code: "INTERRUPTED" } }, ended.stderr);
  t.strictSame(host.inBucket(), before, "nothing is reported");
  await thenFine(t, backupId);
});

t.test("SIGKILL: the next run ends what was left and does the work", async (t) => {
  const newer = await tested.backup();
  slowly(t, "crm/data-01", 2);
  const config = await tested.writeConfig();
  const run = await host.spawn(["drill", "run", "--json"], { as: "tester", config });
  const { pid, parent } = await serverDoing(/crm.*COPY/);

  const second = await tested.drill();
  t.match(
    second,
    { exit: 3, stderr: /DRILL_RUNNING: another drill is running on this host/ },
    "one at a time",
  );

  process.kill(run.pid, "SIGKILL");
  await run.ended;
  t.ok(
    processes().some((one) => one.pid === parent),
    "its server runs on",
  );
  const ran = await tested.drill();
  t.equal(ran.exit, 0, ran.stderr);
  t.equal(report(ran).backup?.id, newer);
  t.notOk(processes().some((one) => one.pid === pid || one.pid === parent));
  t.strictSame(await readdir(scratch), []);
  const verdicts = host.inBucket().filter((key) => key.endsWith("/verdict.json"));
  t.equal(new Set(verdicts).size, verdicts.length, "nothing is stored twice");
});
