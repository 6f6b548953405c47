/** What ends a restore test in the middle: a dead server. The next run is fine. */
import t from "tap";
import { breakableDrill } from "../fixtures/breakable-drill.ts";
import type { Process } from "../fixtures/processes.ts";

const { tested, crm, report, thenFine, slowly, serverDoing } = await breakableDrill(t);
type Ran = Awaited<ReturnType<typeof tested.drill>>;
const codes = (ran: Ran): string[] => [...new Set(report(ran).findings.map(({ code }) => code))];

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
