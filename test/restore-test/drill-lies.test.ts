/** A backup host that was taken over signs what it likes: an inventory must not talk the restore test out of its checks. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import t from "tap";
import { databaseChecks } from "../../src/restore-test/checks/database-checks.ts";
import { roundTripCheck } from "../../src/restore-test/checks/round-trip.ts";
import { drill, type DrillDraft } from "../../src/restore-test/drill.ts";
import { unlockBackupKey } from "../../src/restore-test/unlock.ts";
import { openBytes, recipientOf, sealBytes } from "../../src/seal/age.ts";
import type { DayKey } from "../../src/seal/day-key.ts";
import { openEnvelope, signEnvelope } from "../../src/seal/envelope.ts";
import { encodeInventory, parseInventory, type Inventory } from "../../src/seal/inventory.ts";
import { encodeManifest, MANIFEST_TYPE, parseManifest, type Manifest } from "../../src/seal/manifest.ts";
import { encodeReport, sha256Of } from "../../src/seal/report.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import { drillHost } from "../fixtures/drill-host.ts";
import { smallScratch } from "../fixtures/small-scratch.ts";

const HOUR = 3_600_000;
const { host, source, folder, programs, backup } = await drillHost(t);
const crm = await source.freshDatabase("crm");
await crm.query(
  `CREATE TABLE deals AS SELECT n AS id FROM generate_series(1, 30) n; CREATE EXTENSION pg_trgm`,
);
const backupId = await backup();
const store = join(host.folder, "local");
const dayKeys = await Promise.all(
  (await readdir(join(folder, "day-keys"))).map(
    async (name) => JSON.parse(await readFile(join(folder, "day-keys", name), "utf8")) as DayKey,
  ),
);

/** The restore test of the backup with another inventory, and, if that is to be, another manifest; well signed. */
async function withInventory(
  change: (inventory: Inventory) => Inventory,
  also: (manifest: Manifest) => Manifest = (manifest) => manifest,
): Promise<DrillDraft> {
  const paths = await readdir(store, { recursive: true });
  const inFolder = dirname(
    join(store, paths.find((path) => path.endsWith(`${backupId}/manifest.json`)) ?? ""),
  );
  const [at, manifestAt] = [join(inFolder, "inventory.json.age"), join(inFolder, "manifest.json")];
  const [sealed, signed] = [await readFile(at), await readFile(manifestAt)];
  const key = await unlockBackupKey(
    await readFile(join(inFolder, "key.age")),
    dayKeys.map(({ identity }) => identity),
  );
  const changed = await sealBytes(encodeInventory(change(parseInventory(await openBytes(sealed, [key])))), [
    await recipientOf(key),
  ]);
  const manifest = parseManifest(openEnvelope(signed, MANIFEST_TYPE, [host.signingKey]));
  const objects = manifest.objects.map((object) =>
    object.role === "inventory" ? { ...object, size: changed.length, sha256: sha256Of(changed) } : object,
  );
  await writeFile(at, changed);
  await writeFile(
    manifestAt,
    signEnvelope(MANIFEST_TYPE, encodeManifest(also({ ...manifest, objects })), host.signingKey),
  );
  try {
    return await drilled();
  } finally {
    await writeFile(at, sealed);
    await writeFile(manifestAt, signed);
  }
}

async function drilled(): Promise<DrillDraft> {
  const draft = await drill({
    source: openDirectorySource({ name: "local", path: store }),
    trust: { keys: [host.signingKey], acceptUnverified: false },
    cluster: "crm",
    id: undefined,
    due: () => true,
    expectation: { every: 24 * HOUR, grace: 6 * HOUR },
    dayKeys,
    carriedKey: undefined,
    pinned: [host.rsa.key, host.x25519.key],
    judgeCountry: () => undefined,
    scratch: smallScratch(folder, { programs }),
    checking: {
      rtoSeconds: undefined,
      ofDatabase: (_, parts) =>
        databaseChecks({ checks: { round_trip: true, amcheck: false, sequences: "tell" } }, undefined, {
          roundTrip: roundTripCheck(parts),
        }),
      ofServer: () => [],
      ofMeasures: () => [],
    },
    jobs: 2,
    lakatVersion: "0",
    now: () => new Date(),
    watch: { phase: () => undefined, stream: () => undefined, bytes: () => undefined },
    signal: new AbortController().signal,
  });
  if (draft === undefined) throw new Error("nothing was due");
  return draft;
}

const red = ({ verdict, findings }: DrillDraft): string[] => [verdict, ...findings.map(({ code }) => code)];

t.test("as the host made it, it is green", async (t) => {
  t.strictSame(red(await drilled()), ["passed"]);
});

t.test("an inventory without the databases, or without one of them", async (t) => {
  const none = await withInventory((inventory) => ({ ...inventory, databases: [] }));
  t.strictSame(red(none), ["failed", "BACKUP_DAMAGED"]);
  const fewer = await withInventory((inventory) => ({
    ...inventory,
    databases: inventory.databases.filter(({ name }) => name !== "crm"),
  }));
  t.strictSame(red(fewer), ["failed", "BACKUP_DAMAGED"]);
  t.match(fewer.findings[0]?.what, /crm/);
});

t.test("a backup that says itself that it holds no database at all", async (t) => {
  const empty = await withInventory(
    (inventory) => ({ ...inventory, databases: [] }),
    (manifest) => ({
      ...manifest,
      source: { ...manifest.source, databases: [] },
      objects: manifest.objects.filter(({ database }) => database === undefined),
      copies: manifest.copies.map((copy) => ({ ...copy, versions: {} })),
    }),
  );
  t.strictSame(red(empty), ["failed", "BACKUP_DAMAGED"]);
});

t.test("tables that are said to be an extension's, whose rows are nobody's business", async (t) => {
  const draft = await withInventory((inventory) => ({
    ...inventory,
    databases: inventory.databases.map((database) => ({
      ...database,
      tables: [
        ...database.tables.map((table) => ({ ...table, rows: table.rows + 5, ofExtension: true as const })),
        { schema: "public", name: "invented", rows: 9_000_000, bytes: 1, ofExtension: true as const },
      ],
    })),
  }));
  t.ok(red(draft).includes("ROWS_DIFFER"), red(draft).join());
  const rows = draft.checks.find(({ name, database }) => name === "rows" && database === "crm");
  t.match(rows?.problems, [/public\.deals: .*extension/, /public\.invented: .*extension/]);
});

t.test("names and findings so long or so many that no report would hold them", async (t) => {
  const draft = await withInventory(
    (inventory) => ({
      ...inventory,
      databases: inventory.databases.map((database) => ({
        ...database,
        extensions: [{ name: "x".repeat(9000), version: "1" }],
      })),
    }),
    (manifest) => ({
      ...manifest,
      findings: Array.from({ length: 5000 }, (_, n) => ({
        code: "DUMP_WARNING",
        what: `${n} ${"y".repeat(900)}`,
      })),
    }),
  );
  t.ok(red(draft).includes("EXTENSION_MISSING"));
  t.equal(draft.verdict, "failed");
  t.ok(encodeReport({ ...draft, host: "h" }).length < 2 ** 20, "it can be signed, and read again");
});
