/** `lakat drill run` as the nightly timer and a person run it. */
import { execFile } from "node:child_process";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { newBackupKey } from "../../src/seal/age.ts";
import { objectsOf } from "../fixtures/backup-host.ts";
import { drillHost } from "../fixtures/drill-host.ts";

const tested = await drillHost(t, { realInitdb: true });
const { source, folder, host } = tested;
const crm = await source.freshDatabase("crm");
await crm.query(`CREATE TABLE deals (id int PRIMARY KEY, worth numeric, changed timestamptz DEFAULT now());
  INSERT INTO deals SELECT n, n * 1.5 FROM generate_series(1, 2000) n`);

const run = promisify(execFile);

interface Report {
  id: string;
  verdict: string;
  findings: { code: string; what: string }[];
  steps: { name: string; outcome: string; seconds: number }[];
  checks: { name: string; outcome: string; database?: string; subject?: string }[];
  previous?: { id: string };
  backup?: { id: string };
}
const report = (ran: Parameters<typeof tested.reportOf>[0]): Report =>
  tested.reportOf(ran) as unknown as Report;

t.test("the newest backup is tested once, and reported", async (t) => {
  const backupId = await tested.backup();
  const first = await tested.drill();
  const made = report(first);
  t.equal(first.exit, 0, first.stderr);
  t.match(made, { verdict: "passed", findings: [], backup: { id: backupId } });
  t.ok(made.steps.every(({ outcome }) => outcome === "passed"));
  t.ok(made.checks.length >= 10, "sensible checks are on by default");

  const again = await tested.run(["drill", "run"]);
  t.equal(again.exit, 0, again.stderr);
  t.match(again.stdout, /nothing was due/);

  const newer = await tested.backup();
  const second = report(await tested.drill());
  t.equal(second.backup?.id, newer);
  t.equal(second.previous?.id, made.id, "chained to the one before");

  const named = report(await tested.drill([backupId.slice(0, 20)]));
  t.equal(named.backup?.id, backupId, "an old one by its id");

  const kept = host.inBucket().filter((key) => key.startsWith("reports/drill/crm/"));
  t.equal(kept.length, 9, "three objects for each report");
  t.strictSame(await readdir(join(folder, "scratch")), []);
  t.equal(objectsOf(host.inBucket(), backupId).filter((name) => name === "manifest.json").length, 1);
});

t.test("a person at a terminal reads what happened", async (t) => {
  await tested.backup();
  const ran = await tested.run(["drill", "run", "--cluster", "crm"]);
  t.equal(ran.exit, 0, ran.stderr);
  t.match(ran.stdout, /crm/);
  t.match(ran.stdout, /page: \/.*\.html/);
  const page = /page: (\/.*\.html)/.exec(ran.stdout)?.[1] ?? "";
  t.match(await readFile(page, "utf8"), /^<!doctype html>/i);
});

t.test("checks of the operator's own", async (t) => {
  await tested.backup();
  const ran = await tested.drill([], {
    change: (config) => {
      config.clusters[0] = {
        name: "crm",
        databases: [
          {
            name: "crm",
            freshness: [{ table: "public.deals", column: "changed", younger_than: "1d" }],
            assertions: [
              { name: "deals", sql: "SELECT count(*) FROM public.deals", equals: 2000 },
              { name: "none-free", sql: "SELECT * FROM public.deals WHERE worth <= 0", no_rows: true },
              { name: "wrong", sql: "SELECT count(*) FROM public.deals", at_most: 1 },
            ],
            commands: [{ name: "smoke", run: ["sh", "-c", 'test "$PGDATABASE" = crm'] }],
          },
        ],
      };
    },
  });
  t.equal(ran.exit, 1, "one is wrong");
  const made = report(ran);
  t.strictSame(
    made.findings.map(({ code }) => code),
    ["ASSERTION_FAILED"],
  );
  const own = made.checks.filter(({ name }) => /freshness|assertion|command/.test(name));
  t.strictSame(
    own.map(({ outcome }) => outcome),
    ["passed", "passed", "passed", "failed", "passed"],
  );
  t.match(ran.stderr, /DRILL_FAILED: the restore test of crm, backup \S+ is red: ASSERTION_FAILED/);
});

t.test("a database that the configuration expects and the backup lacks is red", async (t) => {
  const ran = await tested.drill(["--again"], {
    change: (config) => {
      config.clusters[0] = { name: "crm", canary: "ledger", databases: [{ name: "billing" }] };
    },
  });
  t.equal(ran.exit, 1);
  const next = await tested.run(["drill", "run"]);
  t.match(
    next.stdout,
    /^nothing was due\ncrm: \S+ was tested and FAILED \(report \S+\); .*--cluster crm --again/,
  );
  t.match(report(ran).findings, [
    { code: "CANARY_MISSING", what: /ledger: the backup has no database ledger/ },
    { code: "ROWS_DIFFER", what: /billing: .*the backup does not hold it/ },
  ]);
});

t.test("an old backup whose day key is gone is opened with its own key, carried from the safe", async (t) => {
  const backupId = await tested.backup();
  await rm(join(folder, "day-keys"), { recursive: true });
  const locked = await tested.drill([backupId]);
  t.equal(locked.exit, 1);
  t.match(report(locked).findings, [{ code: "NO_IDENTITY_MATCH", what: /does not hold the day key/ }]);

  // What the offline machine does: it sees key.age and gives back the key of this one backup.
  const local = join(host.folder, "local");
  const keyAge = (await readdir(local, { recursive: true })).find((path) =>
    path.endsWith(`${backupId}/key.age`),
  );
  const { stdout } = await run("age", ["-d", "-i", host.rsa.file, join(local, keyAge ?? "")]);
  const carried = join(folder, "backup.key");
  await writeFile(carried, stdout, { mode: 0o600 });
  const opened = await tested.drill([backupId, "--backup-key", carried]);
  t.equal(opened.exit, 0, opened.stderr);
  const made = report(opened);
  t.equal(made.verdict, "passed");
  t.match(
    made.steps.filter(({ outcome }) => outcome !== "passed"),
    [{ name: "prove", outcome: "skipped", why: /carried key/ }],
  );

  const stranger = await newBackupKey();
  await writeFile(join(folder, "other.key"), stranger.identity, { mode: 0o600 });
  const wrong = await tested.drill([backupId, "--backup-key", join(folder, "other.key")]);
  t.equal(wrong.exit, 1);
  t.match(report(wrong).findings, [{ code: "NO_IDENTITY_MATCH" }]);
});

t.test("a day key that is open to others costs its own day alone", async (t) => {
  await tested.reset();
  await tested.backup();
  const [today = "", other = ""] = (await readdir(join(folder, "day-keys"))).sort();
  await chmod(join(folder, "day-keys", other), 0o644);
  const spared = await tested.drill();
  t.equal(spared.exit, 3, spared.stderr);
  t.equal(report(spared).verdict, "passed");
  t.match(spared.json["findings"], [{ code: "DAY_KEY_UNUSABLE", what: / is open to others/ }]);
  await chmod(join(folder, "day-keys", today), 0o644);
  const closed = await tested.drill(["--again"]);
  t.equal(closed.exit, 1);
  t.match(report(closed).findings, [{ code: "NO_IDENTITY_MATCH" }]);
});

t.test("called or configured wrongly, nothing is done", async (t) => {
  const cases: [string[], Parameters<typeof tested.drill>[1], RegExp][] = [
    [["--cluster", "hr"], {}, /USAGE: there is no cluster hr in the configuration/],
    [["20991231T"], {}, /USAGE: offsite holds no backup 20991231T of crm/],
    [["--backup-key", "x"], {}, /USAGE: --backup-key opens one backup/],
    [[], { change: (config) => (config.clusters = []) }, /CONFIG_INVALID: clusters: missing/],
    [[], { change: (config) => (config["recovery_keys"] = []) }, /CONFIG_INVALID: recovery_keys: missing/],
  ];
  const reports = host.inBucket().filter((key) => key.startsWith("reports/")).length;
  for (const [args, options, sentence] of cases) {
    const ran = await tested.drill(args, options);
    t.equal(ran.exit, 2);
    t.match(ran.stderr, sentence);
  }
  t.strictSame(
    host.inBucket().filter((key) => key.startsWith("reports/")).length,
    reports,
    "and no report is made",
  );
});
