import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import t from "tap";
import { destroyAbandoned } from "../../src/restore-test/abandoned-cluster.ts";
import { findPostgres } from "../../src/postgres/find-programs.ts";
import { birthOf, runningIn } from "../../src/restore-test/proc.ts";
import { startScratchCluster, type ScratchOptions } from "../../src/restore-test/scratch-cluster.ts";

const run = promisify(execFile);

/** A folder that any account can enter, unlike those tap makes below a checkout in somebody's home. */
async function openFolder(test: { teardown(fn: () => Promise<void>): unknown }, below = ""): Promise<string> {
  const top = await mkdtemp(join(tmpdir(), "lakat-test-"));
  test.teardown(() => rm(top, { recursive: true, force: true }));
  await chmod(top, 0o755);
  const folder = join(top, below);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  return realpath(folder);
}

function options(folder: string, more: Partial<ScratchOptions> = {}): ScratchOptions {
  return { folder, durability: false, listen: "socket", signal: new AbortController().signal, ...more };
}

async function psql(env: Record<string, string>, sql: string): Promise<string> {
  const { stdout } = await run("psql", ["-XAtqc", sql], { env: { ...process.env, ...env } });
  return stdout.trim();
}

t.test("a cluster on its socket: answers with its password only, and leaves nothing", async (t) => {
  const folder = await openFolder(t);
  const cluster = await startScratchCluster(options(folder, { settings: { work_mem: "7MB" } }));
  t.teardown(() => cluster.destroy());
  t.equal(await psql(cluster.env, "SHOW work_mem"), "7MB");
  t.equal(await psql(cluster.env, "SHOW fsync"), "off");
  t.equal(await psql(cluster.env, "SHOW listen_addresses"), "");
  t.equal(await psql(cluster.env, "SHOW password_encryption"), "scram-sha-256");
  t.equal(
    await psql(cluster.env, "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database LIMIT 1"),
    "C.UTF-8|UTF8",
  );
  await t.rejects(
    psql({ ...cluster.env, PGPASSWORD: "wrong" }, "SELECT 1"),
    /password authentication failed/,
  );
  t.ok(cluster.folder.startsWith(`${folder}/`));
  t.same((await readdir(cluster.folder)).sort(), ["data", "log", "socket"], "the password's file is gone");
  t.match(await readFile(join(cluster.folder, "log"), "utf8"), /ready to accept connections/);

  await cluster.stop();
  t.same(await runningIn(cluster.folder, ["postgres"]), []);
  t.match(
    await readFile(join(cluster.folder, "log"), "utf8"),
    /database system is shut down/,
    "it closed in order",
  );
  await cluster.destroy();
  await cluster.destroy();
  t.same(await readdir(folder), []);
});

t.test("a cluster on loopback, with names and places of the caller's choice", async (t) => {
  // A path too long for a socket's address, with characters that lists of hosts take for their own.
  const folder = await openFolder(t, `${"long,".repeat(30)} "and" odd é`);
  const cluster = await startScratchCluster(
    options(folder, {
      listen: "loopback",
      user: "Ő Brien",
      locale: "C",
      encoding: "LATIN2",
      durability: true,
    }),
  );
  t.teardown(() => cluster.destroy());
  t.equal(cluster.host, "127.0.0.1");
  t.equal(await psql(cluster.env, "SELECT current_user"), "Ő Brien");
  t.equal(await psql(cluster.env, "SHOW fsync"), "on");
  t.equal(await psql(cluster.env, "SHOW server_encoding"), "LATIN2");
  t.equal(await psql(cluster.env, "SHOW listen_addresses"), "127.0.0.1");
  const socket = await psql(cluster.env, "SHOW unix_socket_directories");
  t.notOk(socket.startsWith(folder), "the socket has a short path elsewhere");
  t.equal(await psql({ ...cluster.env, PGHOST: socket }, "SELECT 1"), "1");
  await cluster.destroy();
  t.same(await readdir(folder), []);
  await t.rejects(stat(socket), { code: "ENOENT" });
});

t.test("a server that cannot start says why in its own words, and leaves nothing", async (t) => {
  const folder = await openFolder(t);
  await t.rejects(startScratchCluster(options(folder, { settings: { shared_buffers: "plenty" } })), {
    code: "PG_FAILED",
    message: /shared_buffers.*plenty/,
  });
  await t.rejects(startScratchCluster(options(folder, { locale: "xx_XX" })), {
    code: "PG_FAILED",
    message: /invalid locale name "xx_XX"/,
  });
  await t.rejects(startScratchCluster(options(folder, { programs: "/nowhere" })), {
    code: "PROGRAM_MISSING",
  });
  t.same(await readdir(folder), []);
});

t.test("aborting while it starts leaves nothing", async (t) => {
  const folder = await openFolder(t);
  await t.rejects(startScratchCluster(options(folder, { signal: AbortSignal.abort() })), {
    code: "INTERRUPTED",
  });
  for (const milliseconds of [5, 100, 400]) {
    const signal = AbortSignal.timeout(milliseconds);
    await startScratchCluster(options(folder, { signal })).then(
      (cluster) => cluster.destroy(),
      (error: unknown) => t.match(error, { code: "INTERRUPTED" }),
    );
    t.same(await readdir(folder), []);
    t.same(await runningIn(folder, ["postgres", "initdb"]), []);
  }
});

const forRoot = { skip: process.getuid?.() === 0 ? false : "only root starts servers for another user" };

t.test("a folder the server's account cannot reach: the cluster goes elsewhere", forRoot, async (t) => {
  const folder = await openFolder(t, "closed/within");
  await chmod(join(folder, ".."), 0o700);
  const cluster = await startScratchCluster(options(folder));
  t.teardown(() => cluster.destroy());
  t.notOk(cluster.folder.startsWith(folder));
  t.equal((await stat(join(cluster.folder, "data"))).mode & 0o777, 0o700);
  t.same(await readdir(folder), []);
  await cluster.destroy();
  await t.rejects(stat(cluster.folder), { code: "ENOENT" });
});

t.test("what a killed process left is destroyed, what a living one uses is not", async (t) => {
  const folder = await openFolder(t);
  const living = await startScratchCluster(options(folder));
  t.teardown(() => living.destroy());
  const module = new URL("../../src/restore-test/scratch-cluster.ts", import.meta.url).href;
  const script = `
    const { startScratchCluster } = await import(${JSON.stringify(module)});
    const signal = new AbortController().signal;
    const cluster = await startScratchCluster(
      { folder: ${JSON.stringify(folder)}, durability: false, listen: "socket", signal });
    console.log(cluster.folder);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [left] = (await once(createInterface(owner.stdout), "line")) as [string];
  t.same((await destroyAbandoned(folder)).includes(left), false, "its owner still runs");
  owner.kill("SIGKILL");
  await once(owner, "exit");
  const servers = await runningIn(left, ["postgres"]);
  t.ok(servers.length > 1, "the server outlived its owner");

  // A stranger's name that points at something of worth.
  await mkdir(join(folder, "worth"));
  await symlink(join(folder, "worth"), join(folder, "lakat-scratch-4194305.1-aaaaaa"));
  await mkdir(join(folder, "lakat-scratch-of-somebody"));
  const strangers = join(folder, "lakat-scratch-4194305.1-bbbbbb");
  await mkdir(strangers);
  if (process.getuid?.() === 0) await chown(strangers, 65534, 65534);

  t.ok((await destroyAbandoned(folder)).includes(left));
  t.same(
    await Promise.all(servers.map(({ pid }) => birthOf(pid))),
    servers.map(() => undefined),
  );
  await t.rejects(stat(left), { code: "ENOENT" });
  t.ok(await stat(join(folder, "worth")));
  t.ok(await stat(join(folder, "lakat-scratch-of-somebody")));
  if (process.getuid?.() === 0) t.ok(await stat(strangers));
  t.equal(await psql(living.env, "SELECT 1"), "1");
});

t.test("processes are told by their birth and their folder", async (t) => {
  t.match(await birthOf(process.pid), /^\d+$/);
  t.equal(await birthOf(2 ** 22 + 1), undefined);
  const folder = await readlink("/proc/self/cwd");
  t.ok((await runningIn(folder, ["node"])).some(({ pid }) => pid === process.pid));
  t.notOk((await runningIn(folder, ["postgres"])).some(({ pid }) => pid === process.pid));
  t.notOk((await runningIn(folder.slice(0, -1), ["node"])).some(({ pid }) => pid === process.pid));
});

t.test("finds the server's programs with their version", async (t) => {
  const all = await findPostgres();
  t.ok(all[0]);
  for (const { bin, major } of all) {
    const { stdout } = await run(join(bin, "postgres"), ["--version"]);
    t.match(stdout, new RegExp(`\\(PostgreSQL\\) ${major}\\b`));
    t.same(
      (await findPostgres({ version: major })).filter((one) => one.major !== major),
      [],
    );
  }
  t.same(
    all.map(({ major }) => major),
    all.map(({ major }) => major).sort((a, b) => b - a),
  );
  t.equal(new Set(all.map(({ bin }) => bin)).size, all.length, "each is named once");
  const links = await openFolder(t);
  for (const program of ["postgres", "initdb"])
    await symlink(join(all[0]?.bin ?? "", program), join(links, program));
  const path = process.env["PATH"];
  t.teardown(() => (process.env["PATH"] = path));
  process.env["PATH"] = `${links}:${String(path)}`;
  t.same(await findPostgres(), all, "links are followed to the whole installation");
  t.same(await findPostgres({ version: 8 }), []);
  t.same(await findPostgres({ programs: ["postgres", "no-such-program"] }), []);
});
