import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import { openS3Source } from "../../src/store/s3-source.ts";
import { PART, s3Store } from "../fixtures/s3-store.ts";
import { chunked, faultOf, never, readWhole } from "../fixtures/store-conformance.ts";

const BYTES = randomBytes(PART * 6);

type Store = Awaited<ReturnType<typeof s3Store>>;
const put = ({ sink }: Store, key: string, bytes = BYTES) =>
  sink.put({ key, body: chunked(bytes), retention: undefined, signal: never() });

t.test("resumes where a connection broke", async (t) => {
  const store = await s3Store(t);
  await put(store, "a");
  const { server, source } = store;
  server.fail({ on: { operation: "GetObject" }, times: 3, how: { reset: "response", afterBytes: 100_000 } });
  t.strictSame(await readWhole(source, "a"), BYTES);
  const gets = server.requests.filter(({ operation }) => operation === "GetObject");
  t.equal(gets.length, 4);
  for (const { headers } of gets.slice(1)) {
    t.match(headers["range"], /^bytes=[1-9]\d+-$/);
    t.type(headers["if-match"], "string");
  }
  const bytesOut = gets.reduce((sum, get) => sum + get.bytesOut, 0);
  t.ok(bytesOut < BYTES.length * 1.7, "not from the start again each time");
});

t.test("resumes a connection that stands still, and one that answers 503", async (t) => {
  const store = await s3Store(t, { changes: { idleTimeoutMs: 150 } });
  await put(store, "a");
  const { server, source } = store;
  const on = { operation: "GetObject" };
  server.fail({ on, how: { stall: "response", afterBytes: 50_000 } });
  server.fail({ on, times: 3, how: { status: 503, code: "SlowDown" } });
  t.strictSame(await readWhole(source, "a"), BYTES);
});

t.test("gives up when no attempt brings a byte", async (t) => {
  const store = await s3Store(t);
  let asked = 0;
  // Says how much there is, gives nothing of it, and ends.
  const empty = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, { "content-length": 100, etag: '"e"' }).flushHeaders();
    setImmediate(() => response.destroy());
  });
  empty.listen(0, "127.0.0.1");
  await once(empty, "listening");
  t.teardown(() => empty.close());
  const { port } = empty.address() as AddressInfo;
  const source = openS3Source({ ...store.config, endpoint: `http://127.0.0.1:${port}` });
  t.match(await faultOf(readWhole(source, "a")), { code: "STORE_UNREACHABLE" });
  t.ok(asked > 1 && asked < 10, `${asked} attempts`);
});

t.test("never glues two objects together", async (t) => {
  const store = await s3Store(t, { objectLock: false, lies: { ignoreIfNoneMatch: "all" } });
  await put(store, "a");
  const read = store.source.get("a", { signal: never() })[Symbol.asyncIterator]();
  store.server.fail({ on: { operation: "GetObject" }, how: { reset: "response", afterBytes: 300_000 } });
  await read.next();
  await put(store, "a", randomBytes(BYTES.length));
  const rest = Array.fromAsync({ [Symbol.asyncIterator]: () => read });
  t.match(await faultOf(rest), { code: "STORE_FAILED", message: /a was replaced while it was read/ });
});

t.test("reads the version it is told to", async (t) => {
  const store = await s3Store(t, { lies: { ignoreIfNoneMatch: "all" } });
  const first = await put(store, "a");
  await put(store, "a", Buffer.from("overwritten"));
  t.strictSame(await readWhole(store.source, "a", first.versionId), BYTES);
  t.equal((await readWhole(store.source, "a")).toString(), "overwritten");
});

t.test("lists more than one page", async (t) => {
  const store = await s3Store(t);
  const keys = Array.from({ length: 1005 }, (_, i) => `k/${String(i).padStart(5, "0")}`);
  for (let i = 0; i < keys.length; i += 50) {
    await Promise.all(keys.slice(i, i + 50).map((key) => put(store, key, Buffer.from("x"))));
  }
  const listed = await Array.fromAsync(store.source.list("k/", never()));
  t.strictSame(
    listed.map(({ key }) => key),
    keys,
  );
});

t.test("names the right that is missing", async (t) => {
  const store = await s3Store(t, { allow: ["s3:PutObject"] });
  await put(store, "a", Buffer.from("x"));
  const { source } = store;
  const listed = Array.fromAsync(source.list("", never()));
  t.match(await faultOf(listed), { code: "STORE_DENIED", message: /no right to s3:ListBucket on bucket b/ });
  t.match(await faultOf(readWhole(source, "a")), { code: "STORE_DENIED", message: /s3:GetObject on b\/a/ });
  const lock = source.retention("a", { signal: never() });
  t.match(await faultOf(lock), { code: "STORE_DENIED", message: /s3:GetObjectRetention on b\/a/ });
});

t.test("ends when it is told to", async (t) => {
  const store = await s3Store(t);
  await put(store, "a");
  store.server.fail({ on: { operation: "GetObject" }, how: { stall: "response", afterBytes: 10 } });
  const stop = new AbortController();
  const why = new Error("enough");
  const read = Array.fromAsync(store.source.get("a", { signal: stop.signal })).catch(
    (error: unknown) => error,
  );
  setTimeout(() => stop.abort(why), 50);
  t.equal(await read, why);
});
