/** The whole flow on real stores: what goes, what stays, and what goes with it. */
import { CreateMultipartUploadCommand, DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import t from "tap";
import { Fault } from "../../src/fault.ts";
import { carryOut, failure, type Settled } from "../../src/retention/carry-out.ts";
import { settle } from "../../src/retention/prune-cluster.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import type { Remover } from "../../src/store/object-store.ts";
import { prunableBucket, prunableFolder } from "../fixtures/prunable.ts";
import { clientFor } from "../fixtures/s3-server/client.ts";

const below = (keys: string[], folder: string): string[] =>
  keys.filter((key) => key.startsWith(`${folder}/`));

for (const [kind, open] of [
  ["bucket", prunableBucket],
  ["folder", prunableFolder],
] as const)
  t.test(`${kind}: what goes, and what goes with it`, async (t) => {
    const store = await open(t);
    const first = await store.backup(100);
    const report = await store.verdict(first, "passed");
    const failed = await store.backup(99);
    await store.verdict(failed, "failed");
    const stay = [
      await store.passed(3),
      await store.passed(2),
      await store.passed(1),
      await store.backup(0.1),
    ];
    const dayOf = (days: number): string => `day-keys/${store.ago(days).toISOString().slice(0, 10)}.json`;
    for (const days of [100, 61, 59]) await store.put(dayOf(days), "{}", store.ago(days));
    await store.put("day-keys/2999-01-01.json", "{}", store.ago(100));
    await store.put("crm/probe", "lakat", store.ago(100));
    await store.put("crm/2001/01/01/notes.txt", "a stranger's", store.ago(100));
    await store.put("other/2001/01/01/20010101T000000Z-00000000/key.age", "x", store.ago(100));
    await store.put("reports/daily/2001/01/01/20010101T000000Z-00000000/report.json.age", "x", store.ago(50));
    await store.put("reports/daily/2001/01/02/20010102T000000Z-00000000/report.json.age", "x", store.ago(1));
    await store.put(
      "reports/sabotage/crm/2001/20010101T000000Z-00000000/report.json.age",
      "x",
      store.ago(50),
    );
    await store.put("reports/drill/other/2001/20010101T000000Z-00000000/report.json.age", "x", store.ago(50));
    const dead = "crm/2001/01/02/20010102T000000Z-00000000";
    await store.put(`${dead}/key.age`, "x", store.ago(8));
    const alive = "crm/2001/01/03/20010103T000000Z-00000000";
    await store.put(`${alive}/key.age`, "x", store.ago(6));
    const before = await store.keys();

    const dry = await store.pruned();
    t.strictSame(dry.gone, [failed.backupId, first.backupId], dry.stderr);
    t.equal(dry.exit, 0, dry.stderr);
    t.strictSame(await store.keys(), before, "a dry run removes nothing");

    const wet = await store.pruned("--delete");
    t.equal(wet.exit, 0, wet.stderr);
    t.strictSame(wet.gone, dry.gone);
    t.strictSame(wet.others, dry.others, "and said what would happen");
    t.strictSame(wet.json["bytesFreed"], dry.json["bytesFreed"]);
    const after = await store.keys();
    for (const folder of [first.folder, failed.folder, report, dead])
      t.strictSame(below(after, folder), [], folder);
    for (const { folder } of stay) t.strictSame(below(after, folder), below(before, folder), folder);
    t.equal(
      after.filter((key) => key.startsWith("reports/drill/crm/")).length,
      9,
      "three reports of three files",
    );
    const kept = [
      ...[dayOf(59), "day-keys/2999-01-01.json", "crm/probe", "crm/2001/01/01/notes.txt", `${alive}/key.age`],
      "other/2001/01/01/20010101T000000Z-00000000/key.age",
      "reports/daily/2001/01/02/20010102T000000Z-00000000/report.json.age",
      "reports/drill/other/2001/20010101T000000Z-00000000/report.json.age",
    ];
    for (const key of kept) t.ok(after.includes(key), `${key} stays`);
    const gone = before.filter(
      (key) => !after.includes(key) && !key.startsWith("crm/") && !key.includes("/drill/"),
    );
    t.strictSame(gone, [
      dayOf(100),
      dayOf(61),
      "reports/daily/2001/01/01/20010101T000000Z-00000000/report.json.age",
      "reports/sabotage/crm/2001/20010101T000000Z-00000000/report.json.age",
    ]);
    const again = await store.pruned("--delete");
    t.match(again, { exit: 0, gone: [], others: [] });
  });

t.test("versions, markers and uploads go too; what is open or young stays", async (t) => {
  const store = await prunableBucket(t);
  const { server, bucket, env, ago } = store;
  const owner = clientFor(server, {
    accessKeyId: "owner",
    secretAccessKey: env["S3_SECRET"] ?? "",
    allow: [],
  });
  t.teardown(() => owner.destroy());
  const old = await store.passed(50);
  for (const days of [3, 2, 1]) await store.passed(days);
  const Bucket = "backups";
  await owner.send(new PutObjectCommand({ Bucket, Key: `lakat/${old.folder}/key.age`, Body: "on top" }));
  await owner.send(new DeleteObjectCommand({ Bucket, Key: `lakat/${old.folder}/proof.age` }));
  const begin = async (Key: string, days: number): Promise<void> => {
    await owner.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const upload = [...bucket.uploads.values()].find(({ key }) => key === Key);
    if (upload !== undefined) upload.initiated = ago(days).toISOString();
  };
  const running = "crm/2001/01/03/20010103T000000Z-00000000";
  await store.put(`${running}/key.age`, "x", ago(8));
  await begin(`lakat/${running}/data`, 1);
  await begin("lakat/crm/2001/01/04/20010104T000000Z-00000000/data", 8);
  await begin("lakat/other/data", 8);
  const hidden = await store.passed(40);
  await owner.send(new DeleteObjectCommand({ Bucket, Key: `lakat/${hidden.folder}/manifest.json` }));
  const { exit, gone, others, stderr } = await store.pruned("--delete");
  t.equal(exit, 0, stderr);
  t.strictSame(gone, [old.backupId]);
  const left = [...bucket.objects.keys()];
  t.strictSame(
    left.filter((key) => key.includes(old.folder)),
    [],
    "no version and no marker is left",
  );
  t.ok(left.includes(`lakat/${running}/key.age`), "a run whose upload is open is not dead");
  t.ok(
    left.includes(`lakat/${hidden.folder}/manifest.json`),
    "hidden behind a marker is not without a manifest",
  );
  t.strictSame(
    [...bucket.uploads.values()].map(({ key }) => key),
    [`lakat/${running}/data`, "lakat/other/data"],
  );
  t.ok(others.includes("upload crm/2001/01/04/20010104T000000Z-00000000/data gone"));
});

t.test("the manifest goes first, and a prune that was cut off is finished by the next", async (t) => {
  const store = await prunableBucket(t);
  const { server } = store;
  const old = await store.passed(50);
  for (const days of [3, 2, 1]) await store.passed(days);
  const how = { status: 403, code: "AccessDenied" };
  const fault = server.fail({ on: { operation: "DeleteObject", nth: 2 }, times: Infinity, how });
  const from = server.requests.length;
  const cut = await store.pruned("--delete");
  t.match(cut, {
    exit: 1,
    json: { code: "PRUNE_FAILED", what: /1 of 1 .*STORE_DENIED.*s3:DeleteObjectVersion/ },
  });
  const deletions = server.requests.slice(from).filter(({ operation }) => operation === "DeleteObject");
  t.match(deletions[0]?.key, /manifest\.json$/);
  t.ok(below(await store.keys(), old.folder).length > 0);
  fault.cancel();
  const early = await store.pruned("--delete");
  t.match(early, { exit: 0, gone: [] }, "what is left has no manifest");
  t.notOk(
    early.json.backups?.some(({ backupId }) => backupId === old.backupId),
    "so it is no backup any more",
  );
  t.strictSame(below(await store.keys(), old.folder), [], "and goes as an unfinished run of long ago");
});

t.test("locks are respected and told", async (t) => {
  const store = await prunableBucket(t);
  const until = new Date(Math.ceil(Date.now() / 1000 + 86_400) * 1000);
  const locked = await store.passed(50, { retention: { mode: "COMPLIANCE", until } });
  const old = await store.passed(49);
  for (const days of [3, 2, 1]) await store.passed(days);
  const before = below(await store.keys(), locked.folder);
  for (const args of [[], ["--delete"]]) {
    const from = store.server.requests.length;
    const { exit, codes, gone, json, stderr } = await store.pruned(...args);
    t.match({ exit, codes, gone }, { exit: 3, codes: ["PRUNE_LOCKED"], gone: [old.backupId] }, stderr);
    const outcome = { backupId: locked.backupId, outcome: "locked", lockedUntil: until.toISOString() };
    t.match(json.backups?.at(-1), outcome);
    t.match(json.findings?.[0]?.what, until.toISOString());
    const tried = store.server.requests
      .slice(from)
      .filter(({ operation, key }) => operation === "DeleteObject" && key.includes(locked.folder));
    t.strictSame(tried, [], "it is not even tried");
  }
  t.strictSame(below(await store.keys(), locked.folder), before);
  t.equal(
    (await store.keys()).filter((key) => key.startsWith("reports/")).length,
    12,
    "its report stays with it",
  );
});

t.test("one object that is still locked keeps the whole backup", async (t) => {
  const store = await prunableBucket(t);
  const old = await store.passed(50);
  for (const days of [3, 2, 1]) await store.passed(days);
  const last = store.bucket.objects.get(`lakat/${old.folder}/proof.age`)?.[0];
  if (last === undefined) throw new Error("no proof");
  last.lock = { mode: "GOVERNANCE", until: new Date(Date.now() + 86_400_000).toISOString() };
  const before = await store.keys();
  t.match(await store.pruned("--delete"), { exit: 3, codes: ["PRUNE_LOCKED"], gone: [] });
  t.strictSame(await store.keys(), before);
});

t.test("a bucket without versions and locks", async (t) => {
  const store = await prunableBucket(t, { objectLock: false });
  const old = await store.passed(50);
  for (const days of [3, 2, 1]) await store.passed(days);
  t.match(await store.pruned("--delete"), { exit: 0, gone: [old.backupId] });
  t.strictSame(below(await store.keys(), old.folder), []);
});

t.test("a connection that breaks", async (t) => {
  const store = await prunableBucket(t);
  const old = [await store.passed(51), await store.passed(50)];
  for (const days of [3, 2, 1]) await store.passed(days);
  for (const reset of ["before", "after"] as const)
    store.server.fail({ on: { operation: "DeleteObject" }, how: { reset } });
  store.server.fail({ on: { operation: "ListObjectVersions" }, how: { reset: "response" } });
  const one = await store.pruned("--delete");
  t.match(one, { exit: 0, gone: { length: old.length } }, one.stderr);
  t.strictSame((await store.pruned("--delete")).gone, []);
});

t.test("a store that goes away midway is not waited for again and again", async (t) => {
  const away = new Fault("STORE_UNREACHABLE", "it is gone", "Wait.");
  const asked: string[] = [];
  const remover: Remover = {
    name: "offsite",
    now: async () => new Date(),
    async *pieces(prefix) {
      asked.push(prefix);
      if (prefix === "b") throw away;
      yield { key: prefix, versionId: undefined, size: 5, modified: new Date(0), marker: false };
    },
    hold: async () => undefined,
    remove: async () => undefined,
    async *uploads() {
      yield* [];
    },
    abort: async () => undefined,
  };
  const { signal } = new AbortController();
  const carry = carryOut(remover, { remove: true, limit: new Date(), signal });
  const settled: Settled[] = [];
  for (const name of ["a", "b", "c"])
    await settle({ kind: "day-key", name, because: "", bytes: 5 }, carry, settled);
  t.strictSame(
    settled.map(({ outcome }) => outcome),
    [
      { is: "gone", bytes: 5 },
      { is: "failed", fault: away },
      { is: "failed", fault: away },
    ],
  );
  t.strictSame(asked, ["a", "b"]);
  t.match(failure(settled), {
    code: "PRUNE_FAILED",
    message: /^2 of 3 things .* first b \(STORE_UNREACHABLE/,
  });
});

t.test("two at once", async (t) => {
  for (const open of [prunableBucket, prunableFolder]) {
    const store = await open(t);
    const old = [await store.passed(52), await store.passed(51), await store.passed(50)];
    for (const days of [3, 2, 1]) await store.passed(days);
    const both = await Promise.all([store.pruned("--delete"), store.pruned("--delete")]);
    for (const { exit, codes, stderr } of both) t.match({ exit, codes }, { exit: 0, codes: [] }, stderr);
    const after = await store.keys();
    for (const { folder } of old) t.strictSame(below(after, folder), []);
    t.equal(after.filter((key) => key.endsWith("manifest.json")).length, 3);
  }
});

t.test("a manifest that no trusted host signed is evidence", async (t) => {
  const store = await prunableFolder(t);
  const forged = await store.passed(50, { signingKey: newSigningKey() });
  for (const days of [3, 2, 1]) await store.passed(days);
  const { exit, codes, gone } = await store.pruned("--delete");
  t.match({ exit, codes, gone }, { exit: 3, codes: ["BACKUP_REFUSED"], gone: [] });
  t.equal(below(await store.keys(), forged.folder).length, 7);
});
