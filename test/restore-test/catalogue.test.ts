/** Which backups are seen in a store, and what a thief of the write key can make of them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import {
  findBackup,
  listBackups,
  type Backup,
  type Refused,
  type Wanted,
} from "../../src/restore-test/catalogue.ts";
import type { Trust } from "../../src/restore-test/read-manifest.ts";
import { Fault } from "../../src/fault.ts";
import { signEnvelope } from "../../src/seal/envelope.ts";
import { encodeManifest, MANIFEST_TYPE } from "../../src/seal/manifest.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { openDirectorySink } from "../../src/store/directory-sink.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import { openS3Source } from "../../src/store/s3-source.ts";
import type { Source } from "../../src/store/object-store.ts";
import { sourceBelow } from "../../src/store/prefix.ts";
import type { LoggedRequest } from "../fixtures/s3-server/request-log.ts";
import { s3Store } from "../fixtures/s3-store.ts";
import { putSignedBackup } from "../fixtures/signed-backup.ts";
import { chunked, faultOf, MemoryJournal, never } from "../fixtures/store-conformance.ts";

const host = newSigningKey();
const stranger = newSigningKey();
const trust: Trust = { keys: [host], acceptUnverified: false };
const day = (n: number): Date => new Date(Date.UTC(2026, 10, n, 3, 14, 15));

/** A store, and the power that a thief of the backup host's key has over it: to write any key. */
async function folderStore(t: Test) {
  const path = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(path, { recursive: true }));
  const sink = openDirectorySink({ name: "copy", path, country: "HU" }, new MemoryJournal());
  const write = async (key: string, content: Buffer): Promise<void> => {
    await mkdir(dirname(join(path, key)), { recursive: true });
    await writeFile(join(path, key), content);
  };
  return { sink, source: openDirectorySource({ name: "copy", path }), write };
}

async function bucketStore(t: Test) {
  const { server, config, sink, source } = await s3Store(t);
  server.lies.ignoreIfNoneMatch = "all";
  const write = async (key: string, content: Buffer): Promise<void> => {
    await sink.put({ key, body: chunked(content), retention: undefined, signal: never() });
  };
  return { sink, source, write, server, config };
}

async function listed(source: Source, wanted: Wanted = {}, who = trust): Promise<(Backup | Refused)[]> {
  return Array.fromAsync(listBackups(source, wanted, who, never()));
}

const codeIn = (entry: Backup | Refused | undefined): string | undefined =>
  entry !== undefined && "fault" in entry ? entry.fault.code : undefined;

for (const [name, open] of Object.entries({ folder: folderStore, bucket: bucketStore }))
  t.test(`in a ${name}`, async (t) => {
    t.test("backups are listed by cluster and day, and the newest is found", async (t) => {
      const { sink, source, write } = await open(t);
      t.strictSame(await listed(source), []);
      const newest = await putSignedBackup(sink, { at: day(23), signingKey: host });
      const old = await putSignedBackup(sink, { at: day(21), signingKey: host });
      const other = await putSignedBackup(sink, { at: day(22), signingKey: host, cluster: "billing" });
      // Neither a run that did not end nor anything else that lies about is a backup.
      await write("crm/2026/11/24/20261124T031415Z-00000000/key.age", Buffer.from("x"));
      await write("day-keys/2026-11-23.json", Buffer.from("{}"));
      const ids = async (wanted: Wanted): Promise<string[]> =>
        (await listed(source, wanted)).map((b) => ("manifest" in b ? b.manifest.backupId : "refused"));
      t.strictSame(await ids({}), [other.backupId, old.backupId, newest.backupId]);
      t.strictSame(await ids({ cluster: "crm" }), [old.backupId, newest.backupId]);
      t.strictSame(await ids({ id: "20261121" }), [old.backupId]);
      const found = (wanted: Wanted) => findBackup(source, wanted, trust, never());
      t.match(await found({}), { folder: newest.folder, verified: true, findings: [], versionId: undefined });
      t.match(await found({ cluster: "billing" }), { folder: other.folder });
      t.match(await found({ id: old.backupId }), { folder: old.folder });
      t.match(await faultOf(found({ id: "202611" })), {
        code: "USAGE",
        message: /3 backups begin with 202611/,
        todo: new RegExp(newest.backupId),
      });
      t.match(await faultOf(found({ cluster: "hr" })), {
        code: "BACKUP_NOT_FOUND",
        message: `${source.name} holds no backup of hr`,
      });
      t.match(await faultOf(found({ id: "2025" })), { code: "BACKUP_NOT_FOUND", message: /no backup 2025/ });
    });

    t.test("what a trusted host did not sign, for this very folder, is refused", async (t) => {
      const { sink, source, write } = await open(t);
      const good = await putSignedBackup(sink, { at: day(20), signingKey: host });
      const forged = await putSignedBackup(sink, { at: day(23), signingKey: stranger });
      const other = await putSignedBackup(sink, { at: day(22), signingKey: stranger });
      const changed = encodeManifest({ ...good.manifest, findings: [{ code: "X", what: "changed" }] });
      const envelope = JSON.parse(good.envelope.toString()) as Record<string, unknown>;
      const moved = good.folder.replace("/2026/11/20/", "/2026/11/24/");
      const cases: Record<string, [folder: string, content: Buffer, code: string, message: RegExp]> = {
        "another signer": [forged.folder, forged.envelope, "SIGNATURE_INVALID", /not by a trusted key/],
        "another payload": [
          other.folder,
          Buffer.from(JSON.stringify({ ...envelope, payload: changed.toString("base64") })),
          "SIGNATURE_INVALID",
          /changed after signing/,
        ],
        "another backup's": [other.folder, good.envelope, "SIGNATURE_INVALID", /is that of crm 20261120/],
        "another day": [moved, good.envelope, "SIGNATURE_INVALID", /is that of crm 20261120/],
        "another cluster": [
          good.folder.replace("crm/", "hr/"),
          good.envelope,
          "SIGNATURE_INVALID",
          /is that of crm/,
        ],
        "another document of the host": [
          other.folder,
          signEnvelope("application/vnd.lakat.day-key+json", Buffer.from("{}"), host),
          "SIGNATURE_INVALID",
          /of type application\/vnd\.lakat\.day-key/,
        ],
        "not of the schema": [
          other.folder,
          signEnvelope(MANIFEST_TYPE, Buffer.from('{"version":2}'), host),
          "MANIFEST_INVALID",
          /version/,
        ],
        junk: [other.folder, Buffer.from("\u001b[2J"), "SIGNATURE_INVALID", /not JSON/],
        empty: [other.folder, Buffer.alloc(0), "SIGNATURE_INVALID", /not JSON/],
        huge: [other.folder, Buffer.alloc(2 ** 24 + 1, 32), "MANIFEST_INVALID", /larger than 16 MiB/],
      };
      for (const [what, [folder, content, code, message]] of Object.entries(cases)) {
        await write(`${folder}/manifest.json`, content);
        const entries = await listed(source);
        const entry = entries.find((e) => e.folder === folder);
        t.match(entry, { fault: { code, message } }, what);
        t.ok(
          entries.some((e) => e.folder === good.folder && "manifest" in e),
          "the good one is listed beside it",
        );
        t.equal((await findBackup(source, {}, trust, never())).folder, good.folder, `${what}: the newest`);
        const byId = findBackup(source, { id: good.backupId }, trust, never());
        t.equal((await byId).folder, good.folder, `${what}: by its id`);
      }
      const { message } = await faultOf(findBackup(source, { id: forged.backupId }, trust, never()));
      t.match(message, /not by a trusted key/, "one asked for says why it is refused");
      const nobody = findBackup(source, {}, { keys: [newSigningKey()], acceptUnverified: false }, never());
      t.match(await faultOf(nobody), { code: "BACKUP_NOT_FOUND", message: /that a trusted host has signed/ });
    });

    t.test("a manifest written again does not make an old backup new", async (t) => {
      const { sink, source, write } = await open(t);
      const old = await putSignedBackup(sink, { at: day(1), signingKey: host });
      const newest = await putSignedBackup(sink, { at: day(2), signingKey: host });
      await write(`${old.folder}/manifest.json`, old.envelope);
      t.equal((await findBackup(source, {}, trust, never())).folder, newest.folder);
    });

    t.test("whoever has lost every public key can say so, and is told what that means", async (t) => {
      const { sink, source, write } = await open(t);
      const lost = await putSignedBackup(sink, { at: day(20), signingKey: stranger });
      const accepting: Trust = { keys: [], acceptUnverified: true };
      const found = await findBackup(source, {}, accepting, never());
      t.match(found, { folder: lost.folder, verified: false, manifest: { host: stranger.keyid } });
      t.match(found.findings, [{ code: "MANIFEST_UNVERIFIED", what: /NOBODY VOUCHES.*may have made it/ }]);
      t.match(found.findings[0]?.what, stranger.keyid);

      const good = await putSignedBackup(sink, { at: day(19), signingKey: host });
      const both: Trust = { keys: [host], acceptUnverified: true };
      const best = await findBackup(source, {}, both, never());
      t.match(
        best,
        { folder: good.folder, verified: true, findings: [] },
        "a signed one goes before a newer",
      );
      const asked = await findBackup(source, { id: lost.backupId }, both, never());
      t.match(asked, { verified: false }, "unless it is asked for");

      await write("crm/2026/11/25/20261125T000000Z-00000000/manifest.json", good.envelope);
      await write("crm/2026/11/26/20261126T000000Z-00000000/manifest.json", Buffer.from("junk"));
      const entries = await listed(source, {}, accepting);
      t.strictSame(
        entries.map(codeIn),
        [undefined, undefined, "SIGNATURE_INVALID", "SIGNATURE_INVALID"],
        "what is no manifest of its folder is none for anybody",
      );
    });
  });

t.test("an overwritten manifest is looked for behind, where the store keeps versions", async (t) => {
  const { sink, source, write, config } = await bucketStore(t);
  const good = await putSignedBackup(sink, { at: day(20), signingKey: host });
  const evil = await putSignedBackup(sink, { at: day(21), signingKey: stranger });
  const own = await findBackup(source, {}, trust, never());
  for (const content of [Buffer.from("junk"), evil.envelope])
    await write(`${good.folder}/manifest.json`, content);
  const found = await findBackup(source, {}, trust, never());
  t.match(found, { folder: good.folder, verified: true, manifest: { backupId: good.backupId } });
  t.type(found.versionId, "string");
  t.equal(found.committed.getTime(), own.committed.getTime(), "the time is that of the host's version");
  t.match(found.findings, [
    { code: "MANIFEST_REPLACED", what: /somebody overwrote the manifest of crm\/2026/ },
  ]);

  for (let i = 0; i < 15; i++) await write(`${good.folder}/manifest.json`, Buffer.from(`junk ${i}`));
  t.match(await findBackup(source, {}, trust, never()), { verified: true }, "however often it is written");

  const unknown = { keys: [], acceptUnverified: true };
  t.match(
    (await listed(source, { id: good.backupId }, unknown))[0],
    { verified: false, manifest: { backupId: good.backupId } },
    "the first version is the likeliest to be the host's",
  );
  const below = sourceBelow(openS3Source(config), "crm");
  const first = await Array.fromAsync(
    below.versions?.(`${good.folder.slice(4)}/manifest.json`, never()) ?? [],
  );
  t.equal(first.length, 18);
});

t.test("a manifest covered by what nobody can read is looked for behind as well", async (t) => {
  const { server, source, sink, write } = await bucketStore(t);
  const good = await putSignedBackup(sink, { at: day(20), signingKey: host });
  await write(`${good.folder}/manifest.json`, Buffer.from("sealed to a key of the thief's"));
  const current = ({ operation, query }: LoggedRequest): boolean =>
    operation === "GetObject" && query["versionId"] === undefined;
  for (const how of [
    { status: 400, code: "InvalidRequest" },
    { status: 403, code: "InvalidObjectState" },
  ]) {
    const order = server.fail({ on: current, times: Infinity, how });
    const found = await findBackup(source, {}, trust, never());
    order.cancel();
    t.match(
      found,
      { folder: good.folder, verified: true, findings: [{ code: "MANIFEST_REPLACED" }] },
      how.code,
    );
    t.not(order.hits, 0);
  }
});

t.test("that a later backup is refused is said of the older one that is taken", async (t) => {
  const { sink, source, write } = await folderStore(t);
  const old = await putSignedBackup(sink, { at: day(20), signingKey: host });
  const newest = await putSignedBackup(sink, { at: day(21), signingKey: host });
  const found = (wanted: Wanted): Promise<Backup> => findBackup(source, wanted, trust, never());
  await write(`${old.folder}/manifest.json`, Buffer.from("junk"));
  t.match(await found({}), { folder: newest.folder, findings: [] }, "an earlier one does not matter");
  await write(`${old.folder}/manifest.json`, old.envelope);
  await write(`${newest.folder}/manifest.json`, Buffer.from("junk"));
  t.match(await found({}), {
    folder: old.folder,
    findings: [
      { code: "BACKUP_REFUSED", what: new RegExp(`^${newest.folder} would be later .*SIGNATURE_INVALID`) },
    ],
  });
  t.match(await found({ id: old.backupId }), { findings: [] }, "who names one gets that");
  await write("crm/2026/11/25/20261125T000000Z-00000000/manifest.json", Buffer.from("junk"));
  t.match((await found({})).findings, [{ what: /^crm\/2026\/11\/25.* as are 1 more$/ }]);
});

t.test("a store that stops answering makes no older backup the newest", async (t) => {
  const { sink, source } = await folderStore(t);
  await putSignedBackup(sink, { at: day(20), signingKey: host });
  const newest = await putSignedBackup(sink, { at: day(21), signingKey: host });
  const gone: Source = {
    ...source,
    get: (key, options) => {
      if (key.startsWith(newest.folder)) throw new Fault("STORE_UNREACHABLE", "no answer", "Try again.");
      return source.get(key, options);
    },
  };
  t.match(await faultOf(findBackup(gone, {}, trust, never())), { code: "STORE_UNREACHABLE" });
  t.match(await faultOf(listed(gone)), { code: "STORE_UNREACHABLE" });
});

t.test("without the right to see versions an overwritten manifest stays refused", async (t) => {
  const { server, config, sink } = await s3Store(t, {
    allow: ["s3:GetObject", "s3:ListBucket", "s3:PutObject*"],
  });
  server.lies.ignoreIfNoneMatch = "all";
  const good = await putSignedBackup(sink, { at: day(20), signingKey: host });
  const request = { key: `${good.folder}/manifest.json`, retention: undefined, signal: never() };
  await sink.put({ ...request, body: chunked(Buffer.from("junk")) });
  const source = openS3Source(config);
  t.match(await listed(source), [{ fault: { code: "SIGNATURE_INVALID" } }]);
});

t.test("versions are read page by page, and those of other keys are left out", async (t) => {
  const { server, sink, source, write } = await bucketStore(t);
  await putSignedBackup(sink, { at: day(20), signingKey: host });
  for (const key of ["a/manifest.json", "a/manifest.json.old", "a/manifest.jsonx"])
    for (const text of ["1", "2", "3"]) await write(key, Buffer.from(text));
  const stored = server.bucket("b").objects.get("a/manifest.json") ?? [];
  const [newest] = stored;
  if (newest === undefined) throw new Error("nothing was stored");
  stored.unshift(...Array.from({ length: 1500 }, (_, i) => ({ ...newest, versionId: `again-${i}` })));
  const seen = await Array.fromAsync(source.versions?.("a/manifest.json", never()) ?? []);
  t.strictSame(
    seen.map(({ versionId }) => versionId),
    stored.map(({ versionId }) => versionId),
    "newest first",
  );
  const text = async (versionId = ""): Promise<string> =>
    Buffer.concat(
      await Array.fromAsync(source.get("a/manifest.json", { signal: never(), versionId })),
    ).toString();
  t.strictSame([await text(seen[0]?.versionId), await text(seen.at(-1)?.versionId)], ["3", "1"]);
  t.equal(server.requests.filter(({ operation }) => operation === "ListObjectVersions").length, 2);
});

t.test("a store that cannot be read is no empty store", async (t) => {
  const { config } = await s3Store(t, { allow: ["s3:GetObject"] });
  t.match(await faultOf(listed(openS3Source(config))), { code: "STORE_DENIED" });
  const missing = openDirectorySource({ name: "copy", path: "/nowhere" });
  t.match(await faultOf(listed(missing)), { code: "STORE_NOT_FOUND" });
});
