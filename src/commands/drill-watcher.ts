/** Who watches a drill: the progress line of a person, or the log of the night. */
import type { DrillReport } from "../seal/report.ts";
import { collectBuffers } from "./collect-buffers.ts";
import type { Call } from "./command.ts";
import { runLog } from "./log.ts";
import { progressLine } from "./progress.ts";

/** Sealed bytes after which the buffers they went through are collected. */
const COLLECT_EVERY = 8 * 2 ** 20;

export interface DrillWatcher {
  cluster(name: string): void;
  phase(name: string): void;
  stream(change: 1 | -1): void;
  bytes(count: number): void;
  /** An abandoned scratch cluster was removed. */
  removed(folder: string): void;
  done(report: DrillReport): void;
  /** Removes the progress line. */
  end(): void;
}

/** Shows a person one line at a terminal, and logs from `level` on where nobody looks. */
export function watchDrill(call: Call, level: string): DrillWatcher {
  const log = runLog(call, level, "drill");
  const line = progressLine(call.stderr, undefined, () => call.now().getTime());
  const collect = collectBuffers(COLLECT_EVERY);
  let cluster = "";
  return {
    cluster: (name) => {
      cluster = name;
      log.info({ cluster }, "restore test begins");
    },
    phase: (name) => {
      line.phase(name);
      log.debug({ cluster, phase: name }, "phase");
    },
    stream: (change) => line.streams(change),
    bytes: (count) => {
      line.bytes(count);
      collect(count);
    },
    removed: (folder) => log.warn({ folder }, "removed a scratch cluster that an earlier run left"),
    done: ({ id, backup, verdict, findings, steps }) => {
      const seconds = Object.fromEntries(steps.map((step) => [step.name, step.seconds]));
      const codes = findings.map(({ code }) => code);
      log[verdict === "failed" ? "error" : "info"](
        { cluster, report: id, backup: backup?.id, verdict, findings: codes, seconds },
        "restore test done",
      );
    },
    end: () => line.end(),
  };
}
