/** What a person at a terminal sees while a backup or a restore runs: one line, rewritten in place. */

export interface ProgressLine {
  phase(name: string): void;
  /** A stream begins (+1) or ends (-1). */
  streams(change: 1 | -1): void;
  bytes(count: number): void;
  /** Removes the line, so that what is printed next stands alone. */
  end(): void;
}

export interface Terminal {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const NONE: ProgressLine = {
  phase: () => undefined,
  streams: () => undefined,
  bytes: () => undefined,
  end: () => undefined,
};

/**
 * Draws on `terminal` five times a second; nothing when it is not one. `expected`: total bytes as far as known
 * (the last run's), for the time left.
 */
export function progressLine(
  terminal: Terminal,
  expected: number | undefined,
  clock: () => number,
): ProgressLine {
  if (terminal.isTTY !== true) return NONE;
  const began = clock();
  const state = { phase: "", streams: 0, bytes: 0 };
  const draw = (): void => {
    const line = describeProgress({ ...state, seconds: (clock() - began) / 1000, expected });
    terminal.write(`\r\u001b[K${line.slice(0, widthOf(terminal) - 1)}`);
  };
  const timer = setInterval(draw, 200);
  timer.unref();
  return {
    phase: (name) => {
      state.phase = name;
      draw();
    },
    streams: (change) => {
      state.streams += change;
    },
    bytes: (count) => {
      state.bytes += count;
    },
    end: () => {
      clearInterval(timer);
      terminal.write("\r\u001b[K");
    },
  };
}

/** A terminal that was told no size says it has 0 columns. */
function widthOf({ columns = 0 }: Terminal): number {
  return columns > 0 ? columns : 80;
}

export interface Progress {
  phase: string;
  streams: number;
  bytes: number;
  seconds: number;
  expected: number | undefined;
}

/** One line: phase, streams, bytes, rate, time left. Pure. */
export function describeProgress({ phase, streams, bytes, seconds, expected }: Progress): string {
  const rate = seconds > 0 ? bytes / seconds : 0;
  const left =
    expected !== undefined && expected > bytes && rate > 0 && seconds > 1
      ? (expected - bytes) / rate
      : undefined;
  const parts = [
    phase.padEnd(9),
    ...(streams === 0 ? [] : [`${streams} ${streams === 1 ? "stream" : "streams"}`]),
    sizeText(bytes),
    `${sizeText(rate)}/s`,
    ...(left === undefined || left < 1 ? [] : [`about ${durationText(Math.ceil(left))} left`]),
  ];
  return parts.join("  ");
}

/** Bytes for people, binary units: `0 B`, `1.5 MiB`, `120 GiB`. */
export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** Seconds for people: `0.4 s`, `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60)
    return seconds < 10 && !Number.isInteger(seconds) ? `${seconds.toFixed(1)} s` : `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
