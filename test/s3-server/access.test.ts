import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import t, { type Test } from "tap";
import type { Right } from "../fixtures/s3-server/access.ts";
import { clientFor, newAccessKey, outcome, testServer } from "../fixtures/s3-server/client.ts";

const DENIED = "403 AccessDenied";
/** HEAD is answered without a document, so there is no code but the status. */
const DENIED_HEAD = "403 Unknown";
const tomorrow = new Date(Date.now() + 86_400_000);

async function serverWithKey(test: Test, allow: Right[], deny: Right[] = []) {
  const key = newAccessKey(allow, deny);
  const all = await testServer(test, { keys: [key] });
  const own = clientFor(all.server, key);
  test.teardown(() => own.destroy());
  return { ...all, own, key };
}

t.test("a key that may only write cannot read, list or delete", async (t) => {
  const { own, client } = await serverWithKey(t, ["s3:PutObject", "s3:AbortMultipartUpload"]);
  const Bucket = "locked";
  const { VersionId } = await own.send(
    new PutObjectCommand({ Bucket, Key: "k", Body: "1", IfNoneMatch: "*" }),
  );
  const { UploadId } = await own.send(new CreateMultipartUploadCommand({ Bucket, Key: "m" }));
  await own.send(new UploadPartCommand({ Bucket, Key: "m", UploadId, PartNumber: 1, Body: "x" }));
  await own.send(new AbortMultipartUploadCommand({ Bucket, Key: "m", UploadId }));

  const Key = "k";
  t.equal(await outcome(own.send(new GetObjectCommand({ Bucket, Key }))), DENIED);
  t.equal(await outcome(own.send(new GetObjectCommand({ Bucket, Key: "none" }))), DENIED);
  t.equal(await outcome(own.send(new HeadObjectCommand({ Bucket, Key }))), DENIED_HEAD);
  t.equal(await outcome(own.send(new HeadBucketCommand({ Bucket }))), DENIED_HEAD);
  t.equal(await outcome(own.send(new ListObjectsV2Command({ Bucket }))), DENIED);
  t.equal(await outcome(own.send(new ListObjectVersionsCommand({ Bucket }))), DENIED);
  t.equal(await outcome(own.send(new ListMultipartUploadsCommand({ Bucket }))), DENIED);
  t.equal(await outcome(own.send(new GetBucketLocationCommand({ Bucket }))), DENIED);
  t.equal(await outcome(own.send(new GetObjectRetentionCommand({ Bucket, Key }))), DENIED);
  t.equal(
    await outcome(own.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["ETag"] }))),
    DENIED,
  );
  t.equal(await outcome(own.send(new DeleteObjectCommand({ Bucket, Key }))), DENIED);
  t.equal(await outcome(own.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))), DENIED);
  const batch = await own.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
  t.match(batch.Errors, [{ Code: "AccessDenied" }]);
  const locked = { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: tomorrow } as const;
  t.equal(await outcome(own.send(new PutObjectCommand({ Bucket, Key: "l", Body: "1", ...locked }))), DENIED);
  t.equal(await outcome(own.send(new CreateMultipartUploadCommand({ Bucket, Key: "l", ...locked }))), DENIED);
  t.equal(await outcome(own.send(new PutObjectCommand({ Bucket, Key, Body: "2", IfMatch: "*" }))), DENIED);
  t.equal(await outcome(client.send(new HeadObjectCommand({ Bucket, Key }))), "done", "its owner can");
});

t.test("the lock can be read without any right to read the object", async (t) => {
  const { own } = await serverWithKey(t, ["s3:PutObject", "s3:PutObjectRetention", "s3:GetObjectRetention"]);
  const target = { Bucket: "locked", Key: "k" };
  const asked = { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: tomorrow } as const;
  const { VersionId } = await own.send(new PutObjectCommand({ ...target, Body: "1", ...asked }));
  const { Retention } = await own.send(new GetObjectRetentionCommand({ ...target, VersionId }));
  t.strictSame(Retention, { Mode: "COMPLIANCE", RetainUntilDate: tomorrow });
  t.equal(await outcome(own.send(new HeadObjectCommand(target))), DENIED_HEAD);
});

t.test("who may read but not ask for locks is told nothing of them", async (t) => {
  const { own, client } = await serverWithKey(t, ["s3:GetObject"]);
  const target = { Bucket: "locked", Key: "k" };
  const asked = { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: tomorrow } as const;
  await client.send(new PutObjectCommand({ ...target, Body: "1", ...asked }));
  const head = await own.send(new HeadObjectCommand(target));
  t.equal(head.ObjectLockMode, undefined);
  const missing = { ...target, Key: "none" };
  t.equal(
    await outcome(own.send(new GetObjectCommand(missing))),
    DENIED,
    "absence is for those who may list",
  );
});

t.test("rights can be narrowed to keys and prefixes, and denied", async (t) => {
  const { own, client } = await serverWithKey(
    t,
    [
      { action: ["s3:GetObject", "s3:PutObject"], resource: "plain/day-keys/*" },
      { action: "s3:ListBucket", resource: "plain", prefix: "day-keys/*" },
    ],
    [{ action: "s3:*", resource: "plain/day-keys/secret*" }],
  );
  const Bucket = "plain";
  const get = (Key: string): Promise<string> => outcome(own.send(new GetObjectCommand({ Bucket, Key })));
  for (const Key of ["day-keys/1", "day-keys/secret", "other"]) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  }
  t.equal(await get("day-keys/1"), "done");
  t.equal(await get("day-keys/secret"), DENIED);
  t.equal(await get("other"), DENIED);
  t.equal(await outcome(own.send(new ListObjectsV2Command({ Bucket, Prefix: "day-keys/" }))), "done");
  t.equal(await outcome(own.send(new ListObjectsV2Command({ Bucket }))), DENIED);
  t.equal(
    await outcome(own.send(new ListObjectsV2Command({ Bucket: "versioned", Prefix: "day-keys/" }))),
    DENIED,
  );
});

t.test("a bucket policy gives and takes", async (t) => {
  const { own, client, key } = await serverWithKey(t, []);
  const Bucket = "plain";
  const AWS = `arn:aws:iam::111122223333:user/${key.accessKeyId}`;
  const allow = (more: object) => ({
    Effect: "Allow",
    Principal: { AWS },
    Action: ["s3:PutObject", "s3:GetObject"],
    Resource: `arn:aws:s3:::${Bucket}/*`,
    ...more,
  });
  const set = (...Statement: object[]) =>
    client.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
  const attempt = (): Promise<string> =>
    outcome(own.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" })));
  t.equal(await attempt(), DENIED);
  await set(allow({}));
  t.equal(await attempt(), "done");
  await set(allow({ Principal: { AWS: "arn:aws:iam::111122223333:user/other" } }));
  t.equal(await attempt(), DENIED);
  await set(allow({}), { ...allow({ Resource: `arn:aws:s3:::${Bucket}/k*` }), Effect: "Deny" });
  t.equal(await attempt(), DENIED);
  await set(allow({ Condition: { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } } }));
  t.equal(await attempt(), "done");
  await set(allow({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }));
  t.equal(await attempt(), DENIED);
  t.equal(
    await outcome(client.send(new PutBucketPolicyCommand({ Bucket, Policy: "{}" }))),
    "400 MalformedPolicy",
  );
});

t.test("wrong keys, clocks and bodies are refused", async (t) => {
  const { server, root } = await testServer(t);
  const stranger = newAccessKey();
  const ask = async (...[key, config]: [typeof root, object?]): Promise<string> => {
    const client = clientFor(server, key, config);
    t.teardown(() => client.destroy());
    return outcome(client.send(new ListObjectsV2Command({ Bucket: "plain" })));
  };
  t.equal(await ask(stranger), "403 InvalidAccessKeyId");
  t.equal(await ask({ ...root, secretAccessKey: stranger.secretAccessKey }), "403 SignatureDoesNotMatch");
  for (const minutes of [-16, 16]) {
    t.equal(await ask(root, { systemClockOffset: minutes * 60_000 }), "403 RequestTimeTooSkewed");
  }
  t.equal(await ask(root, { systemClockOffset: 14 * 60_000 }), "done");
  const anonymous = await fetch(`${server.endpoint}/plain?list-type=2`);
  t.equal(anonymous.status, 403);
  const document = await anonymous.text();
  t.match(
    document,
    /<Error><Code>AccessDenied<\/Code><Message>.+<\/Message>.*<RequestId>\w+<\/RequestId><HostId>/,
  );

  const tampering = clientFor(server, root);
  t.teardown(() => tampering.destroy());
  tampering.middlewareStack.add(
    (next) => (args) => {
      (args.request as { body: unknown }).body = "tampered";
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  const put = new PutObjectCommand({ Bucket: "plain", Key: "k", Body: "original" });
  t.equal(await outcome(tampering.send(put)), "400 XAmzContentSHA256Mismatch");
  t.equal(server.objects("plain").length, 0);
});

t.test("the clock can be another", async (t) => {
  const then = new Date("2031-05-06T07:08:09Z");
  const { client } = await testServer(t, { now: () => then });
  const list = new ListObjectsV2Command({ Bucket: "plain" });
  let date: string | undefined;
  try {
    await client.send(list);
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    t.equal(error.name, "RequestTimeTooSkewed");
    date = error.$response?.headers["date"];
  }
  t.equal(date, then.toUTCString());
  // The SDK has learnt the difference from that date.
  t.equal(await outcome(client.send(list)), "done");
});
