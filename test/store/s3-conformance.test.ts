import { randomBytes } from "node:crypto";
import t from "tap";
import type { Test } from "tap";
import { MemoryBudget } from "../../src/store/memory-budget.ts";
import type { S3Config } from "../../src/store/s3-client.ts";
import { openS3Sink } from "../../src/store/s3-sink.ts";
import { openS3Source } from "../../src/store/s3-source.ts";
import { startS3Server } from "../fixtures/s3-server/s3-server.ts";
import type { Lies } from "../fixtures/s3-server/lies.ts";
import { MemoryJournal, storeConformance } from "../fixtures/store-conformance.ts";

const PART = 100_000;

async function open(t: Test, lies: Lies, objectLock: boolean, checksum: S3Config["checksum"] = "crc32") {
  const key = { accessKeyId: "writer", secretAccessKey: randomBytes(20).toString("hex"), allow: ["s3:*"] };
  const server = await startS3Server({
    buckets: [{ name: "b", region: "eu-central-1", ...(objectLock ? { objectLock: {} } : {}) }],
    keys: [key],
    limits: { minPartSize: 1000 },
    lies,
  });
  t.teardown(() => server.stop());
  const journal = new MemoryJournal();
  const config: S3Config = {
    name: "offsite",
    endpoint: server.endpoint,
    region: "eu-central-1",
    bucket: "b",
    pathStyle: true,
    checksum,
    country: "DE",
    partSize: PART,
    ...key,
  };
  const budget = new MemoryBudget(10 * PART);
  return {
    sink: openS3Sink(config, { budget, journal }),
    source: openS3Source(config),
    journal,
    partSize: PART,
    country: "DE",
    probeFindings: [],
    locks: { small: true, large: true },
    unkeptLock: [],
    writeOnce: { small: true, large: true },
  };
}

t.test("a store that keeps everything", (t) => storeConformance(t, (t) => open(t, {}, true)));

t.test("without x-amz-checksum", (t) => storeConformance(t, (t) => open(t, {}, true, "when-required")));

t.test("a store that behaves like Ceph 16", (t) =>
  storeConformance(t, async (t) => ({
    ...(await open(t, { lock: "multipart", ignoreIfNoneMatch: "all", ignoreChecksums: true }, true)),
    probeFindings: ["CHECKSUM_NOT_KEPT", "WRITE_ONCE_NOT_KEPT"],
    locks: { small: true, large: false },
    unkeptLock: ["LOCK_NOT_KEPT"],
    writeOnce: { small: false, large: false },
  })),
);
