/** `lakat drill sabotage` as the weekly timer runs it: from the bucket, with a key that may only read. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { lockHost } from "../../src/commands/host-lock.ts";
import { drillHost } from "../fixtures/drill-host.ts";

const tested = await drillHost(t);
const { source, folder, host } = tested;
const crm = await source.freshDatabase("crm");
await crm.query(`CREATE TABLE deals (id int PRIMARY KEY, worth numeric, note text);
  INSERT INTO deals SELECT n, n * 1.5, md5(n::text) FROM generate_series(1, 2000) n`);
const scratch = (): Promise<string[]> => readdir(join(folder, "scratch"));

interface Made {
  sabotage: {
    page: string;
    report: {
      id: string;
      verdict: string;
      backup: string;
      cases: { name: string; outcome: string; found: string[]; why?: string }[];
      findings: { code: string; what: string }[];
      leftOut?: { name: string; why: string }[];
    };
  }[];
}

t.test("nothing that passed: a finding, and no report", async (t) => {
  const ran = await tested.run(["drill", "sabotage"]);
  t.equal(ran.exit, 3, ran.stderr);
  t.match(ran.stderr, /SABOTAGE_OVERDUE: the alarm could not be tested with crm: no backup of it has passed/);
  t.match(ran.stdout, /the alarm was not tested/);
  t.equal((await tested.run(["drill", "sabotage", "--cluster", "hr"])).exit, 2);
});

t.test("all is caught, the report is kept, and of the store only reports are written", async (t) => {
  const backupId = await tested.backup();
  const drilled = await tested.drill();
  t.equal(drilled.exit, 0, drilled.stderr);
  host.s3.requests.length = 0;
  const ran = await tested.run(["drill", "sabotage", "--json"]);
  t.equal(ran.exit, 0, ran.stderr);
  const [made] = (ran.json as unknown as Made).sabotage;
  t.match(made?.report, { verdict: "passed", findings: [], backup: backupId });
  t.strictSame(
    made?.report.cases.filter(({ outcome }) => outcome !== "passed"),
    [],
  );
  t.equal(made?.report.cases.length, 17);
  t.match(made?.report.leftOut, [
    { name: "the canary missing", why: /no canary is configured/ },
    { name: "an earlier backup shipped as a new one" },
  ]);
  const writes = host.s3.requests.filter(({ method }) => !["GET", "HEAD"].includes(method));
  t.ok(writes.length > 0, "the report");
  t.strictSame(
    writes.filter(({ key }) => !key.startsWith("lakat/reports/")),
    [],
  );
  t.strictSame(await scratch(), []);
  const shown = await tested.run(["drill", "show", made?.report.id ?? ""]);
  t.equal(shown.exit, 0, shown.stderr);
  t.match(shown.stdout, /an index corrupted/);

  const daily = await tested.run(["report", "daily", "--json"]);
  t.match(daily.json["sabotage"], { report: made?.report.id, missed: 0, cases: 17 });
});

t.test("a case that is missed fails the run, and the report says which", async (t) => {
  const ran = await tested.run(["drill", "sabotage", "--json"], {
    change: (config) => {
      // A server that cannot start: nothing is restored, so the unbroken copy is red.
      config.scratch["settings"] = { shared_buffers: "nonsense" };
    },
  });
  t.equal(ran.exit, 1);
  t.match(ran.stderr, /SABOTAGE_MISSED: crm: the copy unbroken: it is as good as the backup.*PG_FAILED/);
  const [made] = (ran.json as unknown as Made).sabotage;
  t.equal(made?.report.verdict, "failed");
  t.match(
    made?.report.cases.filter(({ outcome }) => outcome === "failed").map(({ name }) => name),
    ["the copy unbroken", "a table emptied", "one value changed in one row", "an index corrupted"],
  );
});

t.test("one at a time, and not without a day key", async (t) => {
  const release = await lockHost("drill", join(folder, "state"));
  const second = await tested.run(["drill", "sabotage"]);
  t.equal(second.exit, 3);
  t.match(second.stderr, /DRILL_RUNNING/);
  await release();
  const ran = await tested.run(["drill", "sabotage"], {
    change: (config) => (config["day_keys"] = { directory: join(folder, "none"), ahead: 5 }),
  });
  t.equal(ran.exit, 3);
  t.match(ran.stderr, /SABOTAGE_OVERDUE: .*holds the day key of none of its backups that passed/);
  t.strictSame(await scratch(), []);
});
