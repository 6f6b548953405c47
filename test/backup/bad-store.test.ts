/** Stores that are wrongly named, refuse, lie, break or are full, seen from a whole run. */
import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { backupHost, BUCKET, objectsOf, type HostConfig, type Ran } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
await (
  await postgres.freshDatabase("crm")
).query(
  "CREATE TABLE t AS SELECT n, md5(n::text) || md5((n * 7)::text) AS body FROM generate_series(1, 60000) n",
);

/** One database, to the bucket alone, which is changed so. */
const bucketOnly =
  (changes: Record<string, unknown> = {}) =>
  (config: HostConfig): void => {
    config.postgres["only"] = ["crm"];
    config.destinations.pop();
    Object.assign(config.destinations[0] ?? {}, changes);
  };
const both = (config: HostConfig): void => {
  config.postgres["only"] = ["crm"];
};

/** Nothing that could be data has left: no request had a body. */
function noBodies(t: Test): void {
  const bodies = host.s3.requests.filter(({ bytesIn }) => bytesIn > 0);
  t.strictSame(
    bodies.map(({ operation, key }) => `${operation} ${key}`),
    [],
    "no body was sent",
  );
}

function noManifest(t: Test): void {
  t.notOk(host.inBucket().some((key) => key.endsWith("manifest.json")));
  t.equal(host.s3.bucket(BUCKET).uploads.size, 0);
}

t.beforeEach(() => host.reset());

t.test("wrongly named or without rights", async (t) => {
  const cases: [string, Record<string, unknown>, Parameters<typeof host.backup>[0], object][] = [
    ["bucket", { bucket: "nowhere" }, {}, { code: "STORE_NOT_FOUND", what: /bucket nowhere does not exist/ }],
    ["region", { region: "eu-west-1" }, {}, { what: /destination offsite: .*eu-west-1/ }],
    ["access key", { access_key_id: { env: "OTHER" } }, {}, { code: "STORE_DENIED", what: /does not know/ }],
    [
      "secret",
      { secret_access_key: { env: "OTHER" } },
      {},
      { code: "STORE_DENIED", what: /secret access key/ },
    ],
    [
      "right to put",
      {},
      { as: "nobody" },
      { code: "STORE_DENIED", what: /no right to s3:PutObject on backups/ },
    ],
    [
      "endpoint",
      { endpoint: "https://nowhere.invalid" },
      {},
      { code: "STORE_UNREACHABLE", what: /nowhere\.invalid cannot be reached/ },
    ],
  ];
  for (const [name, changes, options, json] of cases)
    await t.test(name, async (t) => {
      await host.reset();
      // The run waits half a minute for an address that never answered; the time limit need not.
      const change = (config: HostConfig): void => bucketOnly(changes)(config);
      const ran = await host.backup({ change, env: { OTHER: "other-than-it-is" }, ...options });
      t.match(ran, { exit: 1, json });
      t.notMatch(ran.stdout + ran.stderr, /other-than-it-is/);
      for (const secret of host.secrets) t.notMatch(ran.stdout + ran.stderr, secret);
      noManifest(t);
    });
});

t.test("an endpoint in the clear is refused, and so is a secret that is not there", async (t) => {
  const clear = await host.backup({ change: bucketOnly({ endpoint: "http://store.example" }) });
  t.match(clear, { exit: 2, json: { code: "CONFIG_INVALID", what: /not encrypted/ } });
  const none = await host.backup({ change: bucketOnly({ secret_access_key: { env: "NOT_SET" } }) });
  t.match(none, { exit: 2, json: { code: "SECRET_MISSING", what: /NOT_SET is not set/ } });
  t.equal(host.s3.requests.length, 0);
});

t.test("a country where the data may not lie", async (t) => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ country: "US" }, /offsite lies in US/],
    [{ country: "RU" }, /offsite lies in RU: neither in the European Economic Area/],
    [{ country: "HU" }, /the off-site copy has to lie outside Hungary/],
    [{ country: undefined }, /declares no country/],
  ];
  for (const [changes, what] of cases) {
    const change = (config: HostConfig): void => {
      bucketOnly(changes)(config);
      if (changes["country"] === undefined) delete config.destinations[0]?.["country"];
    };
    t.match(await host.backup({ change }), { exit: 2, json: { code: "RESIDENCY_REFUSED", what } });
  }
  t.equal(host.s3.requests.length, 0, "nothing was even asked");
  const one = await host.backup({
    change: (config) => {
      both(config);
      Object.assign(config.destinations[0] ?? {}, { country: "US" });
    },
  });
  t.match(one, { exit: 2, json: { code: "RESIDENCY_REFUSED" } });
  t.strictSame(await host.inFolder(), [], "one forbidden destination ends the run for all of them");
  noBodies(t);
  const inHungary = await host.backup({ change: bucketOnly({ country: "HU", off_site: false }) });
  t.equal(inHungary.exit, 0, "a copy that is not meant to be off-site may lie in Hungary");
});

t.test("a clock that is wrong", async (t) => {
  host.skew.ms = 3_600_000;
  t.teardown(() => (host.skew.ms = 0));
  const ran = await host.backup({ change: bucketOnly() });
  t.match(ran, {
    exit: 1,
    json: { code: "STORE_CLOCK_SKEW", what: /60 minutes behind the store's/, todo: /NTP/ },
  });
  noManifest(t);
});

t.test("trouble that passes", async (t) => {
  const slowDown = { status: 503, code: "SlowDown" } as const;
  const orders = [
    { on: { operation: "PutObject" }, times: 3, how: slowDown },
    { on: { operation: "UploadPart", nth: 2 }, times: 3, how: slowDown },
    { on: { operation: "CompleteMultipartUpload", keyIncludes: "data" }, times: 2, how: slowDown },
    { on: { operation: "UploadPart", nth: 6 }, times: 2, how: { reset: "upload" } },
    { on: { operation: "CreateMultipartUpload" }, how: { reset: "before" } },
    { on: { operation: "PutObject", keyIncludes: "manifest.json" }, times: 2, how: { reset: "before" } },
  ] as const;
  const faults = orders.map((order) => host.s3.fail(order));
  const ran = await host.backup({ change: both });
  t.equal(ran.exit, 0, ran.stderr);
  t.ok(faults.every((fault) => fault.hits > 0));
  t.match(await host.run(["backup", "verify", "--json"], { as: "reader" }), { exit: 0 });
  t.equal(host.s3.bucket(BUCKET).uploads.size, 0);
});

t.test("promises that the store does not keep are findings, and the backup is made", async (t) => {
  const cases = [
    ["lock", "all", [{ code: "LOCK_NOT_KEPT", what: /offsite/ }]],
    ["lock", "multipart", [{ code: "LOCK_NOT_KEPT" }]],
    ["forgetRetention", true, [{ code: "LOCK_NOT_KEPT" }]],
    ["ignoreIfNoneMatch", "all", [{ code: "WRITE_ONCE_NOT_KEPT" }]],
    ["ignoreChecksums", true, [{ code: "CHECKSUM_NOT_KEPT" }]],
    ["noVersioning", true, [{ code: "VERSION_NOT_KEPT" }]],
  ] as const;
  for (const [lie, told, findings] of cases)
    await t.test(`${lie}: ${String(told)}`, async (t) => {
      await host.reset();
      Object.assign(host.s3.lies, { [lie]: told });
      t.teardown(() => Object.assign(host.s3.lies, { [lie]: undefined }));
      const ran = await host.backup({ change: bucketOnly() });
      t.match(ran, { exit: 3, json: { ok: false, backupId: String, findings } });
      t.ok(objectsOf(host.inBucket(), ran.json["backupId"]).includes("manifest.json"));
    });
});

t.test("a store that returns a wrong checksum", async (t) => {
  host.s3.lies.returnWrongChecksum = true;
  t.teardown(() => (host.s3.lies.returnWrongChecksum = false));
  const ran = await host.backup({ change: (config) => (bucketOnly()(config), (config["attempts"] = 1)) });
  t.match(ran, { exit: 1, json: { code: "STORE_CHECKSUM", what: /offsite/ } });
  noManifest(t);
});

t.test("without the right to see locks, that is said", async (t) => {
  const ran = await host.backup({ change: bucketOnly(), as: "blind" });
  t.match(ran, {
    exit: 3,
    json: { findings: [{ code: "LOCK_UNCONFIRMED", todo: /s3:GetObjectRetention/ }] },
  });
});

t.test("one of two destinations", async (t) => {
  const stillABackup = async (t: Test, ran: Ran, what: RegExp): Promise<void> => {
    t.match(ran, {
      exit: 3,
      json: { destinations: ["local"], findings: [{ code: "DESTINATION_FAILED", what }] },
    });
    t.ok(objectsOf(await host.inFolder(), ran.json["backupId"]).includes("manifest.json"));
    t.match(await host.run(["backup", "verify", "--from", "local", "--json"]), { exit: 0 });
    noManifest(t);
  };
  await t.test("that cannot be used is left out from the beginning", async (t) => {
    await host.reset();
    await stillABackup(
      t,
      await host.backup({ change: both, as: "nobody" }),
      /^destination offsite got no backup: STORE_DENIED/,
    );
  });
  for (const operation of ["UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload"])
    await t.test(`that fails midway at ${operation} is left behind`, async (t) => {
      await host.reset();
      const fault = host.s3.fail({
        on: { operation, keyIncludes: "data-" },
        times: Infinity,
        how: { status: 403, code: "AccessDenied" },
      });
      t.teardown(() => fault.cancel());
      await stillABackup(t, await host.backup({ change: both }), /STORE_DENIED/);
    });
  await t.test("the folder, while the bucket takes it", async (t) => {
    await host.reset();
    const ran = await host.backup({
      change: (config) => {
        both(config);
        Object.assign(config.destinations[1] ?? {}, { path: "/nowhere/at/all" });
      },
    });
    t.match(ran, {
      exit: 3,
      json: { destinations: ["offsite"], findings: [{ what: /local.*STORE_NOT_FOUND/ }] },
    });
  });
});

t.test("both destinations refuse", async (t) => {
  const ran = await host.backup({
    as: "nobody",
    change: (config) => {
      both(config);
      Object.assign(config.destinations[1] ?? {}, { path: "/nowhere/at/all" });
    },
  });
  t.match(ran, { exit: 1, json: { code: "STORE_DENIED" } });
});

/** A file system with room for a megabyte; undefined where this user may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const path = join(host.folder, "small-disk");
  await mkdir(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  t.teardown(() => execFileSync("umount", [path]));
  return path;
}

const path = (await smallDisk()) ?? "";
const needsMount = path === "" && "this needs the right to mount a small tmpfs";
t.test("a full disk", { skip: needsMount }, async (t) => {
  const small = (config: HostConfig): void => {
    both(config);
    Object.assign(config.destinations[1] ?? {}, { path });
  };
  const one = await host.backup({ change: small });
  t.match(one, {
    exit: 3,
    json: {
      destinations: ["offsite"],
      findings: [{ what: /STORE_FULL: destination local: no space left for/ }],
    },
  });
  const none = await host.backup({ change: (config) => void (small(config), config.destinations.shift()) });
  t.match(none, { exit: 1, json: { code: "STORE_FULL", todo: /Free space/ } });
  const left = execFileSync("find", [path, "-type", "f"], { encoding: "utf8" }).trim();
  t.equal(left, join(path, "crm/probe"), "and nothing is left but the probe");
});
