/** How dumps are fed to pg_restore, with shell scripts in its place that end as it can end. */
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { decompress, load, loadParallel } from "../../src/restore-test/pg-restore.ts";
import { until } from "../fixtures/processes.ts";
import { run } from "../fixtures/programs.ts";
import { chunked, faultOf, never } from "../fixtures/store-conformance.ts";

const PLAIN = Buffer.from(randomBytes(200_000).toString("hex"));
const DUMP = await run("zstd", ["-q", "-c"], PLAIN);
const COMMAND = { args: ["--exit-on-error"], subject: "crm/data" };

/** A folder of programs in which pg_restore is this script; `$there` is that folder. */
async function loaderOf(t: Test, script: string) {
  const programs = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(programs, { recursive: true }));
  await writeFile(join(programs, "pg_restore"), `#!/bin/sh\nthere='${programs}'\n${script}\n`);
  await chmod(join(programs, "pg_restore"), 0o700);
  const connection = { host: "h", port: 1, user: "u", password: "not to be seen" };
  const text = (name: string) => readFile(join(programs, name)).catch(() => undefined);
  return { loader: { connection, programs }, text };
}

t.test("gets the dump whole and decompressed, the password not among its arguments", async (t) => {
  const { loader, text } = await loaderOf(t, 'echo "$@ $(env)" > $there/called; cat > $there/got');
  await load(COMMAND, loader, chunked(DUMP), never());
  t.ok((await text("got"))?.equals(PLAIN));
  const called = (await text("called"))?.toString() ?? "";
  t.match(called, /^--exit-on-error /);
  t.notMatch(called.split("\n")[0]?.split("PGPASSWORD")[0], "not to be seen");
  t.match(called, "PGPASSWORD=not to be seen");
  t.match(called, "LC_MESSAGES=C");
});

t.test("never takes a part for the whole when the stream breaks", async (t) => {
  const { loader, text } = await loaderOf(t, "cat > $there/got; touch $there/ended");
  const broken = new Error("the last chunk is not genuine");
  async function* stream(): AsyncGenerator<Buffer> {
    yield* chunked(DUMP.subarray(0, DUMP.length - 10));
    await until("the part to arrive", async () => ((await text("got"))?.length ?? 0) > 0);
    throw broken;
  }
  await t.rejects(load(COMMAND, loader, stream(), never()), broken);
  t.equal(await text("ended"), undefined);
});

t.test(
  "a compressed stream that ends early or is damaged is no success, whatever the loader says",
  async (t) => {
    const { loader } = await loaderOf(t, "cat > /dev/null");
    const flipped = Buffer.from(DUMP);
    flipped.writeUInt8(flipped.readUInt8(100_000) ^ 1, 100_000);
    for (const dump of [DUMP.subarray(0, -10), flipped, Buffer.from("no zstd at all")]) {
      const { code, message } = await faultOf(load(COMMAND, loader, chunked(dump), never()));
      t.equal(code, "RESTORE_FAILED");
      t.match(message, /^zstd exited with 1 on crm\/data: /);
      t.match(await faultOf(decompress(dump, "crm/x", never())), {
        code: "RESTORE_FAILED",
        message: /^zstd exited with 1 on crm\/x/,
      });
    }
    t.ok((await decompress(DUMP, "crm/x", never())).equals(PLAIN));
  },
);

t.test("a loader that refuses is told of in its own words, and the rest is not fed", async (t) => {
  const script = `head -c 10 > /dev/null
echo 'pg_restore: while PROCESSING TOC' >&2
echo 'pg_restore: error: could not execute query: ERROR:  role "x" does not exist' >&2
exit 1`;
  const { loader } = await loaderOf(t, script);
  let fed = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    const block = await run("zstd", ["-q", "-c"], randomBytes(1 << 20));
    for (; fed < 1000; fed++) yield block;
  }
  const { code, message } = await faultOf(load(COMMAND, loader, endless(), never()));
  t.equal(code, "RESTORE_FAILED");
  t.equal(
    message,
    'pg_restore of crm/data exited with 1: pg_restore: error: could not execute query: ERROR:  role "x" does not exist',
  );
  t.ok(fed < 100, `${fed} blocks of 1000`);
  const missing = { ...loader, programs: "/nowhere" };
  t.match(await faultOf(load(COMMAND, missing, chunked(DUMP), never())), {
    message: /could not be started \(ENOENT\)/,
  });
});

t.test("an abort ends the programs at once, at every moment", async (t) => {
  const { loader, text } = await loaderOf(t, "echo $$ > $there/pid; exec sleep 1000");
  const alive = async (): Promise<boolean> => {
    const pid = Number((await text("pid"))?.toString());
    try {
      return pid > 0 && process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  async function* held(): AsyncGenerator<Buffer> {
    yield DUMP.subarray(0, 1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    yield DUMP.subarray(1000, 2000);
    yield DUMP.subarray(2000, 3000);
  }
  const reason = new Error("stopped by a person");
  for (const [what, dump] of [
    ["while it is fed", held()],
    ["when all was fed", chunked(DUMP)],
  ] as const) {
    const stop = new AbortController();
    const loading = load(COMMAND, loader, dump, stop.signal);
    await until("the loader", alive);
    stop.abort(reason);
    await t.rejects(loading, reason, what);
    t.equal(await alive(), false, what);
    await rm(join(loader.programs, "pid"));
  }
  const stop = new AbortController();
  const parallel = loadParallel(COMMAND, loader, PLAIN, 2, stop.signal);
  await until("the loader", alive);
  stop.abort(reason);
  await t.rejects(parallel, reason);
  t.equal(await alive(), false);
  await t.rejects(load(COMMAND, loader, chunked(DUMP), AbortSignal.abort(reason)), reason, "before it began");
});

t.test("what has to be a file is one for nobody else, and gone afterwards", async (t) => {
  const script = `for file; do :; done
stat -c '%a %n' "$file" "$(dirname "$file")" > $there/seen; cat "$file" > $there/got; exit $(cat $there/exit)`;
  const { loader, text } = await loaderOf(t, script);
  const before = process.env["TMPDIR"];
  const temporary = await mkdtemp(join(tmpdir(), "lakat-test-"));
  process.env["TMPDIR"] = temporary;
  t.teardown(async () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    await rm(temporary, { recursive: true });
  });
  for (const exit of ["0", "1"]) {
    await writeFile(join(loader.programs, "exit"), exit);
    const loading = loadParallel(COMMAND, loader, PLAIN, 3, never());
    await (exit === "0" ? loading : t.rejects(loading, { code: "RESTORE_FAILED" }));
    t.match((await text("seen"))?.toString(), /^600 .*post-data\.dump\n700 /);
    t.ok((await text("got"))?.equals(PLAIN));
    t.strictSame(await readdir(temporary), []);
  }
});
