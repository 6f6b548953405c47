/** `lakat backup prune`: what people read, and how it refuses. */
import { rm } from "node:fs/promises";
import t from "tap";
import { prunableBucket, prunableFolder } from "../fixtures/prunable.ts";

t.test("the table says for each backup why, and the last line what it comes to", async (t) => {
  const store = await prunableBucket(t);
  const until = new Date(Math.ceil(Date.now() / 1000 + 86_400) * 1000);
  const locked = await store.passed(50, { retention: { mode: "COMPLIANCE", until } });
  const old = await store.passed(49);
  for (const days of [3, 2]) await store.passed(days);
  const newest = await store.passed(1);
  const untested = await store.backup(0.5);
  const line = (text: string, id: string): string => text.split("\n").find((one) => one.startsWith(id)) ?? "";

  const dry = await store.prune();
  t.equal(dry.exit, 3);
  t.match(dry.stdout, /^BACKUP +CLUSTER +AGE +SIZE +RESTORE TEST/);
  t.match(
    line(dry.stdout, untested.backupId),
    /crm +12 h +\d.* KiB +untested +kept: newer than all that passed$/,
  );
  t.match(line(dry.stdout, newest.backupId), /crm +24 h .* passed +kept: daily, least$/);
  t.match(
    line(dry.stdout, old.backupId),
    /crm +49 d .* passed +would go: newer ones that have passed hold all places/,
  );
  const held = line(dry.stdout, locked.backupId);
  t.ok(held.includes(`due, locked until ${until.toISOString().slice(0, 16)}Z`), held);
  t.match(dry.stdout, /^ALSO/m);
  t.match(
    dry.stdout,
    /^would remove 1 backup and 1 other thing and free .*; 5 backups would stay, .*--delete\n$/m,
  );
  t.match(dry.stderr, /^lakat: PRUNE_LOCKED: 1 things that are due are locked/m);

  const wet = await store.prune("--delete");
  t.match(line(wet.stdout, old.backupId), /removed: newer ones/);
  t.match(wet.stdout, /^removed 1 backup and 1 other thing, [\d.]+ KiB freed; 5 backups kept/m);
});

t.test("one cluster, and what belongs to all stays", async (t) => {
  const store = await prunableFolder(t);
  store.config.clusters.push({ name: "hr", keep: store.keep });
  const old = [];
  for (const cluster of ["crm", "hr"]) {
    old.push(await store.passed(50, { cluster }));
    for (const days of [3, 2, 1]) await store.passed(days, { cluster });
  }
  await store.put("day-keys/2001-01-01.json", "{}", store.ago(100));
  const one = await store.pruned("--delete", "--cluster", "hr");
  t.match(one, { exit: 0, gone: [old[1]?.backupId] }, one.stderr);
  t.ok((await store.keys()).includes("day-keys/2001-01-01.json"));
  t.match(await store.pruned("--delete"), { exit: 0, gone: [old[0]?.backupId], others: { length: 2 } });
  t.match(await store.prune("--cluster", "nope"), {
    exit: 2,
    stderr: /USAGE: there is no cluster nope in the configuration\. It has crm, hr\./,
  });
  store.config.clusters.push({ name: "typo", keep: store.keep });
  const typo = await store.pruned();
  t.match(typo, { exit: 3, codes: ["PRUNE_NOTHING_PROVED"] });
  t.match(typo.json.findings?.[0]?.what, "none of the 0 backups of typo");
});

t.test("without trusted keys it does nothing", async (t) => {
  for (const keys of ["restore_tests", "backup_hosts"] as const) {
    const store = await prunableFolder(t);
    await store.passed(50);
    const [file = ""] = store.config[keys];
    await rm(file);
    t.match(await store.prune("--delete"), { exit: 2, stderr: /KEY_FILE_UNREADABLE/ });
    store.config[keys] = [];
    t.match(await store.prune("--delete"), { exit: 2, stderr: new RegExp(`CONFIG_INVALID: .*${keys}`) });
  }
});
