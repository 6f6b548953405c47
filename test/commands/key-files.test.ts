import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import {
  readPrivateFile,
  readPublicFile,
  writePrivateFile,
  writePublicFile,
} from "../../src/commands/key-files.ts";
import { run } from "../fixtures/programs.ts";

t.test("a private file is its owner's alone, whatever the umask", async (t) => {
  const dir = t.testdir();
  for (const umask of [0o000, 0o022, 0o777]) {
    const path = join(dir, `${umask.toString(8)}.key`);
    const before = process.umask(umask);
    try {
      await writePrivateFile(path, "secret");
    } finally {
      process.umask(before);
    }
    t.equal(statSync(path).mode & 0o777, 0o600);
    t.equal((await readPrivateFile(path)).toString(), "secret");
  }
  await writePublicFile(join(dir, "safe.crt"), Buffer.from("public"));
  t.equal(statSync(join(dir, "safe.crt")).mode & 0o777, 0o644);
  t.equal((await readPublicFile(join(dir, "safe.crt"))).toString(), "public");
});

t.test("nothing is ever replaced, not even through a dangling link", async (t) => {
  const dir = t.testdir({ "host.key": "old" });
  const path = join(dir, "host.key");
  await t.rejects(writePrivateFile(path, "new"), {
    code: "KEY_FILE_EXISTS",
    message: /host\.key exists already/,
  });
  await t.rejects(writePublicFile(path, "new"), { code: "KEY_FILE_EXISTS" });
  t.equal(readFileSync(path, "utf8"), "old");
  symlinkSync(join(dir, "elsewhere"), join(dir, "link"));
  await t.rejects(writePrivateFile(join(dir, "link"), "new"), { code: "KEY_FILE_EXISTS" });
  await t.rejects(writePrivateFile(join(dir, "none", "x"), "new"), {
    code: "KEY_FILE_UNREADABLE",
    message: /cannot be created: no such file or folder/,
  });
});

t.test("a private file that others can use is refused, also behind a link", async (t) => {
  const dir = t.testdir({ "host.key": "secret" });
  const path = join(dir, "host.key");
  const link = join(dir, "link");
  symlinkSync(path, link);
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777]) {
    chmodSync(path, mode);
    for (const name of [path, link]) {
      const octal = `mode 0${mode.toString(8)}`;
      const expected = { code: "KEY_FILE_EXPOSED", message: new RegExp(octal), todo: /chmod 600/ };
      await t.rejects(readPrivateFile(name), expected, `${octal} ${name === link ? "by link" : ""}`);
    }
    t.equal((await readPublicFile(path)).toString(), "secret", "as a public file it may be read");
  }
  for (const mode of [0o600, 0o400, 0o700]) {
    chmodSync(path, mode);
    t.equal((await readPrivateFile(link)).toString(), "secret", mode.toString(8));
  }
});

t.test(
  "a private file of another user is refused",
  { skip: process.getuid?.() !== 0 && "needs root" },
  async (t) => {
    const path = join(t.testdir({ "host.key": "secret" }), "host.key");
    chmodSync(path, 0o600);
    chownSync(path, 12345, 0);
    await t.rejects(readPrivateFile(path), { code: "KEY_FILE_EXPOSED", message: /belongs to user 12345/ });
  },
);

t.test("what cannot be read says why", async (t) => {
  const dir = t.testdir({ large: "" });
  mkdirSync(join(dir, "folder"));
  writeFileSync(join(dir, "large"), Buffer.alloc(1024 * 1024 + 1), { mode: 0o600 });
  await run("mkfifo", ["-m", "600", join(dir, "fifo")]);
  for (const [name, message] of [
    ["none", /cannot be read: no such file or folder/],
    ["folder", /not a regular file/],
    ["fifo", /not a regular file/],
    ["large", /larger than 1 MiB/],
  ] as const) {
    await t.rejects(readPrivateFile(join(dir, name)), { code: "KEY_FILE_UNREADABLE", message }, name);
    await t.rejects(readPublicFile(join(dir, name)), { code: "KEY_FILE_UNREADABLE", message }, name);
  }
});
