/** What the quickstart prints, and `lakat` and other programs run as somebody at a terminal would run them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";

const LAKAT = join(import.meta.dirname, "../../lakat");

export function title(text: string): void {
  say("", text, "-".repeat(text.length));
}

export function say(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

export interface Terminal {
  /** Runs lakat and shows the command and what it says. Out: that text. Throws when it does not end with 0. */
  lakat: (args: string[], env?: Record<string, string>) => Promise<string>;
  /** The same without showing what it says; out: its answer in JSON. */
  answer: <T>(args: string[], env?: Record<string, string>) => Promise<T>;
  /** Runs another program without showing it. Out: what it wrote. */
  program: (path: string, args: string[], env: Record<string, string>, input?: string) => Promise<string>;
}

/** A terminal in `folder`, to which the paths on its command lines are relative. */
export function openTerminal(folder: string, signal: AbortSignal): Terminal {
  const run = async (
    path: string,
    args: string[],
    env: Record<string, string>,
    { input = "", shown = false } = {},
  ): Promise<string> => {
    const child = spawn(path, args, {
      cwd: folder,
      env: { ...process.env, LAKAT_LOG: "warn", ...env },
      stdio: ["pipe", "pipe", "inherit"],
      signal,
      killSignal: "SIGTERM",
    });
    const ended = once(child, "close");
    child.stdin.end(input);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (shown) process.stdout.write(chunk);
    });
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`${[path, ...args].join(" ")} ended with ${code}`);
    return Buffer.concat(chunks).toString("utf8");
  };
  const typed = (args: string[]): void => say(`$ lakat ${args.join(" ")}`);
  return {
    lakat(args, env = {}) {
      typed(args);
      return run(LAKAT, args, env, { shown: true });
    },
    async answer<T>(args: string[], env: Record<string, string> = {}) {
      typed(args);
      return JSON.parse(await run(LAKAT, [...args, "--json"], env)) as T;
    },
    program: (path, args, env, input) => run(path, args, env, { input: input ?? "" }),
  };
}
