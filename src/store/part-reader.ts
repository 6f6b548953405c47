/** Cuts a stream of buffers of any size into parts of wanted sizes. */
import { untilAborted } from "./until-aborted.ts";

/** Reads a body once, in order, into buffers that others own. */
export class PartReader {
  readonly #body: AsyncGenerator<Buffer>;
  #rest: Buffer | undefined;
  #ended = false;

  /** Errors are those of the body, as they are, or the signal's reason. */
  constructor(body: AsyncIterable<Buffer>, signal: AbortSignal) {
    this.#body = untilAborted(body, signal);
  }

  /** Fills `target` from its start and returns the number of bytes; fewer than its length only at the end. */
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
      const next = await this.#body.next();
      this.#ended = next.done === true;
      this.#rest = next.done === true ? undefined : next.value;
    }
    return !this.#ended;
  }

  /** Tells the body that nothing more will be read. */
  async stop(): Promise<void> {
    await this.#body.return(undefined);
  }
}
