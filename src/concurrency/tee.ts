/** One stream read by several, each at its own pace but never far apart. Pure. */

interface Reader<T> {
  queue: T[];
  wake: (() => void) | undefined;
  gone: boolean;
}

/** One of the readers' streams. */
export interface Copy<T> extends AsyncIterable<T> {
  /** Must be called by a reader that may never begin to read; after reading it does nothing. */
  leave(): Promise<void>;
}

/**
 * Splits `source` into `count` iterables that all yield what it yields. The slowest reader sets the pace, by at
 * most `ahead` items; a reader that returns or throws stops counting. When the source throws, every reader
 * throws the same error after what came before. When all readers are gone, the source is closed.
 */
export function tee<T>(source: AsyncIterable<T>, count: number, ahead = 8): Copy<T>[] {
  const readers = Array.from({ length: count }, (): Reader<T> => ({
    queue: [],
    wake: undefined,
    gone: false,
  }));
  let iterator: AsyncIterator<T> | undefined;
  let pulling: Promise<void> | undefined;
  let end: { error?: unknown } | undefined;
  let roomy: (() => void) | undefined;

  const wakeAll = (): void => {
    for (const reader of readers) reader.wake?.();
  };
  const pull = async (): Promise<void> => {
    try {
      iterator ??= source[Symbol.asyncIterator]();
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) break;
        for (const reader of readers) if (!reader.gone) reader.queue.push(next.value);
        wakeAll();
        while (readers.some((reader) => !reader.gone && reader.queue.length >= ahead))
          await new Promise<void>((resolve) => {
            roomy = resolve;
          });
        if (readers.every((reader) => reader.gone)) {
          await iterator.return?.();
          break;
        }
      }
      end = {};
    } catch (error) {
      end = { error };
    }
    wakeAll();
  };

  const leave = async (reader: Reader<T>): Promise<void> => {
    reader.gone = true;
    reader.queue.length = 0;
    roomy?.();
    // The last reader to leave waits until the source is closed, so that no dump outlives it.
    if (readers.every((other) => other.gone)) await pulling;
  };

  return readers.map((reader) => ({
    leave: () => leave(reader),
    async *[Symbol.asyncIterator]() {
      pulling ??= pull();
      try {
        for (;;) {
          const item = reader.queue.shift();
          if (item !== undefined) {
            roomy?.();
            yield item;
          } else if (end !== undefined) {
            if ("error" in end) throw end.error;
            return;
          } else {
            await new Promise<void>((resolve) => {
              reader.wake = resolve;
            });
          }
        }
      } finally {
        await leave(reader);
      }
    },
  }));
}
