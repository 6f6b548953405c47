import { spawn } from "node:child_process";
import t from "tap";
import {
  endChild,
  ended,
  programEnvironment,
  throughChild,
  zstdFault,
} from "../../src/postgres/child-process.ts";

const sh = (script: string) => spawn("sh", ["-c", script], { stdio: ["ignore", "ignore", "pipe"] });

t.test("tells how a child ended, and what it said last", async (t) => {
  const end = (script: string) => {
    const child = sh(script);
    return ended(child, child.stderr);
  };
  t.strictSame(await end("echo fine >&2"), { failure: undefined, missing: false, stderr: "fine\n" });
  t.match(await end("exit 3"), { failure: "exited with 3", missing: false });
  t.match(await end("kill -9 $$"), { failure: "was ended by SIGKILL" });
  const { stderr } = await end("yes 0123456789abcde | head -c 200000 >&2; echo last >&2");
  t.equal(stderr.length, 65536);
  t.ok(stderr.endsWith("last\n"));
  const missing = spawn("/nowhere/pg_dump", [], { stdio: ["ignore", "ignore", "pipe"] });
  t.match(await ended(missing, missing.stderr), { failure: "could not be started (ENOENT)", missing: true });
});

t.test("ends a child, also one that does not listen", { timeout: 20_000 }, async (t) => {
  const polite = sh("exec sleep 60");
  endChild(polite);
  t.match(await ended(polite, polite.stderr), { failure: "was ended by SIGTERM" });
  endChild(polite);
  const deaf = spawn("sh", ["-c", "trap '' TERM; echo ready >&2; while :; do sleep 1; done"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await new Promise((resolve) => deaf.stderr.once("data", resolve));
  endChild(deaf);
  t.match(await ended(deaf, deaf.stderr), { failure: "was ended by SIGKILL" });
});

t.test("a child's environment holds the connection's secrets and nothing else of ours", async (t) => {
  const env = programEnvironment({ host: "/run", port: 1, user: "u", password: "p" });
  t.match(env, { PGPASSWORD: "p", LC_MESSAGES: "C", PATH: String });
  t.notOk(Object.keys(env).some((name) => !/^(PG|PATH$|LANG$|LC_)/.test(name)));
});

const environment = { PATH: process.env["PATH"] ?? "" };
const never = new AbortController().signal;

t.test("what a program makes of some bytes, and how it ended", async (t) => {
  const copied = await throughChild("cat", [], Buffer.from("bytes"), environment, never);
  t.match(copied, { output: Buffer.from("bytes"), end: { failure: undefined, missing: false } });
  const failed = await throughChild(
    "sh",
    ["-c", "echo no >&2; exit 3"],
    Buffer.alloc(1 << 20),
    environment,
    never,
  );
  t.match(failed.end, { failure: "exited with 3", stderr: "no\n" });
  const missing = await throughChild("no-such-program", [], Buffer.alloc(0), environment, never);
  t.match(missing.end, { missing: true });
  t.match(zstdFault(missing.end, "RESTORE_FAILED", "globals"), { code: "PROGRAM_MISSING" });
  t.match(zstdFault(failed.end, "RESTORE_FAILED", "globals"), {
    code: "RESTORE_FAILED",
    message: /globals: no/,
  });
});

t.test("output without end is not held: a small file may unpack to anything", async (t) => {
  const { output, end } = await throughChild(
    "head",
    ["-c", "3G", "/dev/zero"],
    Buffer.alloc(0),
    environment,
    never,
  );
  t.match(end.failure, /more than 1 GiB/);
  t.ok(output.length <= 2 ** 30, "and what was held is bounded");
});

t.test("an aborted signal ends the program", async (t) => {
  const stop = new AbortController();
  const slow = throughChild("sleep", ["600"], Buffer.alloc(0), environment, stop.signal);
  stop.abort(new Error("enough"));
  await t.rejects(slow, { message: "enough" });
});
