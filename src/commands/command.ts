/** What a command of `lakat` is made of. */
import type { ParseArgsOptionsConfig } from "node:util";
import type { Fault, Finding } from "../fault.ts";

/** Everything a command may use of the outside, so that tests can call one without a process. */
export interface Call {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  positionals: string[];
  env: NodeJS.ProcessEnv;
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Aborted with INTERRUPTED by SIGTERM, SIGINT or SIGHUP. */
  signal: AbortSignal;
  now: () => Date;
}

export interface Outcome {
  /** For people, on standard output; without a newline at the end. */
  text: string;
  /** For machines, with --json, beside `ok`, `exit` and `findings`. */
  json: Record<string, unknown>;
  findings: Finding[];
  /** The command failed and yet has something to show, such as what exactly is damaged. */
  fault?: Fault | undefined;
}

export interface Command {
  /** What follows `lakat <name>`, and a line for each option. */
  usage: string;
  options: ParseArgsOptionsConfig;
  /** How many arguments that are not options it takes at most. */
  positionals?: number;
  run(call: Call): Promise<Outcome>;
}

/** A string option's value, or undefined when it was not given. */
export function text(call: Call, option: string): string | undefined {
  const value = call.values[option];
  return typeof value === "string" ? value : undefined;
}

/** The values of an option that may be repeated. */
export function texts(call: Call, option: string): string[] {
  const value = call.values[option];
  return Array.isArray(value) ? value.filter((v) => typeof v === "string") : [];
}

/** Whether an option without a value was given. */
export function flag(call: Call, option: string): boolean {
  return call.values[option] === true;
}
