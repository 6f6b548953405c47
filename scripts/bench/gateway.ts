/**
 * FLOW a gateway with people → wrk against forward-auth and a bare route in turns → fixed rate in quiet and in a flood of
 * sign-ins in turns → sign-ins and argon2 alone in turns → ratios.
 *
 * Everything runs on this machine: PostgreSQL, the node with its hasher, and whoever asks share the cores.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { DEFAULT_PARAMETERS } from "../../src/auth/password-hash.ts";
import { sessionsOn } from "../../src/auth/store/sessions.ts";
import { insertSessions, openWorld, startBeside, type World } from "./gateway-world.ts";
import { numberedToken, type Load, type Loaded } from "./load.ts";
import { median } from "./measured.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    sessions: { type: "string", default: "1000000" },
  },
});
const [rounds, seconds] = values.quick ? [1, 4] : [3, 6];
const RATE = 2000;
const FLOOD = 500;
const PEOPLE = 1000;
const SMALL = 20_000;

const folder = await mkdtemp(join(tmpdir(), "lakat-bench-"));
const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
const interrupted = new Promise<never>((_, reject) => {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => reject(new Error(name)));
});
try {
  await Promise.race([bench(), interrupted]);
} finally {
  for (const end of ends.reverse()) await end();
}

async function bench(): Promise<void> {
  say(`load average ${loadavg()[0]?.toFixed(2) ?? "?"}, ${availableParallelism()} cores`);
  const world = await openWorld(folder, { people: PEOPLE, sessions: 1000, parameters: DEFAULT_PARAMETERS });
  ends.push(() => world.end());
  const bare = await startBeside("bare-route.ts");
  ends.push(async () => bare.child.kill());

  const throughput = await alternate(rounds + 2, {
    "bare route": () => wrk(Number(bare.line), world),
    "forward-auth": () => wrk(world.ports.authz, world),
  });
  const forwardAuth = median(quotients(throughput["forward-auth"], throughput["bare route"]));

  const asking: Load = {
    port: world.ports.authz,
    requests: Array.from({ length: 100 }, (_, i) => world.question(numberedToken(i + 1))),
    rate: RATE,
    seconds,
    connections: 64,
  };
  await load({ ...asking, seconds: 1 });
  const before = memory(world.node.pid ?? 0);
  const latency = await alternate(rounds, {
    quiet: async () => p99(await load(asking), `${RATE}/s in quiet`),
    flood: async () => p99((await Promise.all([load(asking), flood(world)]))[0], `${RATE}/s in a flood`),
  });
  const after = memory(world.node.pid ?? 0);
  say(`memory, MiB: node ${before[0]} → ${after[0]}, hasher ${before[1]} → ${after[1]} (peak in the flood)`);

  const concurrent = availableParallelism();
  const hashing = await alternate(rounds, {
    "argon2 alone": () => argon2Alone(world, concurrent),
    "sign-ins": async () => (await signIns(world)).throughput,
  });

  if (values.large) await large(world, asking, Number(values.sessions));

  say(
    JSON.stringify({
      forward_auth_vs_bare: round(forwardAuth),
      p99_ms: round(median(latency.quiet)),
      p99_flood_ratio: round(median(latency.flood) / median(latency.quiet)),
      sign_in_vs_argon2: round(median(quotients(hashing["sign-ins"], hashing["argon2 alone"]))),
    }),
  );
}

/** Each contender once a round, in turn, so that the machine's other work meets all of them. */
async function alternate<Name extends string>(
  times: number,
  contenders: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const found = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let n = 0; n < times; n++)
    for (const name of names) {
      const value = await contenders[name]();
      found[name].push(value);
      say(`round ${n + 1} of ${times}, ${name}: ${value.toFixed(2)}`);
    }
  return found;
}

/** Answers a second to the question of a signed-in session. */
async function wrk(port: number, world: World): Promise<number> {
  const [, ...headers] = (world.question(numberedToken(1)).split("\r\n\r\n")[0] ?? "").split("\r\n");
  const { stdout } = await promisify(execFile)("wrk", [
    ...["-t1", "-c32", `-d${Math.ceil(seconds / 2)}s`],
    ...headers.flatMap((line) => ["-H", line]),
    `http://127.0.0.1:${port}/authz/nginx`,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  return Number(/Requests\/sec: *([\d.]+)/.exec(stdout)?.[1]);
}

/** Sign-ins at a fixed rate with right and wrong passwords for many accounts and for names that nobody has. */
async function flood(world: World): Promise<Loaded> {
  const requests = Array.from({ length: FLOOD * seconds }, (_, i) => {
    const person = world.people[i % world.people.length];
    const address = `198.51.${i % 100}.${i % 250}`;
    if (i % 10 === 9) return world.signIn(`nobody${i}`, "wrong", address);
    return world.signIn(person?.name ?? "", i % 2 === 0 ? "right" : "wrong", address);
  });
  const loaded = await load({ port: world.ports.pages, requests, rate: FLOOD, seconds, connections: 1000 });
  say(told(loaded, `  the flood of ${FLOOD}/s`));
  if (loaded.withoutRetryAfter > 0) throw new Error("a 503 without Retry-After");
  return loaded;
}

/** Right passwords on trusted devices; somebody always waits, so that the hasher never does. */
async function signIns(world: World): Promise<Loaded> {
  const requests = world.people.map(({ name, device }, i) =>
    world.signIn(name, "right", `192.0.2.${i % 250}`, device),
  );
  const connections = 2 * availableParallelism();
  const loaded = await load({ port: world.ports.pages, requests, seconds, connections });
  if (Object.keys(loaded.statuses).join() !== "303") throw new Error(told(loaded, "sign-ins"));
  return loaded;
}

async function argon2Alone(world: World, concurrent: number): Promise<number> {
  const program = join(import.meta.dirname, "argon2-alone.ts");
  const { phc, input } = world.hash;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, phc, input.toString("base64"), String(concurrent), String(seconds)],
    { env: { ...process.env, UV_THREADPOOL_SIZE: String(concurrent) } },
  );
  return Number(stdout);
}

/**
 * Sessions that are asked for once each, so that no memory helps: among few and among many. Then removing sessions as a
 * node does once a minute, again and again, while people sign in.
 */
async function large(world: World, asking: Load, sessions: number): Promise<void> {
  const once: Load = { ...asking, requests: [world.question("%TOKEN%")], rate: 500 };
  await insertSessions(world.pool, SMALL);
  await world.pool.query("ANALYZE session, app_session");
  const small = await load({ ...once, tokens: SMALL });
  say(told(small, `500/s, each another of ${SMALL} sessions`));
  say(`making ${sessions} sessions`);
  await insertSessions(world.pool, sessions);
  await world.pool.query("ANALYZE session, app_session");
  const many = await load({ ...once, tokens: sessions });
  say(told(many, `500/s, each another of ${sessions} sessions`));
  say(`p50 of many ÷ of few: ${(many.p50 / small.p50).toFixed(2)}`);

  const quiet = await signIns(world);
  say(told(quiet, "sign-ins"));
  let [removed, sweeps, longest] = [0, 0, 0];
  const over = { now: false };
  const sweeping = (async () => {
    while (!over.now) {
      const began = performance.now();
      // By a clock that is days ahead all of them are over.
      removed += await sessionsOn(world.pool).sweep(new Date(Date.now() + 3 * 86_400_000), 0);
      longest = Math.max(longest, performance.now() - began);
      sweeps++;
    }
  })();
  const during = await signIns(world);
  over.now = true;
  await sweeping;
  say(
    told(
      during,
      `sign-ins while ${removed} sessions were removed, ${sweeps} times, at most ${longest.toFixed(0)} ms each`,
    ),
  );
}

/** Runs load.ts. */
async function load(job: Load): Promise<Loaded> {
  const file = join(folder, `load-${Math.random()}.json`);
  await writeFile(file, JSON.stringify(job));
  const child = spawn(process.execPath, [join(import.meta.dirname, "load.ts"), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(child, "close");
  return JSON.parse(Buffer.concat(chunks).toString()) as Loaded;
}

function p99(loaded: Loaded, what: string): number {
  say(told(loaded, `  ${what}`));
  if (Object.keys(loaded.statuses).join() !== "200") throw new Error("forward-auth did not always say yes");
  return loaded.p99;
}

function told({ asked, statuses, broken, p50, p99, max }: Loaded, what: string): string {
  const by = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
  const times = `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, max ${max.toFixed(1)} ms`;
  return `${what}: asked ${asked}, ${by.join(", ")}${broken > 0 ? `, broken ${broken}` : ""}; ${times}`;
}

/** Peak resident MiB of a process and of its child. */
function memory(pid: number): number[] {
  const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
  return [pid, child].map((one) =>
    Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, "utf8"))?.[1]) / 1024),
  );
}

function quotients(a: number[], b: number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? NaN));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
