import { Writable } from "node:stream";
import t from "tap";
import { runLog } from "../../src/commands/log.ts";
import type { Call } from "../../src/commands/command.ts";

/** The lines a run logs at each level, with this environment, at a terminal or not. */
function logged(level: string, env: NodeJS.ProcessEnv, isTTY: boolean): Record<string, unknown>[] {
  let text = "";
  const stderr = Object.assign(new Writable(), {
    isTTY,
    write: (chunk: unknown) => (text += String(chunk)) !== "",
  });
  const call: Call = {
    values: {},
    positionals: [],
    env,
    stdout: stderr,
    stderr,
    signal: new AbortController().signal,
    now: () => new Date(),
  };
  const log = runLog(call, level, "20261123T031415Z-0123abcd");
  for (const at of ["debug", "info", "warn", "error"] as const) log[at]({ bytes: 5 }, `a ${at}`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

t.test("one JSON object a line, with the run and the time, nothing of the machine", async (t) => {
  const lines = logged("info", {}, false);
  t.strictSame(
    lines.map(({ msg }) => msg),
    ["a info", "a warn", "a error"],
  );
  for (const line of lines) {
    t.strictSame(Object.keys(line).sort(), ["bytes", "level", "msg", "run", "time"]);
    t.equal(line["run"], "20261123T031415Z-0123abcd");
    t.match(line["time"], /^\d{4}-\d\d-\d\dT/);
  }
  t.strictSame(
    lines.map(({ level }) => level),
    ["info", "warn", "error"],
  );
});

t.test("the level is the configuration's, a terminal's or LAKAT_LOG's", async (t) => {
  const count = (level: string, env: NodeJS.ProcessEnv, tty: boolean): number =>
    logged(level, env, tty).length;
  t.equal(count("debug", {}, false), 4);
  t.equal(count("error", {}, false), 1);
  t.equal(count("debug", {}, true), 2, "a person there watches the progress line");
  t.equal(count("error", { LAKAT_LOG: "debug" }, true), 4);
  t.equal(count("info", { LAKAT_LOG: "silent" }, false), 0);
  t.equal(count("info", { LAKAT_LOG: "loud" }, false), 3, "an unknown level changes nothing");
});
