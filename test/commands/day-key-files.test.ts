/** The private halves of day keys in their folder. */
import { chmod, link, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { readDayKeys, removeDayKey, usableDayKeys, writeDayKey } from "../../src/commands/day-key-files.ts";
import { newDayKey, type DayKey } from "../../src/seal/day-key.ts";

const now = new Date("2026-11-23T01:00:00Z");
const keyOf = (day: string): Promise<DayKey> => newDayKey(day, now, new Date("2026-11-26T00:00:00Z"));

t.test("what is written is read again, oldest day first, and gone when removed", async (t) => {
  const folder = join(t.testdir(), "made/when/missing");
  t.strictSame(await readDayKeys(folder), [], "no folder yet, no keys");
  const [later, earlier] = [await keyOf("2026-11-24"), await keyOf("2026-11-23")];
  await writeDayKey(folder, later);
  await writeDayKey(folder, earlier);
  t.strictSame(await readDayKeys(folder), [earlier, later]);
  await t.rejects(writeDayKey(folder, earlier), { code: "KEY_FILE_EXISTS" });
  await removeDayKey(folder, "2026-11-23");
  t.strictSame(await readDayKeys(folder), [later]);
});

t.test("a folder that cannot be listed is not taken for an empty one", async (t) => {
  const file = join(t.testdir({ file: "not a folder" }), "file");
  await t.rejects(readDayKeys(file), { code: "KEY_FILE_UNREADABLE", message: /ENOTDIR/ });
});

t.test("a key that is damaged or open to others is refused", async (t) => {
  const folder = join(t.testdir(), "keys");
  await writeDayKey(folder, await keyOf("2026-11-23"));
  const file = join(folder, "2026-11-23.json");
  await chmod(file, 0o640);
  await t.rejects(readDayKeys(folder), { code: "KEY_FILE_EXPOSED" });
  await chmod(file, 0o600);
  await writeFile(file, "{");
  await t.rejects(readDayKeys(folder), { code: "KEY_FILE_INVALID" });
});

t.test("for work that goes on without it, a bad key costs its own day alone", async (t) => {
  const folder = join(t.testdir(), "keys");
  const days = ["2026-11-23", "2026-11-24", "2026-11-25"];
  const [, , good] = await Promise.all(
    days.map(async (day) => {
      const key = await keyOf(day);
      await writeDayKey(folder, key);
      return key;
    }),
  );
  await chmod(join(folder, "2026-11-23.json"), 0o640);
  await writeFile(join(folder, "2026-11-24.json"), "{");
  const { keys, findings } = await usableDayKeys(folder);
  t.strictSame(keys, [good]);
  t.match(findings, [
    { code: "DAY_KEY_UNUSABLE", what: /KEY_FILE_EXPOSED: .*2026-11-23\.json/, todo: /chmod 600/ },
    { code: "DAY_KEY_UNUSABLE", what: /KEY_FILE_INVALID: .*2026-11-24\.json/, todo: /^Remove it/ },
  ]);
  await t.rejects(usableDayKeys(join(folder, "2026-11-25.json")), { code: "KEY_FILE_UNREADABLE" });
});

t.test("a key that is removed was written over before", async (t) => {
  const folder = join(t.testdir(), "keys");
  const key = await keyOf("2026-11-23");
  await writeDayKey(folder, key);
  const second = join(t.testdirName, "second-name");
  await link(join(folder, "2026-11-23.json"), second);
  const { length } = await readFile(second);
  await removeDayKey(folder, "2026-11-23");
  t.strictSame(await readdir(folder), []);
  const left = await readFile(second);
  t.equal(left.length, length, "nothing of the old file is beyond what was written");
  t.notOk(left.includes(key.identity.slice(0, 20)));
  t.notOk(left.includes("2026"));
});

t.test("a key that cannot be written over is named, and stays", async (t) => {
  const folder = join(t.testdir(), "keys");
  await writeDayKey(folder, await keyOf("2026-11-23"));
  const file = join(folder, "2026-11-23.json");
  const elsewhere = join(t.testdirName, "elsewhere");
  await rename(file, elsewhere);
  await symlink(elsewhere, file);
  const before = await readFile(elsewhere);
  const refused = { code: "KEY_FILE_UNREADABLE" };
  await t.rejects(removeDayKey(folder, "2026-11-23"), { ...refused, message: /2026-11-23\.json.*ELOOP/ });
  t.strictSame(await readFile(elsewhere), before, "what the link leads to is not touched");
  t.strictSame(await readdir(folder), ["2026-11-23.json"]);

  await rm(file);
  await mkdir(file);
  await t.rejects(removeDayKey(folder, "2026-11-23"), { ...refused, message: /EISDIR/ });
  await t.rejects(removeDayKey(folder, "2026-11-24"), { ...refused, message: /ENOENT/ });
});
