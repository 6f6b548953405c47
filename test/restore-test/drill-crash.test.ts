/** What ends a restore test in the middle: a dead server. The next run is fine. */
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
const codes = (ran: Ran): string[] => [...new Set(report(ran).findings.map(({ code }) => code))];

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

for (const [whose, which] of [
  ["a session", ({ pid }: Process) => pid],
  ["the server", ({ parent }: Process) => parent],
] as const)
  t.test(`${whose} is killed while rows are loaded`, async (t) => {
    const backupId = await tested.backup();
    slowly(t, "crm/data-01", 2);
    const running = tested.drill();
    process.kill(which(await serverDoing(/crm.*COPY/)), "SIGKILL");
    const ran = await running;
    t.equal(ran.exit, 1);
    t.strictSame(codes(ran), ["PG_CONNECTION_LOST"]);
    const [finding] = report(ran).findings;
    t.match(
      finding?.what,
      /scratch server broke off while database crm was restored: (LOG: .*signal 9|it does not answer)/,
    );
    t.match(finding?.todo, /run the restore test again/);
    const checked = new Set(report(ran).checks.map(({ database }) => database));
    t.equal(checked.has("hr"), whose === "a session", "what can still be restored is");
    await thenFine(t, backupId);
  });

t.test("a session is killed while an index is built", async (t) => {
  await crm.query(`CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_catalog.pg_sleep(0.2); RETURN n; END';
  CREATE TABLE few AS SELECT generate_series(1, 5) AS n; CREATE INDEX ON few (slow(n))`);
  const backupId = await tested.backup();
  const running = tested.drill();
  process.kill((await serverDoing(/crm.*CREATE INDEX/)).pid, "SIGKILL");
  const ran = await running;
  t.strictSame(codes(ran), ["PG_CONNECTION_LOST"], ran.stderr);
  await thenFine(t, backupId);
});

t.test("the server is killed during the checks", async (t) => {
  const kill = ["sh", "-c", 'kill -9 $(head -n 1 "$PGHOST/../data/postmaster.pid")'];
  const ran = await tested.drill(["--again"], {
    change: (config) => {
      config.clusters[0] = {
        name: "crm",
        databases: [{ name: "crm", commands: [{ name: "murder", run: kill }] }],
      };
    },
  });
  t.ok(codes(ran).includes("PG_CONNECTION_LOST"), ran.stderr);
  const { checks, steps } = report(ran);
  t.ok(
    checks.some(({ name, outcome }) => name === "rows" && outcome === "passed"),
    "what was checked before stands",
  );
  t.match(
    checks.find(({ database, name }) => database === "hr" && name === "round-trip"),
    { outcome: "skipped", why: "the scratch server is gone" },
  );
  t.match(steps.at(-1), { name: "destroy", outcome: "passed" });
});
