import { fork, type ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import * as argon2 from "argon2";
import t, { type Test } from "tap";
import { until } from "../../fixtures/processes.ts";
import { Fault } from "../../../src/fault.ts";
import { startHasher, type HasherSettings } from "../../../src/auth/adapters/hasher.ts";
import { LEAST_PARAMETERS } from "../../../src/auth/password-hash.ts";
import { Busy } from "../../../src/auth/password.ts";

const KEY = Buffer.from("f4a1c09b7d3e58626a11c7e09d54b3f8f4a1c09b7d3e58626a11c7e09d54b3f9", "hex");
const PEPPERS = [{ id: "one", key: KEY }];
const GOOD = "vitorla csat dió kémény";
/** Takes long enough that something can happen to it. */
const SLOW = { memoryKiB: 32 * 1024, passes: 5, parallelism: 1 };

async function start(t: Test, settings: Partial<HasherSettings> = {}) {
  const told: Fault[] = [];
  const hasher = await startHasher({
    parameters: LEAST_PARAMETERS,
    peppers: PEPPERS,
    concurrent: 2,
    waiting: 4,
    tell: (fault) => told.push(fault),
    ...settings,
  });
  t.teardown(() => hasher.close());
  return { hasher, told };
}

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: unknown) =>
      error instanceof Busy ? "busy" : error instanceof Fault ? error.code : String(error),
  );

const state = (pid: number | undefined): string | undefined => {
  try {
    return /^\d+ \(.*\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
};

/** Processor time that a process has used, in ticks. */
const ticks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
};

t.test("hashes and verifies as argon2 does, in another process", async (t) => {
  const { hasher, told } = await start(t);
  t.not(hasher.pid(), process.pid);
  const stored = await hasher.hash(GOOD);
  t.equal(await argon2.verify(stored.hash, createHmac("sha256", KEY).update(GOOD).digest()), true);
  t.strictSame(await hasher.verify(stored, GOOD), { right: true, rehash: false });
  t.strictSame(await hasher.verify(stored, `${GOOD}.`), { right: false, rehash: false });
  t.strictSame(await hasher.verify(undefined, GOOD), { right: false, rehash: false });
  t.strictSame(await hasher.verify({ ...stored, hash: "garbage" }, GOOD), { right: false, rehash: false });
  t.strictSame(
    told.map(({ code }) => code),
    ["PASSWORD_UNREADABLE"],
  );
});

t.test("the child is niced in every thread, has one thread for each hash, and knows no secret", async (t) => {
  const { hasher } = await start(t, { concurrent: 3 });
  await hasher.hash(GOOD);
  const at = `/proc/${hasher.pid()}`;
  for (const thread of readdirSync(`${at}/task`))
    t.equal(getPriority(Number(thread)), Math.min(19, getPriority() + 10), `thread ${thread}`);
  const environment = readFileSync(`${at}/environ`, "utf8")
    .split("\0")
    .filter((line) => line !== "");
  t.strictSame(
    environment.filter((line) => !/^(NODE_CHANNEL|NODE_OPTIONS|_TAPJS)/.test(line)),
    ["UV_THREADPOOL_SIZE=3"],
  );
  const told = environment.join() + readFileSync(`${at}/cmdline`, "utf8");
  for (const secret of [GOOD, KEY.toString("hex"), KEY.toString("base64")]) t.notMatch(told, secret);
});

t.test("what is too much is refused at once, and the others are served", async (t) => {
  const { hasher, told } = await start(t, { concurrent: 2, waiting: 3 });
  const all = Array.from({ length: 12 }, () => outcome(hasher.hash(GOOD)));
  t.equal(hasher.pending(), 5);
  t.strictSame((await Promise.all(all)).sort(), [
    ...Array.from({ length: 7 }, () => "busy"),
    ...Array.from({ length: 5 }, () => "done"),
  ]);
  t.equal(hasher.pending(), 0);
  t.equal(await outcome(hasher.verify(undefined, GOOD)), "done");
  t.strictSame(told, []);
});

t.test("a child that is killed in the middle fails what it had, and another goes on", async (t) => {
  const { hasher, told } = await start(t, { parameters: SLOW, concurrent: 1, waiting: 2 });
  const stored = await hasher.hash(GOOD);
  const first = hasher.pid() ?? 0;
  const under = outcome(hasher.verify(stored, GOOD));
  const waiting = hasher.verify(stored, GOOD);
  const before = ticks(first);
  await until("the child being in the middle of it", () => ticks(first) > before + 2);
  process.kill(first, "SIGKILL");
  t.equal(await under, "HASHER_FAILED", "no answer is no");
  t.strictSame(await waiting, { right: true, rehash: false }, "what waited had not begun");
  t.not(hasher.pid(), first);
  t.strictSame(
    told.map(({ code, message }) => [code, message]),
    [["HASHER_FAILED", "the process that hashes passwords was ended by SIGKILL"]],
  );
});

t.test("a child that stands still is ended", async (t) => {
  const { hasher } = await start(t, { concurrent: 1, limitMs: 3_000 });
  process.kill(hasher.pid() ?? 0, "SIGSTOP");
  t.equal(await outcome(hasher.hash(GOOD)), "HASHER_FAILED");
  t.equal(await outcome(hasher.hash(GOOD)), "done", "the next one works");
});

t.test("a child that cannot work is known at the start", async (t) => {
  const died = startHasher({
    parameters: LEAST_PARAMETERS,
    peppers: PEPPERS,
    concurrent: 1,
    waiting: 0,
    tell: () => undefined,
    limitMs: 1,
  });
  await t.rejects(died, { code: "HASHER_FAILED" }, "here: it may not take any time");
  await t.rejects(start(t, { peppers: [] }), { code: "CONFIG_INVALID" });
  await t.rejects(start(t, { parameters: { ...LEAST_PARAMETERS, passes: 1 } }), { code: "CONFIG_INVALID" });
});

t.test("closing ends the child and what is pending, and later questions are no", async (t) => {
  const { hasher, told } = await start(t, { parameters: SLOW, concurrent: 1 });
  const pid = hasher.pid();
  const pending = [hasher.hash(GOOD), hasher.hash(GOOD)].map(outcome);
  t.equal(hasher.pending(), 2);
  await hasher.close();
  t.strictSame(await Promise.all(pending), ["HASHER_FAILED", "HASHER_FAILED"]);
  t.equal(state(pid), undefined, "nothing is left");
  t.equal(await outcome(hasher.verify(undefined, GOOD)), "HASHER_FAILED");
  await hasher.close();
  t.strictSame(told, [], "that is no news");
});

t.test("signals for the whole group do not end it, the end of its parent does", async (t) => {
  const parent: ChildProcess = fork(new URL("../../fixtures/hasher-parent.ts", import.meta.url), {
    execArgv: [],
  });
  t.teardown(() => parent.kill("SIGKILL"));
  const [pid] = (await once(parent, "message")) as [number];
  process.kill(pid, "SIGINT");
  process.kill(pid, "SIGTERM");
  parent.send("hash");
  t.strictSame(await once(parent, "message").then(([answer]: unknown[]) => answer), "done");
  parent.send("hash");
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await until("the end of the child", () => [undefined, "Z"].includes(state(pid)));
  t.pass("also in the middle of a hash");
});
