/**
 * Adapter: a PostgreSQL server of our own, made for one run and destroyed after it. Nobody else can connect:
 * its password is random and its socket lies in a folder of the server's own.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { canConfine, type Confinement } from "./confinement.ts";
import { initdb } from "./initdb.ts";
import { findPostgres } from "../postgres/find-programs.ts";
import { startPostmaster, stopPostmaster } from "./postmaster.ts";
import {
  makeScratchFolder,
  makeServersOwn,
  makeSocketFolder,
  removeScratchFolder,
} from "./scratch-folder.ts";
import { serverAccount } from "./server-account.ts";
import { stopIfAborted, type Cluster } from "./server-process.ts";

export interface ScratchOptions {
  /** An existing folder to make the cluster's own folder in. */
  folder: string;
  /** Folder of PostgreSQL's programs; by default the newest found on this machine. */
  programs?: string | undefined;
  /** Server parameters, by name. */
  settings?: Readonly<Record<string, string>> | undefined;
  /** False gives up what protects against a crash of the machine, for speed. */
  durability: boolean;
  /** What the server must not see, where the machine can see to that; only for `socket`. */
  hide?: Confinement | undefined;
  /** `loopback` listens on a free port of 127.0.0.1 as well as on the socket. */
  listen: "socket" | "loopback";
  /** By default UTF8. */
  encoding?: string | undefined;
  /** By default C.UTF-8. */
  locale?: string | undefined;
  /** The superuser's name, by default postgres. */
  user?: string | undefined;
  /** The superuser's password, by default 24 random bytes. */
  password?: string | undefined;
  /** Instead of initdb: fills the empty data folder with a cluster that has this user and password. */
  fill?: ((cluster: Cluster) => Promise<void>) | undefined;
  /** Aborting while the cluster starts leaves nothing of it. */
  signal: AbortSignal;
}

export interface ScratchCluster {
  /** Folder of the socket, or 127.0.0.1. */
  host: string;
  port: number;
  user: string;
  password: string;
  /** PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE (postgres), to be added to a child's environment. */
  env: Record<string, string>;
  /** The cluster's own folder, with `data` and the server's `log` in it. */
  folder: string;
  /** Folder of the programs it runs. */
  programs: string;
  /** Whether what was to be hidden from it is. */
  confined: boolean;
  /** Ends the server; done when the process is gone. May be called again. */
  stop(): Promise<void>;
  /**
   * Ends the server in order, so that its files hold everything; runs `between` with the data folder's path, and
   * starts it again in the same place, also when `between` throws. Throws as the start does.
   */
  restart(between?: (data: string) => Promise<void>): Promise<void>;
  /** Ends the server and removes all of its files. May be called again. */
  destroy(): Promise<void>;
}

/**
 * Makes a cluster (initdb, scram-sha-256) and starts its server, as the calling user or, for root, as user
 * `postgres`. When that user cannot reach `folder`, the cluster goes below the system's temporary folder.
 *
 * @throws PROGRAM_MISSING, PG_FAILED (with the server's own line), TIME_LIMIT, INTERRUPTED
 */
export async function startScratchCluster(options: ScratchOptions): Promise<ScratchCluster> {
  const { durability, listen, signal, settings = {}, encoding = "UTF8", locale = "C.UTF-8" } = options;
  const { user = "postgres", password = randomBytes(24).toString("base64url") } = options;
  stopIfAborted(signal);
  const programs = options.programs ?? (await newestPrograms());
  const account = await serverAccount();
  const folder = await makeScratchFolder(options.folder, account);
  const made = [folder];
  const remove = async () => {
    for (const one of made) await removeScratchFolder(one);
  };
  try {
    const data = join(folder, "data");
    await makeServersOwn(data, account);
    const { socket, extra } = await makeSocketFolder(folder, account);
    if (extra !== undefined) made.push(extra);
    const confinement = options.hide !== undefined && (await canConfine(account)) ? options.hide : undefined;
    const cluster = { programs, account, data, user, password, durability, signal };
    await (options.fill?.(cluster) ?? initdb(cluster, encoding, locale));
    const service = { ...cluster, confinement, listen, socket, settings, log: join(folder, "log") };
    let server = await startPostmaster(service);
    const host = listen === "socket" ? socket : "127.0.0.1";
    const port = server.port;
    const env = {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: "postgres",
    };
    const stop = () => stopPostmaster(server);
    const destroy = () => stop().then(remove);
    const restart: ScratchCluster["restart"] = async (between) => {
      await stop();
      try {
        await between?.(data);
      } finally {
        server = await startPostmaster({ ...service, port });
      }
    };
    const isConfined = confinement !== undefined;
    return {
      host,
      port,
      user,
      password,
      env,
      folder,
      programs,
      confined: isConfined,
      stop,
      restart,
      destroy,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function newestPrograms(): Promise<string> {
  const [newest] = await findPostgres();
  if (newest !== undefined) return newest.bin;
  throw new Fault(
    "PROGRAM_MISSING",
    "no PostgreSQL server programs (postgres, initdb) on this machine",
    "Install the PostgreSQL server, on Debian `apt-get install postgresql`.",
  );
}
