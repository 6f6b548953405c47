/** What a restore that fails leaves behind, and that it says so: a target that breaks is a fake here. */
import { createHash } from "node:crypto";
import t from "tap";
import { Fault } from "../../src/fault.ts";
import type { Backup } from "../../src/restore-test/catalogue.ts";
import { restore, type RestoreTarget } from "../../src/restore-test/restore.ts";
import { newBackupKey, sealBytes } from "../../src/seal/age.ts";
import { encodeInventory } from "../../src/seal/inventory.ts";
import type { Source } from "../../src/store/object-store.ts";
import { bodyOf } from "../../src/store/object-store.ts";
import { sampleManifest } from "../fixtures/manifest.ts";

const key = await newBackupKey();
const sample = sampleManifest();
const name = sample.source.databases[0]?.name ?? "";
const facts = { encoding: "UTF8", collate: "C", ctype: "C", tables: [], largeObjects: 0, extensions: [] };
const sealed = await sealBytes(
  encodeInventory({ version: 1, databases: [{ name, ...facts }], settings: [] }),
  [key.recipient],
);
const sha256 = createHash("sha256").update(sealed).digest("hex");
const backup: Backup = {
  folder: "crm/folder",
  manifest: {
    ...sample,
    objects: sample.objects.map((object) => ({ ...object, size: sealed.length, sha256 })),
  },
  committed: new Date(),
  versionId: undefined,
  verified: true,
  findings: [],
};
const source: Source = {
  name: "store",
  list: () => [][Symbol.iterator]() as never,
  get: () => bodyOf(sealed),
  retention: () => Promise.resolve(undefined),
};
const broken = new Fault("RESTORE_FAILED", "pg_restore broke", "Mend it.");

/** A restore into a server that fails at its first section; `drop` is what it does when asked to drop. */
function failing(
  drop: () => Promise<void>,
  keepPartial: boolean,
  occupancy = (): Promise<number | undefined> => Promise.resolve(undefined),
): Promise<unknown> {
  const target: RestoreTarget = {
    occupancy,
    drop,
    create: () => Promise.resolve(),
    globals: () => Promise.resolve(),
    preData: () => Promise.reject(broken),
    data: () => Promise.resolve(),
    postData: () => Promise.resolve(),
    countDifferences: () => Promise.resolve([]),
    analyze: () => Promise.resolve(),
  };
  const nothing = (): void => undefined;
  return restore({
    source,
    backup,
    backupKey: key.identity,
    target,
    database: undefined,
    into: undefined,
    globals: false,
    destroyExistingData: false,
    keepPartial,
    jobs: 1,
    watch: { phase: nothing, stream: nothing, bytes: nothing },
    signal: new AbortController().signal,
  });
}

t.test("the half-loaded database is dropped, and the fault stays what it was", async (t) => {
  let dropped = 0;
  const drop = async (): Promise<void> => void (dropped += 1);
  await t.rejects(failing(drop, false), broken);
  t.equal(dropped, 1);
  await t.rejects(failing(drop, true), broken, "--keep-partial");
  t.equal(dropped, 1, "and then it stays");
});

t.test("one that cannot be dropped is named", async (t) => {
  const gone = new Fault("PG_UNREACHABLE", "nobody answers", "Start it.");
  await t.rejects(
    failing(() => Promise.reject(gone), false),
    {
      code: "RESTORE_FAILED",
      message: `pg_restore broke; and database ${name}, which is not whole, could not be dropped (PG_UNREACHABLE)`,
      todo: `Drop database ${name} of the target by hand. Mend it.`,
    },
  );
});

t.test("what somebody puts into the target meanwhile is not dropped", async (t) => {
  for (const before of [undefined, 0]) {
    const found = [before, 12];
    const drop = (): Promise<void> => Promise.reject(new Error("dropped"));
    await t.rejects(
      failing(drop, false, () => Promise.resolve(found.shift())),
      { code: "RESTORE_FAILED", message: /now has 12 objects; it stays as it is/ },
    );
  }
});
