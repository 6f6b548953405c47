/**
 * One bound for the memory of all uploads together. Part buffers are taken from here and given back, so the
 * process holds the configured number of bytes whatever the number or the length of the streams.
 */

/** A buffer on loan. It is being filled until `sending`, then in flight until `release`. */
export interface Slot {
  readonly buffer: Buffer;
  /** Says that the buffer is full and will come back without anything more being read from the stream. */
  sending(): void;
  /** Gives the buffer back. The second call does nothing. */
  release(): void;
}

/** One stream's account with the budget. */
export interface Lease {
  /** Waits for a buffer of exactly `bytes` bytes; rejects with the signal's reason when that is aborted. */
  take(bytes: number, signal: AbortSignal): Promise<Slot>;
}

interface Account {
  held: number;
}

interface Waiter {
  account: Account;
  bytes: number;
  grant: () => void;
}

/**
 * A fair semaphore of bytes, with the buffers.
 *
 * No deadlock: a stream that holds nothing comes before streams that want a further part. It waits only for
 * buffers in flight, which come back by themselves; when none is in flight it gets its buffer even above the
 * limit, since the streams that fill theirs may be waiting for it (one dump shipped to two destinations).
 * With a limit of at least one part per stream the limit is therefore never passed.
 */
export class MemoryBudget {
  readonly #limit: number;
  #used = 0;
  #inFlight = 0;
  #waiting: Waiter[] = [];
  #spare: Buffer[] = [];
  #spareBytes = 0;

  /** `limit`: bytes of all buffers on loan together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes on loan now. */
  get used(): number {
    return this.#used;
  }

  /** An account for one stream. */
  lease(): Lease {
    const account: Account = { held: 0 };
    return { take: (bytes, signal) => this.#take(account, bytes, signal) };
  }

  #take(account: Account, bytes: number, signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const waiter: Waiter = {
        account,
        bytes,
        grant: () => {
          signal.removeEventListener("abort", onAbort);
          resolve(this.#lend(account, bytes));
        },
      };
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((w) => w !== waiter);
        reject(signal.reason as Error);
        this.#pump();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiter);
      this.#pump();
    });
  }

  /** Grants in order of arrival, streams without any buffer first; nobody overtakes one who has to wait. */
  #pump(): void {
    for (;;) {
      const next = this.#waiting.find((w) => w.account.held === 0) ?? this.#waiting[0];
      if (next === undefined) return;
      const fits = this.#used + next.bytes <= this.#limit;
      const mustGo = next.account.held === 0 && this.#inFlight === 0;
      if (!fits && !mustGo) return;
      this.#waiting = this.#waiting.filter((w) => w !== next);
      next.grant();
    }
  }

  #lend(account: Account, bytes: number): Slot {
    const buffer = this.#allocate(bytes);
    account.held += 1;
    this.#used += bytes;
    let state: "filling" | "in flight" | "returned" = "filling";
    return {
      buffer,
      sending: () => {
        if (state !== "filling") return;
        state = "in flight";
        this.#inFlight += 1;
      },
      release: () => {
        if (state === "returned") return;
        if (state === "in flight") this.#inFlight -= 1;
        state = "returned";
        account.held -= 1;
        this.#used -= bytes;
        this.#spare.push(buffer);
        this.#spareBytes += bytes;
        this.#pump();
      },
    };
  }

  #allocate(bytes: number): Buffer {
    const index = this.#spare.findIndex((b) => b.length === bytes);
    const [reused] = index < 0 ? [] : this.#spare.splice(index, 1);
    if (reused !== undefined) {
      this.#spareBytes -= bytes;
      return reused;
    }
    // Buffers of an outgrown size are let go, or they would count twice against the limit.
    while (this.#spare.length > 0 && this.#used + this.#spareBytes + bytes > this.#limit) {
      this.#spareBytes -= this.#spare.shift()?.length ?? 0;
    }
    return Buffer.allocUnsafeSlow(bytes);
  }
}
