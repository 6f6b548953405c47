import { mkdir, mkdtemp, readdir, rmdir, stat, symlink, writeFile } from "node:fs/promises";
import { execFile, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { openDirectorySink } from "../../src/store/directory-sink.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import {
  chunked,
  faultOf,
  MemoryJournal,
  never,
  readWhole,
  storeConformance,
} from "../fixtures/store-conformance.ts";

const run = promisify(execFile);

function open(path: string) {
  const journal = new MemoryJournal();
  const sink = openDirectorySink({ name: "copy", path, country: "HU" }, journal);
  return { journal, sink, source: openDirectorySource({ name: "copy", path }) };
}

const put = (sink: ReturnType<typeof openDirectorySink>, key: string, body = chunked(Buffer.from("x"))) =>
  sink.put({ key, body, retention: undefined, signal: never() });

t.test("conformance", (t) =>
  storeConformance(t, async (t) => ({
    ...open(t.testdir()),
    partSize: 300_000,
    country: "HU",
    probeFindings: [],
    locks: { small: false, large: false },
    unkeptLock: ["LOCK_NOT_KEPT"],
    writeOnce: { small: true, large: true },
  })),
);

t.test("only the owner may read", async (t) => {
  const path = t.testdir();
  await put(open(path).sink, "a/b/c");
  t.equal((await stat(join(path, "a/b/c"))).mode & 0o777, 0o600);
  for (const folder of ["a", "a/b"]) t.equal((await stat(join(path, folder))).mode & 0o777, 0o700);
});

t.test("an object appears whole or not at all", async (t) => {
  const path = t.testdir();
  const { sink, source, journal } = open(path);
  let during: string[] = [];
  async function* body() {
    yield Buffer.alloc(3_000_000);
    during = await readdir(join(path, "a"));
    t.strictSame(await Array.fromAsync(source.list("", never())), [], "not listed");
    t.equal(journal.pending.size, 1);
    yield Buffer.alloc(1);
  }
  await put(sink, "a/b", body());
  t.equal(during.length, 1);
  t.match(during[0], /^\.lakat-[0-9a-f]{16}$/);
  t.strictSame(await readdir(join(path, "a")), ["b"]);
});

t.test("of two writers of one name one wins", async (t) => {
  const { sink, source } = open(t.testdir());
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => put(sink, "same", chunked(Buffer.alloc(1000, i)))),
  );
  const winner = results.findIndex(({ status }) => status === "fulfilled");
  t.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  t.strictSame(await readWhole(source, "same"), Buffer.alloc(1000, winner));
});

t.test("no key leaves the directory", async (t) => {
  const path = t.testdir({ inside: {}, outside: { secret: "s" } });
  const root = join(path, "inside");
  const { sink, source } = open(root);
  const keys = ["../x", "/x", "a/../../x", "a//b", "", ".", "a/", "a\0b", ".lakat-0123456789abcdef"];
  for (const key of keys) {
    t.equal((await faultOf(put(sink, key))).code, "STORE_FAILED", key);
    t.equal((await faultOf(readWhole(source, key))).code, "STORE_FAILED", key);
  }
  await symlink(join(path, "outside"), join(root, "link"));
  t.equal((await faultOf(put(sink, "link/x"))).code, "STORE_FAILED");
  t.equal((await faultOf(readWhole(source, "link/secret"))).code, "STORE_FAILED");
  t.equal((await faultOf(sink.read("link/secret", 10, never()))).code, "STORE_FAILED");
  t.strictSame(await readdir(join(path, "outside")), ["secret"]);
  t.strictSame(await Array.fromAsync(source.list("", never())), [], "links are not followed");
});

t.test("a directory that is not there is said to be so, and not made", async (t) => {
  const path = join(t.testdir(), "not-mounted");
  const { sink, source } = open(path);
  // One begins when the one before has ended: a promise that waits for its turn may be rejected unheard.
  const tries = [
    () => put(sink, "a/b"),
    () => readWhole(source, "a"),
    () => Array.fromAsync(source.list("", never())),
  ];
  for (const attempt of tries) {
    const fault = await faultOf(attempt());
    t.equal(fault.code, "STORE_NOT_FOUND");
    t.match(fault.message, path);
  }
  t.equal((await faultOf(sink.probe("p", never()))).code, "STORE_NOT_FOUND");
});

t.test("no right to write", { skip: process.getuid?.() === 0 && "root may write everywhere" }, async (t) => {
  const path = t.testdir({ closed: {} });
  await run("chmod", ["500", join(path, "closed")]);
  t.equal((await faultOf(put(open(join(path, "closed")).sink, "a/b"))).code, "STORE_DENIED");
});

const noMount = spawnSync("unshare", ["-m", "true"]).status !== 0 && "no right to mount a small file system";

t.test("a full disk is named and nothing is left on it", { skip: noMount }, async (t) => {
  const path = await mkdtemp(join(tmpdir(), "lakat-full-"));
  await run("mount", ["-t", "tmpfs", "-o", "size=1m", "lakat-test", path]);
  t.teardown(async () => {
    await run("umount", [path]);
    await rmdir(path);
  });
  const { sink, journal } = open(path);
  const fault = await faultOf(put(sink, "a/big", chunked(Buffer.alloc(5_000_000))));
  t.equal(fault.code, "STORE_FULL");
  t.match(fault.message, /no space left for .*a\/big \(ENOSPC\)/);
  t.strictSame(await readdir(join(path, "a")), []);
  t.equal(journal.pending.size, 0);
  t.equal((await put(sink, "a/small")).size, 1, "and what fits is taken again");
});

t.test("what a killed run left can be removed, what is committed cannot", async (t) => {
  const path = t.testdir();
  const { sink, journal } = open(path);
  const uploadId = ".lakat-0123456789abcdef";
  await put(sink, "c/run-1/db/data");
  await put(sink, "c/run-2/db/data");
  await put(sink, "c/run-2/manifest.json");
  await writeFile(join(path, "c/run-1/db", uploadId), "half");
  await sink.discard({ destination: "copy", key: "c/run-1/db/other", uploadId }, never());
  t.strictSame(await readdir(join(path, "c/run-1/db")), ["data"]);
  t.equal(await sink.discardUnfinished?.("c/run-1", "manifest.json", never()), true);
  t.equal(await sink.discardUnfinished?.("c/run-2", "manifest.json", never()), false);
  t.equal(await sink.discardUnfinished?.("c/run-3", "manifest.json", never()), true, "never began");
  t.strictSame(await readdir(join(path, "c")), ["run-2"]);
  const outside = async () => sink.discardUnfinished?.("c/..", "manifest.json", never());
  t.equal((await faultOf(outside())).code, "STORE_FAILED");
  for (const foreign of ["data", "../../x", ".lakat-x"]) {
    const upload = { destination: "copy", key: "c/run-2/db/data", uploadId: foreign };
    t.equal((await faultOf(sink.discard(upload, never()))).code, "STORE_FAILED", foreign);
  }
  t.equal(journal.pending.size, 0);
});

t.test("a file where a folder has to be", async (t) => {
  const path = t.testdir({ a: "file" });
  await mkdir(join(path, "b"));
  const { sink } = open(path);
  t.equal((await faultOf(put(sink, "a/b"))).code, "STORE_EXISTS");
  t.equal((await faultOf(put(sink, "b"))).code, "STORE_EXISTS");
});
