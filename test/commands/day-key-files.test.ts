/** The private halves of day keys in their folder. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { readDayKeys, removeDayKey, writeDayKey } from "../../src/commands/day-key-files.ts";
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
