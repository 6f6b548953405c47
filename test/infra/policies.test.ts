/**
 * The access policies that infra/s3 hands out, on a real run: each is enough, each of its actions is needed, and a
 * stolen key can do what SECURITY.md says and nothing else.
 */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import t from "tap";
import { stringify } from "yaml";
import { openReporting } from "../../src/commands/reporting.ts";
import { parseConfig } from "../../src/config.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { openS3Bucket } from "../../src/store/s3-client.ts";
import { bucketRegion } from "../../src/store/s3-region.ts";
import { backupHost, type Ran } from "../fixtures/backup-host.ts";
import { drillDraft } from "../fixtures/drafts.ts";
import { policyText, rightsOf, rightsWithout, type Names } from "../fixtures/iam-policy.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import type { AccessKey } from "../fixtures/s3-server/access.ts";
import { clientFor, outcome } from "../fixtures/s3-server/client.ts";
import { startS3Server } from "../fixtures/s3-server/s3-server.ts";

const NAMES: Names = { bucket: "example-backups", prefix: "lakat", cluster: "crm" };
const { bucket: Bucket } = NAMES;
const DENIED = "403 AccessDenied";

const policies = {
  "backup-host": rightsOf("backup-host", NAMES),
  "restore-test": rightsOf("restore-test", NAMES),
  recovery: rightsOf("recovery", NAMES),
};
const secretAccessKey = randomBytes(20).toString("hex");
const keys: AccessKey[] = [
  { accessKeyId: "owner", secretAccessKey, allow: ["s3:*"] },
  ...Object.entries(policies).flatMap(([name, rights]) => [
    { accessKeyId: name, secretAccessKey, allow: rights },
    ...rights.map(({ action }) => ({
      accessKeyId: `${name} without ${action}`,
      secretAccessKey,
      allow: rightsWithout(rights, action),
    })),
  ]),
];

const postgres = await withPostgres(t);
await (await postgres.freshDatabase("crm")).query("CREATE TABLE deals AS SELECT generate_series(1, 9) AS id");
const host = await backupHost(t, postgres);
const server = await startS3Server({
  buckets: [{ name: Bucket, region: "eu-central-1", objectLock: {} }],
  keys,
});
t.teardown(() => server.stop());
const testHost = newSigningKey();
const at = (name: string): string => join(host.folder, name);
await writeFile(at("test-host.key"), testHost.privatePem, { mode: 0o600 });
await writeFile(at("test-host.pub"), testHost.publicPem);

const store = {
  type: "s3",
  name: "offsite",
  bucket: Bucket,
  region: "eu-central-1",
  endpoint: server.endpoint,
  path_style: true,
  country: "DE",
  prefix: NAMES.prefix,
  access_key_id: { env: "S3_KEY" },
  secret_access_key: { env: "S3_SECRET" },
};
await mkdir(at("day-keys"), { mode: 0o700 });
const restoreTestConfig = at("restore-test.yaml");
await writeFile(
  restoreTestConfig,
  stringify({
    role: "restore-test",
    signing_key: at("test-host.key"),
    backup_hosts: [at("host.pub")],
    day_keys: { directory: at("day-keys"), ahead: 1 },
    source: store,
  }),
);

/** On the backup host, with one of the access keys above. */
function backupAs(accessKeyId: string): Promise<Ran> {
  return host.backup({
    env: { S3_KEY: accessKeyId, S3_SECRET: secretAccessKey },
    change: (config) => {
      (config["destinations"] as unknown) = [{ ...store, lock: { days: 30 } }];
      config["restore_test"] = { public_key: at("test-host.pub") };
      config.postgres["only"] = ["crm"];
      // What one access key may not do must not be kept from being tried by the last run's leftovers.
      config["state_directory"] = at(`state/${accessKeyId.replaceAll(/\W/g, "-")}`);
    },
  });
}

/** A report published on the restore-test host: the codes of what did not work. */
async function reportAs(accessKeyId: string): Promise<string[]> {
  const config = parseConfig(
    stringify({
      role: "restore-test",
      signing_key: at("test-host.key"),
      backup_hosts: [at("host.pub")],
      recovery_keys: [
        {
          name: "safe-south",
          recipient: host.x25519.publicText.trim(),
          fingerprint: host.x25519.key.fingerprint,
        },
      ],
      source: { ...store, lock: { days: 30 } },
      state_directory: at(`reports/${accessKeyId.replaceAll(/\W/g, "-")}`),
    }),
    "restore-test.yaml",
  );
  if (config.role !== "restore-test") throw new Error("the configuration is of another role");
  const call = {
    ...{ values: {}, positionals: [], stdout: process.stdout, stderr: process.stderr },
    env: { S3_KEY: accessKeyId, S3_SECRET: secretAccessKey },
    ...{ signal: new AbortController().signal, now: () => new Date() },
  };
  const page = { page: "<p>page</p>", mail: { subject: "", text: "", html: "" } };
  const reporting = await openReporting(call, config, () => page);
  return (await reporting.publish(drillDraft(new Date()))).findings.map(({ code }) => code);
}

/** On the restore-test host. */
function testHostAs(accessKeyId: string, args: string[]): Promise<Ran> {
  const env = { S3_KEY: accessKeyId, S3_SECRET: secretAccessKey };
  return host.run([...args, "--json"], { config: restoreTestConfig, env });
}

const codes = (ran: Ran): string[] =>
  ((ran.json["findings"] ?? []) as { code: string }[]).map(({ code }) => code);
const refusedSince = (from: number): string[] =>
  server.requests
    .slice(from)
    .filter(({ status }) => status === 403)
    .map(({ operation }) => operation);

const published = await testHostAs("restore-test", ["keys", "day", "publish"]);
const firstRequest = server.requests.length;
const made = await backupAs("backup-host");
const requestsOfRun = refusedSince(firstRequest);
const folder = `${NAMES.prefix}/${String(made.json["folder"])}`;
const versionOf = (key: string): string =>
  server.objects(Bucket).find((object) => object.key === key)?.version.versionId ?? "none";

t.test("each policy is enough for its host", async (t) => {
  t.equal(published.exit, 0, published.stderr);
  t.equal(made.exit, 0, made.stderr);
  t.strictSame(codes(made), []);
  t.ok(
    server.objects(Bucket).some(({ key }) => key === `${folder}/proof.age`),
    "sealed to the day key too",
  );
  t.strictSame(requestsOfRun, ["HeadObject"], "the backup host tries once to look at what it stored");
  for (const who of ["restore-test", "recovery"]) {
    const before = server.requests.length;
    const listed = await testHostAs(who, ["backup", "list"]);
    t.match(listed.json, { exit: 0, backups: [{ backupId: made.json["backupId"] }] }, listed.stderr);
    const verified = await testHostAs(who, ["backup", "verify"]);
    t.equal(verified.exit, 0, verified.stderr);
    t.strictSame(refusedSince(before), [], `${who} is refused nothing`);
  }
});

t.test("the restore-test host stores its reports, locked, and needs each right for it", async (t) => {
  const before = server.requests.length;
  t.strictSame(await reportAs("restore-test"), []);
  t.strictSame(refusedSince(before), []);
  const stored = server.objects(Bucket).filter(({ key }) => key.startsWith("lakat/reports/drill/crm/"));
  t.strictSame(
    stored.map(({ key }) => key.split("/").at(-1)),
    ["page.html.age", "report.json.age", "verdict.json"],
  );
  t.strictSame(await reportAs("restore-test without s3:PutObject"), ["REPORT_NOT_STORED"]);
  t.strictSame(await reportAs("restore-test without s3:PutObjectRetention"), ["REPORT_NOT_STORED"]);
  t.strictSame(await reportAs("restore-test without s3:GetObjectRetention"), ["LOCK_UNCONFIRMED"]);
  t.strictSame(await reportAs("recovery"), ["REPORT_NOT_STORED"]);
});

t.test("every action of the backup host is needed", async (t) => {
  const without: Record<string, object> = {
    "s3:PutObject": { exit: 1, code: "STORE_DENIED" },
    "s3:AbortMultipartUpload": { exit: 1, code: "STORE_DENIED" },
    "s3:PutObjectRetention": { exit: 1, code: "STORE_DENIED" },
    "s3:GetObjectRetention": { exit: 3, findings: [{ code: "LOCK_UNCONFIRMED" }] },
    "s3:GetObject": { exit: 3, findings: [{ code: "DAY_KEY_MISSING" }] },
  };
  for (const { action } of policies["backup-host"]) {
    const expected = without[action];
    if (expected === undefined) continue;
    const ran = await backupAs(`backup-host without ${action}`);
    t.match(ran.json, expected, `without ${action}: ${ran.stderr.split("\n").at(-2) ?? ""}`);
  }
  const config = {
    ...{
      name: "offsite",
      endpoint: server.endpoint,
      region: "eu-central-1",
      bucket: Bucket,
      pathStyle: true,
    },
    ...{ checksum: "crc32" as const, secretAccessKey },
  };
  const signal = new AbortController().signal;
  const region = (accessKeyId: string): Promise<string> =>
    bucketRegion(openS3Bucket({ ...config, accessKeyId }), signal);
  t.equal(await region("backup-host"), "eu-central-1");
  await t.rejects(region("backup-host without s3:GetBucketLocation"), { code: "STORE_DENIED" });
  t.strictSame(
    policies["backup-host"].map(({ action }) => action).sort(),
    [...Object.keys(without), "s3:GetBucketLocation"].sort(),
    "and no action is untried",
  );
});

t.test("every action of the restore-test host is needed", async (t) => {
  const tries: Record<string, [args: string[], expected: object]> = {
    "s3:ListBucket": [["backup", "list"], { exit: 1, code: "STORE_DENIED" }],
    // What cannot be read now is looked for behind, which s3:GetObjectVersion allows, and told of.
    "s3:GetObject": [["backup", "list"], { exit: 3, findings: [{ code: "MANIFEST_REPLACED" }] }],
    "s3:GetObjectVersion": [["backup", "verify"], { exit: 1, code: "STORE_DENIED" }],
    "s3:GetObjectRetention": [["backup", "verify"], { exit: 3, findings: [{ code: "LOCK_UNCONFIRMED" }] }],
    "s3:PutObject": [["keys", "day", "publish"], { exit: 1, code: "STORE_DENIED" }],
  };
  // A day that is not published yet, so that there is something to put.
  await writeFile(
    restoreTestConfig,
    stringify({
      role: "restore-test",
      signing_key: at("test-host.key"),
      backup_hosts: [at("host.pub")],
      day_keys: { directory: at("day-keys"), ahead: 3 },
      source: store,
    }),
  );
  for (const name of ["restore-test", "recovery"] as const)
    for (const { action } of policies[name]) {
      // Needed only once somebody has covered a manifest up, which the next test does.
      if (action === "s3:ListBucketVersions") continue;
      // Only a report is locked: tried above.
      if (action === "s3:PutObjectRetention") continue;
      const [args, expected] = tries[action] ?? [[], {}];
      t.ok(args.length > 0, `${action} is tried`);
      const ran = await testHostAs(`${name} without ${action}`, args);
      t.match(ran.json, expected, `${name} without ${action}`);
    }
});

t.test("a stolen key of the backup host", async (t) => {
  const stolen = clientFor(server, { accessKeyId: "backup-host", secretAccessKey, allow: [] });
  t.teardown(() => stolen.destroy());
  const Key = `${folder}/key.age`;
  const VersionId = versionOf(Key);
  const tries: [what: string, ask: () => Promise<unknown>, answer: string][] = [
    ["reads no backup", () => stolen.send(new GetObjectCommand({ Bucket, Key })), DENIED],
    ["reads no version", () => stolen.send(new GetObjectCommand({ Bucket, Key, VersionId })), DENIED],
    ["sees no size", () => stolen.send(new HeadObjectCommand({ Bucket, Key })), "403 Unknown"],
    ["lists nothing", () => stolen.send(new ListObjectsV2Command({ Bucket, Prefix: "lakat/" })), DENIED],
    ["deletes nothing", () => stolen.send(new DeleteObjectCommand({ Bucket, Key })), DENIED],
    ["deletes no version", () => stolen.send(new DeleteObjectCommand({ Bucket, Key, VersionId })), DENIED],
    [
      "writes to no other cluster",
      () => stolen.send(new PutObjectCommand({ Bucket, Key: "lakat/erp/x", Body: "x" })),
      DENIED,
    ],
    [
      "publishes no day key",
      () => stolen.send(new PutObjectCommand({ Bucket, Key: "lakat/day-keys/2099-01-01.json", Body: "x" })),
      DENIED,
    ],
    [
      "leaves the bucket's policy",
      () => stolen.send(new PutBucketPolicyCommand({ Bucket, Policy: "{}" })),
      DENIED,
    ],
  ];
  for (const [what, ask, answer] of tries) t.equal(await outcome(ask()), answer, what);

  // What it can do where the bucket does not demand If-None-Match: put another version on top.
  await stolen.send(new PutObjectCommand({ Bucket, Key, Body: "rubbish" }));
  const verified = await testHostAs("recovery", ["backup", "verify", String(made.json["backupId"])]);
  t.equal(verified.exit, 0, "the versions that the manifest names are still there");
  await stolen.send(new PutObjectCommand({ Bucket, Key: `${folder}/manifest.json`, Body: "rubbish" }));
  const show = ["backup", "show", String(made.json["backupId"])];
  for (const who of ["restore-test", "recovery"]) {
    const shown = await testHostAs(who, show);
    t.match(
      shown.json,
      { exit: 3, findings: [{ code: "MANIFEST_REPLACED" }] },
      `${who} finds the signed one`,
    );
    const blind = await testHostAs(`${who} without s3:ListBucketVersions`, show);
    t.match(blind.json, { exit: 1, code: "SIGNATURE_INVALID" }, "without seeing versions it is only refused");
  }
});

t.test("a stolen key of the restore-test host", async (t) => {
  const stolen = clientFor(server, { accessKeyId: "restore-test", secretAccessKey, allow: [] });
  t.teardown(() => stolen.destroy());
  const Key = `${folder}/key.age`;
  const VersionId = versionOf(Key);
  const put = stolen.send(new PutObjectCommand({ Bucket, Key: `${folder}/manifest.json`, Body: "x" }));
  t.equal(await outcome(put), DENIED, "changes no backup");
  const report = server.objects(Bucket).find(({ key }) => key.endsWith("/verdict.json"));
  const remove = stolen.send(
    new DeleteObjectCommand({ Bucket, Key: report?.key, VersionId: report?.version.versionId }),
  );
  t.equal(await outcome(remove), DENIED, "removes no report");
  t.equal(await outcome(stolen.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))), DENIED);
});

t.test("the bucket's own policy keeps even its owner from deleting", async (t) => {
  const owner = clientFor(server, { accessKeyId: "owner", secretAccessKey, allow: [] });
  t.teardown(() => owner.destroy());
  const Key = "lakat/erp/unlocked";
  const { VersionId } = await owner.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  const Policy = policyText("bucket-policy", {
    bucket: Bucket,
    longest_lock_days: "31",
    prune_arn: "arn:aws:iam::1:user/prune",
  });
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  t.equal(await outcome(owner.send(new DeleteObjectCommand({ Bucket, Key }))), DENIED);
  t.equal(await outcome(owner.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))), DENIED);
});
