import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
  type ObjectLockMode,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import t from "tap";
import { clientFor, newAccessKey, outcome, testServer } from "../fixtures/s3-server/client.ts";

const HOUR = 3_600_000;
const START = Date.now();
const at = (ms: number): Date => new Date(START + ms);

const put = (client: S3Client, more: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket: "locked", Key: "k", Body: "x", ...more }));
const lock = (ObjectLockMode: ObjectLockMode, ms: number) => ({
  ObjectLockMode,
  ObjectLockRetainUntilDate: at(ms),
});
const remove = (client: S3Client, VersionId: string | undefined, bypass = false) =>
  outcome(
    client.send(
      new DeleteObjectCommand({
        Bucket: "locked",
        Key: "k",
        VersionId,
        ...(bypass ? { BypassGovernanceRetention: true } : {}),
      }),
    ),
  );
const change = (client: S3Client, Mode: ObjectLockMode, ms: number, bypass = false) =>
  outcome(
    client.send(
      new PutObjectRetentionCommand({
        Bucket: "locked",
        Key: "k",
        Retention: { Mode, RetainUntilDate: at(ms) },
        ...(bypass ? { BypassGovernanceRetention: true } : {}),
      }),
    ),
  );
const retention = async (client: S3Client) =>
  (await client.send(new GetObjectRetentionCommand({ Bucket: "locked", Key: "k" }))).Retention;
const head = (client: S3Client) => client.send(new HeadObjectCommand({ Bucket: "locked", Key: "k" }));

async function multipart(client: S3Client, more: object = {}): Promise<string | undefined> {
  const target = { Bucket: "locked", Key: "k" };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ...more }));
  const part = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: "x" }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
  const done = await client.send(
    new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }),
  );
  return done.VersionId;
}

t.test("COMPLIANCE holds against everybody until its date", async (t) => {
  let now = 0;
  const { client } = await testServer(t, { now: () => at(now) });
  const { VersionId } = await put(client, lock("COMPLIANCE", HOUR));
  t.strictSame(await retention(client), { Mode: "COMPLIANCE", RetainUntilDate: at(HOUR) });
  t.match(await head(client), { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: at(HOUR) });
  t.equal(await remove(client, VersionId), "403 AccessDenied");
  t.equal(await remove(client, VersionId, true), "403 AccessDenied");
  const batch = await client.send(
    new DeleteObjectsCommand({
      Bucket: "locked",
      BypassGovernanceRetention: true,
      Delete: { Objects: [{ Key: "k", VersionId }] },
    }),
  );
  t.match(batch.Errors, [{ Code: "AccessDenied", Key: "k" }]);
  t.equal(await change(client, "COMPLIANCE", HOUR / 2, true), "403 AccessDenied");
  t.equal(await change(client, "COMPLIANCE", -HOUR, true), "403 AccessDenied");
  t.equal(await change(client, "GOVERNANCE", 2 * HOUR, true), "403 AccessDenied");
  t.equal(await change(client, "COMPLIANCE", 2 * HOUR), "done");

  now = 2 * HOUR - 1000;
  const late = clientAt(client, now);
  t.equal(await remove(late, VersionId), "403 AccessDenied");
  now = 2 * HOUR + 1000;
  t.equal(await remove(late, VersionId), "done");
});

/** The same client with its clock moved: the server refuses signatures of another time. */
function clientAt(client: S3Client, offset: number): S3Client {
  client.config.systemClockOffset = offset;
  return client;
}

t.test("GOVERNANCE holds against those without the right to bypass it", async (t) => {
  const weak = newAccessKey(["s3:PutObject*", "s3:GetObject*", "s3:DeleteObject*"]);
  const { client, server } = await testServer(t, { keys: [weak] });
  const weakClient = clientFor(server, weak);
  t.teardown(() => weakClient.destroy());
  const { VersionId } = await put(client, lock("GOVERNANCE", HOUR));
  t.equal(await remove(client, VersionId), "403 AccessDenied");
  t.equal(await remove(weakClient, VersionId, true), "403 AccessDenied");
  t.equal(await change(client, "GOVERNANCE", HOUR / 2), "403 AccessDenied");
  t.equal(await change(client, "GOVERNANCE", HOUR / 2, true), "done");
  t.equal(await change(weakClient, "GOVERNANCE", HOUR), "done", "anyone may lengthen");
  t.equal(await remove(client, VersionId, true), "done");
});

t.test("a delete marker may hide what is locked", async (t) => {
  const { client } = await testServer(t);
  await put(client, lock("COMPLIANCE", HOUR));
  t.equal(await remove(client, undefined), "done");
  t.equal(await outcome(head(client)), "404 NotFound");
});

t.test("legal hold", async (t) => {
  const { client } = await testServer(t);
  const { VersionId } = await put(client, { ObjectLockLegalHoldStatus: "ON" });
  t.equal(await remove(client, VersionId, true), "403 AccessDenied");
  const hold = await client.send(new GetObjectLegalHoldCommand({ Bucket: "locked", Key: "k" }));
  t.equal(hold.LegalHold?.Status, "ON");
  await client.send(
    new PutObjectLegalHoldCommand({ Bucket: "locked", Key: "k", LegalHold: { Status: "OFF" } }),
  );
  t.equal(await remove(client, VersionId), "done");
});

t.test("multipart uploads are locked as they were begun", async (t) => {
  const { client } = await testServer(t);
  const VersionId = await multipart(client, lock("COMPLIANCE", HOUR));
  t.equal((await retention(client))?.Mode, "COMPLIANCE");
  t.equal(await remove(client, VersionId), "403 AccessDenied");
});

t.test("a bucket's default is applied to every upload that asks for nothing", async (t) => {
  const { client } = await testServer(t, { now: () => at(0) });
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket: "locked",
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 2 } },
      },
    }),
  );
  const { ObjectLockConfiguration } = await client.send(
    new GetObjectLockConfigurationCommand({ Bucket: "locked" }),
  );
  t.match(ObjectLockConfiguration?.Rule?.DefaultRetention, { Mode: "GOVERNANCE", Days: 2 });
  await put(client);
  t.strictSame(await retention(client), { Mode: "GOVERNANCE", RetainUntilDate: at(48 * HOUR) });
  await multipart(client);
  t.strictSame(await retention(client), { Mode: "GOVERNANCE", RetainUntilDate: at(48 * HOUR) });
  await put(client, lock("COMPLIANCE", HOUR));
  t.equal((await retention(client))?.Mode, "COMPLIANCE");
});

t.test("what is refused", async (t) => {
  const { client, server, root } = await testServer(t);
  t.equal(await outcome(put(client, lock("COMPLIANCE", -HOUR))), "400 InvalidArgument");
  t.equal(await outcome(put(client, { ObjectLockMode: "COMPLIANCE" })), "400 InvalidArgument");
  t.equal(await outcome(put(client, { Bucket: "plain", ...lock("COMPLIANCE", HOUR) })), "400 InvalidRequest");
  const unchecked = clientFor(server, root, { requestChecksumCalculation: "WHEN_REQUIRED" });
  t.teardown(() => unchecked.destroy());
  t.equal(await outcome(put(unchecked, lock("COMPLIANCE", HOUR))), "400 InvalidRequest", "no checksum");
  t.equal(await outcome(put(unchecked)), "done");
  t.equal(await outcome(retention(client)), "404 NoSuchObjectLockConfiguration");
  t.equal(
    await outcome(client.send(new GetObjectLockConfigurationCommand({ Bucket: "plain" }))),
    "404 ObjectLockConfigurationNotFoundError",
  );
  const suspend = new PutBucketVersioningCommand({
    Bucket: "locked",
    VersioningConfiguration: { Status: "Suspended" },
  });
  t.equal(await outcome(client.send(suspend)), "409 InvalidBucketState");
});

t.test("servers that lie about it", async (t) => {
  const { client, server } = await testServer(t);
  const kept = async (): Promise<string> => outcome(retention(client));
  const gone = "404 NoSuchObjectLockConfiguration";
  const asked = lock("COMPLIANCE", HOUR);

  server.lies.lock = "put";
  const { VersionId } = await put(client, asked);
  t.equal(await kept(), gone);
  t.equal(await remove(client, VersionId), "done");
  await multipart(client, asked);
  t.equal(await kept(), "done");

  server.lies.lock = "multipart";
  await multipart(client, asked);
  t.equal(await kept(), gone);
  await put(client, asked);
  t.equal(await kept(), "done");

  server.lies.forgetRetention = true;
  t.equal(await kept(), gone);
  t.equal((await head(client)).ObjectLockMode, undefined);
  server.lies.noVersioning = true;
  t.equal((await put(client)).VersionId, undefined);
  t.equal(server.bucket("locked").objects.get("k")?.length, 1, "the old ones are gone");
});
