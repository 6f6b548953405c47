/** A backup opened into a folder, and loaded from there by PostgreSQL's own programs alone. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { plainDump } from "../fixtures/everything.ts";
import { restorable } from "../fixtures/restorable.ts";

const sh = promisify(execFile);
const { source, host, backupId, original, target, damaged } = await restorable(t);
const odd = `odd "name"; it's $(touch pwned) \\ő`;
await (await source.freshDatabase(odd)).query("CREATE TABLE t AS SELECT 1 AS id");
const second = await host.backup();

async function freshFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const open = (folder: string, args: string[] = []) =>
  host.run(["restore", "--identity", host.x25519.file, "--to-directory", folder, ...args], { as: "reader" });

t.test("the folder has every part, readable by its owner alone, and a script that loads them", async (t) => {
  const folder = join(await freshFolder(t), "opened", "here");
  const opened = await open(folder, ["--json"]);
  t.equal(opened.exit, 0, opened.stderr);
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((e) => e.isFile());
  t.strictSame(
    files.map((file) => join(file.parentPath, file.name).slice(folder.length + 1)).sort(),
    (opened.json["files"] as string[]).sort(),
  );
  t.ok(files.some(({ name }) => name === "data-01.dump"));
  for (const file of files) {
    const { mode } = await stat(join(file.parentPath, file.name));
    t.equal(mode & 0o777, file.name === "load.sh" ? 0o700 : 0o600, file.name);
  }
  t.equal((await stat(folder)).mode & 0o777, 0o700);

  // From elsewhere, as a person would; psql and pg_restore are those of the server's package.
  const { stdout } = await sh(join(folder, "load.sh"), [], {
    cwd: "/",
    env: { PATH: `${target.programs}:/usr/bin:/bin`, ...target.env, PGDATABASE: "nowhere" },
  });
  t.match(stdout, /^database crm$/m);
  t.match(stdout, /passwords of roles .* \\password/);
  for (const name of ["crm", "billing.eu"] as const)
    t.equal(await plainDump(target, name), original[name], name);
  t.equal(await plainDump(target, odd), await plainDump(source, odd), "a name that would be a command");
  t.notOk((await readdir(folder)).includes("pwned"));
  t.strictSame(await target.roles(), ["clerk", "reader"]);

  const again = sh(join(folder, "load.sh"), [], {
    env: { PATH: `${target.programs}:/usr/bin:/bin`, ...target.env },
  });
  await t.rejects(
    again,
    { code: 1, stderr: /already exists/ },
    "a second time it stops and overwrites nothing",
  );
});

t.test("a folder that holds something is refused and stays as it is", async (t) => {
  const folder = await freshFolder(t);
  await writeFile(join(folder, "precious"), "x");
  t.match(await open(folder), { exit: 2, stderr: /TARGET_NOT_EMPTY: the folder .* is not empty/ });
  t.strictSame(await readdir(folder), ["precious"]);
});

t.test("a damaged part leaves an empty folder", async (t) => {
  const folder = await freshFolder(t);
  await damaged(
    "crm/post-data.dump.zst.age",
    (whole) => whole.subarray(0, -1),
    async () => {
      const { exit, stderr } = await open(folder, ["--from", "local", backupId]);
      t.equal(exit, 1);
      t.match(stderr, /BACKUP_DAMAGED: .*post-data/);
    },
  );
  t.strictSame(await readdir(folder), []);
});

t.test("a folder that cannot be written says why", async (t) => {
  const file = join(await freshFolder(t), "file");
  await writeFile(file, "");
  for (const folder of [file, join(file, "below")]) {
    const { exit, stderr } = await open(folder);
    t.equal(exit, 2, folder);
    t.match(stderr, /^lakat: USAGE: the folder .*file.* cannot be made or used/);
  }
});

t.test(
  "a disk that fills up leaves an empty folder",
  { skip: process.getuid?.() !== 0 && "needs root" },
  async (t) => {
    const folder = join(await freshFolder(t), "small");
    await mkdir(folder);
    await sh("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", folder]);
    t.teardown(() => sh("umount", ["-l", folder]));
    t.match(await open(folder), { exit: 1, stderr: /STORE_FULL: there is no room in .*small/ });
    t.strictSame(await readdir(folder), []);
  },
);

t.test("options for a server mean nothing here, and say so", async (t) => {
  for (const args of [["--database", "crm"], ["--jobs", "2"], ["--no-globals"], ["--destroy-existing-data"]])
    t.match(await open("/nowhere", args), { exit: 2, stderr: `USAGE: ${args[0] ?? ""} has no meaning` });
});

t.test("the script names the backup, and nothing in a manifest gets out of its comments", async (t) => {
  const folder = await freshFolder(t);
  const opened = await open(folder, [String(second.json["backupId"])]);
  t.equal(opened.exit, 0, opened.stderr);
  t.match(opened.stdout, new RegExp(`${folder}/load\\.sh`));
  const script = await readFile(join(folder, "load.sh"), "utf8");
  t.match(script, `# Loads backup ${String(second.json["backupId"])} of crm`);
  await sh("sh", ["-n", join(folder, "load.sh")]);
});
