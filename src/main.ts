/** `lakat …`: finds the command, runs it, turns its result into output and exit code; nothing else. */
import { parseArgs } from "node:util";
import { asFault, errno, Fault } from "./fault.ts";
import { CATALOGUE } from "./commands/catalogue.ts";
import type { Call, Command, Outcome } from "./commands/command.ts";
import { findCommand, overview } from "./commands/find-command.ts";
import { VERSION } from "./version.ts";

/** The exit code of every FindingCode. */
const WITH_FINDINGS = 3;

const COMMON = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;

/** Runs `lakat` with the arguments after the program's name. Resolves to the exit code; never rejects. */
export async function main(
  args: string[],
  surroundings: Omit<Call, "values" | "positionals">,
): Promise<number> {
  const { stdout, stderr } = surroundings;
  const json = args.includes("--json");
  const complain = (fault: Fault): void => {
    stderr.write(`lakat: ${line(fault.code, fault.message, fault.todo)}\n`);
    if (surroundings.env["LAKAT_LOG"] === "debug") stderr.write(`${trace(fault)}\n`);
  };
  try {
    const found = findCommand(args);
    if (found.kind === "version") {
      stdout.write(json ? toJson({ ok: true, exit: 0, version: VERSION }) : `lakat ${VERSION}\n`);
      return 0;
    }
    if (found.kind === "overview") {
      stdout.write(overview(found.group));
      return 0;
    }
    const { name } = found;
    const command = await loadCommand(name);
    const { values, positionals } = parse(name, command, found.args);
    if (values["help"] === true) {
      const usage = `lakat ${name} ${command.usage}`.trim();
      stdout.write(`lakat ${name}: ${CATALOGUE[name]?.summary ?? ""}\n\nusage: ${usage}\n`);
      return 0;
    }
    const outcome = await command.run({ ...surroundings, values, positionals });
    const { findings, fault } = outcome;
    const exit = fault?.exit ?? (findings.length > 0 ? WITH_FINDINGS : 0);
    const failed = fault === undefined ? {} : described(fault);
    stdout.write(
      json ? toJson({ ok: exit === 0, exit, ...failed, ...outcome.json, findings }) : withNewline(outcome),
    );
    if (!json)
      for (const { code, what, todo } of findings) stderr.write(`lakat: ${line(code, what, todo)}\n`);
    if (fault !== undefined) complain(fault);
    return exit;
  } catch (error) {
    const fault = asFault(error);
    if (json) stdout.write(toJson({ ok: false, exit: fault.exit, ...described(fault) }));
    complain(fault);
    return fault.exit;
  }
}

async function loadCommand(name: string): Promise<Command> {
  const entry = CATALOGUE[name];
  if (entry === undefined) throw new Error(`no command ${name}`);
  try {
    return (await entry.load()).command;
  } catch (error) {
    // Setup was interrupted, or never ran beside a Node.js that is new enough.
    const missing = /^Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : "")?.[1];
    if (errno(error) !== "ERR_MODULE_NOT_FOUND" || missing === undefined) throw error;
    const name = missing.split("/node_modules/").pop() ?? missing;
    throw new Fault(
      "PROGRAM_MISSING",
      `the npm package ${name} is not installed`,
      "Run scripts/setup in lakat's folder, and let it finish.",
      { cause: error },
    );
  }
}

function parse(name: string, command: Command, args: string[]): Pick<Call, "values" | "positionals"> {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...command.options, ...COMMON },
      allowPositionals: true,
    });
    const most = command.positionals ?? 0;
    if (positionals.length > most) throw new Error(`unexpected argument '${positionals[most] ?? ""}'`);
    return { values, positionals };
  } catch (error) {
    const what = error instanceof Error ? (error.message.split(". ")[0] ?? error.message) : String(error);
    throw new Fault("USAGE", `lakat ${name}: ${what}`, `See \`lakat ${name} --help\`.`);
  }
}

const described = ({ code, message: what, todo }: Fault): object => ({ code, what, todo });

/** One line, and nothing a terminal would obey: names in it may be those that a stranger gave in the store. */
function line(code: string, what: string, todo: string): string {
  const said = `${code}: ${what.replace(/\s*\n\s*/g, " ")}${/[.!?]$/.test(what) ? "" : "."} ${todo}`;
  return said.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

/** Lines for people, without what a terminal would obey; CSV brings its own carriage returns. */
function withNewline({ text }: Outcome): string {
  return text === ""
    ? ""
    : `${text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "?")}\n`;
}

const toJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

function trace(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack ?? error.message}${error.cause === undefined ? "" : `\ncaused by ${trace(error.cause)}`}`;
}

if (import.meta.main) {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(name, () =>
      stop.abort(
        new Fault(
          "INTERRUPTED",
          `stopped by ${name}`,
          "Run it again; the next run cleans up what this one left.",
        ),
      ),
    );
  const { env, stdout, stderr } = process;
  // A reader that closes early (`| head`) is no reason to die noisily; a disk that is full is one to say so.
  stdout.on("error", (error) => {
    if (errno(error) === "EPIPE") return;
    const what = `standard output could not be written (${errno(error) ?? "unknown"})`;
    stderr.write(`lakat: ${line("INTERNAL", what, "Send the output elsewhere and run it again.")}\n`);
    process.once("exit", () => (process.exitCode = 1));
  });
  // Whoever read the log is gone; the backup must not go with him.
  stderr.on("error", () => undefined);
  process.exitCode = await main(process.argv.slice(2), {
    env,
    stdout,
    stderr,
    signal: stop.signal,
    now: () => new Date(),
  });
}
