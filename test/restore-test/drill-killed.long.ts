/** What ends a restore test in the middle: a dead `lakat`. The next run is fine. */
import { readdir } from "node:fs/promises";
import t from "tap";
import { breakableDrill } from "../fixtures/breakable-drill.ts";
import { processes } from "../fixtures/processes.ts";

const { tested, scratch, report, thenFine, slowly, serverDoing } = await breakableDrill(t);
const { host } = tested;

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
    { exit: 3, stderr: /DRILL_RUNNING: another drill is running on this host. See how that one ends;/ },
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
