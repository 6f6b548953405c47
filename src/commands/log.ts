/** Structured log lines on standard error, one JSON object a line, each with the run's id. */
import { pino, type Logger } from "pino";
import type { Call } from "./command.ts";

/**
 * A logger for one run. Lines carry names of objects, counts and codes, never rows or secrets. At a terminal
 * only warnings are shown, since a person there watches the progress line; LAKAT_LOG overrides the level.
 */
export function runLog(call: Call, level: string, run: string): Logger {
  const wanted = call.env["LAKAT_LOG"] ?? (call.stderr.isTTY === true ? "warn" : level);
  const known = ["debug", "info", "warn", "error", "silent"].includes(wanted) ? wanted : level;
  return pino(
    {
      level: known,
      base: { run },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void call.stderr.write(line) },
  );
}
