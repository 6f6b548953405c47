/**
 * FLOW servers → keys → data → backup → list → verify → restore → compare → summary.
 *
 * Runs the very commands an administrator would, each as a process of its own, and prints them. The store is
 * the S3 server of the tests, on this machine; everything else is the real thing.
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { startScratchCluster, type ScratchCluster } from "../src/restore-test/scratch-cluster.ts";
import { destroyAbandoned } from "../src/restore-test/abandoned-cluster.ts";
import { sizeText } from "../src/commands/progress.ts";

const root = join(import.meta.dirname, "..");
const folder = join(root, ".lakat", "quickstart");
const lakat = join(root, "lakat");
const size = process.argv[2] ?? "30MB";
const stop = new AbortController();
const cleanups: (() => Promise<void>)[] = [];
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));

try {
  await quickstart();
} catch (error) {
  say("", `quickstart failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}

async function quickstart(): Promise<void> {
  const began = performance.now();
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await destroyAbandoned(folder);
  for (const old of ["safe", "host", "store", "summary.txt"])
    await rm(join(folder, old), { recursive: true, force: true });

  title("1. A PostgreSQL server with a made-up CRM, an empty one, and a store");
  const source = await cluster();
  const target = await cluster();
  const store = await s3();
  say(
    `store: the S3 server of this project's tests at ${store.endpoint} (in production: a bucket in the EU, outside Hungary)`,
  );
  await program(source, "createdb", ["crm"]);
  await run(["demo", "data", "--to", "postgres:///crm", "--size", size], source.env);

  title("2. Keys: two recovery keys for two safes, and a signing key for the backup host");
  const safe = join(folder, "safe");
  const host = join(folder, "host");
  await mkdir(safe, { mode: 0o700 });
  await mkdir(host, { mode: 0o700 });
  const passphrase = join(safe, "passphrase");
  await writeFile(passphrase, randomBytes(18).toString("base64"), { mode: 0o600 });
  const recoveryKey = (name: string, type: string): Promise<KeyMade> =>
    json([
      "keys",
      "recovery",
      "new",
      "--name",
      name,
      "--type",
      type,
      "--out",
      safe,
      "--passphrase-file",
      passphrase,
    ]);
  const [a, b] = [await recoveryKey("safe-a", "rsa"), await recoveryKey("safe-b", "x25519")];
  await json(["keys", "host", "new", "--out", join(host, "host")]);
  say(`the private halves lie in ${safe}: in production on an offline machine, then in a safe`);

  title("3. The dump role, which can read everything and change nothing");
  const password = randomBytes(18).toString("base64url");
  await writeFile(join(host, "password"), password, { mode: 0o600 });
  const { sql } = await json<{ sql: string }>(["backup", "role", "--database", "crm"]);
  await program(
    source,
    "psql",
    ["-X", "-q", "-o", "/dev/null", "-d", "postgres"],
    `${sql}\n\\connect postgres\nALTER ROLE lakat PASSWORD '${password}';\n`,
  );
  say("lakat backup role --database crm | psql");
  const config = join(host, "lakat.yaml");
  await writeFile(config, configuration(source, store, host, [a, b]));
  await run(["config", "check", "--config", config], store.env);

  title("4. The backup: dumped, compressed, sealed, shipped, signed");
  const backup = await json<BackupMade>(["backup", "run", "--config", config], store.env);
  say(`backup ${backup.backupId}: ${sizeText(backup.bytes)} in ${backup.seconds.toFixed(1)} s`);
  await run(["backup", "list", "--config", config], store.env);

  title("5. Verified without any private key");
  await run(["backup", "verify", "--config", config], store.env);

  title("6. Restored into the empty server with the recovery key");
  const identity = join(safe, "safe-a.identity");
  const restored = await json<RestoreMade>(
    ["restore", "--config", config, "--identity", identity, "--to", "postgres:///", "--database", "crm"],
    { ...store.env, ...target.env },
  );
  const crm = restored.databases[0];
  say(
    `database crm: ${crm?.tables} tables, ${crm?.rows.toLocaleString("en")} rows, in ${restored.seconds.toFixed(1)} s`,
  );

  title("7. Compared: a plain dump of the source and one of the restored database");
  const [before, after] = await Promise.all([fingerprint(source), fingerprint(target)]);
  say(`source    SHA-256 ${before}`, `restored  SHA-256 ${after}`);
  if (before !== after) throw new Error("the restored database differs from the source");

  const summary = page(backup, restored, (performance.now() - began) / 1000);
  await writeFile(join(folder, "summary.txt"), summary);
  say("", summary);
}

interface KeyMade {
  name: string;
  fingerprint: string;
  recipient?: string;
  files: { public: string };
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
interface Store {
  endpoint: string;
  env: Record<string, string>;
}

/** What the manager reads. */
function page(backup: BackupMade, restored: RestoreMade, seconds: number): string {
  const crm = restored.databases[0];
  return [
    "What was just shown",
    "-------------------",
    `A CRM database with ${crm?.rows.toLocaleString("en")} rows in ${crm?.tables} tables was backed up in ${backup.seconds.toFixed(1)} seconds.`,
    `${sizeText(backup.bytes)} of ciphertext went to the store. Neither the store nor the host that made it can`,
    "open it again: only a recovery key opens it, and those lie in two safes.",
    "The store has locked it for 30 days; nobody can delete or overwrite it before then.",
    `It was restored into an empty server in ${restored.seconds.toFixed(1)} seconds with the key from the first safe, and`,
    "the restored database is the same as the original, byte for byte of its plain dump.",
    "",
    `All of this took ${seconds.toFixed(0)} seconds. Next: README.md, "Into production".`,
  ].join("\n");
}

function configuration(source: ScratchCluster, store: Store, host: string, keys: KeyMade[]): string {
  const entries = keys.map(({ name, fingerprint, recipient, files }) => {
    const half =
      recipient === undefined ? `certificate: ${JSON.stringify(files.public)}` : `recipient: ${recipient}`;
    return `  - { name: ${name}, ${half}, fingerprint: "${fingerprint}" }`;
  });
  return `role: backup
cluster: crm
postgres:
  { host: ${source.host}, port: ${source.port}, user: lakat, password: { file: ${JSON.stringify(join(host, "password"))} }, only: [crm] }
signing_key: ${JSON.stringify(join(host, "host.key"))}
state_directory: ${JSON.stringify(join(host, "state"))}
recovery_keys:
${entries.join("\n")}
destinations:
  - type: s3
    name: frankfurt
    bucket: backups
    region: eu-central-1
    country: DE
    endpoint: ${store.endpoint}
    path_style: true
    prefix: lakat
    lock: { days: 30 }
`;
}

async function cluster(): Promise<ScratchCluster> {
  const made = await startScratchCluster({
    folder,
    durability: false,
    listen: "loopback",
    signal: stop.signal,
  });
  cleanups.push(() => made.destroy());
  return made;
}

/** The tests' S3 server in its own process, with a locked bucket and one key. */
async function s3(): Promise<Store> {
  const [accessKeyId, secretAccessKey] = [
    `AK${randomBytes(9).toString("hex").toUpperCase()}`,
    randomBytes(30).toString("base64url"),
  ];
  const options = {
    folder: join(folder, "store"),
    buckets: [{ name: "backups", region: "eu-central-1", versioning: true, objectLock: {} }],
    keys: [{ accessKeyId, secretAccessKey, allow: ["s3:*"] }],
  };
  await mkdir(options.folder, { recursive: true });
  const file = join(folder, "store", "options.json");
  await writeFile(file, JSON.stringify(options), { mode: 0o600 });
  const child = spawn(process.execPath, [join(root, "test", "fixtures", "s3-server", "main.ts"), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanups.push(async () => {
    const ended = once(child, "close");
    child.kill("SIGTERM");
    await ended;
  });
  const ready = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const { endpoint } = JSON.parse(String(ready.value)) as { endpoint: string };
  return { endpoint, env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } };
}

/** SHA-256 of a plain dump. pg_dump's \restrict lines hold a random word and are left out. */
async function fingerprint(server: ScratchCluster): Promise<string> {
  const hash = createHash("sha256");
  const child = spawn(join(server.programs, "pg_dump"), ["--dbname=crm"], {
    env: { ...process.env, ...server.env },
    stdio: ["ignore", "pipe", "inherit"],
    signal: stop.signal,
  });
  const ended = once(child, "close");
  for await (const line of createInterface({ input: child.stdout }))
    if (!/^\\(un)?restrict /.test(line)) hash.update(`${line}\n`);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error("pg_dump failed");
  return hash.digest("hex");
}

/** Runs one of PostgreSQL's programs as the server's superuser. */
async function program(server: ScratchCluster, name: string, args: string[], input = ""): Promise<void> {
  const child = spawn(join(server.programs, name), args, {
    env: { ...process.env, ...server.env },
    stdio: ["pipe", "inherit", "inherit"],
  });
  const ended = once(child, "close");
  child.stdin.end(input);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`${name} failed`);
}

/** Runs lakat as a person would, its output on this terminal. */
async function run(args: string[], env: Record<string, string> = {}): Promise<void> {
  await lakatProcess(args, env, "inherit");
}

/** Runs lakat as a machine would, and gives what it answered. */
async function json<T>(args: string[], env: Record<string, string> = {}): Promise<T> {
  return JSON.parse(await lakatProcess([...args, "--json"], env, "pipe")) as T;
}

async function lakatProcess(
  args: string[],
  env: Record<string, string>,
  stdout: "inherit" | "pipe",
): Promise<string> {
  say(
    `$ lakat ${args
      .filter((arg) => arg !== "--json")
      .join(" ")
      .replaceAll(`${folder}/`, "")}`,
  );
  const child = spawn(lakat, args, {
    env: { ...process.env, LAKAT_LOG: "warn", ...env },
    stdio: ["ignore", stdout, "inherit"],
    signal: stop.signal,
    killSignal: "SIGTERM",
  });
  const ended = once(child, "close");
  let text = "";
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (chunk: string) => (text += chunk));
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`lakat ${args.slice(0, 2).join(" ")} ended with ${code}`);
  return text;
}

function title(text: string): void {
  say("", text, "-".repeat(text.length));
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
