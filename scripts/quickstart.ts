/**
 * FLOW servers → keys → hosts → backup → restore test → daily report → prune → recovery → summary.
 *
 * The night as it will be: runs the very commands that timers and administrators run, each as a process of its own
 * with the configuration and the access rights of its host, and prints them. The store is the S3 server of the
 * tests, on this machine; everything else is the real thing.
 */
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { sizeText } from "../src/commands/progress.ts";
import { destroyAbandoned } from "../src/restore-test/abandoned-cluster.ts";
import { dumpHash } from "./night/dump-hash.ts";
import {
  backupHost,
  pruneHost,
  restoreTestHost,
  storeSecrets,
  writeHost,
  type RecoveryKeyMade,
} from "./night/hosts.ts";
import { openStage } from "./night/servers.ts";
import { openTerminal, say, title } from "./night/terminal.ts";

const folder = join(import.meta.dirname, "..", ".lakat", "quickstart");
const size = process.argv[2] ?? "30MB";
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
const { lakat, answer, program } = openTerminal(folder, stop.signal);
const stage = openStage(folder, stop.signal);

try {
  await quickstart();
} catch (error) {
  say("", `quickstart failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await stage.end();
}

async function quickstart(): Promise<void> {
  const began = performance.now();
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await destroyAbandoned(folder);
  for (const old of await readdir(folder)) await rm(join(folder, old), { recursive: true, force: true });
  say(
    `Everything lies in ${folder};`,
    "paths below are relative to it, and `lakat` is ./lakat of this project.",
    "postgres:/// is the server that PGHOST and so on name.",
  );

  title("1. The surroundings: a PostgreSQL server with a made-up CRM, a store, a mail server");
  const source = await stage.postgres();
  const store = await stage.store(join(folder, "bucket"), "crm");
  const mailPort = await stage.mail(join(folder, "mail"));
  await program(join(source.programs, "createdb"), ["crm"], source.env);
  await lakat(["demo", "data", "--to", "postgres:///crm", "--size", size], source.env);
  say(
    "The store is the S3 server of this project's tests (in production: a bucket in the EU, outside Hungary).",
    "It is versioned and locks objects, and each host has an access key with the rights in infra/s3, no more.",
  );

  title("2. Keys: two recovery keys for two safes, and a signing key for each host");
  await mkdir(join(folder, "safe"), { mode: 0o700 });
  await writeFile(join(folder, "safe/passphrase"), randomBytes(18).toString("base64"), { mode: 0o600 });
  const recoveryKey = (name: string, type: string): Promise<RecoveryKeyMade> =>
    answer(
      `keys recovery new --name ${name} --type ${type} --out safe --passphrase-file safe/passphrase`.split(
        " ",
      ),
    );
  const recoveryKeys = [await recoveryKey("safe-north", "rsa"), await recoveryKey("safe-south", "x25519")];
  say(
    "The private halves lie in safe/: in production on an offline machine, then in two safes. No host has them.",
  );
  for (const host of ["backup-host", "restore-test-host"]) {
    await mkdir(join(folder, host), { mode: 0o700 });
    await answer(["keys", "host", "new", "--out", `${host}/host`]);
  }

  title("3. The hosts: each with a configuration and secrets of its own");
  const places = { root: folder, store, recoveryKeys };
  const password = randomBytes(18).toString("base64url");
  const { sql } = await answer<{ sql: string }>(["backup", "role", "--database", "crm", "--canary", "crm"]);
  await program(
    join(source.programs, "psql"),
    ["-X", "-q", "-o", "/dev/null", "-d", "postgres"],
    source.env,
    `${sql}\n\\connect postgres\nALTER ROLE lakat PASSWORD '${password}';\n`,
  );
  say("That SQL went to psql: a role that reads everything and writes its canary row, nothing else.");
  await writeHost(join(folder, "backup-host"), backupHost(places, { host: source.host, port: source.port }), {
    ...storeSecrets(store.keys["backup-host"]),
    "pg-password": password,
  });
  const testConfig = restoreTestHost(places, mailPort);
  await writeHost(join(folder, "restore-test-host"), testConfig, storeSecrets(store.keys["restore-test"]));
  await writeHost(join(folder, "prune-host"), pruneHost(places), storeSecrets(store.keys.prune));
  for (const host of ["backup-host", "restore-test-host", "prune-host"])
    await answer(["config", "check", "--config", `${host}/lakat.yaml`]);
  say(
    "",
    "The restore-test host publishes the keys of the coming days. Tonight's backup is sealed to today's, too.",
  );
  await lakat(["keys", "day", "publish", "--config", "restore-test-host/lakat.yaml"]);

  title("4. At night, on the backup host: dumped, compressed, sealed, shipped, signed");
  const backup = await answer<BackupMade>(["backup", "run", "--config", "backup-host/lakat.yaml"]);
  say(`backup ${backup.backupId}: ${sizeText(backup.bytes)} in ${backup.seconds.toFixed(1)} s`);

  title("5. After it, on the restore-test host: restored, proved, checked, by itself");
  const tested = await lakat(["drill", "run", "--config", "restore-test-host/lakat.yaml"]);

  title("6. In the morning, on the restore-test host: the day's report");
  const day = await lakat(["report", "daily", "--config", "restore-test-host/lakat.yaml"]);

  say(
    "(`lakat drill sabotage` tests the alarm: broken backups, all of which must turn red. Once a week; it takes minutes.)",
  );

  title(
    "7. On a host of its own, whose key alone may delete: what the rules would let go (only said, not done)",
  );
  await lakat(["backup", "prune", "--config", "prune-host/lakat.yaml"]);

  title("8. The day it is needed: restored into an empty server with a recovery key from the safe");
  const target = await stage.postgres();
  const { accessKeyId, secretAccessKey } = store.keys.recovery;
  const restored = await answer<RestoreMade>(
    [
      ...[
        "restore",
        "--from",
        "s3://backups/lakat",
        "--region",
        "eu-central-1",
        "--endpoint",
        store.endpoint,
      ],
      ...["--host-key", "backup-host/host.pub", "--identity", "safe/safe-north.identity"],
      ...["--to", "postgres:///", "--database", "crm"],
    ],
    { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, ...target.env },
  );
  const crm = restored.databases[0];
  const rows = crm?.rows.toLocaleString("en") ?? "";
  say(`database crm: ${crm?.tables} tables, ${rows} rows, in ${restored.seconds.toFixed(1)} s`);
  const [before, after] = await Promise.all([
    dumpHash(source, "crm", stop.signal),
    dumpHash(target, "crm", stop.signal),
  ]);
  say("", "SHA-256 of pg_dump crm", `  source    ${before}`, `  restored  ${after}`);
  if (before !== after) throw new Error("the restored database differs from the source");

  await copyFile(pageIn(tested), join(folder, "restore-test.html"));
  await copyFile(pageIn(day), join(folder, "day.html"));
  const mails = await readdir(join(folder, "mail"));
  title("What was just shown");
  say(
    `A CRM with ${rows} rows was backed up in ${backup.seconds.toFixed(1)} s: ${sizeText(backup.bytes)} that neither the store nor the`,
    "backup host can open, locked for 30 days. The restore-test host opened it with today's key, restored it, and",
    "proved without the recovery keys that these open it. Then one of them did: the same database, byte for byte.",
    "",
    `Verdict of the day: ${day.split("\n")[0]?.trim() ?? ""}`,
    "",
    `  the day's page            ${join(folder, "day.html")}`,
    `  the restore test's page   ${join(folder, "restore-test.html")}`,
    ...mails.map((name) => `  the mail                  ${join(folder, "mail", name)}`),
    "",
    `All of this took ${((performance.now() - began) / 1000).toFixed(0)} seconds. Next: README.md, "Into production".`,
  );
}

interface BackupMade {
  backupId: string;
  bytes: number;
  seconds: number;
}
interface RestoreMade {
  seconds: number;
  databases: { tables: number; rows: number }[];
}

/** Where the page lies, by the last line of what was said. */
function pageIn(said: string): string {
  const path = /^page: (\/.*\.html)$/m.exec(said)?.[1];
  if (path === undefined) throw new Error("the report has no page");
  return path;
}
