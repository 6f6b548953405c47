/**
 * FLOW source, keys, store → data → backup → the same database as one sealed file → rounds in turn → ratios.
 *
 * Lakat reads from the S3 server of the tests on this machine and decrypts with the day key. Its rivals read local
 * files: `age -d | zstd -d` into a file and `pg_restore -j` from it, and the same streamed. Each restores into a server
 * made like Lakat's scratch server, which for the rivals is there already when the clock starts; Lakat's time counts from
 * unlock to restored, the start of its scratch server included.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadDemo } from "../../src/demo/demo.ts";
import { findPostgres } from "../../src/postgres/find-programs.ts";
import { table } from "../../src/report/table.ts";
import { startScratchCluster } from "../../src/restore-test/scratch-cluster.ts";
import { scratchHost } from "../../src/restore-test/scratch-host.ts";
import type { DrillReport } from "../../src/seal/report.ts";
import { measured, median } from "./measured.ts";
import { startS3 } from "./s3-store.ts";

const { values } = parseArgs({
  options: { size: { type: "string", default: "1GB" }, rounds: { type: "string", default: "3" } },
});
const rounds = Number(values.rounds);
const bytes = Number.parseFloat(values.size) * (values.size.endsWith("GB") ? 1e9 : 1e6);
const lakat = join(import.meta.dirname, "..", "..", "lakat");
const folder = await mkdtemp(join(tmpdir(), "lakat-bench-"));
const at = (name: string): string => join(folder, name);
const signal = new AbortController().signal;
const jobs = availableParallelism();
const scratch = scratchHost({
  folder: at("rival"),
  programs: undefined,
  memory: 2 ** 30,
  reserve: 0,
  jobs,
  hide: undefined,
  settings: {},
  takeOver: () => ({}),
});
const source = await startScratchCluster({ folder, durability: false, listen: "loopback", signal });
const version = (await findPostgres({ folder: source.programs }))[0]?.version ?? "";
const store = await startS3(folder, "s3", {});
const interrupted = new Promise<never>((_, reject) => {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => reject(new Error(name)));
});
try {
  await Promise.race([bench(), interrupted]);
} finally {
  const ended = once(store.child, "close");
  store.child.kill("SIGTERM");
  await ended;
  await source.destroy();
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const { host, port, user, password, programs, env } = source;
  execFileSync(join(programs, "createdb"), ["crm"], { env: { ...process.env, ...env } });
  say(`loading ${values.size} of the sample`);
  await loadDemo({
    connection: { host, port, user, password },
    database: "crm",
    programs,
    seed: 1,
    bytes,
    signal,
  });
  const { backup, drill } = await configurations();
  const s3 = { AWS_ACCESS_KEY_ID: store.key, AWS_SECRET_ACCESS_KEY: store.secret, LAKAT_LOG: "error" };
  run(["keys", "day", "publish", "--config", drill], s3);
  run(["backup", "run", "--config", backup], s3);

  execFileSync("age-keygen", ["-o", at("rival.key")], { stdio: "ignore" });
  const recipient = /age1[0-9a-z]+/.exec(await readFile(at("rival.key"), "utf8"))?.[0] ?? "";
  const sealed = at("crm.dump.zst.age");
  const path = { ...env, PATH: `${programs}:${process.env["PATH"] ?? ""}` };
  await measured(`pg_dump -Fc -Z0 crm | zstd -1 -q | age -r ${recipient} -o ${sealed}`, path);
  await measured(`pg_dumpall --globals-only --no-role-passwords > ${at("globals.sql")}`, path);
  const open = `age -d -i ${at("rival.key")} ${sealed} | zstd -d -q`;
  const rivals = {
    [`age -d | zstd -d > file, pg_restore -j${jobs}`]: `${open} > ${at("crm.dump")} && pg_restore -e -C -j${jobs} -d postgres ${at("crm.dump")}`,
    "age -d | zstd -d | pg_restore": `${open} | pg_restore -e -C -d postgres`,
  };
  const times = new Map<string, number[]>();
  const peaks: number[] = [];
  const note = (round: number, name: string, seconds: number): void => {
    if (round > 0) times.set(name, [...(times.get(name) ?? []), seconds]);
    say(`${round === 0 ? "warm-up" : `round ${round}`}  ${name.padEnd(44)} ${seconds.toFixed(2)} s`);
  };
  for (let round = 0; round <= rounds; round++) {
    const json = at("drill.json");
    const took = await measured(
      `${lakat} drill run --again --json --config ${drill} > ${json} || test $? = 3`,
      s3,
    );
    const { drills } = JSON.parse(await readFile(json, "utf8")) as { drills: { report: DrillReport }[] };
    const report = drills[0]?.report;
    if (report?.measures?.restoreSeconds === undefined) throw new Error(JSON.stringify(report?.findings));
    note(round, "lakat drill run, unlock to restored", report.measures.restoreSeconds);
    if (round > 0) peaks.push(took.largest);
    if (round === 0)
      for (const { name, seconds } of report.steps) say(`         ${name.padEnd(8)} ${seconds.toFixed(2)} s`);
    for (const [name, command] of Object.entries(rivals)) note(round, name, await rival(command, programs));
  }
  summary(times, peaks);
}

/** Seconds that a rival takes on a server of its own, made for this round. */
async function rival(command: string, programs: string): Promise<number> {
  const server = await scratch.start(
    { serverVersion: version, dumpVersion: version, settings: [], warn: () => undefined },
    signal,
  );
  try {
    const env = { ...server.cluster.env, PATH: `${programs}:${process.env["PATH"] ?? ""}` };
    // Roles first, not counted: a plain archive has none.
    await measured(`psql -Xq -d postgres -f ${at("globals.sql")} || test $? = 3`, env);
    return (await measured(command, env)).wall;
  } finally {
    await server.destroy();
  }
}

async function configurations(): Promise<{ backup: string; drill: string }> {
  await writeFile(at("passphrase"), "only for this benchmark", { mode: 0o600 });
  const key = JSON.parse(
    run([
      "keys",
      "recovery",
      "new",
      "--json",
      "--name",
      "a",
      "--out",
      folder,
      "--passphrase-file",
      at("passphrase"),
    ]),
  ) as { fingerprint: string };
  for (const name of ["host", "test"]) run(["keys", "host", "new", "--out", at(name)]);
  await writeFile(at("password"), source.password, { mode: 0o600 });
  await mkdir(at("scratch"), { mode: 0o711 });
  const recovery = `[{ name: a, certificate: ${at("a.crt")}, fingerprint: "${key.fingerprint}" }]`;
  const where = `{ type: s3, name: bench, bucket: lakat, region: eu-central-1, country: DE, endpoint: "${store.endpoint}", path_style: true }`;
  const backup = at("backup.yaml");
  await writeFile(
    backup,
    `role: backup
cluster: bench
postgres: { host: ${source.host}, port: ${source.port}, user: ${source.user}, password: { file: ${at("password")} }, only: [crm] }
signing_key: ${at("host.key")}
state_directory: ${at("state")}
restore_test: { public_key: ${at("test.pub")} }
recovery_keys: ${recovery}
destinations: [${where}]
`,
  );
  const drill = at("drill.yaml");
  await writeFile(
    drill,
    `role: restore-test
signing_key: ${at("test.key")}
state_directory: ${at("test-state")}
day_keys: { directory: ${at("day-keys")} }
backup_hosts: [${at("host.pub")}]
recovery_keys: ${recovery}
source: ${where}
clusters: [{ name: bench }]
scratch: { directory: ${at("scratch")} }
`,
  );
  return { backup, drill };
}

function run(args: string[], env: Record<string, string> = {}): string {
  try {
    return execFileSync(lakat, args, {
      env: { ...process.env, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    // One recovery key, and a store without locks, are findings: the work was done.
    const { status, stdout, stderr } = error as { status: number | null; stdout: string; stderr: string };
    if (status === 3) return stdout;
    throw new Error(`lakat ${args.join(" ")}: ${stderr}`, { cause: error });
  }
}

function summary(times: Map<string, number[]>, peaks: number[]): void {
  const [ours = [], ...others] = [...times.values()];
  const ratios = others.map((seconds) => median(ours.map((value, i) => value / (seconds[i] ?? NaN))));
  const rows = [...times].map(([name, seconds], i) => [
    name,
    median(seconds).toFixed(2),
    (ratios[i - 1] ?? 1).toFixed(2),
  ]);
  say("", table(["contender", "seconds", "lakat ÷ it"], rows), "");
  say(
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "?"}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${values.size}, ${rounds} rounds, medians; ${new Date().toISOString().slice(0, 10)}`,
  );
  // The faster of the two rivals, the one with -j.
  const two = (value: number): number => Math.round(value * 100) / 100;
  say(
    JSON.stringify({
      restore_vs_age_pg_restore: two(Math.max(...ratios)),
      peak_mb: Math.round(Math.max(...peaks)),
    }),
  );
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
