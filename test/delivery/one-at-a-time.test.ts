/** One process at a time, also when the one before was killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { oneAtATime } from "../../src/delivery/one-at-a-time.ts";
import { never } from "../fixtures/store-conformance.ts";

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "lakat-alone-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

t.test("two wait for each other, of different folders they do not", async (t) => {
  const [one, other] = [await folder(t), await folder(t)];
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
  };
  await Promise.all([oneAtATime(one, 5000, never(), work("a")), oneAtATime(one, 5000, never(), work("b"))]);
  const [first = "", , third = ""] = order;
  t.strictSame(order, [first, first.replace("begins", "ends"), third, third.replace("begins", "ends")]);
  await oneAtATime(one, 0, never(), () => oneAtATime(other, 0, never(), work("c")));
  t.equal(order.length, 6);
  await t.rejects(
    oneAtATime(one, 0, never(), () => Promise.reject(new Error("x"))),
    /x/,
  );
  t.equal(await oneAtATime(one, 0, never(), async () => "free again"), "free again");
});

t.test("another process is waited for, and its lock goes with it", async (t) => {
  const path = await folder(t);
  const script = new URL("../fixtures/one-at-a-time-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, path], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  let impatient = false;
  await oneAtATime(path, 200, never(), async () => void (impatient = true));
  t.ok(impatient, "who has waited long enough goes on beside it");
  const stop = new AbortController();
  const waiting = oneAtATime(path, 60_000, stop.signal, async () => "never");
  stop.abort();
  await t.rejects(waiting, "an interrupted run does not wait");
  const next = oneAtATime(path, 60_000, never(), async () => child.signalCode);
  child.kill("SIGKILL");
  t.equal(await next, "SIGKILL");
});
