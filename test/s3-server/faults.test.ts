import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { clientFor, newAccessKey, outcome, testServer } from "../fixtures/s3-server/client.ts";

const Bucket = "plain";
const big = randomBytes(2_000_000);
const put = (client: S3Client, Key: string, Body: string | Buffer = "x", options: object = {}) =>
  outcome(client.send(new PutObjectCommand({ Bucket, Key, Body }), options));

async function read(client: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

t.test("an error is answered as often as told, to whom it was meant for", async (t) => {
  const { client, server } = await testServer(t);
  const slow = server.fail({
    on: { operation: "PutObject", keyIncludes: "a", nth: 2 },
    times: 2,
    how: { status: 503, code: "SlowDown", headers: { "retry-after": "1" } },
  });
  t.equal(await put(client, "a1"), "done");
  t.equal(await put(client, "a2"), "503 SlowDown");
  t.equal(await put(client, "b"), "done");
  t.equal(await put(client, "a3"), "503 SlowDown");
  t.equal(await put(client, "a4"), "done");
  t.equal(slow.hits, 2);
  const full = server.fail({ times: Infinity, how: { status: 507, code: "InsufficientStorage" } });
  t.equal(await put(client, "c"), "507 InsufficientStorage");
  t.equal(await put(client, "d", big), "507 InsufficientStorage");
  full.cancel();
  t.equal(await put(client, "c"), "done");
  server.fail({
    on: (r) => r.headers["x-amz-checksum-crc32"] !== undefined,
    how: { status: 500, code: "InternalError" },
  });
  t.equal(await put(client, "e"), "500 InternalError");
});

t.test("a connection breaks before, during and after an upload", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "s3-faults-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { client, server } = await testServer(t, { folder });
  server.fail({ how: "reset" });
  t.not(await put(client, "before", big), "done");
  server.fail({ how: { reset: "upload" } });
  t.not(await put(client, "upload", big), "done");
  const half = server.requests.at(-1);
  t.ok(half !== undefined && half.bytesIn >= 1_000_000 && half.bytesIn < 2_000_000, "halfway");
  t.equal(half?.status, undefined);
  t.strictSame(readdirSync(join(folder, "blobs")), [], "nothing of it stays");
  server.fail({ how: { reset: "upload", afterBytes: 1 } });
  t.not(await put(client, "empty", ""), "done");
  server.fail({ how: { reset: "after" } });
  t.not(await put(client, "after", big), "done");
  t.strictSame(
    server.objects(Bucket).map((o) => o.key),
    ["after"],
    "was stored, but nobody was told",
  );
  t.equal(await put(client, "fine"), "done");
});

t.test("a connection breaks midway through a download, or delivers a wrong byte", async (t) => {
  const { client, server, root } = await testServer(t);
  await put(client, "k", big);
  server.fail({ on: { method: "GET" }, how: { reset: "response" } });
  await t.rejects(read(client, "k"));
  t.equal(server.requests.at(-1)?.bytesOut, 1_000_000);
  server.fail({ on: { method: "GET" }, how: { corruptResponse: true } });
  const trusting = clientFor(server, root, { responseChecksumValidation: "WHEN_REQUIRED" });
  t.teardown(() => trusting.destroy());
  const wrong = await read(trusting, "k");
  const differing = wrong.findIndex((byte, i) => byte !== big[i]);
  t.equal(differing, 1_000_000);
  t.ok((await read(client, "k")).equals(big));
});

t.test("a server that stalls is left by a client with patience", async (t) => {
  const { client, server } = await testServer(t);
  for (const moment of ["before", "upload", "after", "response"] as const) {
    const fault = server.fail({ on: { keyIncludes: moment }, how: { stall: moment } });
    const abort = new AbortController();
    const stuck = put(client, moment, big, { abortSignal: abort.signal });
    t.equal(await put(client, "other", big), "done", "others are served");
    while (fault.hits === 0) await setImmediate();
    abort.abort();
    t.equal(await stuck, "AbortError", moment);
    t.equal(fault.hits, 1);
  }
});

t.test("stopping the server frees those who are stuck", async (t) => {
  const { client, server } = await testServer(t);
  server.fail({ how: "stall" });
  const stuck = put(client, "k");
  while (server.requests.length === 0) await setImmediate();
  await server.stop();
  t.not(await stuck, "done");
});

t.test("delays and slow lines only take longer", async (t) => {
  const { client, server } = await testServer(t);
  const began = performance.now();
  server.fail({ how: { delayMs: 150 } });
  t.equal(await put(client, "k", big), "done");
  server.fail({ how: { bytesPerSecond: 10_000_000 } });
  t.ok((await read(client, "k")).equals(big));
  t.ok(performance.now() - began >= 150 + 190);
});

t.test("an error can hide in a 200", async (t) => {
  const { client, server } = await testServer(t);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: "m" }));
  const part = await client.send(
    new UploadPartCommand({ Bucket, Key: "m", UploadId, PartNumber: 1, Body: "x" }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
  const complete = () =>
    outcome(client.send(new CompleteMultipartUploadCommand({ Bucket, Key: "m", UploadId, MultipartUpload })));
  server.fail({ on: { operation: "CompleteMultipartUpload" }, how: { errorIn200: "InternalError" } });
  t.match(await complete(), /InternalError/);
  t.equal(server.requests.at(-1)?.status, 200);
  t.equal(await complete(), "done");
});

t.test("the log tells what was asked and answered", async (t) => {
  const { client, server, root } = await testServer(t);
  await put(client, "a b", "12345");
  await read(client, "a b");
  await outcome(client.send(new ListObjectsV2Command({ Bucket: "none", Prefix: "p" })));
  t.match(server.requests, [
    {
      method: "PUT",
      operation: "PutObject",
      bucket: Bucket,
      key: "a b",
      status: 200,
      bytesIn: 5,
      code: undefined,
    },
    { method: "GET", operation: "GetObject", accessKeyId: root.accessKeyId, bytesOut: 5 },
    { operation: "ListObjectsV2", query: { prefix: "p" }, status: 404, code: "NoSuchBucket" },
  ]);
  t.equal(server.requests[0]?.headers["authorization"], undefined);
});

t.test("in a process of its own it says where it is and ends on SIGTERM", async (t) => {
  const key = newAccessKey();
  const options = JSON.stringify({ keys: [key], buckets: [{ name: Bucket, region: "eu-central-1" }] });
  const main = join(import.meta.dirname, "../fixtures/s3-server/main.ts");
  const child = spawn(process.execPath, [main, options], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const ready = JSON.parse(line) as { endpoint: string; port: number; pid: number };
  t.equal(ready.pid, child.pid);
  const client = clientFor({ endpoint: ready.endpoint }, key);
  t.teardown(() => client.destroy());
  t.equal(await put(client, "k"), "done");
  child.kill("SIGTERM");
  t.strictSame(await once(child, "exit"), [0, null]);
});
