/** Against a real server that promises more than it keeps: Debian 12's Ceph 16. */
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { randomBytes } from "node:crypto";
import t from "tap";
import { MemoryBudget } from "../../src/store/memory-budget.ts";
import type { S3Config } from "../../src/store/s3-client.ts";
import { openS3Sink } from "../../src/store/s3-sink.ts";
import { openS3Source } from "../../src/store/s3-source.ts";
import { cephAsked, startCeph } from "../fixtures/ceph.ts";
import { chunked, faultOf, MemoryJournal, never, storeConformance } from "../fixtures/store-conformance.ts";

const PART = 5 * 1024 * 1024;
const skip = !cephAsked() && "not asked for: run ./scripts/test --with-ceph";

t.test("Ceph", { skip, timeout: 240_000 }, async (t) => {
  const ceph = await startCeph();
  t.teardown(() => ceph.stop());
  t.equal(ceph.version, 16, "these expectations are Ceph 16's");
  const user = await ceph.user("writer");
  const admin = new S3Client({
    endpoint: ceph.endpoint,
    region: "default",
    forcePathStyle: true,
    credentials: user,
  });
  t.teardown(() => admin.destroy());

  const bucket = async (name: string, objectLock: boolean) => {
    await admin.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: objectLock }));
    const config: S3Config = {
      name: "ceph",
      endpoint: ceph.endpoint,
      region: "default",
      bucket: name,
      pathStyle: true,
      checksum: "crc32",
      country: "RO",
      partSize: PART,
      ...user,
    };
    const journal = new MemoryJournal();
    return { config, journal, sink: openS3Sink(config, { budget: new MemoryBudget(8 * PART), journal }) };
  };

  const common = {
    partSize: PART,
    country: "RO",
    probeFindings: ["CHECKSUM_NOT_KEPT", "WRITE_ONCE_NOT_KEPT"],
  };

  await t.test("a locked bucket", (t) =>
    storeConformance(t, async () => {
      const { config, journal, sink } = await bucket("locked", true);
      return {
        ...common,
        ...{ sink, journal, source: openS3Source(config) },
        locks: { small: true, large: false },
        unkeptLock: ["LOCK_NOT_KEPT"],
        writeOnce: { small: false, large: false },
      };
    }),
  );

  await t.test("says exactly what it does not keep", async (t) => {
    const { sink } = await bucket("exactly", true);
    const probe = await sink.probe("probe", never());
    t.strictSame(
      probe.map(({ code, what }) => `${code} ${what}`),
      [
        "WRITE_ONCE_NOT_KEPT destination ceph: the store replaces existing objects in spite of If-None-Match: * (PutObject and CompleteMultipartUpload)",
        "CHECKSUM_NOT_KEPT destination ceph: the store took bytes that differ from their x-amz-checksum-crc32 (PutObject and UploadPart)",
      ],
    );
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
    const lock = (key: string, size: number) =>
      sink.put({
        key,
        body: chunked(randomBytes(size)),
        retention: { mode: "COMPLIANCE", until },
        signal: never(),
      });
    t.strictSame((await lock("small", 100)).findings, []);
    t.match((await lock("large", PART + 1)).findings, [
      {
        code: "LOCK_NOT_KEPT",
        what: `destination ceph: COMPLIANCE until ${until.toISOString()} was asked for large, the store kept no lock`,
      },
    ]);
  });

  await t.test("without versions only CompleteMultipartUpload replaces", async (t) => {
    const { sink } = await bucket("plain", false);
    t.match(await sink.probe("probe", never()), [
      { code: "WRITE_ONCE_NOT_KEPT", what: /\(CompleteMultipartUpload\)$/ },
      { code: "CHECKSUM_NOT_KEPT", what: /\(UploadPart\)$/ },
    ]);
  });

  await t.test("the signed SHA-256 is what it does compare", async (t) => {
    const { config, journal } = await bucket("signed", true);
    const sink = openS3Sink(
      { ...config, checksum: "when-required" },
      { budget: new MemoryBudget(8 * PART), journal },
    );
    t.strictSame(
      (await sink.probe("probe", never())).map(({ code }) => code),
      ["WRITE_ONCE_NOT_KEPT"],
    );
  });

  await t.test("refusals have their codes", async (t) => {
    const { config } = await bucket("refusals", false);
    const stranger = await ceph.user("stranger");
    const put = (changes: Partial<S3Config>, now?: () => Date) => {
      const means = { budget: new MemoryBudget(8 * PART), journal: new MemoryJournal() };
      const sink = openS3Sink({ ...config, ...changes }, { ...means, ...(now === undefined ? {} : { now }) });
      return faultOf(
        sink.put({ key: "x", body: chunked(Buffer.from("x")), retention: undefined, signal: never() }),
      );
    };
    t.equal((await put({ bucket: "no-such-bucket" })).code, "STORE_NOT_FOUND");
    t.match(await put(stranger), {
      code: "STORE_DENIED",
      message: /no right to s3:PutObject on refusals\/x/,
    });
    t.match(await put({ secretAccessKey: "wrong" }), { code: "STORE_DENIED", message: /secret access key/ });
    t.match(await put({ accessKeyId: "NOBODY" }), {
      code: "STORE_DENIED",
      message: /does not know the access key/,
    });
  });
});
