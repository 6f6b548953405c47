/** What `verify` sees of a backup without any key: every byte, every lock. */
import { once } from "node:events";
import { cp, mkdtemp, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { findBackup, type Backup } from "../../src/restore-test/catalogue.ts";
import { lockTrouble, verifyBackup } from "../../src/restore-test/verify.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { openDirectorySink } from "../../src/store/directory-sink.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import type { Source } from "../../src/store/object-store.ts";
import { s3Store } from "../fixtures/s3-store.ts";
import { putSignedBackup, type SignedBackupOptions } from "../fixtures/signed-backup.ts";
import { chunked, faultOf, MemoryJournal, never } from "../fixtures/store-conformance.ts";

const host = newSigningKey();
const trust = { keys: [host], acceptUnverified: false };
const DATA = "%C3%BCgyf%C3%A9l%2E1/data-01.dump.zst.age";
const PRE_DATA = "%C3%BCgyf%C3%A9l%2E1/pre-data.dump.zst.age";
/** To the millisecond, as manifests have it; S3 keeps seconds. */
const until = new Date(Date.now() + 30 * 86_400_000);

/** Name → damage, of what is damaged; and the locks' troubles. */
async function verified(source: Source, backup: Backup) {
  let read = 0;
  const all = await Array.fromAsync(verifyBackup(source, backup, never(), (bytes) => (read += bytes)));
  const damaged = all.flatMap(({ object, damage }) =>
    damage === undefined ? [] : [[object.name, `${damage.code} ${damage.message}`] as const],
  );
  return {
    names: all.map(({ object }) => object.name),
    damaged: Object.fromEntries(damaged),
    locks: all.map(({ lock }) => lock),
    read,
  };
}

async function inBucket(t: Test, options: SignedBackupOptions = {}) {
  const store = await s3Store(t);
  const made = await putSignedBackup(store.sink, {
    signingKey: host,
    retention: { mode: "COMPLIANCE", until },
    ...options,
  });
  const backup = await findBackup(store.source, {}, trust, never());
  const versions = (name: string) => {
    const found = store.server.bucket("b").objects.get(`${made.folder}/${name}`);
    if (found?.[0] === undefined) throw new Error(`no ${name}`);
    return found as [(typeof found)[0], ...typeof found];
  };
  const write = async (key: string, content: Buffer): Promise<void> => {
    store.server.lies.ignoreIfNoneMatch = "all";
    await store.sink.put({ key, body: chunked(content), retention: undefined, signal: never() });
  };
  return { ...store, made, backup, versions, write };
}

t.test("a backup as it was written", async (t) => {
  const { source, backup, made } = await inBucket(t);
  const { names, damaged, locks, read } = await verified(source, backup);
  t.strictSame(
    names,
    made.manifest.objects.map(({ name }) => name),
    "in the manifest's order",
  );
  t.strictSame(damaged, {});
  t.strictSame(new Set(locks), new Set([undefined]));
  t.equal(
    read,
    made.manifest.objects.reduce((sum, { size }) => sum + size, 0),
    "progress counts every byte",
  );
  t.equal(await lockTrouble(source, backup, "manifest.json", never()), undefined);
});

t.test("an object overwritten by a thief is no loss while its own version is there", async (t) => {
  const { source, backup, write, made } = await inBucket(t);
  for (const name of [DATA, "key.age"]) await write(`${made.folder}/${name}`, Buffer.from("gone"));
  t.match(await verified(source, backup), { damaged: {}, locks: [undefined] });
});

t.test("a folder with something damaged in it", async (t) => {
  const original = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(original, { recursive: true }));
  const sink = openDirectorySink({ name: "copy", path: original, country: "HU" }, new MemoryJournal());
  const { folder, manifest } = await putSignedBackup(sink, { signingKey: host });
  const size = manifest.objects.find(({ name }) => name === DATA)?.size ?? 0;

  const cases: Record<string, [(at: (name: string) => string) => Promise<void>, Record<string, RegExp>]> = {
    "one byte less": [
      (at) => truncate(at(DATA), size - 1),
      { [DATA]: /data-01\.dump\.zst\.age has 299999 bytes instead of 300000$/ },
    ],
    "one byte more": [
      async (at) => writeFile(at(DATA), Buffer.concat([await readFile(at(DATA)), Buffer.alloc(1)])),
      { [DATA]: /has more than 300000 bytes instead of 300000$/ },
    ],
    "one bit flipped": [
      async (at) => {
        const bytes = await readFile(at(DATA));
        bytes.writeUInt8(bytes.readUInt8(150_000) ^ 1, 150_000);
        await writeFile(at(DATA), bytes);
      },
      { [DATA]: /has another SHA-256 than the manifest says$/ },
    ],
    emptied: [(at) => truncate(at(DATA), 0), { [DATA]: /has 0 bytes/ }],
    missing: [(at) => rm(at(DATA)), { [DATA]: /data-01\.dump\.zst\.age is missing$/ }],
    "two exchanged": [
      async (at) => {
        await rename(at(DATA), at("x"));
        await rename(at(PRE_DATA), at(DATA));
        await rename(at("x"), at(PRE_DATA));
      },
      { [DATA]: /instead of 300000/, [PRE_DATA]: /has more than/ },
    ],
    "the key missing": [(at) => rm(at("key.age")), { "key.age": /key\.age is missing$/ }],
  };
  for (const [what, [damage, expected]] of Object.entries(cases)) {
    const path = await mkdtemp(join(tmpdir(), "lakat-test-"));
    t.teardown(() => rm(path, { recursive: true }));
    await cp(original, path, { recursive: true });
    await damage((name) => join(path, folder, name));
    const source = openDirectorySource({ name: "copy", path });
    const { damaged } = await verified(source, await findBackup(source, {}, trust, never()));
    t.strictSame(Object.keys(damaged).sort(), Object.keys(expected).sort(), what);
    for (const [name, message] of Object.entries(expected)) {
      t.match(damaged[name], message, what);
      t.match(damaged[name], /^BACKUP_DAMAGED /);
    }
  }
});

t.test("locks that are gone, weaker or shorter than the manifest says are told", async (t) => {
  const { source, backup, versions, server } = await inBucket(t);
  versions(DATA)[0].lock = { mode: "GOVERNANCE", until: until.toISOString() };
  versions("key.age")[0].lock = {
    mode: "COMPLIANCE",
    until: new Date(until.getTime() - 86_400_000).toISOString(),
  };
  versions("proof.age")[0].lock = {
    mode: "COMPLIANCE",
    until: new Date(until.getTime() + 86_400_000).toISOString(),
  };
  versions(PRE_DATA)[0].lock = undefined;
  versions("manifest.json")[0].lock = undefined;
  const { names, locks, damaged } = await verified(source, backup);
  const of = (name: string): string | undefined => locks[names.indexOf(name)];
  t.equal(of(DATA), "locked in mode GOVERNANCE, not COMPLIANCE");
  t.match(of("key.age"), /^locked only until /);
  t.equal(of("proof.age"), undefined, "a longer one is none the worse");
  t.equal(of(PRE_DATA), "not locked");
  t.equal(of("inventory.json.age"), undefined);
  t.equal(await lockTrouble(source, backup, "manifest.json", never()), "not locked");
  t.strictSame(damaged, {});

  server.lies.forgetRetention = true;
  t.strictSame(new Set((await verified(source, backup)).locks), new Set(["not locked"]));
  server.lies.forgetRetention = false;
  const on = { operation: "GetObjectRetention" };
  server.fail({ on, times: Infinity, how: { status: 403, code: "AccessDenied" } });
  t.strictSame(
    new Set((await verified(source, backup)).locks),
    new Set(["with a lock that cannot be read (STORE_DENIED)"]),
  );
});

t.test("a store that fails says nothing about the backup", async (t) => {
  const { source, backup, server } = await inBucket(t);
  const on = { operation: "GetObject", keyIncludes: "globals" };
  server.fail({ on, times: Infinity, how: { status: 403, code: "AccessDenied" } });
  // One object that would be read for hours beside it.
  let read: AbortSignal | undefined;
  const endless: Source = {
    ...source,
    async *get(key, options) {
      if (!key.endsWith(DATA)) {
        yield* source.get(key, options);
        return;
      }
      read = options.signal;
      await once(read, "abort");
      options.signal.throwIfAborted();
    },
  };
  t.match(await faultOf(verified(endless, backup)), { code: "STORE_DENIED" });
  t.equal(read?.aborted, true, "what was read ahead is given up");
});

t.test("a copy in another store, where versions have other names, is verified all the same", async (t) => {
  const { source, backup, made } = await inBucket(t);
  const path = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(path, { recursive: true }));
  const { sink, source: elsewhere } = await s3Store(t);
  for await (const { key } of source.list("", never()))
    await sink.put({
      key,
      body: source.get(key, { signal: never() }),
      retention: undefined,
      signal: never(),
    });
  const copied = await findBackup(elsewhere, {}, trust, never());
  t.equal(copied.folder, made.folder);
  const { damaged, locks } = await verified(elsewhere, copied);
  t.strictSame(damaged, {});
  t.match(locks[0], /^(not locked|with a lock that cannot be read)/);
  t.match(await verified(source, backup), { damaged: {} });
});

t.test("in a store that the manifest calls by another name, beside another copy", async (t) => {
  const store = await inBucket(t);
  const [copy] = store.backup.manifest.copies;
  if (copy === undefined) throw new Error("no copy");
  const foreign = Object.fromEntries(Object.keys(copy.versions).map((name) => [name, "elsewhere"]));
  const copies = [
    { ...copy, destination: "second", versions: foreign },
    { ...copy, destination: "first" },
  ];
  const backup = { ...store.backup, manifest: { ...store.backup.manifest, copies } };
  await store.write(`${backup.folder}/${PRE_DATA}`, Buffer.from("a thief's"));
  const { damaged, locks } = await verified(store.source, backup);
  t.strictSame(damaged, {}, "the version that is there is found among those of all copies");
  for (const lock of locks) t.match(lock, /^with a lock that cannot be read, .* called offsite$/);
  t.match(await lockTrouble(store.source, backup, "manifest.json", never()), /cannot be read/);
});
