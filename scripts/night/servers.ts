/** The servers that the quickstart needs around it: PostgreSQL, a store, a mail server. All on loopback. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { SMTPServer } from "smtp-server";
import { startScratchCluster, type ScratchCluster } from "../../src/restore-test/scratch-cluster.ts";
import { rightsOf } from "../../test/fixtures/iam-policy.ts";

const S3_SERVER = join(import.meta.dirname, "../../test/fixtures/s3-server/main.ts");
export const BUCKET = "backups";
export const PREFIX = "lakat";
/** Hosts with an access key, each with the rights of its policy under infra/s3. */
export const HOSTS = ["backup-host", "restore-test", "prune", "recovery"] as const;

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}
export interface Store {
  endpoint: string;
  keys: Record<(typeof HOSTS)[number], AccessKey>;
}

/** What was started and has to be ended again. */
export interface Stage {
  postgres(): Promise<ScratchCluster>;
  /** The tests' S3 server in its own process, with a locked bucket kept in `at`. */
  store(at: string, cluster: string): Promise<Store>;
  /** Takes every mail and writes it to `at`. Out: its port. */
  mail(at: string): Promise<number>;
  end(): Promise<void>;
}

/** @param folder where the PostgreSQL servers lie */
export function openStage(folder: string, signal: AbortSignal): Stage {
  const endings: (() => Promise<void>)[] = [];
  return {
    async postgres() {
      const made = await startScratchCluster({ folder, durability: false, listen: "loopback", signal });
      endings.push(() => made.destroy());
      return made;
    },
    async store(at, cluster) {
      const { store, end } = await startStore(at, cluster);
      endings.push(end);
      return store;
    },
    async mail(at) {
      const server = await startMail(at);
      endings.push(() => new Promise((resolve) => server.close(() => resolve())));
      return (server.server.address() as AddressInfo).port;
    },
    async end() {
      for (const ending of endings.reverse()) await ending();
    },
  };
}

async function startStore(
  folder: string,
  cluster: string,
): Promise<{ store: Store; end: () => Promise<void> }> {
  const key = (): AccessKey => ({
    accessKeyId: `AK${randomBytes(9).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64url"),
  });
  const keys: Store["keys"] = {
    "backup-host": key(),
    "restore-test": key(),
    prune: key(),
    recovery: key(),
  };
  const options = {
    folder,
    buckets: [{ name: BUCKET, region: "eu-central-1", versioning: true, objectLock: {} }],
    keys: HOSTS.map((host) => ({
      ...keys[host],
      allow: rightsOf(host, { bucket: BUCKET, prefix: PREFIX, cluster }),
    })),
  };
  await mkdir(folder);
  const file = join(folder, "options.json");
  await writeFile(file, JSON.stringify(options), { mode: 0o600 });
  const child = spawn(process.execPath, [S3_SERVER, file], { stdio: ["ignore", "pipe", "inherit"] });
  const end = async (): Promise<void> => {
    const ended = once(child, "close");
    child.kill("SIGTERM");
    await ended;
  };
  const ready = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const { endpoint } = JSON.parse(String(ready.value)) as { endpoint: string };
  return { store: { endpoint, keys }, end };
}

async function startMail(folder: string): Promise<SMTPServer> {
  await mkdir(folder);
  let count = 0;
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    logger: false,
    onData(stream, _session, done) {
      pipeline(stream, createWriteStream(join(folder, `${++count}.eml`))).then(() => done(), done);
    },
  });
  const listening = once(server.server, "listening");
  server.listen(0, "127.0.0.1");
  await listening;
  return server;
}
