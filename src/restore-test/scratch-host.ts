/** Adapter: this machine as the place where backups are restored for a test. */
import { mkdir, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { asFault, Fault, firstLine } from "../fault.ts";
import { connect, disconnect, type Connection } from "../postgres/connection.ts";
import { findPostgres } from "../postgres/find-programs.ts";
import { programsFor } from "../postgres/programs.ts";
import type { Inventory } from "../seal/inventory.ts";
import type { Confinement } from "./confinement.ts";
import { postgresTarget } from "./postgres-target.ts";
import type { RestoreTarget } from "./restore.ts";
import { startScratchCluster, type ScratchCluster } from "./scratch-cluster.ts";

export interface ScratchNeed {
  /** As the source's server said it, such as `15.18 (Debian …)`. */
  serverVersion: string;
  /** Version of the pg_dump that wrote the archives. */
  dumpVersion: string;
  /** The source's settings by the inventory. */
  settings: Inventory["settings"];
  warn(subject: string, line: string): void;
}

/** A running scratch server, for one backup. */
export interface ScratchServer {
  target: RestoreTarget;
  /** Its superuser. */
  connection: Connection;
  /** Folder of the programs of its own version. */
  programs: string;
  /** A database to connect to for what concerns the whole server. */
  maintenance: string;
  /** Program → version. */
  tools: Record<string, string>;
  cluster: ScratchCluster;
  /** What was to be hidden from it is not. */
  unconfined: boolean;
  /** Names of those that this server could not make. */
  missingExtensions(wanted: readonly { name: string }[], signal: AbortSignal): Promise<string[]>;
  /** Whether it still takes connections; waits for one that gets up again after a crash. */
  answers(): Promise<boolean>;
  /** What it said of a crash of its own since this was last asked, or that it is gone; undefined when it runs well. */
  crash(): Promise<string | undefined>;
  destroy(): Promise<void>;
}

export interface ScratchHost {
  folder: string;
  /** Bytes free beside the reserve. */
  room(): Promise<number>;
  isFull(): Promise<boolean>;
  /** Throws PG_MAJOR_MISSING, PROGRAM_MISSING, PG_FAILED, TIME_LIMIT. */
  start(need: ScratchNeed, signal: AbortSignal): Promise<ScratchServer>;
}

export interface ScratchOptions {
  folder: string;
  /** Folder of PostgreSQL's programs; undefined: found by version. */
  programs: string | undefined;
  /** Bytes that the server's memory is sized from. */
  memory: number;
  /** Bytes that stay free. */
  reserve: number;
  jobs: number;
  /** What the server must not see; undefined: nothing is hidden from it. */
  hide: Confinement | undefined;
  /** Over everything that is set here. */
  settings: Readonly<Record<string, string>>;
  /** Of the source's settings, those that a scratch server takes over. */
  takeOver: (settings: ScratchNeed["settings"]) => Record<string, string>;
}

/** Less than this is as good as nothing to a server. */
const FULL_BYTES = 32 * 2 ** 20;

/** The folder is made where it is missing; nothing is started yet. */
export function scratchHost(options: ScratchOptions): ScratchHost {
  const { folder, reserve } = options;
  // The server's account passes through to what it owns inside; it cannot list.
  const made = (): Promise<unknown> => mkdir(folder, { recursive: true, mode: 0o711 });
  const free = async (): Promise<number> => {
    await made();
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  };
  return {
    folder,
    room: async () => (await free()) - reserve,
    isFull: async () => (await free()) < FULL_BYTES,
    start: async (need, signal) => {
      await made();
      return start(options, need, signal);
    },
  };
}

async function start(
  options: ScratchOptions,
  need: ScratchNeed,
  signal: AbortSignal,
): Promise<ScratchServer> {
  const { folder, jobs } = options;
  const server = await serverPrograms(options, need);
  const loader = await programsFor(
    Math.max(server.major, Number.parseInt(need.dumpVersion, 10)),
    options.programs,
  );
  const cluster = await startScratchCluster({
    folder,
    programs: server.bin,
    durability: false,
    listen: "socket",
    hide: options.hide,
    settings: { ...sized(options), ...options.takeOver(need.settings), ...options.settings },
    signal,
  });
  const { host, port, user, password } = cluster;
  const connection: Connection = { host, port, user, password };
  const maintenance = "template1";
  return {
    target: postgresTarget({
      connection,
      programs: loader.bin,
      maintenance,
      jobs,
      noTablespaces: false,
      tablespacesInPlace: true,
      warn: (subject, line) => need.warn(subject, line),
    }),
    connection,
    programs: server.bin,
    maintenance,
    tools: { postgres: server.version, pg_restore: loader.version },
    cluster,
    unconfined: options.hide !== undefined && !cluster.confined,
    missingExtensions: (wanted, until) => missingExtensions(connection, maintenance, wanted, until),
    answers: () => answers(connection, maintenance),
    crash: crashesOf(join(cluster.folder, "log"), () => answers(connection, maintenance)),
    destroy: () => cluster.destroy(),
  };
}

async function serverPrograms(
  { programs }: ScratchOptions,
  { serverVersion }: ScratchNeed,
): Promise<{ bin: string; major: number; version: string }> {
  const version = Number.parseInt(serverVersion, 10);
  const [found] = await findPostgres({ version, folder: programs });
  if (found !== undefined) return found;
  const others = await findPostgres({ folder: programs });
  throw new Fault(
    "PG_MAJOR_MISSING",
    `the backup is of PostgreSQL ${version}, and this host has ${others.map(({ major }) => major).join(", ") || "none"}`,
    `Install the server programs of version ${version} (Debian: apt-get install postgresql-${version}), or name their folder in scratch.programs.`,
  );
}

/** Nothing here is to survive anything, and nobody else is served. */
function sized({ memory, jobs }: ScratchOptions): Record<string, string> {
  const kib = (bytes: number): string => `${Math.max(1024, Math.floor(bytes / 1024))}kB`;
  return {
    shared_buffers: kib(memory / 4),
    maintenance_work_mem: kib(memory / 2 / jobs),
    work_mem: kib(memory / 16 / jobs),
    max_wal_size: kib(Math.max(memory, 2 ** 30)),
    wal_level: "minimal",
    // Filling new segments with zeros would write everything twice.
    wal_init_zero: "off",
    wal_recycle: "off",
    max_wal_senders: "0",
    archive_mode: "off",
    autovacuum: "off",
    checkpoint_timeout: "1h",
    max_connections: "60",
    // A dump of ten thousand tables locks each.
    max_locks_per_transaction: "512",
    allow_in_place_tablespaces: "on",
    jit: "off",
  };
}

async function missingExtensions(
  connection: Connection,
  maintenance: string,
  wanted: readonly { name: string }[],
  signal: AbortSignal,
): Promise<string[]> {
  const client = await connect(connection, maintenance, { signal });
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT w.name FROM unnest($1::text[]) AS w(name) WHERE w.name NOT IN (SELECT name FROM pg_available_extensions) ORDER BY 1",
      [wanted.map(({ name }) => name)],
    );
    return rows.map(({ name }) => name);
  } finally {
    await disconnect(client);
  }
}

/** A crash of one session makes the server recover, which with so little write-ahead log takes a moment. */
const RECOVERY_LIMIT_MS = 60_000;

async function answers(connection: Connection, maintenance: string): Promise<boolean> {
  const deadline = performance.now() + RECOVERY_LIMIT_MS;
  for (;;)
    try {
      await disconnect(await connect(connection, maintenance));
      return true;
    } catch (error) {
      const recovers = /recovery|starting up|shutting down|not (yet )?accepting/.test(asFault(error).message);
      if (!recovers || performance.now() > deadline) return false;
      await pause(100);
    }
}

const CRASH = /^.*(?:(?:LOG): .*was terminated by signal|PANIC: ).*$/gm;

/** Lines of the server's log that tell of a crash; what it was doing stands elsewhere, since that may hold rows. */
function crashesOf(log: string, answers: () => Promise<boolean>): () => Promise<string | undefined> {
  let seen = 0;
  return async () => {
    const gone = (await answers()) ? undefined : "it does not answer any more";
    const lines = (await readFile(log, "utf8").catch(() => "")).match(CRASH) ?? [];
    const line = lines.slice(seen).at(-1);
    seen = lines.length;
    return line === undefined ? gone : firstLine(line.replace(/^.*?(?=LOG: |PANIC: )/, ""));
  };
}
