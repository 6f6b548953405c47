/** `lakat backup list`, `show`, `verify` and `transfers`: what people and machines get to read. */
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { openDirectorySink } from "../../src/store/directory-sink.ts";
import { lakat } from "../fixtures/lakat.ts";
import { s3Store } from "../fixtures/s3-store.ts";
import { putSignedBackup } from "../fixtures/signed-backup.ts";
import { MemoryJournal } from "../fixtures/store-conformance.ts";

const host = newSigningKey();
const DATA = "%C3%BCgyf%C3%A9l%2E1/data-01.dump.zst.age";

async function inFolder(t: Test) {
  const path = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(path, { recursive: true }));
  await writeFile(join(path, "host.pub"), host.publicPem);
  await mkdir(join(path, "store"));
  const sink = openDirectorySink(
    { name: "copy", path: join(path, "store"), country: "HU" },
    new MemoryJournal(),
  );
  const put = (day: number, more = {}) =>
    putSignedBackup(sink, { at: new Date(Date.UTC(2026, 10, day, 3)), signingKey: host, ...more });
  const see = (command: string, ...args: string[]) =>
    lakat(["backup", command, ...args, "--from", join(path, "store"), "--host-key", join(path, "host.pub")]);
  return { path, put, see, at: (key: string) => join(path, "store", key) };
}

t.test("list: backups in the order of days, and beside them what is refused", async (t) => {
  const { put, see } = await inFolder(t);
  await put(21);
  const second = await put(22);
  const all = await see("list");
  t.equal(all.exit, 0, all.stderr);
  t.equal(all.stderr, "");
  const lines = all.stdout.trimEnd().split("\n");
  t.match(lines[0], /^BACKUP +CLUSTER +DATABASES +SIZE +TIME +LOCKED UNTIL +FINDINGS$/);
  t.match(lines[1], /^20261121T030000Z-[0-9a-f]{8} +crm +1 +29\d KiB +1 min 0 s +- +-$/);
  t.match(lines[2], second.backupId);
  t.equal(lines.length, 3);

  const forged = await put(23, { signingKey: newSigningKey() });
  const refused = await see("list");
  t.equal(refused.exit, 3);
  t.match(refused.stderr, `lakat: BACKUP_REFUSED: ${forged.folder} has a manifest that is not trusted`);
  t.notMatch(refused.stdout, forged.backupId, "it is not in the list");
  const { backups, refused: told } = (await see("list", "--json")).json() as Record<string, object[]>;
  t.match(backups, [{ cluster: "crm" }, { backupId: second.backupId, verified: true, findings: [] }]);
  t.match(told, [{ folder: forged.folder, code: "SIGNATURE_INVALID" }]);

  const unverified = await see("list", "--accept-unverified-manifest");
  t.equal(unverified.exit, 3);
  t.match(unverified.stdout, new RegExp(`^${forged.backupId} .* MANIFEST_UNVERIFIED$`, "m"));
});

t.test("list: an empty store, and one of another cluster", async (t) => {
  const { put, see } = await inFolder(t);
  await put(21);
  t.match(await see("list", "--cluster", "hr"), { exit: 0, stdout: "no backups\n" });
});

t.test("what a stranger writes into a store cannot command the terminal", async (t) => {
  const { see, path } = await inFolder(t);
  const sink = openDirectorySink(
    { name: "copy", path: join(path, "store"), country: "HU" },
    new MemoryJournal(),
  );
  async function* junk() {
    yield Buffer.from("junk");
  }
  const key = "crm/2026/11/23/\u001b]0;gotcha\u0007\u001b[2J/manifest.json";
  await sink.put({ key, body: junk(), retention: undefined, signal: new AbortController().signal });
  const { exit, stderr } = await see("list");
  t.equal(exit, 3);
  t.match(stderr, "gotcha");
  t.notMatch(stderr.trimEnd(), /[\u0000-\u001f\u007f]/);
});

t.test("show: everything the manifest says", async (t) => {
  const { put, see } = await inFolder(t);
  await put(21);
  const { backupId, folder } = await put(22);
  const { exit, stdout } = await see("show");
  t.equal(exit, 0);
  for (const line of [
    `backup      ${backupId} of crm`,
    `folder      ${folder} in directory`,
    `signed by   ${host.keyid}`,
    "database    ügyfél.1, snapshot 2026-11-23T03:14:15.678Z at 16/B374D848",
    "sealed to   north (ssh-rsa) SHA256:1111",
    "sealed to   the day key of 2026-11-23 SHA256:3333",
    "copy        copy in DE, not locked",
  ])
    t.ok(stdout.includes(line), line);
  t.match(stdout, new RegExp(`^${DATA.replaceAll(".", "\\.")} +293 KiB +[0-9a-f]{64}$`, "m"));
  t.match((await see("show", "20261121", "--json")).json(), {
    ok: true,
    manifest: { cluster: "crm", version: 1 },
  });
  t.match(await see("show", "20261"), {
    exit: 2,
    stderr: /USAGE: 2 backups begin with 20261\. Name one of them/,
  });
  t.match(await see("show", "1999"), { exit: 1, stderr: /BACKUP_NOT_FOUND: directory holds no backup 1999/ });
});

t.test("verify: good, then damaged: what exactly is in the table, one line says it", async (t) => {
  const { put, see, at } = await inFolder(t);
  const { backupId, folder } = await put(22);
  const good = await see("verify");
  t.equal(good.exit, 0, good.stderr);
  t.match(
    good.stdout,
    `${backupId}: 6 objects, 298 KiB: every one is as the manifest says\nsigned by the host SHA256:`,
  );
  t.match((await see("verify", "--json")).json(), { ok: true, bytes: 305_011, objects: [{ ok: true }] });

  await truncate(at(`${folder}/${DATA}`), 5);
  await rm(at(`${folder}/key.age`));
  const bad = await see("verify");
  t.equal(bad.exit, 1);
  t.match(bad.stdout, new RegExp(`^DAMAGED +${DATA.replaceAll(".", "\\.")} `, "m"));
  t.match(bad.stdout, /^ok +globals/m);
  t.match(bad.stdout, "2 of 6 objects are DAMAGED");
  t.equal(bad.stderr.split("\n").length, 2, "one line");
  t.match(
    bad.stderr,
    /^lakat: BACKUP_DAMAGED: 2 of 6 objects .* are not as signed: key\.age, .*data-01.*key\.age is missing/,
  );
  t.match((await see("verify", "--json")).json(), {
    ok: false,
    exit: 1,
    code: "BACKUP_DAMAGED",
    objects: [{ name: "key.age", ok: false, what: /is missing/ }],
  });
});

t.test("verify: locks that are gone are one finding, however many objects", async (t) => {
  const path = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(path, { recursive: true }));
  await writeFile(join(path, "host.pub"), host.publicPem);
  const { sink, server, config } = await s3Store(t, { bucket: "bbb" });
  const until = new Date(Date.now() + 86_400_000);
  await putSignedBackup(sink, { signingKey: host, retention: { mode: "COMPLIANCE", until } });
  const verify = () =>
    lakat(
      [
        "backup",
        "verify",
        "--from",
        "s3://bbb",
        "--endpoint",
        server.endpoint,
        "--region",
        "eu-central-1",
      ].concat(["--host-key", join(path, "host.pub")]),
      { env: { AWS_ACCESS_KEY_ID: "host", AWS_SECRET_ACCESS_KEY: config.secretAccessKey } },
    );
  const kept = await verify();
  t.equal(kept.exit, 0, kept.stderr);
  server.lies.forgetRetention = true;
  const { exit, stdout, stderr } = await verify();
  t.equal(exit, 3);
  t.match(stdout, "every one is as the manifest says");
  t.match(stderr, /^lakat: LOCK_NOT_KEPT: 7 objects are not locked: key\.age, .*, manifest\.json\. .*\n$/);
});

t.test("transfers: the register as table, CSV and JSON", async (t) => {
  const { put, see } = await inFolder(t);
  const first = await put(21);
  await put(22, { cluster: "billing" });
  const asTable = await see("transfers");
  t.equal(asTable.exit, 0);
  t.match(
    asTable.stdout,
    /^WHEN +CLUSTER +BACKUP +RECIPIENT +COUNTRY +LEGAL BASIS +DATA CATEGORIES +BYTES$/m,
  );
  t.match(
    asTable.stdout,
    new RegExp(
      `^2026-11-21T03:01:00.000Z +crm +${first.backupId} +Example Storage GmbH +DE +GDPR art. 28 +customers, invoices +7404$`,
      "m",
    ),
  );
  const csv = (await see("transfers", "--format", "csv", "--cluster", "crm")).stdout;
  t.equal(
    csv,
    [
      "when,cluster,backup,recipient,country,legal basis,data categories,bytes\r\n",
      `2026-11-21T03:01:00.000Z,crm,${first.backupId},Example Storage GmbH,DE,GDPR art. 28,"customers, invoices",7404\r\n`,
    ].join(""),
  );
  const json = JSON.parse((await see("transfers", "--format", "json")).stdout) as object[];
  t.match(json, [
    { cluster: "billing" },
    { backupId: first.backupId, dataCategories: ["customers", "invoices"] },
  ]);
  t.match((await see("transfers", "--json")).json(), { ok: true, transfers: json });
  t.match(await see("transfers", "--format", "xml"), { exit: 2, stderr: /USAGE: --format xml/ });
});

t.test("transfers: what a spreadsheet would take for a formula is defused", async (t) => {
  const { path, see } = await inFolder(t);
  const sink = openDirectorySink(
    { name: "copy", path: join(path, "store"), country: "HU" },
    new MemoryJournal(),
  );
  const transfers = ["=1+1", "+36 1", "-x", "@sum", 'a "b", c'].map((recipient) => {
    return { recipient, country: "DE", legalBasis: "x", dataCategories: ["y"], bytes: 1 };
  });
  await putSignedBackup(sink, { signingKey: host, change: (manifest) => ({ ...manifest, transfers }) });
  const fields = (await see("transfers", "--format", "csv")).stdout.split("\r\n").slice(1, -1);
  t.strictSame(
    fields.map((line) => line.split(",").slice(3).join(",").replace(",DE,x,y,1", "")),
    ["'=1+1", "'+36 1", "'-x", "'@sum", '"a ""b"", c"'],
  );
});
