/** Runs one command line under bash and tells what it took. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

export interface Measured {
  /** Seconds from start to end. */
  wall: number;
  /** Processor seconds of the command and everything it started and waited for. */
  cpu: number;
  /** Peak resident MiB of the largest process, and of the sum of all at once. */
  largest: number;
  together: number;
}

/** How often the memory is looked at; the kernel's own high-water mark covers the time between. */
const LOOK_MS = 40;

/** Throws when the command fails. Its output goes nowhere; its complaints come with the error. */
export async function measured(command: string, env: Record<string, string>): Promise<Measured> {
  const script = `TIMEFORMAT='%R %U %S'; set -o pipefail; time { ${command}; } 2>&3`;
  const child = spawn("bash", ["-c", script], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: true,
  });
  const text = { times: "", said: "" };
  child.stdio[2]?.on("data", (chunk: Buffer) => (text.times += chunk.toString()));
  child.stdio[3]?.on("data", (chunk: Buffer) => (text.said += chunk.toString()));
  const peaks = new Map<number, number>();
  let together = 0;
  const look = setInterval(() => {
    let sum = 0;
    for (const { pid, peak, now } of groupMemory(child.pid ?? 0)) {
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peak));
      sum += now;
    }
    together = Math.max(together, sum);
  }, LOOK_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearInterval(look);
  if (code !== 0) throw new Error(`${command}\nended with ${code}: ${text.said.slice(-1000)}`);
  const [wall = 0, user = 0, system = 0] = text.times.trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
  return { wall, cpu: user + system, largest: Math.max(0, ...peaks.values()), together };
}

/** Resident memory in MiB of every process in a process group: its high-water mark and its size now. */
function groupMemory(group: number): { pid: number; peak: number; now: number }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) !== group) return [];
        const status = readFileSync(`/proc/${name}/status`, "utf8");
        const mib = (field: string): number =>
          Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
        return [{ pid: Number(name), peak: mib("VmHWM"), now: mib("VmRSS") }];
      } catch {
        // It ended while it was looked at.
        return [];
      }
    });
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? NaN)) / 2;
}
