/** Who watches a backup: the progress line of a person, or the log of the night. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "pino";
import type { Watcher } from "../backup/backup-request.ts";
import type { Call } from "./command.ts";
import { collectBuffers } from "./collect-buffers.ts";
import { progressLine } from "./progress.ts";

/** Each sealed byte has gone through some three buffers. */
const COLLECT_EVERY = 8 * 2 ** 20;

/** `expected`: sealed bytes of the last run, for the time left. `end` removes the progress line. */
export function watchBackup(
  call: Call,
  log: Logger,
  expected: number | undefined,
): Watcher & { end(): void } {
  const line = progressLine(call.stderr, expected, () => call.now().getTime());
  const sent = new Map<string, number>();
  const collect = collectBuffers(COLLECT_EVERY);
  return {
    phase: (name) => {
      line.phase(name);
      log.debug({ phase: name }, "phase");
    },
    stream: (name) => {
      sent.set(name, 0);
      line.streams(1);
    },
    shipped: (name, bytes) => {
      sent.set(name, (sent.get(name) ?? 0) + bytes);
      line.bytes(bytes);
      collect(bytes);
    },
    streamEnded: (name) => {
      line.streams(-1);
      log.info({ object: name, bytes: sent.get(name) }, "stream ended");
    },
    again: (name, fault) => {
      line.bytes(-(sent.get(name) ?? 0));
      log.warn({ object: name, code: fault.code, what: fault.message }, "stream failed and is started again");
    },
    end: () => line.end(),
  };
}

/** Sealed bytes of the last run, as rememberBytes left them. */
export async function lastBytes(file: string): Promise<number | undefined> {
  try {
    const { bytes } = JSON.parse(await readFile(file, "utf8")) as { bytes?: unknown };
    return typeof bytes === "number" ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Only for the time left that the next run shows, so a failure to write is no matter. */
export async function rememberBytes(file: string, bytes: number): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify({ bytes }), { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch {
    // See above.
  }
}
