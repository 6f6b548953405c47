/**
 * FLOW servers → data → one unmeasured round → rounds in turn → medians and ratios, paired by round.
 *
 * Everything runs on this machine: PostgreSQL with its default durability, and the S3 server of the tests,
 * which hashes what AWS hashes and throws the bytes away. Both compete for the same cores, for every contender
 * alike. Processor seconds are those of the contender's own processes, without the two servers.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, totalmem, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadDemo } from "../../src/demo/demo.ts";
import { table } from "../../src/report/table.ts";
import { startScratchCluster } from "../../src/restore-test/scratch-cluster.ts";
import { measured, median, type Measured } from "./measured.ts";
import { startS3 } from "./s3-store.ts";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1GB" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    jobs: { type: "string" },
    level: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const bytes = Number.parseFloat(values.size) * (values.size.endsWith("GB") ? 1e9 : 1e6);
const root = join(import.meta.dirname, "..", "..");
const lakat = join(root, "lakat");
const folder = await mkdtemp(join(tmpdir(), "lakat-bench-"));
const signal = new AbortController().signal;
const postgres = await startScratchCluster({
  folder,
  durability: true,
  listen: "loopback",
  settings: { shared_buffers: "512MB", max_wal_size: "4GB" },
  signal,
});
const store = await startS3(folder, "s3", { discard: true, opaqueEtags: true });
// restic reads back what it wrote, so for it the bytes are kept.
const keeping = await startS3(folder, "s3-keeping", {});
const interrupted = new Promise<never>((_, reject) => {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => reject(new Error(name)));
});
try {
  await Promise.race([bench(), interrupted]);
} finally {
  for (const { child } of [store, keeping]) {
    const ended = once(child, "close");
    child.kill("SIGTERM");
    await ended;
  }
  await postgres.destroy();
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const connection = {
    host: postgres.host,
    port: postgres.port,
    user: postgres.user,
    password: postgres.password,
  };
  const sql = (text: string, database: string): void =>
    void execFileSync(join(postgres.programs, "psql"), ["-X", "-q", "-d", database, "-c", text], {
      env: { ...process.env, ...postgres.env },
    });
  sql("CREATE DATABASE crm", "postgres");
  say(`loading ${values.size} of the sample`);
  await loadDemo({ connection, database: "crm", programs: postgres.programs, seed: 1, bytes, signal });
  sql("VACUUM ANALYZE", "crm");
  sql("CHECKPOINT", "crm");
  const env = {
    ...postgres.env,
    PATH: `${postgres.programs}:${process.env["PATH"] ?? ""}`,
    ...contendersEnvironment(),
  };
  const contenders = available(await contenderCommands());
  const names = Object.keys(contenders);
  const results = new Map<string, (Measured & { shipped: number })[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const command = (contenders[name] ?? "").replaceAll("%N", String(round));
      const before = received();
      const took = await measured(command, env);
      const shipped = (received() - before) / 2 ** 20;
      // The first round only warms the caches.
      if (round > 0) results.get(name)?.push({ ...took, shipped });
      say(`${round === 0 ? "warm-up" : `round ${round}`}  ${name.padEnd(28)} ${took.wall.toFixed(2)} s`);
    }
  }
  report(results);
}

/** Bytes both stores have taken so far. */
function received(): number {
  return store.received() + keeping.received();
}

/** Name → command line for bash; %N is the round. */
async function contenderCommands(): Promise<Record<string, string>> {
  const config = join(folder, "lakat.yaml");
  const identity = execFileSync("age-keygen", { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const recipient = /age1[0-9a-z]+/.exec(identity)?.[0] ?? "";
  const keys = JSON.parse(
    execFileSync(
      lakat,
      [
        "keys",
        "recovery",
        "new",
        "--json",
        "--name",
        "a",
        "--out",
        folder,
        "--passphrase-file",
        await passphrase(),
      ],
      { encoding: "utf8" },
    ),
  ) as { fingerprint: string };
  execFileSync(lakat, ["keys", "host", "new", "--out", join(folder, "host")]);
  await writeFile(join(folder, "password"), postgres.password, { mode: 0o600 });
  const gpgHome = join(folder, "gnupg");
  await mkdir(gpgHome, { mode: 0o700 });
  if (installed("gpg"))
    execFileSync(
      "gpg",
      [
        "--homedir",
        gpgHome,
        "--batch",
        "--passphrase",
        "",
        "--quick-gen-key",
        "bench",
        "rsa3072",
        "encr",
        "never",
      ],
      { stdio: "ignore" },
    );
  await writeFile(
    config,
    `role: backup
cluster: bench
postgres: { host: ${postgres.host}, port: ${postgres.port}, user: ${postgres.user}, password: { file: ${join(folder, "password")} }, only: [crm] }
signing_key: ${join(folder, "host.key")}
state_directory: ${join(folder, "state")}
recovery_keys: [{ name: a, certificate: ${join(folder, "a.crt")}, fingerprint: "${keys.fingerprint}" }]
${values.jobs === undefined ? "" : `jobs: ${values.jobs}\n`}${values.level === undefined ? "" : `compression_level: ${values.level}\n`}destinations:
  - { type: s3, name: bench, bucket: lakat, region: eu-central-1, country: DE, endpoint: "${store.endpoint}", path_style: true, lock: { days: 1 } }
`,
  );
  const ship = (name: string): string => `rclone --config /dev/null rcat :s3:plain/${name}-%N`;
  return {
    "lakat backup run": `LAKAT_LOG=error ${lakat} backup run --config ${config} || test $? = 3`,
    "pg_dump to nothing": "pg_dump -Fc -Z0 crm > /dev/null",
    "pg_dump|zstd|age|S3": `pg_dump -Fc -Z0 crm | zstd -1 -q | age -r ${recipient} | ${ship("age")}`,
    "pg_dump -Fc|gpg|S3": `pg_dump -Fc crm | gpg --homedir ${gpgHome} --batch --trust-model always --compress-algo none -e -r bench | ${ship("gpg")}`,
    // A repository of its own for each round: restic would find yesterday's data there and ship nothing.
    "pg_dump|restic --stdin": `export AWS_ACCESS_KEY_ID=${keeping.key} AWS_SECRET_ACCESS_KEY=${keeping.secret}; R=s3:${keeping.endpoint}/restic/%N; restic -r $R init --quiet && pg_dump -Fc -Z0 crm | restic -r $R backup --quiet --no-cache --stdin --stdin-filename crm.dump`,
  };
}

function contendersEnvironment(): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: store.key,
    AWS_SECRET_ACCESS_KEY: store.secret,
    AWS_DEFAULT_REGION: "eu-central-1",
    RCLONE_S3_PROVIDER: "Other",
    RCLONE_S3_ENDPOINT: store.endpoint,
    RCLONE_S3_REGION: "eu-central-1",
    RCLONE_S3_ENV_AUTH: "true",
    RCLONE_S3_NO_CHECK_BUCKET: "true",
    RESTIC_PASSWORD: randomBytes(18).toString("base64"),
    AWS_CA_BUNDLE: "",
  };
}

function available(commands: Record<string, string>): Record<string, string> {
  const needs: Record<string, string[]> = {
    "pg_dump|zstd|age|S3": ["zstd", "age", "rclone"],
    "pg_dump -Fc|gpg|S3": ["gpg", "rclone"],
    "pg_dump|restic --stdin": ["restic"],
  };
  return Object.fromEntries(
    Object.entries(commands).filter(([name]) => {
      const missing = (needs[name] ?? []).filter((program) => !installed(program));
      if (missing.length > 0) say(`left out: ${name}, for want of ${missing.join(", ")}`);
      return missing.length === 0 && wanted(name);
    }),
  );
}

function wanted(name: string): boolean {
  return values.only === undefined || values.only.split(",").some((part) => name.includes(part));
}

function report(results: Map<string, (Measured & { shipped: number })[]>): void {
  const all = (name: string, what: "wall" | "cpu" | "largest" | "together" | "shipped"): number[] =>
    (results.get(name) ?? []).map((took) => took[what]);
  /** Median of the ratios of each round: what disturbs the machine disturbs both sides of a pair. */
  const ratio = (what: "wall" | "cpu", name: string, base: string): number =>
    median(all(name, what).map((value, i) => value / (all(base, what)[i] ?? NaN)));
  const bare = "pg_dump to nothing";
  const rows = [...results.keys()].map((name) => [
    name,
    median(all(name, "wall")).toFixed(2),
    ratio("wall", name, bare).toFixed(2),
    median(all(name, "cpu")).toFixed(2),
    median(all(name, "largest")).toFixed(0),
    median(all(name, "together")).toFixed(0),
    median(all(name, "shipped")).toFixed(0),
  ]);
  const head = ["contender", "wall s", "÷ pg_dump", "CPU s", "largest MiB", "together MiB", "shipped MiB"];
  say("", table(head, rows), "");
  say(
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "?"}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${values.size}, ${rounds} rounds, medians; ${new Date().toISOString().slice(0, 10)}`,
  );
  const two = (value: number): number => Math.round(value * 100) / 100;
  say(
    JSON.stringify({
      wall_vs_pg_dump: two(ratio("wall", "lakat backup run", bare)),
      wall_vs_zstd_age_s3: two(ratio("wall", "lakat backup run", "pg_dump|zstd|age|S3")),
      cpu_vs_zstd_age_s3: two(ratio("cpu", "lakat backup run", "pg_dump|zstd|age|S3")),
      peak_mb: Math.round(median(all("lakat backup run", "largest"))),
    }),
  );
}

async function passphrase(): Promise<string> {
  const file = join(folder, "passphrase");
  await writeFile(file, randomBytes(24).toString("base64"), { mode: 0o600 });
  return file;
}

function installed(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
