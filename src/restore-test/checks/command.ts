/** A command of the operator's, such as an application's smoke test, against the restored database. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { judged, MOST_PROBLEMS, type Check, type Restored } from "../check.ts";

/** As in the configuration. */
export interface CheckCommand {
  name: string;
  /** Program and arguments; no shell takes them apart. */
  run: string[];
  /** Milliseconds. */
  time_limit: number;
}

/** What is kept of what it says, in bytes: the last. */
const MOST_OUTPUT = 4096;
/** How long a command may take to leave after SIGTERM, and its pipes to close after it has gone, in milliseconds. */
const GRACE = 2000;

/**
 * Green when the command exits with 0 in time. In its environment are PATH, LANG, what libpq looks for (PGHOST,
 * PGPORT, PGUSER, PGPASSWORD, PGDATABASE) and the same as LAKAT_DATABASE_URL, and nothing of this program's
 * own. Its working directory is /. It, and all that it started, is ended at the time limit and when it has
 * exited.
 *
 * It may write: the database is thrown away, and smoke tests that sign in do write. So commands come after all
 * other checks.
 *
 * Facts: exit (when it exited). On failure the problems are how it ended and the last lines that it said.
 */
export function commandCheck(command: CheckCommand): Check {
  return {
    name: "command",
    subject: command.name,
    run: async (restored) => {
      const { failure, exit, output } = await runCommand(command, restored);
      const lines = output.split("\n").flatMap((line) => (line.trim() === "" ? [] : [cleaned(line)]));
      return judged(
        { name: "command", database: restored.database, subject: command.name },
        exit === undefined ? {} : { exit },
        failure === undefined ? [] : [failure, ...lines.slice(1 - MOST_PROBLEMS)],
      );
    },
  };
}

interface Ended {
  /** Undefined: it exited with 0. */
  failure: string | undefined;
  exit: number | undefined;
  output: string;
}

async function runCommand({ run, time_limit }: CheckCommand, restored: Restored): Promise<Ended> {
  const { signal, connection } = restored;
  signal.throwIfAborted();
  const [program = "", ...args] = run;
  // A process group of its own, so that it can be ended as a whole.
  const child = spawn(program, args, {
    cwd: "/",
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(restored),
  });
  let output = Buffer.alloc(0);
  const keep = (chunk: Buffer): void => {
    output = Buffer.concat([output, chunk]).subarray(-MOST_OUTPUT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);

  const limit = { passed: false };
  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    killGroup(child.pid, "SIGTERM");
    timers.push(setTimeout(() => killGroup(child.pid, "SIGKILL"), GRACE));
  };
  timers.push(
    setTimeout(() => {
      limit.passed = true;
      stop();
    }, time_limit),
  );
  signal.addEventListener("abort", stop, { once: true });
  try {
    const [code, killed] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    // What it left running would go on in the database, and holds its pipes open.
    killGroup(child.pid, "SIGKILL");
    if (!child.stdout.closed || !child.stderr.closed) await closed(child, timers);
    signal.throwIfAborted();
    const ended = killed === null ? `exited with ${code}` : `was ended by ${killed}`;
    const failure = limit.passed ? `took longer than ${time_limit / 1000} s` : code === 0 ? undefined : ended;
    return { failure, exit: code ?? undefined, output: withoutPassword(output, connection.password) };
  } catch (error) {
    signal.throwIfAborted();
    if (child.pid !== undefined) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return { failure: `${program} could not be started (${code ?? message})`, exit: undefined, output: "" };
  } finally {
    signal.removeEventListener("abort", stop);
    timers.forEach((timer) => clearTimeout(timer));
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Done when all that it said was read, or, where a process that left the group holds a pipe, after a while. */
async function closed(child: ReturnType<typeof spawn>, timers: NodeJS.Timeout[]): Promise<void> {
  const { promise: enough, resolve } = Promise.withResolvers<undefined>();
  timers.push(setTimeout(() => resolve(undefined), GRACE));
  await Promise.race([once(child, "close"), enough]);
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

function environment({ connection, database }: Restored): NodeJS.ProcessEnv {
  const { host, port, user, password = "" } = connection;
  const [name, encodedHost] = [database, host].map(encodeURIComponent);
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return {
    PATH: process.env["PATH"] ?? "",
    LANG: "C.UTF-8",
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    // A socket's folder does not fit into the authority of a URL.
    LAKAT_DATABASE_URL: host.startsWith("/")
      ? `postgres://${credentials}@:${port}/${name}?host=${encodedHost}`
      : `postgres://${credentials}@${host}:${port}/${name}`,
  };
}

function cleaned(line: string): string {
  return line.replace(/[\u0000-\u001f\u007f]/g, " ").trimEnd();
}

function withoutPassword(output: Buffer, password: string | undefined): string {
  const text = output.toString("utf8");
  return password === undefined || password === "" ? text : text.replaceAll(password, "…");
}
