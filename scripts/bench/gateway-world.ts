/** A gateway for measuring: its PostgreSQL, one node as `lakat gateway serve` starts it, and people with sessions. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as argon2 from "argon2";
import { stringify } from "yaml";
import { derivedKeys } from "../../src/auth/derived-keys.ts";
import { openFormTokens } from "../../src/auth/form-token.ts";
import { HASH_BYTES, type HashParameters } from "../../src/auth/password-hash.ts";
import { peppered } from "../../src/auth/password.ts";
import { strongSecret } from "../../src/auth/secret-strength.ts";
import { openPool, type Pool } from "../../src/auth/store/database.ts";
import { newToken, tokenHash } from "../../src/auth/token.ts";
import { startScratchCluster } from "../../src/restore-test/scratch-cluster.ts";
import { numberedToken } from "./load.ts";

const PASSWORD = "correct horse battery staple";
const LAKAT = join(import.meta.dirname, "..", "..", "lakat");
const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

export interface World {
  pool: Pool;
  node: ChildProcess;
  ports: Record<"pages" | "authz" | "internal", number>;
  /** The hash that all accounts have, and the bytes it is of. */
  hash: { phc: string; input: Buffer };
  /** The proxy's question for a page of `crm`, with this token as the cookie. */
  question(token: string): string;
  /** Names and devices of the people. */
  people: { name: string; device: string }[];
  signIn(name: string, password: "right" | "wrong", address: string, device?: string): string;
  end(): Promise<void>;
}

/** With `people` accounts on trusted devices, and `sessions` sessions with the tokens 1 and on. */
export async function openWorld(
  folder: string,
  { people: count, sessions, parameters }: { people: number; sessions: number; parameters: HashParameters },
): Promise<World> {
  const cluster = await startScratchCluster({
    folder,
    durability: true,
    listen: "loopback",
    signal: new AbortController().signal,
  });
  const { host, port, user, password } = cluster;
  const secrets = join(folder, "secrets");
  const config = join(folder, "lakat.yaml");
  const ports = { pages: await freePort(), authz: await freePort(), internal: await freePort() };
  let node: ChildProcess | undefined;
  const pool = openPool(
    { host, port, user, password, database: "lakat" },
    { max: 4, applicationName: "bench" },
  );
  const end = async (): Promise<void> => {
    if (node?.exitCode === null) {
      const ended = once(node, "exit");
      node.kill("SIGTERM");
      await ended;
    }
    await pool.end();
    await cluster.destroy();
  };
  try {
    execFileSync(join(cluster.programs, "createdb"), ["lakat"], { env: { ...process.env, ...cluster.env } });
    await mkdir(join(folder, "outbox"));
    await writeFile(join(folder, "pg-password"), password, { mode: 0o600 });
    await writeFile(config, configuration(folder, { host, port, user }, ports, parameters));
    run(["gateway", "secrets", "--out", secrets]);
    run(["gateway", "migrate", "--config", config]);

    const secret = async (name: string): Promise<Buffer> =>
      strongSecret(await readFile(join(secrets, name), "utf8"), name);
    const input = peppered({ id: "one", key: await secret("gateway-pepper-1") }, PASSWORD);
    const phc = await argon2.hash(input, {
      type: argon2.argon2id,
      memoryCost: parameters.memoryKiB,
      timeCost: parameters.passes,
      parallelism: parameters.parallelism,
      hashLength: HASH_BYTES,
    });
    const people = await insertPeople(pool, count, phc);
    await insertSessions(pool, sessions);
    const form = openFormTokens(derivedKeys(await secret("gateway-secret-key")).forms).make("", new Date());

    node = spawn(LAKAT, ["gateway", "serve", "--config", config], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, LAKAT_LOG: "error" },
    });
    await ready(ports.internal, node);
    return {
      pool,
      node,
      ports,
      hash: { phc, input },
      question: (token) =>
        requestText("GET", "/authz/nginx", {
          Host: "127.0.0.1",
          "X-Original-URL": "https://crm.example.hu/customers/4711?tab=orders",
          "X-Original-Method": "GET",
          Accept: "text/html",
          "User-Agent": AGENT,
          Cookie: `__Host-lakat-app=${token}`,
        }),
      people,
      signIn(name, how, address, device) {
        const body = new URLSearchParams({
          token: form,
          name,
          password: how === "right" ? PASSWORD : `${PASSWORD}!`,
        });
        return requestText(
          "POST",
          "/sign-in",
          {
            Host: "login.example.hu",
            Origin: "https://login.example.hu",
            "X-Forwarded-For": address,
            "User-Agent": AGENT,
            "Content-Type": "application/x-www-form-urlencoded",
            ...(device === undefined ? {} : { Cookie: `__Host-lakat-device=${device}` }),
          },
          body.toString(),
        );
      },
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function configuration(
  folder: string,
  postgres: { host: string; port: number; user: string },
  ports: World["ports"],
  { memoryKiB, passes, parallelism }: HashParameters,
): string {
  const secret = (name: string) => ({ file: join(folder, "secrets", name) });
  return stringify({
    role: "gateway",
    public_url: "https://login.example.hu",
    organisation: "Example CRM",
    listen: Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`])),
    trusted_proxies: ["127.0.0.1"],
    postgres: { ...postgres, database: "lakat", password: { file: join(folder, "pg-password") } },
    secret_key: secret("gateway-secret-key"),
    encryption_keys: [{ id: "one", key: secret("gateway-encryption-1") }],
    peppers: [{ id: "one", key: secret("gateway-pepper-1") }],
    assertion_keys: [join(folder, "secrets", "gateway-assertion-1.key")],
    audit_key: join(folder, "secrets", "gateway-audit.key"),
    roles: [{ name: "staff" }],
    applications: [{ name: "crm", url: "https://crm.example.hu", roles: ["staff"] }],
    passwords: { memory: `${memoryKiB}KiB`, passes, lanes: parallelism },
    outbox: join(folder, "outbox"),
  });
}

/** Accounts p1, p2 and on with one password, and one device each. */
async function insertPeople(pool: Pool, count: number, phc: string): Promise<World["people"]> {
  const people = Array.from({ length: count }, (_, i) => ({ name: `p${i + 1}`, token: newToken() }));
  const now = new Date();
  await pool.query(
    `INSERT INTO account (id, name, display_name, email, language, roles, status, password_hash, pepper_id, created_at, created_by)
     SELECT gen_random_uuid(), 'p' || i, 'Person ' || i, 'p' || i || '@example.hu', 'en', '{staff}', 'active', $2, 'one', $3, 'bench'
     FROM generate_series(1, $1::int) i`,
    [count, phc, now],
  );
  await pool.query(
    `INSERT INTO device (id, account_id, token_hash, name, browser, address, created_at, last_seen_at, expires_at)
     SELECT gen_random_uuid(), account.id, given.hash, 'Firefox on Linux', 'Firefox', '192.0.2.1', $3, $3, $4
     FROM unnest($1::text[], $2::bytea[]) AS given (name, hash) JOIN account USING (name)`,
    [
      people.map(({ name }) => name),
      people.map(({ token }) => token.hash),
      now,
      new Date(now.getTime() + 30 * 86_400_000),
    ],
  );
  return people.map(({ name, token }) => ({ name, device: token.text }));
}

/** More sessions with numbered tokens, after those that are there, spread over the people. */
export async function insertSessions(pool: Pool, upto: number): Promise<void> {
  const now = new Date();
  const { rows } = await pool.query<{ n: number; people: number }>(
    "SELECT (SELECT count(*)::int FROM app_session) AS n, (SELECT count(*)::int FROM account) AS people",
  );
  const { n = 0, people = 1 } = rows[0] ?? {};
  if (tokenHash(numberedToken(upto)) === undefined) throw new Error("a numbered token is no token");
  const client = await pool.connect();
  // What a row refers to is not looked for: a million times that takes minutes.
  await client.query("SET session_replication_role = replica");
  // In parts: a query of the gateway's pool may not take for ever.
  for (let from = n + 1; from <= upto; from += 20_000)
    await client.query(
      `WITH numbered AS (
         SELECT i, gen_random_uuid() AS session_id, sha256(convert_to(lpad(i::text, 43, 'A'), 'UTF8')) AS hash
         FROM generate_series($1::int, $2::int) i
       ), opened AS (
         INSERT INTO session (id, token_hash, account_id, epoch, device_id, address, user_agent, created_at, authenticated_at,
           last_seen_at, idle_seconds, expires_at)
         SELECT session_id, sha256(hash), a.id, 1, d.id, '192.0.2.1', $3, $4, $4, $4, 3600, $5
         FROM numbered JOIN account a ON a.name = 'p' || 1 + i % $6 JOIN device d ON d.account_id = a.id RETURNING id
       )
       INSERT INTO app_session (id, token_hash, session_id, host, created_at, last_seen_at)
       SELECT gen_random_uuid(), hash, session_id, 'crm.example.hu', $4, $4 FROM numbered`,
      [from, Math.min(from + 19_999, upto), AGENT, now, new Date(now.getTime() + 86_400_000), people],
    );
  await client.query("RESET session_replication_role");
  client.release();
}

function requestText(method: string, path: string, headers: Record<string, string>, body = ""): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === "" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}${length}\r\n${body}`;
}

function run(args: string[]): void {
  execFileSync(LAKAT, args, { stdio: ["ignore", "ignore", "inherit"] });
}

async function ready(port: number, node: ChildProcess): Promise<void> {
  for (const deadline = performance.now() + 30_000; ;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok === true) return;
    if (node.exitCode !== null || performance.now() > deadline) throw new Error("the gateway does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A program beside this file; its first line, and the process, which ends with us. */
export async function startBeside(name: string): Promise<{ line: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name)], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  if (child.stdout === null) throw new Error("a child without output");
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return { line: String(first.value), child };
}
