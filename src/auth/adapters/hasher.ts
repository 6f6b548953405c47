/**
 * Adapter: argon2 in a child process with threads of its own, so that a flood of sign-ins takes neither the event loop
 * nor the threads of the process that answers requests. What it takes is bounded: `concurrent` hashes at once,
 * `waiting` more in memory (32 bytes each and a promise), everything beyond is refused with Busy at once.
 */
import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { Fault, firstLine } from "../../fault.ts";
import type { HashParameters } from "../password-hash.ts";
import { Busy, pepperedHasher, type Argon2, type PasswordHasher, type Pepper } from "../password.ts";

/** What goes to the child: bytes to hash, or a hash to verify them against. */
export type Question = { id: number; input: Uint8Array } & (
  { parameters: HashParameters } | { hash: string }
);
export type Answer = { id: number } & ({ hash: string } | { right: boolean } | { failed: string });

const PROGRAM = new URL("./hasher-process.ts", import.meta.url);
/** No hash that we compute takes so long; a child that is stopped or stuck does. */
const LIMIT_MS = 30_000;
/** A child that dies before it has answered anything is started again after a pause that doubles. */
const [FIRST_PAUSE_MS, LAST_PAUSE_MS] = [100, 5_000];

export interface HasherSettings {
  parameters: HashParameters;
  /** The first is for new hashes, all for stored ones. */
  peppers: readonly Pepper[];
  /** Hashed at once; the cores by default. Memory: as many times memoryKiB. */
  concurrent?: number | undefined;
  /** Hashes that may wait. */
  waiting: number;
  /** Hears of stored hashes that cannot be read, and of a child that died. */
  tell: (fault: Fault) => void;
  /** Tests do not wait for 30 seconds. */
  limitMs?: number;
}

export interface Hasher extends PasswordHasher {
  /** Under way and waiting. */
  pending(): number;
  /** The child's process id, while there is one. */
  pid(): number | undefined;
  /** Ends the child; what is pending rejects with HASHER_FAILED. */
  close(): Promise<void>;
}

/**
 * Starts the child and has it make one hash, so that a host where it cannot work is known at once. What the child had
 * under way when it died rejects with HASHER_FAILED, and it is started again. Throws HASHER_FAILED, CONFIG_INVALID,
 * SECRET_WEAK.
 */
export async function startHasher(settings: HasherSettings): Promise<Hasher> {
  const { parameters, peppers, tell } = settings;
  const child = startChild(settings);
  const argon2: Argon2 = {
    hash: async (input) => {
      const answer = await child.ask({ input, parameters });
      if ("hash" in answer) return answer.hash;
      throw failed("gave an answer that is none");
    },
    verify: async (hash, input) => {
      const answer = await child.ask({ input, hash });
      if ("right" in answer) return answer.right;
      throw failed("gave an answer that is none");
    },
  };
  try {
    const { pending, pid, close } = child;
    return { ...(await pepperedHasher(argon2, parameters, peppers, tell)), pending, pid, close };
  } catch (error) {
    await child.close();
    throw error;
  }
}

interface Job {
  question: Question;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  limit?: NodeJS.Timeout;
}
type Unnumbered<Q> = Q extends unknown ? Omit<Q, "id"> : never;

function startChild({ concurrent, waiting, tell, limitMs = LIMIT_MS }: HasherSettings) {
  const most = concurrent ?? availableParallelism();
  const queue: Job[] = [];
  const underWay = new Map<number, Job>();
  let last = 0;
  let child: ChildProcess | undefined;
  let pause = FIRST_PAUSE_MS;
  let restart: NodeJS.Timeout | undefined;
  let closed = false;

  const start = (): void => {
    const mine = fork(PROGRAM, [], {
      execArgv: [],
      env: { UV_THREADPOOL_SIZE: String(most) },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child = mine;
    let said = "";
    mine.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(0, 4096)));
    let answered = false;
    mine.on("message", (answer: Answer) => {
      answered = true;
      pause = FIRST_PAUSE_MS;
      settle(answer);
      next();
    });
    mine.on("error", (error) => gone(mine, `could not be started (${error.message})`, answered));
    mine.on("exit", (code, signal) => {
      const how = signal === null ? `ended with ${code ?? 0}` : `was ended by ${signal}`;
      gone(mine, said.trim() === "" ? how : `${how}: ${firstLine(said)}`, answered);
    });
  };

  const gone = (mine: ChildProcess, why: string, answered: boolean): void => {
    if (child !== mine) return;
    child = undefined;
    if (closed) return;
    const fault = failed(why);
    tell(fault);
    drop([...underWay.values()], fault);
    underWay.clear();
    if (answered) {
      start();
      next();
      return;
    }
    // It may never work, and nobody is to wait for that.
    drop(queue.splice(0), fault);
    restart = setTimeout(start, pause).unref();
    pause = Math.min(pause * 2, LAST_PAUSE_MS);
  };

  const settle = (answer: Answer): void => {
    const job = underWay.get(answer.id);
    if (job === undefined) return;
    underWay.delete(answer.id);
    clearTimeout(job.limit);
    if ("failed" in answer) job.reject(failed(`could not hash: ${firstLine(answer.failed)}`));
    else job.resolve(answer);
  };

  const next = (): void => {
    while (child !== undefined && underWay.size < most) {
      const job = queue.shift();
      if (job === undefined) return;
      const mine = child;
      underWay.set(job.question.id, job);
      job.limit = setTimeout(() => mine.kill("SIGKILL"), limitMs);
      // A child that is dying cannot be sent to; its end settles the job.
      mine.send(job.question, () => undefined);
    }
  };

  start();
  return {
    ask: (question: Unnumbered<Question>): Promise<Answer> =>
      new Promise((resolve, reject) => {
        if (closed) reject(failed("was ended"));
        else if (child === undefined) reject(failed("is being started again"));
        else if (underWay.size >= most && queue.length >= waiting) reject(new Busy());
        else {
          last += 1;
          queue.push({ question: { id: last, ...question }, resolve, reject });
          next();
        }
      }),
    pending: (): number => underWay.size + queue.length,
    pid: (): number | undefined => child?.pid,
    close: async (): Promise<void> => {
      closed = true;
      clearTimeout(restart);
      const fault = failed("was ended");
      drop([...underWay.values(), ...queue.splice(0)], fault);
      underWay.clear();
      const mine = child;
      if (mine === undefined) return;
      const end = new Promise((resolve) => mine.once("exit", resolve));
      // It holds nothing that has to be finished, and a hash under way would keep it.
      mine.kill("SIGKILL");
      await end;
    },
  };
}

function drop(jobs: Job[], fault: Fault): void {
  for (const { reject, limit } of jobs) {
    clearTimeout(limit);
    reject(fault);
  }
}

function failed(why: string): Fault {
  return new Fault(
    "HASHER_FAILED",
    `the process that hashes passwords ${why}`,
    "Look into the kernel's log for memory that ran out; lower passwords.memory or hashing.concurrent.",
  );
}
