/** How often people were sent away because too much was under way, and when that is written down. Pure. */

export interface Overload {
  /** Somebody was told to come again. */
  refused(): void;
  /** Since the process began. */
  readonly count: number;
}

const EVERY_MS = 60_000;

/**
 * @param write gets how many were refused since it was last called: at the first one, then at most once a minute
 * @param tick milliseconds of a clock that never steps
 */
export function openOverload(
  write: (refused: number) => void,
  tick: () => number,
  everyMs = EVERY_MS,
): Overload {
  let count = 0;
  let written = 0;
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    refused() {
      count++;
      if (tick() - writtenAt < everyMs) return;
      writtenAt = tick();
      write(count - written);
      written = count;
    },
    get count() {
      return count;
    },
  };
}
