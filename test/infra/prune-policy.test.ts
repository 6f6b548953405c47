/** infra/s3/prune.json on a real run: it is enough, each of its actions is needed, and a stolen key can do only what it says. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import t from "tap";
import { stringify } from "yaml";
import { signEnvelope } from "../../src/seal/envelope.ts";
import { VERDICT_TYPE } from "../../src/seal/report.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { MemoryBudget } from "../../src/store/memory-budget.ts";
import { sinkBelow } from "../../src/store/prefix.ts";
import { openS3Sink } from "../../src/store/s3-sink.ts";
import { policyText, rightsOf, rightsWithout } from "../fixtures/iam-policy.ts";
import { lakat } from "../fixtures/lakat.ts";
import { clientFor, outcome } from "../fixtures/s3-server/client.ts";
import { startS3Server } from "../fixtures/s3-server/s3-server.ts";
import { putSignedBackup } from "../fixtures/signed-backup.ts";
import { MemoryJournal } from "../fixtures/store-conformance.ts";

const Bucket = "example-backups";
const DENIED = "403 AccessDenied";
const rights = rightsOf("prune", { bucket: Bucket, prefix: "lakat", cluster: "crm" });
const actions = [...new Set(rights.map(({ action }) => action))];
const secretAccessKey = randomBytes(20).toString("hex");
const server = await startS3Server({
  buckets: [{ name: Bucket, region: "eu-central-1", objectLock: {} }],
  keys: [
    { accessKeyId: "owner", secretAccessKey, allow: ["s3:*"] },
    { accessKeyId: "prune", secretAccessKey, allow: rights },
    ...actions.map((action) => ({
      accessKeyId: `prune without ${action}`,
      secretAccessKey,
      allow: rightsWithout(rights, action),
    })),
  ],
});
t.teardown(() => server.stop());
const owner = clientFor(server, { accessKeyId: "owner", secretAccessKey, allow: [] });
t.teardown(() => owner.destroy());
// The bucket's own policy as it is handed out: it excepts the identity that prunes from its ban on deleting.
const Policy = policyText("bucket-policy", {
  bucket: Bucket,
  longest_lock_days: "31",
  prune_arn: `arn:aws:iam::123456789012:user/prune`,
});

const folder = t.testdir();
const [host, tester] = [newSigningKey(), newSigningKey()];
await writeFile(join(folder, "host.pub"), host.publicPem);
await writeFile(join(folder, "tester.pub"), tester.publicPem);
const config = join(folder, "lakat.yaml");
await writeFile(
  config,
  stringify({
    role: "prune",
    store: {
      ...{ type: "s3", name: "offsite", bucket: Bucket, region: "eu-central-1", prefix: "lakat" },
      ...{ endpoint: server.endpoint, path_style: true, country: "DE" },
      ...{ access_key_id: { env: "S3_KEY" }, secret_access_key: { env: "S3_SECRET" } },
    },
    backup_hosts: [join(folder, "host.pub")],
    restore_tests: [join(folder, "tester.pub")],
    clusters: [{ name: "crm", keep: { daily: 1, weekly: 0, monthly: 0, yearly: 0, least: 1 } }],
  }),
);
const sink = sinkBelow(
  openS3Sink(
    {
      ...{ name: "offsite", endpoint: server.endpoint, region: "eu-central-1", bucket: Bucket },
      ...{ pathStyle: true, checksum: "crc32", accessKeyId: "owner", secretAccessKey },
    },
    { budget: new MemoryBudget(20_000_000), journal: new MemoryJournal() },
  ),
  "lakat",
);

const pruneAs = (accessKeyId: string) =>
  lakat(["backup", "prune", "--json", "--delete", "-c", config], {
    env: { S3_KEY: accessKeyId, S3_SECRET: secretAccessKey },
  });

const put = async (Key: string, Body: string | Buffer): Promise<void> => {
  await owner.send(new PutObjectCommand({ Bucket, Key: `lakat/${Key}`, Body }));
};

/** A backup of this many days ago that has passed. */
async function passed(days: number): Promise<string> {
  const at = new Date(Date.now() - days * 86_400_000);
  const { backupId, folder: below } = await putSignedBackup(sink, { at, signingKey: host, bytes: 1000 });
  const id = backupId;
  const finishedAt = new Date().toISOString();
  const verdict = {
    ...{ version: 1, kind: "drill", id, host: tester.keyid, startedAt: finishedAt, finishedAt },
    ...{ cluster: "crm", backup: backupId, verdict: "passed", codes: [], report: "0".repeat(64) },
  };
  const signed = signEnvelope(VERDICT_TYPE, Buffer.from(JSON.stringify(verdict)), tester);
  await put(`reports/drill/crm/2026/${id}/verdict.json`, signed);
  const stored = [...server.bucket(Bucket).objects.values()].flat();
  for (const version of stored.filter(({ key }) => key.includes(id))) version.modified = at.toISOString();
  return below;
}
/** What is due: a backup, a day key and an upload. */
async function due(): Promise<string> {
  const old = await passed(50);
  await put("day-keys/2001-01-01.json", "{}");
  await owner.send(new CreateMultipartUploadCommand({ Bucket, Key: "lakat/crm/x" }));
  for (const upload of server.bucket(Bucket).uploads.values()) upload.initiated = "2001-01-01T00:00:00.000Z";
  return old;
}
const kept = await passed(1);
await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));

t.test("it is enough, under the bucket's own policy", async (t) => {
  const old = await due();
  const from = server.requests.length;
  const ran = await pruneAs("prune");
  t.equal(ran.exit, 0, ran.stderr);
  t.match(ran.json(), { findings: [] });
  t.strictSame(
    server.requests.slice(from).filter(({ status }) => status === 403),
    [],
    "nothing is refused",
  );
  const left = server.objects(Bucket).map(({ key }) => key);
  t.strictSame(
    left.filter((key) => key.startsWith(`lakat/${old}`)),
    [],
  );
  t.notOk(left.includes("lakat/day-keys/2001-01-01.json"));
  t.equal(server.bucket(Bucket).uploads.size, 0);
  t.equal(left.filter((key) => key.startsWith(`lakat/${kept}/`)).length, 7);
});

t.test("every action is needed", async (t) => {
  // It excepts nobody but the one identity, and what is tried here are others.
  await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
  const failed = (action: string) => ({ exit: 1, code: "PRUNE_FAILED", what: new RegExp(action) });
  const denied = (action: string) => ({ exit: 1, code: "STORE_DENIED", what: new RegExp(action) });
  const without: Record<string, object> = {
    "s3:ListBucket": denied("s3:ListBucket"),
    "s3:ListBucketVersions": denied("s3:ListBucketVersions"),
    "s3:ListBucketMultipartUploads": denied("s3:ListBucketMultipartUploads"),
    // What cannot be read now is looked for behind, and told of.
    "s3:GetObject": { exit: 3, findings: [{ code: "MANIFEST_REPLACED" }] },
    "s3:GetObjectVersion": {
      exit: 3,
      findings: [{ code: "PRUNE_NOTHING_PROVED" }, { code: "VERDICT_REFUSED" }],
    },
    "s3:GetObjectRetention": failed("s3:GetObjectRetention"),
    "s3:GetObjectLegalHold": failed("s3:GetObjectLegalHold"),
    "s3:DeleteObjectVersion": failed("s3:DeleteObjectVersion"),
    "s3:AbortMultipartUpload": failed("s3:AbortMultipartUpload"),
  };
  t.strictSame(actions.toSorted(), Object.keys(without).sort(), "no action is untried");
  for (const [action, expected] of Object.entries(without)) {
    await due();
    const ran = await pruneAs(`prune without ${action}`);
    t.match(ran.json(), expected, `without ${action}`);
  }
});

t.test("a stolen key", async (t) => {
  const stolen = clientFor(server, { accessKeyId: "prune", secretAccessKey, allow: [] });
  t.teardown(() => stolen.destroy());
  const Key = `lakat/${kept}/key.age`;
  const version = server.objects(Bucket).find((object) => object.key === Key)?.version;
  if (version === undefined) throw new Error("no key.age");
  const VersionId = version.versionId;
  const tries: [what: string, ask: () => Promise<unknown>, answer: string][] = [
    ["reads no object of a backup", () => stolen.send(new GetObjectCommand({ Bucket, Key })), DENIED],
    [
      "writes nothing",
      () => stolen.send(new PutObjectCommand({ Bucket, Key: "lakat/crm/x", Body: "x" })),
      DENIED,
    ],
    ["hides nothing", () => stolen.send(new DeleteObjectCommand({ Bucket, Key })), DENIED],
    [
      "deletes nothing beside the prefix",
      () => stolen.send(new DeleteObjectCommand({ Bucket, Key: "other/x", VersionId })),
      DENIED,
    ],
  ];
  for (const [what, ask, answer] of tries) t.equal(await outcome(ask()), answer, what);
  version.lock = { mode: "GOVERNANCE", until: new Date(Date.now() + 86_400_000).toISOString() };
  const remove = (BypassGovernanceRetention: boolean) =>
    outcome(stolen.send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention })));
  t.equal(await remove(false), DENIED, "not what is locked");
  t.equal(await remove(true), DENIED, "nor by asking nicely");
  version.lock = undefined;
  t.not(await remove(false), DENIED, "but what is not locked");
});
