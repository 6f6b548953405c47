import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import t from "tap";
import { clientFor, newAccessKey, outcome, testServer } from "../fixtures/s3-server/client.ts";
import { startS3Server } from "../fixtures/s3-server/s3-server.ts";

const put = (client: S3Client, Key: string, Body: string | Buffer, Bucket = "plain") =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

async function read(client: S3Client, Key: string, Bucket = "plain", more: object = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

t.test("an object comes back with its bytes, ETag and metadata", async (t) => {
  const { client, server } = await testServer(t);
  const body = randomBytes(300_000);
  const stored = await client.send(
    new PutObjectCommand({
      Bucket: "plain",
      Key: "a/b",
      Body: body,
      ContentType: "text/x-test",
      Metadata: { origin: "here" },
    }),
  );
  t.equal(stored.ETag, `"${createHash("md5").update(body).digest("hex")}"`);
  t.strictSame(await read(client, "a/b"), body);
  const head = await client.send(new HeadObjectCommand({ Bucket: "plain", Key: "a/b" }));
  t.match(head, { ContentLength: 300_000, ContentType: "text/x-test", Metadata: { origin: "here" } });
  t.strictSame(await server.objects("plain")[0]?.read(), body);
});

t.test("empty objects and streamed bodies keep their length", async (t) => {
  const { client, server } = await testServer(t);
  await put(client, "empty", "");
  t.equal((await read(client, "empty")).length, 0);
  const body = randomBytes(200_000);
  const stream = Readable.from([body.subarray(0, 70_000), body.subarray(70_000)]);
  await client.send(
    new PutObjectCommand({ Bucket: "plain", Key: "stream", Body: stream, ContentLength: body.length }),
  );
  t.strictSame(await read(client, "stream"), body, "without the framing");
  t.match(server.requests.findLast((r) => r.method === "PUT")?.headers, {
    "content-encoding": "aws-chunked",
  });
  const head = await client.send(new HeadObjectCommand({ Bucket: "plain", Key: "stream" }));
  t.equal(head.ContentEncoding, undefined);
});

t.test("odd keys are stored and listed as they are", async (t) => {
  const { client } = await testServer(t);
  const keys = ["ü ñ", "a+b", "100%", "😀", "x//y", "a&b<c>\"'", "%41", "ﬀ", "tab\there", "(1)*!"].map(
    (k) => `k/${k}`,
  );
  for (const key of keys) await put(client, key, key);
  for (const key of keys) t.equal((await read(client, key)).toString(), key);
  const list = await client.send(new ListObjectsV2Command({ Bucket: "plain", Prefix: "k/" }));
  const inOrder = keys.map((k) => Buffer.from(k)).sort((a, b) => Buffer.compare(a, b));
  t.strictSame(
    list.Contents?.map((c) => c.Key),
    inOrder.map((k) => k.toString()),
    "in the order of UTF-8 bytes",
  );
});

t.test("ranges", async (t) => {
  const { client } = await testServer(t);
  const body = randomBytes(1000);
  await put(client, "r", body);
  const part = await client.send(new GetObjectCommand({ Bucket: "plain", Key: "r", Range: "bytes=10-19" }));
  t.equal(part.$metadata.httpStatusCode, 206);
  t.equal(part.ContentRange, "bytes 10-19/1000");
  t.strictSame(await read(client, "r", "plain", { Range: "bytes=10-19" }), body.subarray(10, 20));
  t.strictSame(await read(client, "r", "plain", { Range: "bytes=-7" }), body.subarray(993));
  t.strictSame(await read(client, "r", "plain", { Range: "bytes=990-5000" }), body.subarray(990));
  t.equal(await outcome(read(client, "r", "plain", { Range: "bytes=1000-" })), "416 InvalidRange");
});

t.test("what is not there", async (t) => {
  const { client } = await testServer(t);
  t.equal(await outcome(read(client, "none")), "404 NoSuchKey");
  t.equal(await outcome(read(client, "none", "nobucket")), "404 NoSuchBucket");
  t.equal(
    await outcome(client.send(new HeadObjectCommand({ Bucket: "plain", Key: "none" }))),
    "404 NotFound",
  );
  t.equal(await outcome(client.send(new HeadBucketCommand({ Bucket: "nobucket" }))), "404 NotFound");
  t.equal(await outcome(put(client, "k".repeat(1025), "x")), "400 KeyTooLongError");
});

t.test("conditional reads", async (t) => {
  const { client } = await testServer(t);
  const { ETag } = await put(client, "c", "1");
  t.equal(
    await outcome(read(client, "c", "plain", { IfNoneMatch: ETag })),
    "304 Unknown",
    "without a document there is no code",
  );
  t.equal(await outcome(read(client, "c", "plain", { IfMatch: '"0"' })), "412 PreconditionFailed");
  t.equal(await outcome(read(client, "c", "plain", { IfMatch: ETag })), "done");
});

t.test("lists page through keys and common prefixes", async (t) => {
  const { client } = await testServer(t);
  for (let i = 0; i < 25; i++) await put(client, `l/${String(i).padStart(3, "0")}`, "x");
  await put(client, "l/sub/1", "x");
  await put(client, "l/sub/2", "x");
  const seen: string[] = [];
  let pages = 0;
  for (let token: string | undefined, more = true; more; pages++) {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: "plain",
        Prefix: "l/",
        Delimiter: "/",
        MaxKeys: 10,
        ContinuationToken: token,
      }),
    );
    seen.push(
      ...(page.Contents ?? []).map((c) => c.Key ?? ""),
      ...(page.CommonPrefixes ?? []).map((p) => p.Prefix ?? ""),
    );
    token = page.NextContinuationToken;
    more = token !== undefined;
  }
  t.equal(pages, 3);
  t.equal(seen.length, 26);
  t.equal(seen.at(-1), "l/sub/", "a common prefix once");
  const after = await client.send(
    new ListObjectsV2Command({ Bucket: "plain", Prefix: "l/", StartAfter: "l/020", EncodingType: "url" }),
  );
  t.equal(after.KeyCount, 6);
  const old = await client.send(new ListObjectsCommand({ Bucket: "plain", Marker: "l/022", MaxKeys: 1 }));
  t.match(old, { IsTruncated: true, Contents: [{ Key: "l/023" }] });
});

t.test("batches of deletions name every key", async (t) => {
  const { client } = await testServer(t);
  await put(client, "one", "1");
  const gone = await client.send(
    new DeleteObjectsCommand({
      Bucket: "plain",
      Delete: { Objects: [{ Key: "one" }, { Key: "never & was" }] },
    }),
  );
  t.strictSame(
    gone.Deleted?.map((d) => d.Key),
    ["one", "never & was"],
  );
  t.equal(await outcome(read(client, "one")), "404 NoSuchKey");
});

t.test("buckets have a region, which requests must be signed for", async (t) => {
  const { client, server, root } = await testServer(t);
  const config = { CreateBucketConfiguration: { LocationConstraint: "eu-west-3" } } as const;
  await client.send(new CreateBucketCommand({ Bucket: "paris", ...config }));
  t.equal(
    await outcome(client.send(new CreateBucketCommand({ Bucket: "paris", ...config }))),
    "409 BucketAlreadyOwnedByYou",
  );
  const location = await client.send(new GetBucketLocationCommand({ Bucket: "paris" }));
  t.equal(location.LocationConstraint, "eu-west-3", "asked from another region");
  t.equal(await outcome(put(client, "x", "x", "paris")), "400 AuthorizationHeaderMalformed");
  const paris = clientFor(server, root, { region: "eu-west-3" });
  const head = await paris.send(new HeadBucketCommand({ Bucket: "paris" }));
  t.equal(head.BucketRegion, "eu-west-3");
  await put(paris, "x", "x", "paris");
  t.equal(await outcome(paris.send(new DeleteBucketCommand({ Bucket: "paris" }))), "409 BucketNotEmpty");
  await paris.send(new DeleteObjectCommand({ Bucket: "paris", Key: "x" }));
  await paris.send(new DeleteBucketCommand({ Bucket: "paris" }));
  const { Buckets } = await client.send(new ListBucketsCommand({}));
  t.strictSame(
    Buckets?.map((b) => b.Name),
    ["locked", "plain", "versioned"],
  );
});

t.test("versions pile up, and deleting hides them", async (t) => {
  const { client } = await testServer(t);
  const one = await put(client, "k", "1", "versioned");
  const two = await put(client, "k", "2", "versioned");
  t.not(one.VersionId, two.VersionId);
  t.equal((await read(client, "k", "versioned", { VersionId: one.VersionId })).toString(), "1");
  const marker = await client.send(new DeleteObjectCommand({ Bucket: "versioned", Key: "k" }));
  t.equal(marker.DeleteMarker, true);
  t.equal(await outcome(read(client, "k", "versioned")), "404 NoSuchKey");
  t.equal(
    await outcome(read(client, "k", "versioned", { VersionId: marker.VersionId })),
    "405 MethodNotAllowed",
  );
  t.equal(await outcome(read(client, "k", "versioned", { VersionId: "never" })), "404 NoSuchVersion");

  const first = await client.send(new ListObjectVersionsCommand({ Bucket: "versioned", MaxKeys: 2 }));
  t.strictSame([first.DeleteMarkers?.length, first.Versions?.length], [1, 1]);
  const rest = await client.send(
    new ListObjectVersionsCommand({
      Bucket: "versioned",
      KeyMarker: first.NextKeyMarker,
      VersionIdMarker: first.NextVersionIdMarker,
    }),
  );
  t.match(rest.Versions, [{ VersionId: one.VersionId, IsLatest: false }]);

  await client.send(new DeleteObjectCommand({ Bucket: "versioned", Key: "k", VersionId: marker.VersionId }));
  t.equal((await read(client, "k", "versioned")).toString(), "2");
});

t.test("suspended versioning replaces the null version only", async (t) => {
  const { client } = await testServer(t);
  await put(client, "k", "1", "versioned");
  await client.send(
    new PutBucketVersioningCommand({ Bucket: "versioned", VersioningConfiguration: { Status: "Suspended" } }),
  );
  await put(client, "k", "2", "versioned");
  t.equal((await put(client, "k", "3", "versioned")).VersionId, "null");
  const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: "versioned" }));
  t.equal(Versions?.length, 2);
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: "versioned" }));
  t.equal(Status, "Suspended");
});

t.test("copies and attributes", async (t) => {
  const { client } = await testServer(t);
  await put(client, "from", "content");
  await client.send(new CopyObjectCommand({ Bucket: "plain", Key: "to", CopySource: "plain/from" }));
  t.equal((await read(client, "to")).toString(), "content");
  const attributes = await client.send(
    new GetObjectAttributesCommand({
      Bucket: "plain",
      Key: "from",
      ObjectAttributes: ["ObjectSize", "Checksum"],
    }),
  );
  t.equal(attributes.ObjectSize, 7);
  t.ok(attributes.Checksum?.ChecksumCRC32);
  t.equal(attributes.ETag, undefined, "was not asked for");
});

t.test("everything is found again after a stop", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "s3-again-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const key = newAccessKey();
  const options = {
    folder,
    keys: [key],
    buckets: [{ name: "versioned", region: "eu-central-1", versioning: true }],
  };
  const before = await startS3Server(options);
  const first = clientFor(before, key);
  const { VersionId } = await put(first, "k", "1", "versioned");
  await put(first, "k", "2", "versioned");
  await put(first, "doomed", "3", "versioned");
  await first.send(new DeleteObjectCommand({ Bucket: "versioned", Key: "doomed" }));
  await before.stop();
  t.not(await outcome(put(first, "k", "4", "versioned")), "done", "nobody listens any more");

  const after = await startS3Server(options);
  t.teardown(() => after.stop());
  const second = clientFor(after, key);
  t.equal((await read(second, "k", "versioned")).toString(), "2");
  t.equal((await read(second, "k", "versioned", { VersionId })).toString(), "1");
  t.equal(await outcome(read(second, "doomed", "versioned")), "404 NoSuchKey");
});

t.test("bytes go with the objects, and big ones at once when they are to be discarded", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "s3-discard-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { client } = await testServer(t, { folder, discard: true, opaqueEtags: true });
  const blobs = (): string[] => readdirSync(join(folder, "blobs"));
  const big = randomBytes(3 << 20);
  const { ETag } = await put(client, "big", big);
  t.equal(blobs().length, 0);
  t.not(ETag, `"${createHash("md5").update(big).digest("hex")}"`);
  const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket: "plain", Key: "big" }));
  t.equal(ContentLength, big.length);
  await put(client, "small", "kept");
  t.equal((await read(client, "small")).toString(), "kept");
  t.ok(existsSync(join(folder, "blobs", blobs()[0] ?? "")));
  await client.send(new DeleteObjectCommand({ Bucket: "plain", Key: "small" }));
  await put(client, "later", "");
  await client.send(new DeleteObjectCommand({ Bucket: "plain", Key: "later" }));
  t.equal(await outcome(read(client, "small")), "404 NoSuchKey");
});
