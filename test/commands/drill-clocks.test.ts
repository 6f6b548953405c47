/** Clocks that are a day wrong, and manifests that lie about their time: nothing is believed that a client says of it. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { newBackupId } from "../../src/seal/manifest.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { BUCKET, PREFIX } from "../fixtures/backup-host.ts";
import { drillHost } from "../fixtures/drill-host.ts";
import { currentVersion } from "../fixtures/s3-server/bucket.ts";

const DAY = 86_400_000;
const tested = await drillHost(t);
const { host, folder, source } = tested;
await (await source.freshDatabase("crm")).query("CREATE TABLE deals AS SELECT generate_series(1, 50) AS id");

interface Report {
  verdict: string;
  findings: { code: string; what: string; todo: string }[];
  backup?: { id: string };
}
type Ran = Awaited<ReturnType<typeof tested.drill>>;
const report = (ran: Ran): Report => tested.reportOf(ran) as unknown as Report;
const codes = (ran: Ran): string[] => [...new Set(report(ran).findings.map(({ code }) => code))].sort();
const later = (ms: number) => (): Date => new Date(Date.now() + ms);
const dayKeys = (): Promise<string[]> => readdir(join(folder, "day-keys"));

async function atFirst(t: Test): Promise<void> {
  host.skew.ms = 0;
  t.teardown(() => (host.skew.ms = 0));
  await tested.reset();
}

t.test("the restore-test host's clock", async (t) => {
  await atFirst(t);
  const id = await tested.backup();
  const held = await dayKeys();
  for (const [ms, sentence] of [
    [DAY, /this host's clock is 24\.0 hours ahead of that of offsite/],
    [-DAY, /this host's clock is 24\.0 hours behind that of offsite/],
  ] as const) {
    const ran = await tested.drill(["--again"], { now: later(ms) });
    t.equal(ran.exit, 3, ran.stderr);
    t.equal(report(ran).backup?.id, id);
    t.match(report(ran).findings, [{ code: "CLOCK_DOUBTFUL", what: sentence, todo: /timedatectl/ }]);
    t.strictSame(await dayKeys(), held, "no day key goes");
  }
  // By this clock today is long over and its backup has passed; by the store's the next one may be sealed to its key.
  const noon = Date.parse(`${new Date().toISOString().slice(0, 10)}T12:30:00Z`);
  const ran = await tested.drill(["--again"], { now: () => new Date(noon + DAY) });
  t.ok(codes(ran).includes("CLOCK_DOUBTFUL"), ran.stderr);
  t.strictSame(await dayKeys(), held, "nor when its day seems to be settled");
});

t.test("the backup host's clock", async (t) => {
  await atFirst(t);
  const ahead = await tested.backup({ now: later(DAY) });
  const red = await tested.drill();
  t.equal(red.exit, 1);
  t.equal(report(red).backup?.id, ahead);
  t.match(report(red).findings, [{ code: "BACKUP_FROM_FUTURE", what: /but the store received it at/ }]);

  const right = await tested.backup();
  const ran = await tested.drill();
  t.equal(report(ran).backup?.id, right, "what says it is of tomorrow is not the newest");
  t.equal(ran.exit, 0, ran.stderr);

  // Its day key is yesterday's, of which this host knows nothing: the backup is made, and stays closed here.
  const behind = await host.backup({
    now: later(-DAY),
    change: (config) => (config["restore_test"] = { public_key: join(folder, "drill.pub") }),
  });
  t.match(behind, { exit: 3, json: { findings: [{ code: "DAY_KEY_MISSING" }] } }, behind.stderr);
  const named = await tested.drill([String(behind.json["backupId"])]);
  t.strictSame(codes(named), ["CLOCK_DOUBTFUL", "DAY_KEY_MISSING", "NO_IDENTITY_MATCH"]);
  t.match(
    (await tested.run(["drill", "run"])).stdout,
    /nothing was due/,
    "the right one is still the newest",
  );
});

t.test("the store's clock", async (t) => {
  await atFirst(t);
  const id = await tested.backup();
  const held = await dayKeys();
  for (const ms of [DAY, -DAY]) {
    host.skew.ms = ms;
    const ran = await tested.drill();
    t.equal(ran.exit, 1);
    t.strictSame(codes(ran), ["STORE_CLOCK_SKEW"], ran.stderr);
    t.strictSame(await dayKeys(), held);
  }
  host.skew.ms = 0;
  const ran = await tested.drill();
  t.equal(ran.exit, 0, ran.stderr);
  t.equal(report(ran).backup?.id, id, "what could not be looked at is tested once the clock is right");
});

t.test("manifests that are none of ours", async (t) => {
  await atFirst(t);
  const id = await tested.backup();
  const bucket = host.s3.bucket(BUCKET);
  const manifest = host.inBucket().find((key) => key.endsWith(`${id}/manifest.json`)) ?? "";
  const whole = currentVersion(bucket, `${PREFIX}/${manifest}`);
  if (whole === undefined) throw new Error("no manifest");
  /** A thief of the write key can put anything anywhere, but the store dates it. */
  const steal = (key: string, version = whole): void => {
    const modified = new Date(Date.now() + 1000).toISOString();
    const name = `${PREFIX}/${key}`;
    bucket.objects.set(name, [{ ...version, key: name, modified }]);
  };
  steal(manifest.replace(id, newBackupId(new Date(Date.now() + 60_000))));
  const copied = await tested.drill();
  t.equal(report(copied).backup?.id, id, copied.stderr);
  t.strictSame(codes(copied), ["BACKUP_REFUSED"], "one copied into another folder");
  const later = await tested.run(["drill", "run"]);
  t.match(
    later,
    { exit: 3, stdout: /nothing was due/, stderr: /^lakat: BACKUP_REFUSED: /m },
    "not once and never again",
  );

  for (let n = 0; n < 10_000; n++)
    steal(manifest.replace(id, `${id.slice(0, 16)}-${n.toString(16).padStart(8, "1")}`));
  const read = host.s3.requests.length;
  const began = performance.now();
  const flooded = await tested.drill(["--again"]);
  t.equal(report(flooded).backup?.id, id, flooded.stderr);
  t.strictSame(codes(flooded), ["BACKUP_REFUSED"]);
  t.match(report(flooded).findings[0]?.what, /more than \d+ manifests .* most of them were not read/);
  const manifests = host.s3.requests
    .slice(read)
    .filter(({ operation, key }) => operation === "GetObject" && key.endsWith("/manifest.json"));
  t.ok(manifests.length < 500, `${manifests.length} of 10,000 are read`);
  t.comment(`${manifests.length} manifests read, ${Math.round(performance.now() - began)} ms in all`);
});

t.test("a stranger's, and one whose host is not trusted here", async (t) => {
  await atFirst(t);
  await tested.backup();
  const other = join(folder, "other.pub");
  await writeFile(other, newSigningKey().publicPem);
  const ran = await tested.drill([], { change: (config) => (config["backup_hosts"] = [other]) });
  t.equal(ran.exit, 1);
  t.match(report(ran).findings, [
    { code: "BACKUP_OVERDUE", what: /holds no backup of crm that a trusted host has signed/ },
  ]);
});
