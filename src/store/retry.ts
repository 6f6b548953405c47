/** Trying again what may yet succeed: exponential backoff, full jitter, one deadline over all attempts. */

export interface RetryPolicy {
  /** Upper bound of the first pause in milliseconds; it doubles with each attempt. */
  firstPauseMs: number;
  /** Upper bound of any pause in milliseconds. */
  longestPauseMs: number;
  /** No attempt begins later than this many milliseconds after the first one began. */
  totalMs: number;
}

/** Survives a store that answers 503 for several minutes. */
export const RETRY_DEFAULTS: RetryPolicy = { firstPauseMs: 250, longestPauseMs: 15_000, totalMs: 300_000 };

/** What retrying needs from outside; tests hand in a clock that only they move. */
export interface Pauses {
  now(): Date;
  /** A number from 0 up to but not including 1; needs no secrecy. */
  random(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Runs `work` until it succeeds, fails with an error that `worthRetrying` denies, or the deadline is near; then
 * throws the last error as it is. An aborted signal ends it with the signal's reason.
 *
 * Full jitter (a pause anywhere between zero and the bound) because many streams fail at the same moment and
 * must not come back at the same moment.
 */
export async function retry<T>(
  work: () => Promise<T>,
  worthRetrying: (error: unknown) => boolean,
  policy: RetryPolicy,
  pauses: Pauses,
  signal: AbortSignal,
): Promise<T> {
  const deadline = pauses.now().getTime() + policy.totalMs;
  for (let bound = policy.firstPauseMs; ; bound = Math.min(bound * 2, policy.longestPauseMs)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const pause = Math.ceil(pauses.random() * bound);
      if (!worthRetrying(error) || pauses.now().getTime() + pause > deadline) throw error;
      await pauses.sleep(pause, signal);
    }
  }
}
