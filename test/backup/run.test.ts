/** A whole backup, to a bucket and a folder at once, and what lies there afterwards. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { openBytes } from "../../src/seal/age.ts";
import { publishDayKey, newDayKey, type DayKey } from "../../src/seal/day-key.ts";
import { openEnvelope } from "../../src/seal/envelope.ts";
import { parseInventory } from "../../src/seal/inventory.ts";
import { MANIFEST_TYPE, parseManifest, type Manifest } from "../../src/seal/manifest.ts";
import { checkProof, unwrapFileKey } from "../../src/seal/proof.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { backupHost, BUCKET, objectsOf, PREFIX, type Ran } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { run } from "../fixtures/programs.ts";

const sh = promisify(execFile);
const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const scratch = await mkdtemp(join(tmpdir(), "lakat-test-"));
t.teardown(() => rm(scratch, { recursive: true }));

const crm = await postgres.freshDatabase("crm");
await crm.query(`
  CREATE TABLE big AS SELECT n AS id, md5(n::text) || md5((n * 7)::text) AS body FROM generate_series(1, 60000) n;
  CREATE TABLE bigger AS SELECT n AS id, repeat(md5(n::text), 3) AS body FROM generate_series(1, 60000) n;
  ALTER TABLE big ADD PRIMARY KEY (id);
  CREATE TABLE small (id serial PRIMARY KEY, word text);
  INSERT INTO small (word) VALUES ('őrült'), ('țară');
  SELECT lo_from_bytea(0, 'a document');
  CREATE ROLE clerk LOGIN PASSWORD 'not in a backup'`);
await (await postgres.freshDatabase("billing.eu")).query("CREATE TABLE bills AS SELECT 1 AS id");

const OBJECTS = [
  "billing%2Eeu/data-01.dump.zst.age",
  "billing%2Eeu/post-data.dump.zst.age",
  "billing%2Eeu/pre-data.dump.zst.age",
  "crm/data-01.dump.zst.age",
  "crm/data-02.dump.zst.age",
  "crm/data-03.dump.zst.age",
  "crm/post-data.dump.zst.age",
  "crm/pre-data.dump.zst.age",
  "globals.sql.zst.age",
  "inventory.json.age",
  "key.age",
  "manifest.json",
  "postgres/data-01.dump.zst.age",
  "postgres/post-data.dump.zst.age",
  "postgres/pre-data.dump.zst.age",
];

const made = await host.backup();
const { backupId } = made.json;
const folder = String(made.json["folder"]);

/** An object of a backup as it lies in the bucket. */
async function object(name: string, below = folder): Promise<Buffer> {
  const found = host.s3.objects(BUCKET).find(({ key }) => key === `${PREFIX}/${below}/${name}`);
  if (found === undefined) throw new Error(`no ${name}`);
  return found.read();
}

async function manifestOf(below = folder): Promise<Manifest> {
  return parseManifest(openEnvelope(await object("manifest.json", below), MANIFEST_TYPE, [host.signingKey]));
}

t.test("the run says what it did, and ends with 0", async (t) => {
  t.equal(made.exit, 0, made.stderr);
  t.match(made.json, {
    ok: true,
    exit: 0,
    cluster: "crm",
    databases: ["billing.eu", "crm", "postgres"],
    destinations: ["offsite", "local"],
    findings: [],
  });
  t.match(backupId, /^\d{8}T\d{6}Z-[0-9a-f]{8}$/);
  const lines = made.stderr.trim().split("\n");
  for (const line of lines) t.match(JSON.parse(line), { run: backupId, level: String, time: String });
});

t.test("objects lie where the design says, the same in both destinations", async (t) => {
  const [year, month, day] = [0, 4, 6].map((at, i) => String(backupId).slice(at, at + (i === 0 ? 4 : 2)));
  t.equal(folder, `crm/${String(year)}/${String(month)}/${String(day)}/${String(backupId)}`);
  t.strictSame(objectsOf(host.inBucket(), backupId), OBJECTS);
  t.strictSame(objectsOf(await host.inFolder(), backupId), OBJECTS);
  t.strictSame(
    host.inBucket().filter((key) => !key.startsWith(`${folder}/`)),
    ["crm/probe"],
    "and nothing else but the probe",
  );
  for (const name of OBJECTS) {
    const file = join(host.folder, "local", folder, name);
    t.ok((await object(name)).equals(await readFile(file)), `${name} is the same`);
    t.equal((await stat(file)).mode & 0o777, 0o600);
  }
  t.equal(host.s3.bucket(BUCKET).uploads.size, 0, "no upload is left open");
  t.match(await readFile(join(host.folder, "state", "crm.uploads"), "utf8"), /"event":"ended"/);
});

t.test("the manifest goes last, everything is written once and locked", async (t) => {
  const writes = host.s3.requests.filter(
    (r) => ["PutObject", "CompleteMultipartUpload"].includes(r.operation) && r.key.includes(String(backupId)),
  );
  t.equal(writes.at(-1)?.key, `${PREFIX}/${folder}/manifest.json`);
  t.equal(writes.length, OBJECTS.length, "each object is sent once");
  t.ok(writes.every((r) => r.headers["if-none-match"] === "*"));
  t.ok(
    writes.some((r) => r.operation === "CompleteMultipartUpload"),
    "some in parts",
  );
  const uploads = host.s3.requests.filter((r) => ["PutObject", "UploadPart"].includes(r.operation));
  t.ok(uploads.every((r) => r.headers["x-amz-checksum-crc32"] !== undefined));
  const { copies } = await manifestOf();
  const until = String(copies.find((copy) => copy.destination === "offsite")?.retainUntil);
  const days = (Date.parse(until) - Date.now()) / 86_400_000;
  t.ok(days > 29.9 && days < 31, `locked for ${days} days`);
  for (const { key, version } of host.s3.objects(BUCKET)) {
    if (!key.includes(String(backupId))) continue;
    t.equal(version.lock?.mode, "COMPLIANCE", key);
    t.equal(Date.parse(String(version.lock?.until)), Date.parse(until), key);
  }
});

t.test("the manifest says what is there", async (t) => {
  const manifest = await manifestOf();
  t.strictSame(
    manifest.objects.map(({ name }) => name).sort(),
    OBJECTS.filter((n) => n !== "manifest.json"),
  );
  for (const { name, size } of manifest.objects) t.equal((await object(name)).length, size, name);
  t.match(manifest, {
    cluster: "crm",
    host: host.signingKey.keyid,
    recipients: {
      recovery: [
        { kind: "ssh-rsa", label: "safe-north", fingerprint: host.rsa.key.fingerprint },
        { kind: "X25519", label: "safe-south", fingerprint: host.x25519.key.fingerprint },
      ],
    },
    transfers: [
      { country: "DE", legalBasis: /Economic Area/, dataCategories: ["customer and contract data"] },
      { country: "HU" },
    ],
    findings: [],
  });
  t.notOk(manifest.recipients.dayKey);
  t.notMatch(JSON.stringify(manifest), /bigger|small|clerk/, "no table and no role is named in the clear");
  t.match(await host.run(["backup", "verify", "--json"], { as: "reader" }), { exit: 0 });
  t.match(await host.run(["backup", "verify", "--from", "local", "--json"]), { exit: 0 });
});

t.test("by hand: age, zstd and pg_restore open it, with either recovery key", async (t) => {
  const original = await sh(join(postgres.programs, "pg_dump"), ["--create", "--dbname=crm"], {
    env: { ...process.env, ...postgres.env },
    maxBuffer: 2 ** 27,
  });
  for (const [label, { file }] of [
    ["rsa", host.rsa],
    ["x25519", host.x25519],
  ] as const) {
    // The offline machine sees key.age and nothing else.
    const offline = join(scratch, `offline-${label}`);
    await mkdir(offline, { mode: 0o700 });
    await writeFile(join(offline, "key.age"), await object("key.age"));
    const backupKey = await run("age", ["-d", "-i", file, join(offline, "key.age")]);
    t.match(backupKey.toString(), /^AGE-SECRET-KEY-1[0-9A-Z]{58}\n$/);

    const carried = join(scratch, `carried-${label}`);
    await mkdir(carried, { mode: 0o700 });
    await writeFile(join(carried, "backup.key"), backupKey, { mode: 0o600 });
    for (const name of OBJECTS) {
      const path = join(carried, name.replace("/", "-"));
      await writeFile(path, await object(name));
    }
    const target = await withPostgres(t);
    const script = `set -eu -o pipefail
      open() { age -d -i backup.key "$1" | zstd -dcq; }
      open globals.sql.zst.age | grep -v '^CREATE ROLE postgres;' | psql -Xq -v ON_ERROR_STOP=1 >/dev/null
      open crm-pre-data.dump.zst.age | pg_restore --exit-on-error --create --dbname=postgres
      for part in crm-data-*.dump.zst.age; do open "$part" | pg_restore --exit-on-error --dbname=crm; done
      open crm-post-data.dump.zst.age | pg_restore --exit-on-error --dbname=crm`;
    await sh("bash", ["-c", script], {
      cwd: carried,
      env: { ...process.env, ...target.env, PATH: `${postgres.programs}:${process.env["PATH"] ?? ""}` },
    });
    const restored = await sh(join(postgres.programs, "pg_dump"), ["--create", "--dbname=crm"], {
      env: { ...process.env, ...target.env },
      maxBuffer: 2 ** 27,
    });
    t.ok(
      stripped(restored.stdout) === stripped(original.stdout),
      `${label}: the restored database dumps the same`,
    );
  }
});

/** Newer pg_dump prints a random word at both ends of a plain dump. */
function stripped(dump: string): string {
  return dump.replace(/^\\(un)?restrict .*$/gm, "");
}

t.test("the wrong key opens nothing", async (t) => {
  const other = join(scratch, "other.key");
  await sh("age-keygen", ["-o", other]);
  await t.rejects(run("age", ["-d", "-i", other], await object("key.age")), /no identity matched/);
  await t.rejects(
    run("age", ["-d", "-i", host.rsa.file], await object("globals.sql.zst.age")),
    /no identity/,
  );
});

t.test("the inventory counts every row of the snapshot, and is sealed", async (t) => {
  const backupKey = (await run("age", ["-d", "-i", host.x25519.file], await object("key.age"))).toString();
  const inventory = parseInventory(await openBytes(await object("inventory.json.age"), [backupKey.trim()]));
  const tables = inventory.databases.find(({ name }) => name === "crm")?.tables ?? [];
  t.strictSame(
    tables.map(({ name, rows }) => [name, rows]),
    [
      ["big", 60000],
      ["bigger", 60000],
      ["small", 2],
    ],
  );
  t.match(
    inventory.databases.map(({ name, largeObjects }) => [name, largeObjects]),
    [
      ["billing.eu", 0],
      ["crm", 1],
      ["postgres", 0],
    ],
  );
});

t.test("passwords of roles stay where they are", async (t) => {
  const backupKey = join(scratch, "carried-rsa", "backup.key");
  const script = `set -o pipefail; age -d -i ${backupKey} | zstd -dcq`;
  const globals = (await run("bash", ["-c", script], await object("globals.sql.zst.age"))).toString();
  t.match(globals, /CREATE ROLE clerk;/);
  t.notMatch(globals, /PASSWORD|SCRAM|md5/);
});

t.test("a day key", async (t) => {
  const testHost = newSigningKey();
  const at = (name: string): string => join(scratch, name);
  await writeFile(at("restore.key"), testHost.privatePem, { mode: 0o600 });
  await writeFile(at("restore.pub"), testHost.publicPem);
  const config = await host.writeConfig((c) => {
    const [source] = c.destinations;
    for (const key of Object.keys(c)) Reflect.deleteProperty(c, key);
    const plain = { ...source };
    delete plain["lock"];
    Object.assign(c, {
      role: "restore-test",
      signing_key: at("restore.key"),
      day_keys: { directory: at("day-keys"), ahead: 3 },
      backup_hosts: [join(host.folder, "host.pub")],
      source: plain,
    });
  });
  const backup = (now?: Date): Promise<Ran> =>
    host.backup({
      change: (c) => {
        c["restore_test"] = { public_key: at("restore.pub") };
        c.postgres["only"] = ["billing.eu"];
        c.destinations.pop();
      },
      ...(now === undefined ? {} : { now: () => now }),
    });
  const today = new Date().toISOString().slice(0, 10);
  const published = `${PREFIX}/day-keys/${today}.json`;
  const forget = (): void => void host.s3.bucket(BUCKET).objects.delete(published);
  const publish = async (bytes: Buffer): Promise<void> => {
    forget();
    const file = at("day.json");
    await writeFile(file, bytes);
    // Somebody who reaches the bucket, by other means than ours.
    const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
    const credentials = { accessKeyId: "publisher", secretAccessKey: host.secrets[0] ?? "" };
    const client = new S3Client({
      endpoint: host.s3.endpoint,
      region: "eu-central-1",
      forcePathStyle: true,
      credentials,
    });
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: published, Body: bytes }));
  };
  const stillABackup = async (t: Test, ran: Ran): Promise<void> => {
    t.equal(ran.exit, 3);
    t.match(ran.json, { ok: false, exit: 3, backupId: String });
    const names = objectsOf(host.inBucket(), ran.json["backupId"]);
    t.ok(names.includes("manifest.json"));
    t.notOk(names.includes("proof.age"));
    const manifest = await manifestOf(String(ran.json["folder"]));
    t.notOk(manifest.recipients.dayKey);
    const keyAge = (await object("key.age", String(ran.json["folder"]))).toString("latin1");
    t.equal(keyAge.split("\n").filter((line) => line.startsWith("-> ")).length, 2, "two recovery stanzas");
  };

  await t.test("that is missing is a finding, and the backup is made", async (t) => {
    const ran = await backup();
    t.match(ran.json["findings"], [{ code: "DAY_KEY_MISSING", what: new RegExp(today) }]);
    await stillABackup(t, ran);
    t.match((await manifestOf(String(ran.json["folder"]))).findings, [{ code: "DAY_KEY_MISSING" }]);
  });

  await t.test("that is published opens the backup, and proves the recovery keys", async (t) => {
    const ran = await host.run(["keys", "day", "publish", "--json"], { config, as: "publisher" });
    t.equal(ran.exit, 0, ran.stderr);
    const backed = await backup();
    t.equal(backed.exit, 0, backed.stderr);
    const below = String(backed.json["folder"]);
    const manifest = await manifestOf(below);
    const key = JSON.parse(await readFile(at(`day-keys/${today}.json`), "utf8")) as DayKey;
    t.equal(manifest.recipients.dayKey?.day, today);
    const keyAge = await object("key.age", below);
    const backupKey = await openBytes(keyAge, [key.identity]);
    t.match(backupKey.toString(), /^AGE-SECRET-KEY-1/);
    const record = await openBytes(await object("proof.age", below), [key.identity]);
    const unwrapped = await unwrapFileKey(keyAge, key.identity);
    const pinned = [host.rsa.key, host.x25519.key];
    t.match(await checkProof({ keyAge, ...unwrapped, record, pinned }), {
      ok: true,
      strangers: [],
      keys: [{ ok: true }, { ok: true }],
    });
    const proof = await object("proof.age", below);
    await t.rejects(
      run("age", ["-d", "-i", host.x25519.file], proof),
      /no identity/,
      "for the day key alone",
    );
  });

  const day = async (changes: { day?: string; notAfter?: Date } = {}): Promise<DayKey> => {
    const now = new Date(Date.now() - 60_000);
    return newDayKey(changes.day ?? today, now, changes.notAfter ?? new Date(Date.now() + 86_400_000));
  };
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const good = await day();
  const cases: [string, Buffer, RegExp][] = [
    ["unsigned", Buffer.from(JSON.stringify({ version: 1, ...good })), /DAY_KEY_INVALID/],
    ["signed by another host", publishDayKey(good, newSigningKey()), /DAY_KEY_INVALID/],
    ["signed by the backup host itself", publishDayKey(good, host.signingKey), /DAY_KEY_INVALID/],
    ["of another day", publishDayKey(await day({ day: yesterday }), testHost), /another day/],
    [
      "out of date",
      publishDayKey(await day({ notAfter: new Date(Date.now() - 1000) }), testHost),
      /out of date/,
    ],
    ["that is no key", Buffer.from("{}"), /DAY_KEY_INVALID/],
    ["that is far too large", Buffer.alloc(70_000, 32), /larger than 65536/],
  ];
  for (const [name, bytes, what] of cases)
    await t.test(`${name} is refused, and the backup is made`, async (t) => {
      await publish(bytes);
      const ran = await backup();
      t.match(ran.json["findings"], [{ code: "DAY_KEY_REFUSED", what }]);
      await stillABackup(t, ran);
    });
});
