/**
 * FLOW data → rounds of both ways in turn → medians. Each way dumps, compresses at level 1 and counts the bytes;
 * the dump reaches Node only where Node compresses it.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../../src/report/table.ts";
import { loadDemo } from "../../src/demo/demo.ts";
import { startScratchCluster } from "../../src/restore-test/scratch-cluster.ts";
import { measured, median, type Measured } from "./measured.ts";

const { values } = parseArgs({
  options: { size: { type: "string", default: "300MB" }, rounds: { type: "string", default: "3" } },
});
const bytes = Number.parseFloat(values.size) * (values.size.endsWith("GB") ? 1e9 : 1e6);
const folder = await mkdtemp(join(tmpdir(), "lakat-bench-"));
const signal = new AbortController().signal;
const postgres = await startScratchCluster({ folder, durability: false, listen: "loopback", signal });
try {
  await bench();
} finally {
  await postgres.destroy();
  await rm(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const { host, port, user, password, programs } = postgres;
  const connection = { host, port, user, password };
  execFileSync(join(programs, "createdb"), ["crm"], { env: { ...process.env, ...postgres.env } });
  await loadDemo({ connection, database: "crm", programs, seed: 1, bytes, signal });
  const counting = join(folder, "counting.mjs");
  const inNode = join(folder, "in-node.mjs");
  const count = (stream: string): string =>
    `let n = 0; for await (const c of ${stream}) n += c.length; if (n === 0) process.exit(1);`;
  await writeFile(counting, count("process.stdin"));
  const params = "{ params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }";
  await writeFile(
    inNode,
    `import zlib from "node:zlib"; ${count(`process.stdin.pipe(zlib.createZstdCompress(${params}))`)}`,
  );
  const program = `zstd -1 -q --single-thread | "${process.execPath}" "${counting}"`;
  const node = `"${process.execPath}" "${inNode}"`;
  const ways = {
    "zstd program": `pg_dump -Fc -Z0 crm | ${program}`,
    "zstd program, stdbuf": `stdbuf -o256K pg_dump -Fc -Z0 crm | ${program}`,
    "Node's zstd": `pg_dump -Fc -Z0 crm | ${node}`,
    "Node's zstd, stdbuf": `stdbuf -o256K pg_dump -Fc -Z0 crm | ${node}`,
  };
  const results = new Map<string, Measured[]>(Object.keys(ways).map((name) => [name, []]));
  const env = { ...postgres.env, PATH: `${programs}:${process.env["PATH"] ?? ""}` };
  for (let round = 0; round <= Number(values.rounds); round++)
    for (const [name, command] of Object.entries(ways)) {
      const took = await measured(command, env);
      // The first round only warms the caches.
      if (round > 0) results.get(name)?.push(took);
    }
  const rows = [...results].map(([name, took]) => [
    name,
    median(took.map(({ wall }) => wall)).toFixed(2),
    median(took.map(({ cpu }) => cpu)).toFixed(2),
    median(took.map(({ largest }) => largest)).toFixed(0),
  ]);
  process.stdout.write(`${table(["way", "wall s", "CPU s", "largest MiB"], rows)}\n`);
}
