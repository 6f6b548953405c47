/** The host's own history on a real disk. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { openReportFolder } from "../../src/delivery/report-folder.ts";
import { writeWhole } from "../../src/files/whole-file.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { drillDraft, greenDay, signDraft } from "../fixtures/drafts.ts";

const key = newSigningKey();
const at = (day: number): Date => new Date(Date.UTC(2026, 0, 1 + day, 1));

async function newFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lakat-reports-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "reports");
}

/** Keeps one report a day, each chained to the one before. */
async function keepDays(root: string, days: number[], signer = key) {
  const folder = openReportFolder(root, signer);
  const kept: { id: string; sha256: string; file: string; page: string }[] = [];
  for (const day of days) {
    const made = signDraft(drillDraft(at(day)), signer, kept.at(-1));
    const where = await folder.keep(made.report.id, made.signed, `<p>${made.report.id}</p>`);
    kept.push({ id: made.report.id, sha256: made.sha256, ...where });
  }
  return { folder, kept };
}

const ids = async (folder: ReturnType<typeof openReportFolder>, since?: Date): Promise<string[]> =>
  (await folder.list(since)).reports.map(({ report }) => report.id);

t.test("what is kept is listed, newest last, and closed to others", async (t) => {
  const root = await newFolder(t);
  t.strictSame(await openReportFolder(root, key).list(), { reports: [], findings: [] });
  t.equal(await openReportFolder(root, key).last(), undefined);
  const { folder, kept } = await keepDays(root, [40, 3, 31, 32]);
  const sorted = kept.map(({ id }) => id).sort();
  t.strictSame(await ids(folder), sorted);
  t.strictSame(await ids(folder, at(32)), sorted.slice(2));
  t.strictSame(await ids(folder, at(41)), []);
  const [first] = kept;
  t.match((await folder.list()).reports.at(-1), { ...first, report: { id: first?.id }, id: undefined });
  t.equal(await readFile(first?.page ?? "", "utf8"), `<p>${first?.id ?? ""}</p>`);
  for (const [path, mode] of [
    [first?.file ?? "", 0o600],
    [first?.page ?? "", 0o600],
    [dirname(first?.file ?? ""), 0o700],
    [root, 0o700],
  ] as const)
    t.equal((await stat(path)).mode & 0o777, mode, path);
  t.match(first?.file, /reports\/2026\/02\/20260210T010000Z-[0-9a-f]{8}\.json$/);
  t.equal((await folder.last())?.id, kept.at(-1)?.id, "the last one made, not the last one dated");
  t.equal((await folder.newest(({ id }) => id < "20260202"))?.report.id, kept[2]?.id);
});

t.test("what is damaged is left out and told once", async (t) => {
  const root = await newFolder(t);
  const { folder, kept } = await keepDays(root, [0, 1, 2, 3, 4, 5, 6, 7]);
  const file = (i: number): string => kept[i]?.file ?? "";
  const original = await readFile(file(1), "utf8");
  await writeFile(file(1), original.replace(/"payload":"..../, '"payload":"AAAA'));
  await writeFile(file(2), "");
  await appendFile(file(3), "x");
  await writeFile(file(4), await readFile(file(5)), {});
  const foreign = signDraft(drillDraft(at(6)), newSigningKey());
  await writeFile(file(6), foreign.signed);
  await rm(file(7));
  await mkdir(file(7));
  await writeFile(join(root, "2026", "01", "notes.txt"), "not a report");
  await writeFile(join(root, "2026", "01", ".lakat-new-20260101T010000Z-00000000.json"), "half");
  const { reports, findings } = await folder.list();
  t.strictSame(
    reports.map(({ report }) => report.id),
    [kept[0]?.id, kept[5]?.id],
  );
  t.match(findings, [{ code: "HISTORY_DAMAGED", what: /^6 of the reports.* and 1 more$/ }]);
  t.equal(findings[0]?.what.split(".json").length, 6, "five are named");
  t.equal((await folder.last())?.id, kept[5]?.id, "the chain goes on from what is sound");
});

t.test("a full disk leaves nothing half", async (t) => {
  const root = await newFolder(t);
  for (const failing of [".html", ".json"]) {
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    const write: typeof writeWhole = async (path, content, mode) => {
      if (path.endsWith(failing)) throw full;
      await writeWhole(path, content, mode);
    };
    const { report, signed } = signDraft(drillDraft(at(9)), key);
    await t.rejects(openReportFolder(root, key, write).keep(report.id, signed, "page"), full);
    const left = await readdir(root, { recursive: true }).catch(() => []);
    t.strictSame(
      left.filter((name) => /\.(json|html)$/.test(name)),
      [],
      failing,
    );
  }
  // The system's own answer, from a device that is always full.
  await t.rejects(writeWhole("/dev/full/x", "x"), { code: "STORE_FAILED" });
});

t.test("old reports go, the newest stays, pages that a crash left go too", async (t) => {
  const root = await newFolder(t);
  const { folder, kept } = await keepDays(root, [0, 31, 60]);
  const orphan = join(root, "2026", "01", "20260103T010000Z-00000000.html");
  await writeFile(orphan, "page alone");
  t.equal(await folder.removeOlderThan(50, at(80)), 2);
  t.strictSame(
    await ids(folder),
    kept.slice(1).map(({ id }) => id),
  );
  t.strictSame((await readdir(join(root, "2026"))).sort(), ["02", "03"], "an empty month goes with them");
  t.equal(await folder.removeOlderThan(1, at(900)), 1);
  t.strictSame(await ids(folder), [kept[2]?.id]);
});

t.test("400 days of three clusters and a daily report are read in time", async (t) => {
  const root = await newFolder(t);
  const folder = openReportFolder(root, key);
  // Not synced one by one: a test's disk is not what is measured.
  const quick: typeof writeWhole = async (path, content) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };
  const writer = openReportFolder(root, key, quick);
  for (let day = 0; day < 400; day++)
    for (const draft of [drillDraft, drillDraft, drillDraft, greenDay]) {
      const { report, signed } = signDraft(draft(at(day)), key);
      await writer.keep(report.id, signed, "page");
    }
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await work();
    return Math.round(performance.now() - begun);
  };
  const all = await timed(async () => t.equal((await folder.list()).reports.length, 1600));
  const ninety = await timed(async () => t.equal((await folder.list(at(310))).reports.length, 360));
  const last = await timed(() => folder.last());
  t.comment(`all ${all} ms, 90 days ${ninety} ms, last ${last} ms`);
  // Far above what is measured, so that a busy machine is no failure; what is quadratic is.
  t.ok(all < 6000, `all in ${all} ms`);
  t.ok(ninety < all, `90 days in ${ninety} ms`);
});
