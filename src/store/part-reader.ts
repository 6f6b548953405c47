/** Cuts a stream of buffers of any size into parts of wanted sizes. */

/** Reads a body once, in order, into buffers that others own. */
export class PartReader {
  readonly #body: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal;
  #rest: Buffer | undefined;
  #ended = false;

  constructor(body: AsyncIterable<Buffer>, signal: AbortSignal) {
    this.#body = body[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /**
   * Fills `target` from its start and returns the number of bytes; fewer than its length only at the end.
   * Throws what the body throws, as it is, or the signal's reason even while the body gives nothing.
   */
  async fill(target: Buffer): Promise<number> {
    let filled = 0;
    while (filled < target.length && (await this.more())) {
      const rest = this.#rest ?? Buffer.alloc(0);
      const copied = rest.copy(target, filled);
      filled += copied;
      this.#rest = rest.subarray(copied);
    }
    return filled;
  }

  /** True when at least one byte is still to come; waits for it. */
  async more(): Promise<boolean> {
    while (!this.#ended && (this.#rest === undefined || this.#rest.length === 0)) {
      const next = await unlessAborted(this.#body.next(), this.#signal);
      this.#ended = next.done === true;
      this.#rest = next.done === true ? undefined : next.value;
    }
    return !this.#ended;
  }

  /** Tells the body that nothing more will be read; does not wait, since it may hang for the very reason we stop. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#body.return?.().catch(() => undefined);
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
