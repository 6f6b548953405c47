import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
} from "@aws-sdk/client-s3";
import t, { type Test } from "tap";
import { openDirectoryRemover } from "../../src/store/directory-remover.ts";
import { openDirectorySink } from "../../src/store/directory-sink.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import type { Retention, StoredPiece } from "../../src/store/object-store.ts";
import { removerBelow, sinkBelow, sourceBelow } from "../../src/store/prefix.ts";
import { openS3Remover } from "../../src/store/s3-remover.ts";
import { piecesOf, removerConformance } from "../fixtures/remover-conformance.ts";
import { clientFor } from "../fixtures/s3-server/client.ts";
import { s3Store, type S3StoreOptions } from "../fixtures/s3-store.ts";
import { chunked, faultOf, MemoryJournal, never } from "../fixtures/store-conformance.ts";

async function s3(t: Test, options: S3StoreOptions = {}) {
  const store = await s3Store(t, options);
  const { secretAccessKey } = store.config;
  const owner = clientFor(store.server, { accessKeyId: "owner", secretAccessKey, allow: [] });
  t.teardown(() => owner.destroy());
  const remover = openS3Remover(store.config, { now: () => new Date(), random: () => 0 });
  const Bucket = "b";
  const put = (key: string, retention?: Retention) =>
    store.sink.put({ key, body: chunked(Buffer.from(key)), retention, signal: never() });
  const beginUpload = async (Key: string) => {
    await owner.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  };
  const cover = async (Key: string, Body: string) => {
    await owner.send(new PutObjectCommand({ Bucket, Key, Body }));
  };
  const hide = async (Key: string) => {
    await owner.send(new DeleteObjectCommand({ Bucket, Key }));
  };
  return { ...store, owner, remover, put, beginUpload, cover, hide };
}

async function only(remover: Parameters<typeof piecesOf>[0], prefix: string): Promise<StoredPiece> {
  const [piece] = await piecesOf(remover, prefix);
  if (piece === undefined) throw new Error(`nothing below ${prefix}`);
  return piece;
}

async function folder(t: Test) {
  const path = await mkdtemp(join(tmpdir(), "lakat-remover-"));
  t.teardown(() => rm(path, { recursive: true }));
  const sink = openDirectorySink({ name: "copy", path, country: "HU" }, new MemoryJournal());
  const beginUpload = async (key: string) => {
    await mkdir(join(path, dirname(key)), { recursive: true });
    await writeFile(join(path, dirname(key), ".lakat-0123456789abcdef"), "half");
  };
  const config = { name: "copy", path };
  return {
    path,
    sink,
    source: openDirectorySource(config),
    remover: openDirectoryRemover(config),
    beginUpload,
  };
}

t.test("S3 with versions and locks", (t) => removerConformance(t, s3));

t.test("S3 without either", (t) =>
  removerConformance(t, async (t) => {
    const { sink, source, remover, beginUpload } = await s3(t, { objectLock: false });
    return { sink, source, remover, beginUpload };
  }),
);

t.test("S3 that knows no list of versions", (t) =>
  removerConformance(t, async (t) => {
    const { server, sink, source, remover, beginUpload } = await s3(t, { objectLock: false });
    const how = { status: 501, code: "NotImplemented" };
    server.fail({ on: { operation: "ListObjectVersions" }, times: Infinity, how });
    return { sink, source, remover, beginUpload };
  }),
);

t.test("S3 below a prefix", (t) =>
  removerConformance(t, async (t) => {
    const { sink, source, remover, beginUpload } = await s3(t);
    return {
      sink: sinkBelow(sink, "deep/in"),
      source: sourceBelow(source, "deep/in"),
      remover: removerBelow(remover, "deep/in"),
      beginUpload: (key) => beginUpload(`deep/in/${key}`),
    };
  }),
);

t.test("a folder", (t) => removerConformance(t, folder));

t.test("more versions and uploads than a page holds", async (t) => {
  const { server, remover, put, beginUpload } = await s3(t);
  await put("many/1");
  await beginUpload("many/1");
  const bucket = server.bucket("b");
  const [version] = bucket.objects.get("many/1") ?? [];
  const [upload] = bucket.uploads.values();
  if (version === undefined || upload === undefined) throw new Error("nothing there");
  const versions = Array.from({ length: 1500 }, (_, i) => ({ ...version, versionId: `v${i}` }));
  bucket.objects.set("many/1", versions);
  bucket.objects.set(
    "many/2",
    versions.map((one) => ({ ...one, key: "many/2" })),
  );
  for (let i = 0; i < 1500; i++) bucket.uploads.set(`u${i}`, { ...upload, uploadId: `u${i}` });
  const pieces = await piecesOf(remover, "many/");
  t.equal(new Set(pieces.map(({ key, versionId }) => `${key} ${String(versionId)}`)).size, 3000);
  const uploads = await Array.fromAsync(remover.uploads("many/", never()));
  t.equal(new Set(uploads.map(({ uploadId }) => uploadId)).size, 1501);
});

t.test("what is locked is not tried, and stays when it is", async (t) => {
  const { server, owner, remover, put } = await s3(t);
  const until = new Date(Math.ceil(Date.now() / 1000 + 3600) * 1000);
  for (const mode of ["COMPLIANCE", "GOVERNANCE"] as const) {
    await put(`locked/${mode}`, { mode, until });
    const piece = await only(remover, `locked/${mode}`);
    t.strictSame(await remover.hold(piece, never()), { until });
    t.strictSame(await remover.remove(piece, never()), { until }, "comes back as a value");
    t.match(await piecesOf(remover, `locked/${mode}`), [piece], "and is still there");
  }
  const asked = server.requests.filter(({ operation }) => operation === "DeleteObject");
  t.ok(asked.every(({ headers }) => headers["x-amz-bypass-governance-retention"] === undefined));

  await put("hold/1");
  const LegalHold = { Status: "ON" as const };
  await owner.send(new PutObjectLegalHoldCommand({ Bucket: "b", Key: "hold/1", LegalHold }));
  const held = await only(remover, "hold/1");
  t.strictSame(await remover.hold(held, never()), { until: undefined });
  t.strictSame(await remover.remove(held, never()), { until: undefined });

  await put("past/1", { mode: "COMPLIANCE", until });
  const [past] = server.bucket("b").objects.get("past/1") ?? [];
  if (past !== undefined)
    past.lock = { mode: "COMPLIANCE", until: new Date(Date.now() - 1000).toISOString() };
  const free = await only(remover, "past/1");
  t.equal(await remover.hold(free, never()), undefined, "a lock that has run out keeps nothing");
  t.equal(await remover.remove(free, never()), undefined);
});

t.test("rights that are not there are named, one by one", async (t) => {
  const { remover, put, beginUpload } = await s3(t, { allow: ["s3:PutObject", "s3:ListBucket"] });
  await put("a/1");
  await beginUpload("a/2");
  const piece = { key: "a/1", versionId: "v", size: 1, modified: new Date(), marker: false };
  const tries: [right: string, ask: () => Promise<unknown>][] = [
    ["s3:ListBucketVersions", () => piecesOf(remover, "a/")],
    ["s3:GetObjectRetention", () => remover.hold(piece, never())],
    ["s3:DeleteObjectVersion", () => remover.remove(piece, never())],
    ["s3:ListBucketMultipartUploads", () => Array.fromAsync(remover.uploads("a/", never()))],
    [
      "s3:AbortMultipartUpload",
      () => remover.abort({ key: "a/2", uploadId: "u", begun: new Date() }, never()),
    ],
  ];
  for (const [right, ask] of tries) {
    const fault = await faultOf(ask());
    t.equal(fault.code, "STORE_DENIED");
    t.match(fault.message, right);
  }
});

t.test("a folder: what is left empty goes too, but never the root, and no link leads out", async (t) => {
  const { path, sink, remover } = await folder(t);
  const put = (key: string) =>
    sink.put({ key, body: chunked(Buffer.from(key)), retention: undefined, signal: never() });
  await put("a/b/c/1");
  await put("a/2");
  for (const key of ["a/b/c/1", "a/2"]) await remover.remove(await only(remover, key), never());
  t.strictSame(await readdir(path), []);

  const outside = t.testdir({ secret: "x" });
  await put("a/2");
  await symlink(outside, join(path, "a/out"));
  t.strictSame(
    (await piecesOf(remover, "")).map(({ key }) => key),
    ["a/2"],
  );
  const piece = { key: "a/out/secret", versionId: undefined, size: 1, modified: new Date(), marker: false };
  t.match(await faultOf(remover.remove(piece, never())), { code: "STORE_FAILED", message: /leads out of/ });
  t.strictSame(await readdir(outside), ["secret"]);
});
