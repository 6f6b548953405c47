/** The end of a day key: what goes, what stays, and what is said of the backups it leaves behind. */
import { chmod, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { endDayKeys, type DayKeyLife } from "../../src/commands/day-key-life.ts";
import { writeDayKey } from "../../src/commands/day-key-files.ts";
import { newDayKey } from "../../src/seal/day-key.ts";
import { verdictOf, type DrillReport, type ReportFinding } from "../../src/seal/report.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { openDirectorySink } from "../../src/store/directory-sink.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import { goodDrill } from "../fixtures/reports.ts";
import { putSignedBackup } from "../fixtures/signed-backup.ts";
import { MemoryJournal, never } from "../fixtures/store-conformance.ts";

const host = newSigningKey();
const failed: ReportFinding = { code: "PG_FAILED", what: "something", todo: "Do." };

/** Keys of the 22nd and 23rd, each to be kept for two days more, and a folder as the store. */
async function keeper(t: Test) {
  const folder = t.testdir({ keys: {}, store: {} });
  const path = join(folder, "store");
  const keys = join(folder, "keys");
  for (const day of ["2026-11-22", "2026-11-23"]) {
    const end = new Date(Date.parse(day) + 3 * 86_400_000);
    await writeDayKey(keys, await newDayKey(day, new Date(day), end));
  }
  const sink = openDirectorySink({ name: "copy", path, country: "HU" }, new MemoryJournal());
  const drills: DrillReport[] = [];
  return {
    keys,
    held: async () => (await readdir(keys)).map((name) => name.slice(0, 10)).sort(),
    /** A backup sealed to the key of `day`, with a restore test that came to `findings` unless there was none. */
    backup: async (
      cluster: string,
      begun: string,
      day: string,
      findings?: ReportFinding[],
    ): Promise<string> => {
      const { manifest } = await putSignedBackup(sink, {
        cluster,
        at: new Date(begun),
        signingKey: host,
        bytes: 100,
        change: (one) => ({
          ...one,
          recipients: { ...one.recipients, dayKey: { day, fingerprint: `SHA256:${"3".repeat(64)}` } },
        }),
      });
      const { backupId } = manifest;
      const good = goodDrill();
      if (findings !== undefined && good.backup !== undefined)
        drills.push({
          ...good,
          cluster,
          findings,
          verdict: verdictOf(findings),
          backup: { ...good.backup, id: backupId },
        });
      return backupId;
    },
    end: (now: string, more: Partial<DayKeyLife> = {}) =>
      endDayKeys({
        folder: keys,
        clusters: ["crm"],
        store: async () => ({
          source: openDirectorySource({ name: "copy", path }),
          trust: { keys: [host], acceptUnverified: false },
        }),
        drills: async () => drills,
        now: new Date(now),
        signal: never(),
        ...more,
      }),
  };
}

t.test("a day's key goes as soon as all its backups have passed, and no sooner", async (t) => {
  const { backup, end, held } = await keeper(t);
  await backup("crm", "2026-11-22T03:00:00Z", "2026-11-22", []);
  const before = await end("2026-11-23T11:59:59Z", { store: () => Promise.reject(new Error("not asked")) });
  t.strictSame(before, { destroyed: [], findings: [], fault: undefined }, "nothing is settled yet");
  const open = await backup("crm", "2026-11-22T15:00:00Z", "2026-11-22");
  t.strictSame((await end("2026-11-23T12:00:00Z")).destroyed, [], `${open} was not tested`);
  t.strictSame(await held(), ["2026-11-22", "2026-11-23"]);
});

t.test("proved: destroyed; one begun before midnight counts for the day of its key", async (t) => {
  const { backup, end, held } = await keeper(t);
  await backup("crm", "2026-11-22T03:00:00Z", "2026-11-22", []);
  await backup("crm", "2026-11-22T23:59:59Z", "2026-11-23");
  const proved = await end("2026-11-23T12:00:00Z");
  t.match(proved, { destroyed: [{ day: "2026-11-22", why: "proved" }], findings: [], fault: undefined });
  t.strictSame(await held(), ["2026-11-23"]);
  t.strictSame((await end("2026-11-24T12:00:00Z")).destroyed, [], "that of the 23rd has it open");
});

t.test("at the limit it goes, and those that never passed are named", async (t) => {
  const { backup, end, held } = await keeper(t);
  await backup("crm", "2026-11-22T03:00:00Z", "2026-11-22", []);
  const red = await backup("crm", "2026-11-22T09:00:00Z", "2026-11-22", [failed]);
  const untested = await backup("crm", "2026-11-22T15:00:00Z", "2026-11-22");
  const { destroyed, findings, fault } = await end("2026-11-25T00:00:00Z");
  t.strictSame(destroyed, [{ day: "2026-11-22", why: "limit" }]);
  t.match(findings, [
    { code: "BACKUP_UNPROVED", what: `never passed a restore test: ${red} of crm, ${untested} of crm` },
  ]);
  t.equal(fault, undefined);
  t.strictSame(await held(), ["2026-11-23"]);
});

t.test("at the limit it goes although the store is silent, and that is said", async (t) => {
  const { end, held } = await keeper(t);
  const { destroyed, findings, fault } = await end("2026-11-25T00:00:00Z", {
    store: () => Promise.reject(new Error("silent")),
  });
  t.strictSame(destroyed, [{ day: "2026-11-22", why: "limit" }]);
  t.match(findings, [{ code: "BACKUP_UNPROVED", what: /is not known/ }]);
  t.match(fault, { code: "INTERNAL", message: /silent/ });
  t.strictSame(await held(), ["2026-11-23"]);
});

t.test("a key that cannot be destroyed is a fault that names it, and the others go", async (t) => {
  const { backup, end, keys, held } = await keeper(t);
  await backup("crm", "2026-11-22T03:00:00Z", "2026-11-22", []);
  await backup("crm", "2026-11-23T03:00:00Z", "2026-11-23", []);
  const file = join(keys, "2026-11-22.json");
  const elsewhere = join(keys, "elsewhere");
  await mkdir(elsewhere);
  await rename(file, join(elsewhere, "key"));
  await symlink(join(elsewhere, "key"), file);
  const { destroyed, fault } = await end("2026-11-24T12:00:00Z");
  t.match(fault, { code: "KEY_FILE_UNREADABLE", message: file });
  t.strictSame(destroyed, [{ day: "2026-11-23", why: "proved" }]);
  await rm(elsewhere, { recursive: true });
  t.match(await held(), ["2026-11-22"]);
});

t.test("a key that is open to others is told, not used and not touched, and the others go", async (t) => {
  const { end, keys, held } = await keeper(t);
  await chmod(join(keys, "2026-11-22.json"), 0o644);
  const { destroyed, findings, fault } = await end("2026-11-26T00:00:00Z");
  t.strictSame(destroyed, [{ day: "2026-11-23", why: "limit" }]);
  t.match(findings, [{ code: "DAY_KEY_UNUSABLE", what: /2026-11-22\.json is open to others/ }]);
  t.equal(fault, undefined);
  t.strictSame(await held(), ["2026-11-22"]);
});
