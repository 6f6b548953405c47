import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { outcome, testServer } from "../fixtures/s3-server/client.ts";

const put = (client: S3Client, Bucket: string, Key: string, Body: string, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

async function read(client: S3Client, Bucket: string, Key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

/** A multipart upload of one part, up to its completion. */
async function begin(
  client: S3Client,
  Bucket: string,
  Key: string,
): Promise<(more?: object) => Promise<unknown>> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await client.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "part" }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  return (more = {}) =>
    client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...more }));
}

const winners = (all: string[]): number => all.filter((o) => o === "done").length;

for (const bucket of ["plain", "versioned", "locked"]) {
  t.test(`a key is written once in bucket ${bucket}`, async (t) => {
    const { client } = await testServer(t);
    await put(client, bucket, "k", "first", { IfNoneMatch: "*" });
    t.equal(
      await outcome(put(client, bucket, "k", "second", { IfNoneMatch: "*" })),
      "412 PreconditionFailed",
    );
    const complete = await begin(client, bucket, "k");
    t.equal(await outcome(complete({ IfNoneMatch: "*" })), "412 PreconditionFailed");
    t.equal(await read(client, bucket, "k"), "first");
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: "k" }));
    t.equal(await outcome(put(client, bucket, "k", "third", { IfNoneMatch: "*" })), "done", "absent again");
  });

  t.test(`of parallel writers to bucket ${bucket} one wins`, async (t) => {
    const { client } = await testServer(t);
    for (let round = 0; round < 4; round++) {
      const single = Array.from({ length: 12 }, (_, i) =>
        outcome(put(client, bucket, `k${round}`, String(i), { IfNoneMatch: "*" })),
      );
      const completions = await Promise.all(
        Array.from({ length: 4 }, () => begin(client, bucket, `k${round}`)),
      );
      const multipart = completions.map((complete) => outcome(complete({ IfNoneMatch: "*" })));
      const all = await Promise.all([...single, ...multipart]);
      t.equal(winners(all), 1, all.join(", "));
      t.ok(all.every((o) => ["done", "412 PreconditionFailed"].includes(o)));
    }
  });
}

t.test("an ETag that is still the same allows a replacement", async (t) => {
  const { client } = await testServer(t);
  const { ETag } = await put(client, "plain", "k", "1");
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, i) => outcome(put(client, "plain", "k", `new ${i}`, { IfMatch: ETag }))),
  );
  t.equal(winners(all), 1);
  t.equal(await outcome(put(client, "plain", "none", "x", { IfMatch: ETag })), "404 NoSuchKey");
  const remove = (IfMatch: string) =>
    client.send(new DeleteObjectCommand({ Bucket: "plain", Key: "k", IfMatch }));
  t.equal(await outcome(remove('"00"')), "412 PreconditionFailed");
  t.equal(await outcome(remove(ETag ?? "")), "412 PreconditionFailed", "it was replaced");
});

t.test("a deletion during a conditional write is a conflict", async (t) => {
  const { client, server } = await testServer(t);
  const Body = new PassThrough();
  const half = Buffer.alloc(100_000);
  const writing = outcome(
    client.send(
      new PutObjectCommand({ Bucket: "plain", Key: "k", Body, ContentLength: 200_000, IfNoneMatch: "*" }),
    ),
  );
  Body.write(half);
  while (!server.requests.some((r) => r.key === "k" && r.bytesIn > 0)) await setImmediate();
  await client.send(new DeleteObjectCommand({ Bucket: "plain", Key: "k" }));
  Body.end(half);
  t.equal(await writing, "409 ConditionalRequestConflict");
});

t.test("servers that lie about it", async (t) => {
  const { client, server } = await testServer(t);
  const attempt = (): Promise<string> => outcome(put(client, "plain", "k", "again", { IfNoneMatch: "*" }));
  await put(client, "plain", "k", "first");
  server.lies.ignoreIfNoneMatch = "multipart";
  t.equal(await attempt(), "412 PreconditionFailed");
  t.equal(await outcome((await begin(client, "plain", "k"))({ IfNoneMatch: "*" })), "done");
  server.lies.ignoreIfNoneMatch = "put";
  t.equal(await attempt(), "done");
  t.equal(await outcome((await begin(client, "plain", "k"))({ IfNoneMatch: "*" })), "412 PreconditionFailed");
  server.lies.ignoreIfNoneMatch = undefined;
  server.lies.raceIfNoneMatch = true;
  t.equal(await attempt(), "412 PreconditionFailed", "one after the other is noticed");
  server.fail({ times: Infinity, on: { method: "PUT" }, how: { delayMs: 0 } });
  const bodies = Array.from({ length: 8 }, () =>
    outcome(put(client, "plain", "race", "x".repeat(200_000), { IfNoneMatch: "*" })),
  );
  t.ok(winners(await Promise.all(bodies)) > 1, "at once is not");
});
