import { createHash, randomBytes } from "node:crypto";
import t from "tap";
import { copyIn, sealedBytes, sealedObject, theObject } from "../../src/restore-test/sealed-object.ts";
import type { Backup } from "../../src/restore-test/catalogue.ts";
import { Fault } from "../../src/fault.ts";
import type { GetOptions, Source } from "../../src/store/object-store.ts";
import { sampleManifest } from "../fixtures/manifest.ts";
import { chunked, faultOf, never } from "../fixtures/store-conformance.ts";

const CONTENT = randomBytes(300_000);
const object = {
  name: "key.age",
  role: "key" as const,
  size: CONTENT.length,
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
};
const sample = sampleManifest();
const backup: Backup = {
  folder: "crm/x",
  manifest: sample,
  committed: new Date(0),
  versionId: undefined,
  verified: true,
  findings: [],
};

/** A store that gives what `read` gives, and remembers what it was asked for. */
function storeOf(read: (options: GetOptions) => AsyncIterable<Buffer>) {
  const asked: (string | undefined)[] = [];
  const source: Source = {
    name: "offsite",
    list: () => chunked(Buffer.alloc(0)) as never,
    get: (_key, options) => {
      asked.push(options.versionId);
      return read(options);
    },
    retention: () => Promise.resolve(undefined),
  };
  return { source, asked };
}

const absent = new Fault("STORE_NOT_FOUND", "no such version", "");
async function* failing(before: Buffer[], error: unknown): AsyncGenerator<Buffer> {
  yield* before;
  throw error;
}

t.test("whole, of the version the manifest names", async (t) => {
  const { source, asked } = storeOf(() => chunked(CONTENT));
  t.strictSame(await sealedBytes(source, backup, object, never()), CONTENT);
  t.strictSame(asked, ["v1"]);
});

t.test("a version that the store does not know: the current one, held to the same", async (t) => {
  const { source, asked } = storeOf(({ versionId }) =>
    versionId === undefined ? chunked(CONTENT) : failing([], absent),
  );
  t.strictSame(await sealedBytes(source, backup, object, never()), CONTENT);
  t.strictSame(asked, ["v1", undefined]);
  const other = storeOf(({ versionId }) =>
    versionId === undefined ? chunked(randomBytes(300_000)) : failing([], absent),
  );
  t.match(await faultOf(sealedBytes(other.source, backup, object, never())), { code: "BACKUP_DAMAGED" });
});

t.test("nothing that is too much is ever handed on", async (t) => {
  let handed = 0;
  const { source } = storeOf(() => chunked(Buffer.concat([CONTENT, CONTENT])));
  const read = (async () => {
    for await (const chunk of sealedObject(source, backup, object, never())) handed += chunk.length;
  })();
  t.match(await faultOf(read), { code: "BACKUP_DAMAGED", message: /more than 300000 bytes/ });
  t.ok(handed <= CONTENT.length, `${handed} bytes`);
});

t.test("a store's own trouble passes as it is, and what vanishes midway is damage", async (t) => {
  const trouble = new Fault("STORE_UNREACHABLE", "gone", "");
  const half = [CONTENT.subarray(0, 100_000)];
  const broken = storeOf(() => failing(half, trouble));
  t.equal(await faultOf(sealedBytes(broken.source, backup, object, never())), trouble);
  const vanished = storeOf(() => failing(half, absent));
  t.match(await faultOf(sealedBytes(vanished.source, backup, object, never())), {
    message: /key\.age is missing/,
  });
});

t.test("what is said to be too large for memory is not read, and a role nobody has is told", async (t) => {
  const { source, asked } = storeOf(() => chunked(CONTENT));
  const huge = { ...object, size: 2 ** 30 };
  t.match(await faultOf(sealedBytes(source, backup, huge, never())), { code: "BACKUP_DAMAGED" });
  t.strictSame(asked, []);
  t.equal(theObject(backup, "key").name, "key.age");
  t.throws(() => theObject(backup, "post-data"), { code: "BACKUP_DAMAGED", message: /lists no post-data/ });
});

t.test("the copy is found by the destination's name, or by being the only one", async (t) => {
  const { source } = storeOf(() => chunked(CONTENT));
  const [copy] = sample.copies;
  const other = { destination: "elsewhere", country: "DE", versions: {} };
  t.equal(copyIn(source, sample), copy);
  t.equal(copyIn(source, { ...sample, copies: [other, ...sample.copies] }), copy);
  t.equal(copyIn({ ...source, name: "s3-bucket" }, sample), copy);
  t.equal(
    copyIn({ ...source, name: "s3-bucket" }, { ...sample, copies: [other, ...sample.copies] }),
    undefined,
  );
});
