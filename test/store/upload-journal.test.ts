import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { openUploadJournal } from "../../src/store/upload-journal.ts";
import { faultOf } from "../fixtures/store-conformance.ts";

const upload = (uploadId: string) => ({ destination: "d", key: `a/${uploadId}`, uploadId });

t.test("remembers what has begun and not ended", async (t) => {
  const path = join(t.testdir(), "state", "uploads");
  const first = await openUploadJournal(path);
  t.strictSame(first.unfinished(), []);
  await first.begun(upload("1"));
  await first.begun(upload("2"));
  await first.ended(upload("1"));
  t.strictSame(first.unfinished(), [upload("2")]);
  await first.close();
  const second = await openUploadJournal(path);
  t.strictSame(second.unfinished(), [upload("2")]);
  t.equal((await readFile(path, "utf8")).split("\n").filter(Boolean).length, 1, "what ended is left out");
  await second.ended(upload("2"));
  await second.close();
  const third = await openUploadJournal(path);
  t.strictSame(third.unfinished(), []);
  await third.close();
  t.equal((await stat(path)).mode & 0o777, 0o600);
});

t.test("reads past a line cut short and lines that are none of its own", async (t) => {
  const path = join(t.testdir(), "uploads");
  const journal = await openUploadJournal(path);
  await journal.begun(upload("1"));
  await journal.close();
  await writeFile(path, `${await readFile(path, "utf8")}null\n{"event":"begun"}\n7\n`);
  await appendFile(path, '{"event":"ended","destination":"d","key":"a/1","upl');
  const again = await openUploadJournal(path);
  t.strictSame(again.unfinished(), [upload("1")]);
  await again.close();
});

t.test("a full disk is told from a folder that may not be written", async (t) => {
  const path = join(t.testdir(), "uploads");
  const journal = await openUploadJournal(path);
  await journal.begun(upload("1"));
  await journal.close();
  await symlink("/dev/full", `${path}.new`);
  t.match(await faultOf(openUploadJournal(path)), {
    code: "STORE_FULL",
    message: /no room for the upload journal .*uploads \(ENOSPC\)/,
    todo: /state_directory/,
  });
});

t.test("survives SIGKILL at any moment", async (t) => {
  const program = new URL("../fixtures/journal-writer.ts", import.meta.url).pathname;
  for (const events of [1, 2, 3, 10, 25]) {
    const path = join(t.testdir(), "uploads");
    const child = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.split("\n").length > events) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const kept = said.split("\n").slice(0, -1);
    const journal = await openUploadJournal(path);
    const unfinished = new Set(journal.unfinished().map(({ uploadId }) => uploadId));
    for (const n of new Set(kept.map((line) => line.split(" ")[1] ?? ""))) {
      const ended = kept.includes(`ended ${n}`);
      const last = kept.at(-1) === `begun ${n}`;
      if (ended) t.notOk(unfinished.has(n), `${n} has ended`);
      else if (!last) t.ok(unfinished.has(n), `${n} has not`);
    }
    await journal.close();
  }
});

t.test("a place that cannot be written", async (t) => {
  const path = join(t.testdir({ file: "" }), "file", "uploads");
  t.match(await faultOf(openUploadJournal(path)), {
    code: "CONFIG_INVALID",
    message: /upload journal .* cannot be used/,
  });
});
