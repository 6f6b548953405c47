/** Whose word counts, and whose clock: what somebody with the keys of a backup host, or less, can try. */
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import t, { type Test } from "tap";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { prunableBucket, prunableFolder } from "../fixtures/prunable.ts";
import { clientFor } from "../fixtures/s3-server/client.ts";

type Files = Awaited<ReturnType<typeof prunableFolder>>;

/** Four days of passed backups; of the keep rules, three days count, so the oldest goes. */
async function fourDays(t: Test): Promise<{ store: Files; days: Awaited<ReturnType<Files["backup"]>>[] }> {
  const store = await prunableFolder(t);
  const days = [];
  for (const ago of [13, 12, 11, 10]) days.push(await store.passed(ago));
  return { store, days };
}
const only = (one: { backupId: string } | undefined): string[] => [one?.backupId ?? ""];

t.test("without a verdict nothing goes, and it is told", async (t) => {
  const store = await prunableFolder(t);
  for (let ago = 90; ago > 0; ago -= 10) await store.backup(ago);
  const { exit, codes, gone, json } = await store.pruned("--delete");
  t.match({ exit, codes, gone }, { exit: 3, codes: ["PRUNE_NOTHING_PROVED"], gone: [] });
  t.match(json.findings?.[0]?.what, "none of the 9 backups of crm has been restored");
});

t.test("an empty store, and a store that is not there", async (t) => {
  const store = await prunableFolder(t);
  const empty = await store.pruned("--delete");
  t.match(empty, { exit: 3, codes: ["PRUNE_NOTHING_PROVED"], gone: [], others: [] });
  store.config.store["path"] = "/nowhere/at/all";
  t.match(await store.pruned("--delete"), { exit: 1, json: { code: "STORE_NOT_FOUND" } });
});

t.test("findings count as passed, failed does not, the newest word counts", async (t) => {
  const { store, days } = await fourDays(t);
  const [first, , , last] = days;
  if (first === undefined || last === undefined) throw new Error("no backups");
  t.strictSame((await store.pruned()).gone, only(first));
  await store.verdict(last, "failed", { ago: 9 });
  const failed = await store.pruned();
  t.strictSame(failed.gone, [], "three have passed, and there is room for three");
  t.equal(failed.json.backups?.[0]?.tested, "failed, after it had passed");
  await store.verdict(last, "findings", { ago: 8 });
  t.strictSame((await store.pruned()).gone, only(first));
});

t.test("whose verdict it is, and what it is about", async (t) => {
  const cases: [what: string, refused: number, more: Parameters<Files["verdict"]>[2]][] = [
    ["signed by another key", 1, { by: newSigningKey() }],
    ["that names another backup", 0, { change: (v) => ({ ...v, backup: "20010101T000000Z-00000000" }) }],
    ["of another cluster", 1, { change: (v) => ({ ...v, cluster: "hr" }) }],
    ["of a sabotage run", 1, { change: (v) => ({ ...v, kind: "sabotage" }) }],
    ["in the folder of another report", 1, { in: "20260101T000000Z-0000000a" }],
    ["of a form that is not known", 1, { change: (v) => ({ ...v, version: 2 }) }],
  ];
  for (const [what, refused, more] of cases) {
    const store = await prunableFolder(t);
    for (const ago of [13, 12, 11]) await store.passed(ago);
    const forged = await store.backup(10);
    await store.verdict(forged, "passed", more);
    const { gone, codes, json } = await store.pruned();
    t.strictSame(gone, [], `a verdict ${what} proves nothing`);
    t.strictSame(codes, refused === 0 ? [] : ["VERDICT_REFUSED"], what);
    t.equal(json.backups?.[0]?.tested, "untested");
  }
});

t.test("a damaged verdict, and one that covers the right one", async (t) => {
  const store = await prunableBucket(t);
  for (const ago of [13, 12, 11]) await store.passed(ago);
  const last = await store.backup(10);
  const report = await store.verdict(last, "passed");
  const secretAccessKey = store.env["S3_SECRET"] ?? "";
  const owner = clientFor(store.server, { accessKeyId: "owner", secretAccessKey, allow: [] });
  t.teardown(() => owner.destroy());
  const Key = `lakat/${report}/verdict.json`;
  await owner.send(new PutObjectCommand({ Bucket: "backups", Key, Body: "rubbish" }));
  t.match(await store.pruned(), { codes: [], gone: { length: 1 } }, "the one below it is found");
  store.bucket.objects.get(Key)?.pop();
  const { gone, codes, json } = await store.pruned();
  t.strictSame([gone, codes], [[], ["VERDICT_REFUSED"]]);
  t.match(json.findings?.[0]?.what, /1 verdicts on backups of crm .*SIGNATURE_INVALID/);
});

t.test("future-dated backups push nothing out and count by the store's time", async (t) => {
  const { store, days } = await fourDays(t);
  const before = (await store.pruned()).gone;
  t.strictSame(before, only(days[0]));
  for (let ahead = 1; ahead < 5; ahead++) {
    const made = await store.backup(-ahead * 30);
    // Shipped today, whatever its host signed.
    await store.date(made.folder, store.ago(0));
    await store.verdict(made, "passed", { ago: 0 });
  }
  const { gone, codes, json } = await store.pruned();
  t.strictSame(gone, before, "nothing more goes");
  t.strictSame(codes, ["CLOCK_DOUBTFUL"]);
  t.match(json.backups?.[0], { at: store.ago(0).toISOString(), tested: "passed, dates disagree" });
});

t.test("a store's time that lies in the future does not count until it comes", async (t) => {
  const { store, days } = await fourDays(t);
  const made = await store.passed(-2);
  await utimes(join(store.path, made.folder, "manifest.json"), store.ago(-2), store.ago(-2));
  const { gone, json } = await store.pruned();
  t.strictSame(gone, only(days[0]));
  t.match(json.backups?.[0], { backupId: made.backupId, kept: ["dated after the store's clock"] });
});

t.test("backdated ones take no place from those of their days", async (t) => {
  const { store, days } = await fourDays(t);
  for (const ago of [10, 11, 12]) {
    const made = await store.backup(ago - 0.01);
    await store.date(made.folder, store.ago(0));
    await store.verdict(made, "passed", { ago: 0 });
  }
  const { gone } = await store.pruned();
  // Near midnight one of them may fall on the next day, and then outlives another of its kind.
  t.strictSame(
    gone.filter((id) => days.some(({ backupId }) => backupId === id)),
    only(days[0]),
  );
});

t.test("a bucket that was copied yesterday keeps what the old one would have", async (t) => {
  const { store, days } = await fourDays(t);
  await store.date("", store.ago(1));
  t.match(await store.pruned(), { codes: ["PRUNE_NOTHING_PROVED", "CLOCK_DOUBTFUL"], gone: [] });
  await store.passed(0.1);
  const { gone } = await store.pruned();
  t.strictSame(
    new Set(gone),
    new Set(days.slice(0, 2).map(({ backupId }) => backupId)),
    "by their own dates",
  );
});

t.test("a manifest that is written again makes its backup no newer", async (t) => {
  const store = await prunableBucket(t);
  const days = [];
  for (const ago of [13, 12, 11, 10]) days.push(await store.passed(ago));
  const secretAccessKey = store.env["S3_SECRET"] ?? "";
  const owner = clientFor(store.server, { accessKeyId: "owner", secretAccessKey, allow: [] });
  t.teardown(() => owner.destroy());
  for (const { folder, envelope } of days) {
    const Key = `lakat/${folder}/manifest.json`;
    await owner.send(new PutObjectCommand({ Bucket: "backups", Key, Body: envelope }));
  }
  const { gone, codes } = await store.pruned();
  t.strictSame([gone, codes], [only(days[0]), []]);
});

t.test("without a right it says which one is missing, and removes nothing", async (t) => {
  const store = await prunableBucket(t, { allow: ["s3:List*", "s3:GetObject*"] });
  for (const ago of [13, 12, 11, 10]) await store.passed(ago);
  const before = await store.keys();
  const { exit, json } = await store.pruned("--delete");
  t.match({ exit, json }, { exit: 1, json: { code: "PRUNE_FAILED", what: /s3:DeleteObjectVersion/ } });
  t.strictSame(await store.keys(), before);
});
