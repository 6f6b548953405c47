/** What S3 answers when things go wrong, and what becomes of it. */
import { randomBytes } from "node:crypto";
import t from "tap";
import { Fault } from "../../src/fault.ts";
import { MemoryBudget } from "../../src/store/memory-budget.ts";
import type { Retention, Sink } from "../../src/store/object-store.ts";
import { PART, s3Store, WRITE_ONLY } from "../fixtures/s3-store.ts";
import { chunked, faultOf, never, readWhole } from "../fixtures/store-conformance.ts";

const SMALL = randomBytes(1000);
const LARGE = randomBytes(PART * 5 + 1);

const lock = (): Retention => ({
  mode: "COMPLIANCE",
  until: new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000),
});

const put = (sink: Sink, key: string, bytes: Buffer, retention?: Retention, signal = never()) =>
  sink.put({ key, body: chunked(bytes), retention, signal });

t.test("survives a store that answers 503 for a minute", async (t) => {
  for (const bytes of [SMALL, LARGE]) {
    const { server, sink, source, clock } = await s3Store(t);
    const fault = server.fail({
      on: () => clock.ms < 60_000,
      times: Infinity,
      how: { status: 503, code: "SlowDown" },
    });
    t.equal((await put(sink, "a", bytes)).size, bytes.length);
    t.ok(fault.hits > 5, `${fault.hits} refusals`);
    t.ok(fault.hits < 40, `${fault.hits} refusals are not a storm`);
    t.strictSame(await readWhole(source, "a"), bytes);
  }
});

t.test("gives up a store that answers 503 for ever", async (t) => {
  const { server, sink, clock } = await s3Store(t);
  server.fail({ times: Infinity, how: { status: 503, code: "SlowDown" } });
  const fault = await faultOf(put(sink, "a", SMALL));
  t.equal(fault.code, "STORE_FAILED");
  t.match(fault.message, /offsite: s3:PutObject on b\/a failed \(503 SlowDown/);
  t.ok(clock.ms > 200_000 && clock.ms <= 300_000, `${clock.ms} ms`);
});

t.test("survives broken connections at every moment of every request", async (t) => {
  const operations = [
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "HeadObject",
  ];
  for (const operation of operations) {
    for (const reset of ["before", "upload", "after", "response"] as const) {
      const { server, sink, source, journal } = await s3Store(t);
      const fault = server.fail({ on: { operation }, times: reset === "response" ? 1 : 2, how: { reset } });
      const bytes = operation === "PutObject" ? SMALL : LARGE;
      const receipt = await put(sink, "a", bytes, lock());
      t.ok(fault.hits > 0, `${operation} ${reset}`);
      t.strictSame(receipt.findings, []);
      t.type(receipt.versionId, "string");
      t.strictSame(await readWhole(source, "a", receipt.versionId), bytes);
      t.equal(server.bucket("b").objects.get("a")?.length, 1, "one version");
      t.equal(journal.pending.size, 0);
    }
  }
});

t.test("knows its own object again when the answer was lost", async (t) => {
  for (const bytes of [SMALL, LARGE]) {
    const operation = bytes === SMALL ? "PutObject" : "CompleteMultipartUpload";
    const rights = [["s3:*"], WRITE_ONLY, [...WRITE_ONLY, "s3:GetObjectRetention"]];
    for (const allow of rights) {
      const { server, sink, journal, log } = await s3Store(t, { allow });
      server.fail({ on: { operation }, how: { reset: "after" } });
      const blind = allow === WRITE_ONLY && bytes === LARGE;
      if (blind) {
        const fault = await faultOf(put(sink, "a", bytes));
        t.equal(fault.code, "STORE_FAILED", "an upload that is gone may have been aborted by anybody");
        t.match(fault.todo, /s3:GetObjectRetention/);
      } else {
        t.equal((await put(sink, "a", bytes)).size, bytes.length, log().join(", "));
        t.equal(journal.pending.size, 0);
      }
    }
  }
});

t.test("takes nobody else's object for its own", async (t) => {
  for (const [bytes, operation] of [
    [SMALL, "PutObject"],
    [LARGE, "CompleteMultipartUpload"],
  ] as const) {
    for (const other of [randomBytes(bytes.length), randomBytes(7)]) {
      const { server, sink, sinkWith, source } = await s3Store(t);
      await put(sinkWith({ accessKeyId: "owner" }), "a", other);
      server.fail({ on: { operation }, how: { reset: "before" } });
      t.equal((await faultOf(put(sink, "a", bytes))).code, "STORE_EXISTS");
      t.strictSame(await readWhole(source, "a"), other);
      t.equal(server.bucket("b").uploads.size, 0, "and its own upload is aborted");
    }
  }
});

t.test("a key that may not look still knows what was there before", async (t) => {
  for (const bytes of [SMALL, LARGE]) {
    const { sink } = await s3Store(t, { allow: WRITE_ONLY });
    await put(sink, "a", Buffer.from("earlier"));
    t.equal(
      (await faultOf(put(sink, "a", bytes))).code,
      "STORE_EXISTS",
      "no answer was lost, so it is not ours",
    );
  }
});

t.test("takes no 200 for an answer that holds an error", async (t) => {
  const { server, sink, source } = await s3Store(t);
  server.fail({
    on: { operation: "CompleteMultipartUpload" },
    times: 2,
    how: { errorIn200: "InternalError" },
  });
  await put(sink, "a", LARGE);
  t.strictSame(await readWhole(source, "a"), LARGE);
});

t.test("gives up a connection on which nothing moves, and takes another", async (t) => {
  for (const stall of ["before", "upload", "after", "response"] as const) {
    const { server, sink, source } = await s3Store(t, { changes: { idleTimeoutMs: 150 } });
    server.fail({ on: { operation: "UploadPart" }, how: { stall } });
    await put(sink, "a", LARGE);
    t.strictSame(await readWhole(source, "a"), LARGE, stall);
  }
});

t.test("never tries a refusal again", async (t) => {
  const cases = [
    [{ bucket: "nowhere" }, "STORE_NOT_FOUND", /bucket nowhere does not exist at http/],
    [
      { accessKeyId: "nobody" },
      "STORE_DENIED",
      /does not know the access key or token \(InvalidAccessKeyId\)/,
    ],
    [{ secretAccessKey: "wrong" }, "STORE_DENIED", /SignatureDoesNotMatch\): the secret access key is wrong/],
  ] as const;
  for (const [changes, code, message] of cases) {
    const { server, sinkWith } = await s3Store(t);
    const fault = await faultOf(put(sinkWith(changes), "a", SMALL));
    t.match(fault, { code, message });
    t.notMatch(fault.message + fault.todo, /wrong'|secretAccessKey/);
    t.equal(server.requests.length, 1);
    t.equal((await faultOf(sinkWith(changes).probe("p", never()))).code, code, "the probe says the same");
  }
});

t.test("names the right that is missing", async (t) => {
  const { sink } = await s3Store(t, { allow: ["s3:GetObject"] });
  t.match(await faultOf(put(sink, "a", SMALL)), {
    code: "STORE_DENIED",
    message: "destination offsite: no right to s3:PutObject on b/a (AccessDenied)",
    todo: "Grant s3:PutObject to this access key.",
  });
  t.equal((await faultOf(put(sink, "a", LARGE))).code, "STORE_DENIED");
});

t.test("measures a clock that is wrong", async (t) => {
  for (const [hours, said] of [
    [1, "60 minutes ahead of the store's"],
    [-2, "120 minutes behind the store's"],
  ] as const) {
    const { server, sinkWith } = await s3Store(t);
    const there = Date.now() - hours * 3_600_000;
    const date = new Date(there).toUTCString();
    const skewed = { status: 403, code: "RequestTimeTooSkewed", headers: { date } };
    server.fail({ times: Infinity, how: skewed });
    const fault = await faultOf(put(sinkWith({}, { now: () => new Date(Date.now()) }), "a", SMALL));
    t.equal(fault.code, "STORE_CLOCK_SKEW");
    t.match(fault.message, said);
    t.equal(server.requests.length, 1, "not tried with the store's clock instead");
  }
});

t.test("says when the store is full", async (t) => {
  for (const how of [
    { status: 507, code: "InsufficientStorage" },
    { status: 403, code: "QuotaExceeded" },
  ]) {
    const { server, sink } = await s3Store(t);
    server.fail({ times: Infinity, how });
    t.equal((await faultOf(put(sink, "a", SMALL))).code, "STORE_FULL");
    t.equal(server.requests.length, 1, "which waiting does not change");
  }
});

t.test("says what cannot be reached", async (t) => {
  const { server, sinkWith, clock } = await s3Store(t);
  const closed = await s3Store(t);
  await closed.server.stop();
  const cases = [
    [closed.config.endpoint, /ECONNREFUSED/, /Check the endpoint/],
    ["http://nowhere.invalid", /ENOTFOUND|EAI_AGAIN/, /DNS/],
    [server.endpoint.replace("http:", "https:"), /cannot be reached/, /https only when it speaks TLS/],
  ] as const;
  for (const [endpoint, message, todo] of cases) {
    clock.ms = 0;
    const fault = await faultOf(put(sinkWith({ endpoint }), "a", SMALL));
    t.match(fault, { code: "STORE_UNREACHABLE", message, todo });
    t.ok(clock.ms < 60_000, "soon enough for somebody who waits");
  }
});

t.test("aborts the upload of a body that breaks, and remembers what it could not abort", async (t) => {
  async function* broken() {
    yield LARGE;
    throw new Error("pg_dump died");
  }
  const well = await s3Store(t);
  await t.rejects(well.sink.put({ key: "a", body: broken(), retention: undefined, signal: never() }), {
    message: "pg_dump died",
  });
  t.equal(well.server.bucket("b").uploads.size, 0);
  t.equal(well.journal.pending.size, 0);

  const denied = await s3Store(t, { allow: ["s3:PutObject"] });
  await t.rejects(denied.sink.put({ key: "a", body: broken(), retention: undefined, signal: never() }), {
    message: "pg_dump died",
  });
  t.equal(denied.server.bucket("b").uploads.size, 1);
  const [upload] = denied.journal.pending.values();
  t.match(upload, { destination: "offsite", key: "a" });
  if (upload !== undefined) await denied.sinkWith({ accessKeyId: "owner" }).discard(upload, never());
  t.equal(denied.server.bucket("b").uploads.size, 0, "the next run can");
});

t.test("ends in the middle of a pause", async (t) => {
  const stop = new AbortController();
  const why = new Fault("INTERRUPTED", "SIGTERM", "Run again.");
  const { server, sinkWith } = await s3Store(t);
  server.fail({ times: Infinity, how: { status: 503, code: "SlowDown" } });
  const sleep = (_: number, signal: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("woken")));
      stop.abort(why);
    });
  const ended = await put(sinkWith({}, { sleep }), "a", SMALL, undefined, stop.signal).catch(
    (e: unknown) => e,
  );
  t.equal(ended, why);
});

t.test("asks for what it needs with every request", async (t) => {
  const { server, sink } = await s3Store(t);
  const retention = lock();
  await put(sink, "small", SMALL, retention);
  await put(sink, "large", LARGE, retention);
  const sent = (operation: string) => server.requests.filter((r) => r.operation === operation);
  for (const request of [...sent("PutObject"), ...sent("CompleteMultipartUpload")]) {
    t.equal(request.headers["if-none-match"], "*");
  }
  for (const request of [...sent("PutObject"), ...sent("CreateMultipartUpload")]) {
    t.equal(request.headers["x-amz-object-lock-mode"], "COMPLIANCE");
    t.equal(
      Date.parse(request.headers["x-amz-object-lock-retain-until-date"] ?? ""),
      retention.until.getTime(),
    );
  }
  for (const request of [...sent("PutObject"), ...sent("UploadPart")]) {
    t.match(request.headers["x-amz-checksum-crc32"], /^.{8}$/);
    t.match(request.headers["x-amz-content-sha256"], /^[0-9a-f]{64}$/);
  }
  t.equal(sent("UploadPart").length, 6);
});

t.test("says which lock was not kept", async (t) => {
  for (const lies of [{ lock: "all" }, { forgetRetention: true }] as const) {
    const { sink } = await s3Store(t, { lies });
    for (const [key, bytes] of [
      ["small", SMALL],
      ["large", LARGE],
    ] as const) {
      const retention = lock();
      t.match((await put(sink, key, bytes, retention)).findings, [
        {
          code: "LOCK_NOT_KEPT",
          what: `destination offsite: COMPLIANCE until ${retention.until.toISOString()} was asked for ${key}, the store kept no lock`,
        },
      ]);
    }
  }
});

t.test("a key that may see locks and nothing else confirms them", async (t) => {
  const { sink } = await s3Store(t, { allow: [...WRITE_ONLY, "s3:GetObjectRetention"] });
  for (const bytes of [SMALL, LARGE]) {
    t.strictSame((await put(sink, `a${bytes.length}`, bytes, lock())).findings, []);
  }
  const liar = await s3Store(t, { allow: [...WRITE_ONLY, "s3:GetObjectRetention"], lies: { lock: "all" } });
  t.match((await put(liar.sink, "a", SMALL, lock())).findings, [{ code: "LOCK_NOT_KEPT" }]);
});

t.test("a key that may see nothing says so once", async (t) => {
  const { server, sink } = await s3Store(t, { allow: WRITE_ONLY });
  t.match((await put(sink, "a", SMALL, lock())).findings, [
    { code: "LOCK_UNCONFIRMED", todo: /Grant s3:GetObjectRetention/ },
  ]);
  t.strictSame((await put(sink, "b", SMALL, lock())).findings, []);
  const looks = server.requests.filter(({ method }) => method === "HEAD" || method === "GET");
  t.equal(looks.length, 2, "and does not ask again");
});

t.test("a lock weaker or shorter than asked for is not kept", async (t) => {
  const retention = lock();
  const tampering: [string, (kept: { mode: string; until: string }) => void][] = [
    ["GOVERNANCE", (kept) => (kept.mode = "GOVERNANCE")],
    ["shorter", (kept) => (kept.until = new Date(retention.until.getTime() - 1000).toISOString())],
  ];
  for (const [what, tamper] of tampering) {
    const { server, sink } = await s3Store(t);
    // Between the upload and the look at it.
    const on = ({ operation }: { operation: string }) => {
      const kept = server.bucket("b").objects.get("a")?.[0]?.lock;
      if (operation === "HeadObject" && kept !== undefined) tamper(kept);
      return false;
    };
    server.fail({ on, how: "reset" });
    t.match((await put(sink, "a", SMALL, retention)).findings, [{ code: "LOCK_NOT_KEPT" }], what);
  }
});

t.test("a bucket without versions cannot keep a lock", async (t) => {
  const { sink } = await s3Store(t, { lies: { noVersioning: true, lock: "all" } });
  const first = (await put(sink, "a", SMALL, lock())).findings.map(({ code }) => code);
  t.strictSame(first, ["VERSION_NOT_KEPT", "LOCK_NOT_KEPT"]);
  const refused = await s3Store(t, { objectLock: false });
  t.match(await faultOf(put(refused.sink, "a", SMALL, lock())), {
    code: "STORE_FAILED",
    message: /400 InvalidRequest: Bucket is missing (Object Lock|ObjectLock)/i,
  });
});

t.test("a store that keeps fewer bytes is not believed", async (t) => {
  const { server, sink } = await s3Store(t, { lies: { ignoreChecksums: true } });
  const on = ({ operation }: { operation: string }) => {
    const kept = server.bucket("b").objects.get("a")?.[0];
    if (operation === "HeadObject" && kept !== undefined) kept.size = 999;
    return false;
  };
  server.fail({ on, how: "reset" });
  t.match(await faultOf(put(sink, "a", SMALL)), {
    code: "STORE_CHECKSUM",
    message: "destination offsite: the store holds a with 999 bytes, 1000 were sent",
  });
});

t.test("a store that returns another checksum is not believed", async (t) => {
  for (const bytes of [SMALL, LARGE]) {
    const { sink } = await s3Store(t, { lies: { returnWrongChecksum: true } });
    t.match(await faultOf(put(sink, "a", bytes)), {
      code: "STORE_CHECKSUM",
      message: /the store holds a with CRC32 .* was sent/,
    });
  }
});

t.test("a store that keeps no checksum says so once", async (t) => {
  const { sink } = await s3Store(t, { lies: { ignoreChecksums: true } });
  t.match((await put(sink, "a", SMALL)).findings, [{ code: "CHECKSUM_NOT_KEPT" }]);
  t.strictSame((await put(sink, "b", LARGE)).findings, []);
});

t.test("bytes changed on the way are refused", async (t) => {
  const { server, sink } = await s3Store(t);
  server.fail({ times: Infinity, how: { status: 400, code: "BadDigest" } });
  t.match(await faultOf(put(sink, "a", SMALL)), { code: "STORE_CHECKSUM", message: /b\/a arrived damaged/ });
  t.equal(server.requests.length, 1);
});

t.test("probe", async (t) => {
  const found = async (lies: Parameters<typeof s3Store>[1] = {}) => {
    const { sink, server } = await s3Store(t, lies);
    const first = await sink.probe("p", never());
    t.same(await sink.probe("p", never()), first, "the next run finds the same");
    t.equal(server.bucket("b").uploads.size, 0, "no upload is left");
    return first.map(({ code, what }) => `${code} ${/\((.*)\)$/.exec(what)?.[1] ?? what}`);
  };
  t.strictSame(await found(), []);
  t.strictSame(await found({ allow: WRITE_ONLY }), [], "needs no right to read");
  t.strictSame(await found({ changes: { checksum: "when-required" } }), []);
  t.strictSame(await found({ lies: { ignoreIfNoneMatch: "all" } }), [
    "WRITE_ONCE_NOT_KEPT PutObject and CompleteMultipartUpload",
  ]);
  t.strictSame(await found({ lies: { ignoreIfNoneMatch: "put" } }), ["WRITE_ONCE_NOT_KEPT PutObject"]);
  t.strictSame(await found({ lies: { ignoreIfNoneMatch: "multipart" } }), [
    "WRITE_ONCE_NOT_KEPT CompleteMultipartUpload",
  ]);
  t.strictSame(await found({ lies: { ignoreChecksums: true } }), ["CHECKSUM_NOT_KEPT UploadPart"]);
  t.strictSame(await found({ lies: { ignoreChecksums: true, ignoreIfNoneMatch: "all" } }), [
    "WRITE_ONCE_NOT_KEPT PutObject and CompleteMultipartUpload",
    "CHECKSUM_NOT_KEPT PutObject and UploadPart",
  ]);
});

t.test(
  "parts go out without a hash of their own only where the store was seen to compare their CRC32",
  async (t) => {
    const hashed = async (options: Parameters<typeof s3Store>[1], probe: boolean, deny = false) => {
      const { server, sink } = await s3Store(t, options);
      const refuse = { status: 403, code: "AccessDenied" };
      const on = ({ headers }: { headers: Record<string, string> }) =>
        headers["x-amz-content-sha256"] === "UNSIGNED-PAYLOAD";
      if (deny) server.fail({ on, times: Infinity, how: refuse });
      if (probe) await sink.probe("p", never());
      await put(sink, "a", LARGE);
      await put(sink, "b", SMALL);
      const sent = server.requests.filter(
        ({ operation, status }) => operation !== "UploadPart" || status === 200,
      );
      const signed = (key: string) =>
        sent
          .filter((r) => r.key === key)
          .map((r) => r.headers["x-amz-content-sha256"] !== "UNSIGNED-PAYLOAD");
      t.ok(signed("b").every(Boolean), "small objects always");
      return sent
        .filter((r) => r.operation === "UploadPart" && r.key === "a")
        .every((r) => r.headers["x-amz-content-sha256"] !== "UNSIGNED-PAYLOAD");
    };
    t.equal(await hashed({}, true), false);
    t.equal(await hashed({}, false), true, "not seen");
    t.equal(await hashed({ lies: { ignoreChecksums: true } }, true), true, "not compared");
    t.equal(await hashed({ changes: { checksum: "when-required" } }, true), true, "not sent");
    t.equal(await hashed({}, true, true), true, "not allowed");
  },
);

t.test("a bucket whose default retention demands a checksum", async (t) => {
  for (const checksum of ["crc32", "when-required"] as const) {
    const { server, sink } = await s3Store(t, { changes: { checksum } });
    server.bucket("b").objectLock = { defaultRetention: { mode: "COMPLIANCE", days: 1 } };
    t.strictSame(await sink.probe("p", never()), []);
    t.strictSame((await put(sink, "a", SMALL)).findings, []);
    t.strictSame((await put(sink, "b", LARGE, lock())).findings, []);
  }
});

t.test("a key that may not abort uploads is found out before the backup", async (t) => {
  const { sink, journal } = await s3Store(t, { allow: ["s3:PutObject"] });
  t.match(await faultOf(sink.probe("p", never())), {
    code: "STORE_DENIED",
    todo: "Grant s3:AbortMultipartUpload to this access key.",
  });
  t.equal(journal.pending.size, 1);
});

t.test("a store that knows no If-None-Match is used without it, with a finding", async (t) => {
  const { server, sink, source } = await s3Store(t);
  server.fail({
    on: ({ headers }) => headers["if-none-match"] !== undefined,
    times: Infinity,
    how: { status: 501, code: "NotImplemented" },
  });
  t.match(await sink.probe("p", never()), [
    { code: "WRITE_ONCE_NOT_KEPT", what: /does not know If-None-Match/ },
  ]);
  await put(sink, "a", SMALL);
  await put(sink, "b", LARGE);
  t.strictSame(await readWhole(source, "b"), LARGE);

  const partly = await s3Store(t);
  partly.server.fail({
    on: ({ headers, method }) => headers["if-none-match"] !== undefined && method === "POST",
    times: Infinity,
    how: { status: 501, code: "NotImplemented" },
  });
  t.match(await partly.sink.probe("p", never()), [{ code: "WRITE_ONCE_NOT_KEPT" }]);
  await put(partly.sink, "b", LARGE);
});

t.test("memory stays within the budget, however many streams there are", async (t) => {
  const budget = new MemoryBudget(4 * PART);
  const { sink, source } = await s3Store(t, { budget });
  let most = 0;
  async function* watched(bytes: Buffer) {
    for await (const chunk of chunked(bytes, 9_999)) {
      most = Math.max(most, budget.used);
      yield chunk;
    }
  }
  const bodies = Array.from({ length: 4 }, () => randomBytes(PART * 8 + 3));
  await Promise.all(
    bodies.map((bytes, i) =>
      sink.put({ key: `m/${i}`, body: watched(bytes), retention: undefined, signal: never() }),
    ),
  );
  t.ok(most > 2 * PART && most <= 4 * PART, `${most} bytes at most`);
  t.equal(budget.used, 0);
  for (const [i, bytes] of bodies.entries()) t.strictSame(await readWhole(source, `m/${i}`), bytes);
});

t.test("no more parts at once than told", async (t) => {
  for (const partsInFlight of [1, 3]) {
    const { sink, budget } = await s3Store(t, { changes: { partsInFlight } });
    let most = 0;
    async function* watched() {
      for await (const chunk of chunked(LARGE, 9_999)) {
        most = Math.max(most, budget.used);
        yield chunk;
      }
    }
    await sink.put({ key: "a", body: watched(), retention: undefined, signal: never() });
    t.ok(most <= partsInFlight * PART, "the one being filled included");
    if (partsInFlight > 1) t.ok(most > PART, "several at once");
  }
});

t.test("parts grow before the store's limit is met, and it is never passed", async (t) => {
  const { server, sink, source } = await s3Store(t, { changes: { maxParts: 10, partSize: 10_000 } });
  const bytes = randomBytes(400_000);
  await put(sink, "a", bytes);
  t.strictSame(await readWhole(source, "a"), bytes);
  const parts = server.requests.filter(({ operation }) => operation === "UploadPart");
  const sizes = new Map(parts.map(({ query, bytesIn }) => [Number(query["partNumber"]), bytesIn]));
  t.strictSame(
    [1, 5, 6, 7, 8].map((n) => sizes.get(n)),
    [10_000, 10_000, 20_000, 40_000, 80_000],
  );
  const fault = await faultOf(put(sink, "b", randomBytes(800_000)));
  t.match(fault, { code: "STORE_FAILED", message: /more than the 10 parts/, todo: /part_size/ });
  t.equal(server.bucket("b").uploads.size, 0);
});
