/** Adapter: the server process of a scratch cluster. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { Fault } from "../fault.ts";
import type { Confinement } from "./confinement.ts";
import {
  gone,
  hasEnded,
  programFailed,
  startProgram,
  stopIfAborted,
  type Cluster,
} from "./server-process.ts";

export interface Postmaster {
  process: ChildProcess;
  port: number;
}

/** How and where the server of a cluster is to run. */
export interface Service extends Cluster {
  listen: "socket" | "loopback";
  /** Folder of the socket. */
  socket: string;
  /** File for the server's log, written anew at every start. */
  log: string;
  settings: Readonly<Record<string, string>>;
  /** The one to listen on; undefined: a free one. */
  port?: number;
  /** What the server must not see; undefined: it sees what its account may. */
  confinement?: Confinement | undefined;
}

const START_LIMIT_MS = 60_000;
const FAST_SHUTDOWN_MS = 30_000;
const PORT_TRIES = 10;
const ONLY_FOR_SPEED = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/**
 * Starts the server and returns when it answers a query. It is ended at the latest with this process, unless
 * that is killed.
 *
 * @throws PROGRAM_MISSING, PG_FAILED (with the server's own line), TIME_LIMIT, INTERRUPTED
 */
export async function startPostmaster(service: Service): Promise<Postmaster> {
  for (let tries = 1; ; tries++) {
    // On a socket of our own any number is free; a port of loopback may be taken before the server takes it.
    const port = service.port ?? (service.listen === "socket" ? 5432 : await freePort());
    const server = await launch(service, port);
    try {
      await ready(service, server, port);
      const quit = () => server.kill("SIGQUIT");
      process.once("exit", quit);
      server.once("exit", () => process.removeListener("exit", quit));
      return { process: server, port };
    } catch (error) {
      server.kill("SIGQUIT");
      await gone(server);
      const taken = /could not bind .*: Address already in use/.test(await readFile(service.log, "utf8"));
      const over = tries === PORT_TRIES || service.port !== undefined || service.signal.aborted;
      if (!taken || over) throw error;
    }
  }
}

/** Ends the server: at first with a fast shutdown, which closes the files in order, then an immediate one. */
export async function stopPostmaster({ process: server }: Postmaster): Promise<void> {
  if (hasEnded(server)) return;
  server.kill("SIGINT");
  const late = setTimeout(() => server.kill("SIGQUIT"), FAST_SHUTDOWN_MS);
  await gone(server);
  clearTimeout(late);
}

async function launch(service: Service, port: number): Promise<ChildProcess> {
  const settings = {
    ...(service.durability ? {} : ONLY_FOR_SPEED),
    ...service.settings,
    lc_messages: "C",
    listen_addresses: service.listen === "socket" ? "" : "127.0.0.1",
    port: String(port),
    unix_socket_directories: service.socket,
    logging_collector: "off",
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = await open(service.log, "w", 0o600);
  try {
    return await startProgram(
      service,
      "postgres",
      ["-D", service.data, ...parameters],
      ["ignore", log.fd, log.fd],
      service.confinement && { confinement: service.confinement, socket: service.socket },
    );
  } finally {
    await log.close();
  }
}

async function ready(service: Service, server: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  // Asked once: each question leaves listeners behind.
  const end = gone(server);
  for (;;) {
    stopIfAborted(service.signal);
    if (hasEnded(server)) {
      throw programFailed("the scratch server did not start", await readFile(service.log, "utf8"));
    }
    if (await answers(service, port)) return;
    if (performance.now() > deadline) {
      throw new Fault(
        "TIME_LIMIT",
        `the scratch server in ${service.data} was not ready within ${START_LIMIT_MS / 1000} s`,
        "Look at the machine's load and disk, then run again.",
      );
    }
    await Promise.race([pause(20), end]);
  }
}

/** Asks on the socket, which is surely ours, while the port might be a stranger's until the server has it. */
async function answers({ socket, user, password }: Service, port: number): Promise<boolean> {
  const client = new pg.Client({ host: socket, port, user, password, database: "postgres", ssl: false });
  // A server that ends while we ask is noticed by its exit.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address !== null && typeof address === "object") return address.port;
  throw programFailed("no port on loopback", "the system named none that is free");
}
