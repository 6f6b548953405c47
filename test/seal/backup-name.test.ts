import fc from "fast-check";
import t from "tap";
import { backupFolder, nameOf, newBackupId, parseBackupId, segmentOf } from "../../src/seal/backup-name.ts";

t.test("backup ids carry their time and sort by it", async (t) => {
  const now = new Date("2026-11-23T03:14:15.678Z");
  const id = newBackupId(now);
  t.match(id, /^20261123T031415Z-[0-9a-f]{8}$/);
  t.equal(parseBackupId(id)?.toISOString(), "2026-11-23T03:14:15.000Z");
  t.not(newBackupId(now), id);
  t.ok(newBackupId(new Date(now.getTime() + 1000)) > id);
  for (const bad of [
    "",
    "x",
    "20261323T031415Z-00000000",
    "20260230T031415Z-00000000",
    `${id}/..`,
    `${id}\n`,
  ]) {
    t.equal(parseBackupId(bad), undefined, JSON.stringify(bad));
  }
});

t.test("folders", async (t) => {
  const id = "20261123T031415Z-0123abcd";
  t.equal(backupFolder("a/b", "crm", id), `a/b/crm/2026/11/23/${id}`);
  t.equal(backupFolder(undefined, "crm", id), `crm/2026/11/23/${id}`);
  t.equal(backupFolder("", "crm", id), `crm/2026/11/23/${id}`);
  for (const [cluster, backupId] of [
    ["..", id],
    ["a/b", id],
    ["", id],
    ["crm", "../x"],
  ] as const) {
    t.throws(() => backupFolder("p", cluster, backupId), { code: "MANIFEST_INVALID" });
  }
});

t.test("a database name becomes one safe segment and comes back", async (t) => {
  const cases: [string, string][] = [
    ["shop", "shop"],
    ["CRM_2-x", "CRM_2-x"],
    [".", "%2E"],
    ["..", "%2E%2E"],
    ["a/b", "a%2Fb"],
    ["a%2Fb", "a%252Fb"],
    ["key.age", "key%2Eage"],
    [`"it's" here`, "%22it%27s%22%20here"],
    ["ügyfél", "%C3%BCgyf%C3%A9l"],
    ["🗄".repeat(15), "%F0%9F%97%84".repeat(15)],
    ["a\nb", "a%0Ab"],
  ];
  for (const [name, segment] of cases) {
    t.equal(segmentOf(name), segment);
    t.equal(nameOf(segment), name);
  }
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 63 }), (name) => {
      const segment = segmentOf(name);
      return /^[A-Za-z0-9_%-]+$/.test(segment) && nameOf(segment) === name;
    }),
  );
  for (const bad of ["", ".", "a.b", "a/b", "%2e", "%41", "%", "%C3", "ü", "a b"]) {
    t.equal(nameOf(bad), undefined, `${bad} is nobody's segment`);
  }
});
