/** Adapter: asks the store and this host's folders what the day's report is made of. No trouble here is the end of it. */
import type { RestoreTestConfig } from "../config.ts";
import { inParallel } from "../concurrency/in-parallel.ts";
import { asFault } from "../fault.ts";
import type { ClusterDay, Newest } from "../report/daily-cluster.ts";
import { findBackup } from "../restore-test/catalogue.ts";
import type { Trust } from "../restore-test/read-manifest.ts";
import { DAY_KEYS_FOLDER, dayOfKeyName } from "../seal/day-key.ts";
import type { ReportFinding } from "../seal/report.ts";
import type { Source } from "../store/object-store.ts";
import type { Call } from "./command.ts";
import { readDayKeys } from "./day-key-files.ts";
import { openTrustedSource } from "./trusted-source.ts";

/** Clusters looked up at the same time. */
const WIDTH = 8;

export interface DayWatch {
  clusters: ClusterDay[];
  storeClock: Date | undefined;
  dayKeys: { days: string[]; ahead: number } | undefined;
  findings: ReportFinding[];
}

/** Throws only the signal's reason. */
export async function watchDay(call: Call, config: RestoreTestConfig): Promise<DayWatch> {
  const { signal } = call;
  const store = await openTrustedSource(config, call.env).catch((error: unknown) => findingOf(error));
  const newest = new Map<string, Newest>();
  const findings: ReportFinding[] = [];
  let storeClock: Date | undefined;
  let published: Set<string> | undefined;
  if ("source" in store) {
    const { source } = store;
    const tasks = [
      async () => {
        storeClock = await source.clock?.(signal);
      },
      async () => {
        published = await publishedDays(source, signal);
      },
    ].map((task) => () => quietly(task, signal));
    // What the store does not tell of its clock and keys, the clusters' own questions will tell louder.
    for (const { name } of config.clusters)
      tasks.push(async () => void newest.set(name, await newestOf(store, name, signal)));
    await inParallel(tasks, WIDTH, signal);
  }
  const fault: Newest | undefined = "source" in store ? undefined : { kind: "unknown", fault: store };
  return {
    clusters: config.clusters.map(({ name, backup_every, grace, rto }) => ({
      cluster: name,
      backupEvery: backup_every,
      grace,
      rto,
      newest: newest.get(name) ?? fault ?? { kind: "none", findings: [] },
    })),
    storeClock,
    dayKeys: await heldDays(config, published, findings),
    findings,
  };
}

async function newestOf(
  { source, trust }: { source: Source; trust: Trust },
  cluster: string,
  signal: AbortSignal,
): Promise<Newest> {
  try {
    const { manifest, committed, findings } = await findBackup(source, { cluster }, trust, signal);
    const { backupId: id, finishedAt } = manifest;
    return { kind: "found", id, committed, finishedAt: new Date(finishedAt), findings };
  } catch (error) {
    signal.throwIfAborted();
    const fault = findingOf(error);
    // There may be something, signed by nobody who is trusted; then the store's own words say so.
    return fault.code === "BACKUP_NOT_FOUND"
      ? { kind: "none", findings: [fault] }
      : { kind: "unknown", fault };
  }
}

async function publishedDays(source: Source, signal: AbortSignal): Promise<Set<string>> {
  const days = new Set<string>();
  for await (const { key } of source.list(`${DAY_KEYS_FOLDER}/`, signal)) {
    const day = dayOfKeyName(key);
    if (day !== undefined) days.add(day);
  }
  return days;
}

/** The days with a key that is held and published; where the store did not tell, those that are held. */
async function heldDays(
  { day_keys }: RestoreTestConfig,
  published: ReadonlySet<string> | undefined,
  findings: ReportFinding[],
): Promise<DayWatch["dayKeys"]> {
  if (day_keys === undefined) return undefined;
  try {
    const held = (await readDayKeys(day_keys.directory)).map(({ day }) => day);
    return { days: held.filter((day) => published?.has(day) ?? true), ahead: day_keys.ahead };
  } catch (error) {
    findings.push(findingOf(error));
    return undefined;
  }
}

async function quietly(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  await work().catch(() => signal.throwIfAborted());
}

function findingOf(error: unknown): ReportFinding {
  const { code, message: what, todo } = asFault(error);
  return { code, what: what.slice(0, 4000), todo: todo.slice(0, 4000) };
}
