/** SIGTERM and SIGKILL in every phase: nothing that looks like a backup, and the next run cleans up and succeeds. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import t, { type Test } from "tap";
import { backupHost, BUCKET, objectsOf, type HostConfig, type Spawned } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { processes, until } from "../fixtures/processes.ts";
import type { FaultOrder } from "../fixtures/s3-server/faults.ts";

const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const crm = await postgres.freshDatabase("crm");
await crm.query(`
  CREATE TABLE large AS SELECT n, md5(n::text) || md5((n * 7)::text) || md5((n * 13)::text) AS body FROM generate_series(1, 45000) n;
  CREATE TABLE small AS SELECT 1 AS n`);
const change = (config: HostConfig): void => {
  config.postgres["only"] = ["crm"];
};
/** Two destinations commit each by itself, so a held bucket does not keep a folder from its manifest. */
const bucketOnly = (config: HostConfig): void => {
  change(config);
  config.destinations.pop();
};

/** Makes a run stop where it is to be hit. */
type Hold = (t: Test) => Promise<{
  /** Resolves when it has. */
  reached: () => Promise<void>;
  /** Lets the next run pass. */
  release: () => Promise<void> | void;
}>;

const atRequest =
  (order: Omit<FaultOrder, "how">, moment: "before" | "upload" | "after" = "before"): Hold =>
  async (t) => {
    const fault = host.s3.fail({ ...order, how: { stall: moment } });
    t.teardown(() => fault.cancel());
    return {
      reached: () => until("the store to stall", () => fault.hits === (order.times ?? 1)),
      release: () => fault.cancel(),
    };
  };

/** An ALTER TABLE in another session, which the sizes have to wait for. */
const atSnapshot: Hold = async (t) => {
  const client = new pg.Client({
    host: postgres.host,
    port: postgres.port,
    user: postgres.user,
    password: postgres.password,
    database: "crm",
  });
  await client.connect();
  t.teardown(() => client.end());
  await client.query("BEGIN; ALTER TABLE small ADD COLUMN m int");
  const waiting = async (): Promise<boolean> => {
    const { rowCount } = await crm.query("SELECT FROM pg_locks WHERE NOT granted");
    return rowCount === 1;
  };
  return { reached: () => until("the run to wait for the lock", waiting), release: () => client.end() };
};

const PHASES: Record<string, Hold> = {
  "the store is asked what it keeps": atRequest({ on: { operation: "PutObject", keyIncludes: "probe" } }),
  snapshot: atSnapshot,
  "dump, in the middle of an upload": atRequest(
    { on: { operation: "UploadPart", keyIncludes: "data-01" }, times: 4 },
    "upload",
  ),
  seal: atRequest({ on: { operation: "PutObject", keyIncludes: "key.age" } }),
  manifest: atRequest({ on: { operation: "PutObject", keyIncludes: "manifest.json" } }, "upload"),
};

async function heldRun(
  t: Test,
  hold: Hold,
  how = change,
): Promise<Spawned & { release: () => Promise<void> | void }> {
  await host.reset();
  const { reached, release } = await hold(t);
  const run = await host.spawn(["backup", "run", "--json"], { change: how });
  await Promise.race([
    reached(),
    run.ended.then(({ stderr }) => {
      throw new Error(`ended before it was held: ${stderr}`);
    }),
  ]);
  return { ...run, release };
}

async function noManifest(t: Test): Promise<void> {
  const keys = [...host.inBucket(), ...(await host.inFolder())];
  t.notOk(
    keys.some((key) => key.endsWith("manifest.json")),
    "no manifest",
  );
}

for (const [phase, hold] of Object.entries(PHASES)) {
  t.test(`SIGTERM: ${phase}`, async (t) => {
    const run = await heldRun(t, hold, phase === "manifest" ? bucketOnly : change);
    process.kill(run.pid, "SIGTERM");
    const ended = await run.ended;
    t.match(ended, {
      exit: 1,
      signal: null,
      json: { code: "INTERRUPTED", what: "stopped by SIGTERM", todo: /run it again/i },
    });
    t.match(ended.stderr, /^lakat: INTERRUPTED: /m);
    await noManifest(t);
    t.strictSame([...host.s3.bucket(BUCKET).uploads.values()], [], "no open upload");
    t.strictSame(
      (await host.inFolder()).filter((key) => key !== "crm/probe"),
      [],
      "nothing in the folder",
    );
    await t.resolves(
      until("its processes to be gone", () => !processes().some(({ session }) => session === run.pid)),
    );
  });

  t.test(`SIGKILL: ${phase}`, async (t) => {
    const run = await heldRun(t, hold, phase === "manifest" ? bucketOnly : change);
    const midway = host.s3.bucket(BUCKET).uploads.size > 0;
    process.kill(run.pid, "SIGKILL");
    t.equal((await run.ended).signal, "SIGKILL");
    await noManifest(t);
    t.equal(host.s3.bucket(BUCKET).uploads.size > 0, midway);
    await run.release();
    await until("its children to follow", () => !processes().some(({ session }) => session === run.pid));
    await until("the server to let go of the lock", async () => {
      const { rowCount } = await crm.query("SELECT FROM pg_locks WHERE locktype = 'advisory'");
      return rowCount === 0;
    });
    const dead = new Set((await host.inFolder()).filter((key) => key !== "crm/probe"));

    const next = await host.backup({ change });
    t.equal(next.exit, 0, next.stderr);
    t.equal(host.s3.bucket(BUCKET).uploads.size, 0, "stale uploads are aborted");
    const files = await host.inFolder();
    t.notOk(
      files.some((key) => dead.has(key)),
      "the folder of the dead run is gone",
    );
    t.ok(objectsOf(files, next.json["backupId"]).includes("manifest.json"));
    t.notMatch(await unfinished(), /crm\//, "the journal is clear");
    t.match(await host.run(["backup", "verify", "--json"], { as: "reader" }), { exit: 0 });
  });
}

/** What the journal says was begun and not ended. */
async function unfinished(): Promise<string> {
  const lines = (await readFile(join(host.folder, "state", "crm.uploads"), "utf8")).split("\n");
  const events = lines
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { event: string; key: string; uploadId: string });
  const ended = new Set(events.filter((e) => e.event === "ended").map((e) => e.key + e.uploadId));
  return events.flatMap((e) => (ended.has(e.key + e.uploadId) ? [] : [e.key])).join(" ");
}

t.test("SIGKILL after the commit: the backup stays one", async (t) => {
  const run = await heldRun(
    t,
    atRequest({ on: { operation: "PutObject", keyIncludes: "manifest.json" } }, "after"),
  );
  await until("the copy in the folder to be committed", async () =>
    (await host.inFolder()).some((key) => key.endsWith("manifest.json")),
  );
  process.kill(run.pid, "SIGKILL");
  await run.ended;
  const [committed] = (await host.inFolder()).filter((key) => key.endsWith("manifest.json"));
  const next = await host.backup({ change });
  t.equal(next.exit, 0, next.stderr);
  for (const keys of [host.inBucket(), await host.inFolder()]) {
    t.ok(keys.includes(String(committed)));
    t.equal(keys.filter((key) => key.endsWith("manifest.json")).length, 2);
  }
  const id = String(committed).split("/").at(-2) ?? "";
  for (const from of ["offsite", "local"])
    t.match(await host.run(["backup", "verify", id, "--from", from, "--json"], { as: "reader" }), {
      exit: 0,
    });
});

t.test("SIGINT and SIGHUP end it the same way", async (t) => {
  for (const signal of ["SIGINT", "SIGHUP"] as const) {
    const run = await heldRun(t, PHASES["the store is asked what it keeps"] ?? atSnapshot);
    process.kill(run.pid, signal);
    t.match(await run.ended, { exit: 1, json: { code: "INTERRUPTED", what: `stopped by ${signal}` } });
    await noManifest(t);
    await run.release();
  }
});
