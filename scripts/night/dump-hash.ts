/** What a database holds, in one hash. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { ScratchCluster } from "../../src/restore-test/scratch-cluster.ts";

/** SHA-256 of a plain dump, in hex. pg_dump's \restrict lines hold a random word and are left out. */
export async function dumpHash(
  { programs, env }: ScratchCluster,
  database: string,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  const child = spawn(join(programs, "pg_dump"), [`--dbname=${database}`], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  const ended = once(child, "close");
  for await (const line of createInterface({ input: child.stdout }))
    if (!/^\\(un)?restrict /.test(line)) hash.update(`${line}\n`);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error("pg_dump failed");
  return hash.digest("hex");
}
