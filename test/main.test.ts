import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { CATALOGUE } from "../src/commands/catalogue.ts";
import { CODES } from "../src/fault.ts";
import { VERSION } from "../src/version.ts";
import { lakat } from "./fixtures/lakat.ts";

const NAMES = Object.keys(CATALOGUE);
const PROGRAM = join(import.meta.dirname, "..", "lakat");

/** Exit code and output of the real program. */
function program(args: string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ exit: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(PROGRAM, args, { env: { PATH: process.env["PATH"], ...env } }, (error, stdout, stderr) =>
      resolve({ exit: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

t.test("without a command, and when asked for help, every command is listed", async (t) => {
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    const { exit, stdout, stderr } = await lakat(args);
    t.equal(exit, 0, args.join(" "));
    t.equal(stderr, "");
    for (const name of NAMES) t.match(stdout, new RegExp(`^  lakat ${name} {2,}\\S`, "m"), name);
  }
});

t.test("a group of commands lists its own", async (t) => {
  for (const args of [
    ["backup", "--help"],
    ["help", "backup"],
  ]) {
    const { exit, stdout } = await lakat(args);
    t.equal(exit, 0, args.join(" "));
    t.match(stdout, /^ {2}lakat backup list /m);
    t.notMatch(stdout, /keys host new/);
  }
  const { exit, stdout } = await lakat(["keys", "recovery", "-h"]);
  t.equal(exit, 0);
  t.match(stdout, /keys recovery check/);
  t.notMatch(stdout, /keys host/);
});

t.test("--help of each command names the command and each of its options", async (t) => {
  for (const name of NAMES) {
    const command = (await CATALOGUE[name]?.load())?.command;
    for (const args of [
      [...name.split(" "), "--help"],
      [...name.split(" "), "-h"],
      ["help", ...name.split(" ")],
    ]) {
      const { exit, stdout, stderr } = await lakat(args);
      t.equal(exit, 0, args.join(" "));
      t.equal(stderr, "");
      t.ok(stdout.startsWith(`lakat ${name}: `), "the summary first");
      t.match(stdout, new RegExp(`^usage: lakat ${name}`, "m"));
      for (const option of Object.keys(command?.options ?? {}))
        t.match(stdout, new RegExp(`--${option}\\b`), `--${option} is explained`);
      t.ok(
        stdout
          .split("\n")
          .slice(1)
          .every((line) => line.length <= 80),
        "the usage fits a narrow terminal",
      );
    }
  }
});

t.test("an unknown command is told from a known one, and what is near is named", async (t) => {
  for (const [args, what, todo] of [
    [["frobnicate"], 'there is no command "frobnicate"', "See `lakat --help`."],
    [["backup", "ran"], 'there is no command "backup ran"', "Did you mean backup run,"],
    [["backup"], '"backup" is the beginning of several commands', "It is one of backup run,"],
    [["backup", "--json"], '"backup" is the beginning of several commands', "It is one of backup run,"],
    [["constructor"], 'there is no command "constructor"', "See `lakat --help`."],
    [["__proto__"], 'there is no command "__proto__"', "See `lakat --help`."],
    [["--config", "x", "backup", "run"], "an option stands before the command", "lakat backup run --config"],
    [["--jsn"], "an option stands before the command", "lakat backup run --config"],
  ] as const) {
    const { exit, stdout, stderr } = await lakat([...args]);
    t.equal(exit, 2, args.join(" "));
    t.equal(stdout.startsWith("{"), (args as readonly string[]).includes("--json"));
    t.match(stderr, `lakat: USAGE: ${what}`);
    t.match(stderr, todo);
    t.equal(stderr.split("\n").length, 2, "one line");
  }
});

t.test(
  "an unknown option, a missing value and one argument too many are refused by every command",
  async (t) => {
    for (const name of NAMES) {
      const words = name.split(" ");
      const command = (await CATALOGUE[name]?.load())?.command;
      const many = Array.from({ length: (command?.positionals ?? 0) + 1 }, (_, i) => `surplus${i}`);
      for (const args of [["--frobnicate"], many, ["--json=yes"]]) {
        const { exit, stderr } = await lakat([...words, ...args]);
        t.equal(exit, 2, `${name} ${args.join(" ")}`);
        t.ok(stderr.startsWith(`lakat: USAGE: lakat ${name}: `), stderr);
        t.match(stderr, `See \`lakat ${name} --help\`.`);
        t.equal(stderr.split("\n").length, 2, "one line");
      }
    }
  },
);

t.test("--json says the same as the line on standard error", async (t) => {
  const args = ["config", "check", "--config", "/nowhere/lakat.yaml"];
  const plain = await lakat(args);
  const machine = await lakat([...args, "--json"]);
  t.equal(plain.exit, 2);
  t.equal(plain.stdout, "");
  t.equal(machine.exit, 2);
  t.equal(machine.stderr, plain.stderr);
  const said = machine.json() as Record<"code" | "what" | "todo", string>;
  t.match(said, { ok: false, exit: 2, code: "CONFIG_UNREADABLE" });
  t.equal(plain.stderr, `lakat: ${said.code}: ${said.what}. ${said.todo}\n`);

  const schema = await lakat(["config", "schema", "--json"]);
  t.equal(schema.exit, 0);
  t.match(schema.json(), { ok: true, exit: 0, findings: [], schema: { $schema: /json-schema/ } });

  const help = await lakat(["nothing", "--json"]);
  t.match(help.json(), { ok: false, exit: 2, code: "USAGE" });
});

t.test("LAKAT_LOG=debug shows where it happened and what caused it", async (t) => {
  const args = ["config", "check", "--config", "/nowhere/lakat.yaml"];
  const { stderr } = await lakat(args, { env: { LAKAT_LOG: "debug" } });
  t.match(stderr, /\n {4}at loadConfig /);
  t.match(stderr, /\ncaused by Error: ENOENT/);
  t.equal((await lakat(args, { env: { LAKAT_LOG: "info" } })).stderr.split("\n").length, 2);
});

t.test("the program itself: version, exit codes, one line a failure", async (t) => {
  const [version, unknown, fault] = await Promise.all([
    program(["--version"]),
    program(["frobnicate"]),
    program(["config", "check"], { LAKAT_CONFIG: "/nowhere/lakat.yaml" }),
  ]);
  t.strictSame(version, { exit: 0, stdout: `lakat ${VERSION}\n`, stderr: "" });
  t.match(unknown, { exit: 2, stdout: "", stderr: /^lakat: USAGE: .*\n$/ });
  t.match(fault, { exit: 2, stdout: "", stderr: /^lakat: CONFIG_UNREADABLE: .*\/nowhere\/lakat\.yaml.*\n$/ });
  t.strictSame((await lakat(["--version"])).stdout, version.stdout);
  t.match((await lakat(["--version", "--json"])).json(), { ok: true, exit: 0, version: VERSION });
});

t.test("output that cannot be written is not passed over", async (t) => {
  const full = openSync("/dev/full", "w");
  t.teardown(() => closeSync(full));
  const child = spawn(PROGRAM, ["config", "schema"], { stdio: ["ignore", full, "pipe"] });
  const said = Array.fromAsync(child.stderr as AsyncIterable<Buffer>);
  t.strictSame(await once(child, "close"), [1, null]);
  t.match(Buffer.concat(await said).toString(), /^lakat: INTERNAL: standard output .*\(ENOSPC\)\. .*\n$/);
});

t.test("a reader that has gone away ends nothing and changes no exit code", async (t) => {
  for (const [args, exit] of [
    [["frobnicate"], 2],
    [["config", "schema"], 0],
  ] as const) {
    const child = spawn(PROGRAM, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    child.stderr.destroy();
    t.strictSame(await once(child, "close"), [exit, null], args.join(" "));
  }
});

t.test("every code ends a command in one of the three ways", async (t) => {
  t.strictSame([...new Set(Object.values(CODES))].sort(), [1, 2, 3]);
});

t.test("a folder whose setup was interrupted says so", async (t) => {
  const folder = t.testdir({});
  const source = join(import.meta.dirname, "..");
  for (const name of ["src", "lakat", "package.json"])
    await cp(join(source, name), join(folder, name), { recursive: true });
  // Packages lie above t.testdir too; this one hides them.
  const main = join(folder, "src", "auth", "client-address.ts");
  await writeFile(main, (await readFile(main, "utf8")).replace('"ipaddr.js"', '"not-installed"'));
  const ran = await promisify(execFile)(process.execPath, [
    join(folder, "src", "main.ts"),
    "gateway",
    "serve",
    "--help",
  ]).catch((error: unknown) => error);
  t.match(ran, {
    code: 2,
    stderr: /^lakat: PROGRAM_MISSING: the npm package not-installed is not installed\. /,
  });
});
