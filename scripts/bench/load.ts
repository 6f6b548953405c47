/**
 * Asks an HTTP server over connections that stay open, as a process of its own: `load.ts job.json`. With a rate it asks
 * at fixed times whatever has been answered (open loop), and an answer's time counts from when it should have been
 * asked: a server that stalls is not spared the questions that would have come. Prints a Loaded as JSON.
 */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { exit, stdout } from "node:process";

export interface Load {
  port: number;
  /** Whole requests, in turn. */
  requests: string[];
  /** Replaces `%TOKEN%` in them by the tokens of so many sessions, far from each other and none twice. */
  tokens?: number;
  /** Requests a second; without it each connection asks again as soon as it was answered. */
  rate?: number;
  seconds: number;
  connections: number;
}

export interface Loaded {
  asked: number;
  statuses: Record<string, number>;
  /** Of 503 answers, those that do not say when to come back. */
  withoutRetryAfter: number;
  /** Connections that broke with a question open. */
  broken: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
  /** Answers a second, from the first question to the last answer. */
  throughput: number;
}

/** A prime: it meets every session before it meets one twice. */
const STRIDE = 7919;

/** The token of a session that was made by number: as text any 43 characters of base64url will do. */
export function numberedToken(n: number): string {
  return String(n).padStart(43, "A");
}

function ask(load: Load): Promise<Loaded> {
  const { requests, rate, seconds, connections, tokens } = load;
  const taken: number[] = [];
  const loaded: Loaded = {
    asked: 0,
    statuses: {},
    withoutRetryAfter: 0,
    broken: 0,
    p50: 0,
    p99: 0,
    max: 0,
    throughput: 0,
  };
  const due: number[] = [];
  const idle: Line[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  let open = 0;
  let under = 0;
  let isOver = false;
  let over: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (over = resolve));

  const send = (line: Line, at: number): void => {
    const n = loaded.asked++;
    const request = requests[n % requests.length] ?? "";
    under++;
    line.at = at;
    line.socket.write(
      tokens === undefined ? request : request.replace("%TOKEN%", numberedToken(1 + ((n * STRIDE) % tokens))),
    );
  };
  const free = (line: Line): void => {
    under--;
    const next = rate === undefined ? (performance.now() < end ? performance.now() : undefined) : due.shift();
    if (next !== undefined) send(line, next);
    else idle.push(line);
    if (under === 0 && (isOver || rate === undefined)) over();
  };
  const answered = (line: Line, head: string): void => {
    taken.push(performance.now() - line.at);
    const status = head.slice(9, 12);
    loaded.statuses[status] = (loaded.statuses[status] ?? 0) + 1;
    if (status === "503" && !/^retry-after: *\d/im.test(head)) loaded.withoutRetryAfter++;
    free(line);
  };
  const dial = (): Line => {
    open++;
    const line: Line = { socket: connect(load.port, "127.0.0.1"), at: 0, got: "" };
    line.socket.setNoDelay(true).setEncoding("latin1");
    line.socket.on("data", (text: unknown) => {
      line.got += String(text);
      const stop = line.got.indexOf("\r\n\r\n");
      if (stop < 0) return;
      const length = Number(/^content-length: *(\d+)/im.exec(line.got.slice(0, stop))?.[1] ?? 0);
      if (line.got.length < stop + 4 + length) return;
      const head = line.got.slice(0, stop);
      line.got = line.got.slice(stop + 4 + length);
      answered(line, head);
    });
    line.socket.on("error", () => undefined);
    line.socket.on("close", () => {
      open--;
      const at = idle.indexOf(line);
      if (at >= 0) return void idle.splice(at, 1);
      loaded.broken++;
      under--;
      if (under === 0 && isOver) over();
    });
    return line;
  };

  if (rate === undefined) for (let i = 0; i < connections; i++) send(dial(), performance.now());
  else {
    const step = 1000 / rate;
    let sent = 0;
    const look = (): void => {
      const now = performance.now();
      for (; began + sent * step <= now && sent * step < seconds * 1000; sent++) {
        const at = began + sent * step;
        const line = idle.pop() ?? (open < connections ? dial() : undefined);
        if (line === undefined) due.push(at);
        else send(line, at);
      }
      isOver = now >= end;
      if (!isOver) setTimeout(look, 1);
      else if (under === 0) over();
    };
    look();
  }
  return finished.then(() => {
    const last = performance.now();
    const sorted = taken.sort((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
    return {
      ...loaded,
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
      throughput: (1000 * sorted.length) / (last - began),
    };
  });
}

interface Line {
  socket: Socket;
  /** When its open question should have been asked. */
  at: number;
  got: string;
}

if (import.meta.main) {
  const loaded = await ask(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Load);
  stdout.write(`${JSON.stringify(loaded)}\n`, () => exit(0));
}
