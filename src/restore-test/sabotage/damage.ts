/** Streams with something wrong in them. Pure. */

/** All but what comes after the first `bytes`. */
export async function* cutAfter(whole: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of whole) {
    const kept = chunk.subarray(0, left);
    left -= kept.length;
    if (kept.length > 0) yield kept;
    if (left === 0) return;
  }
}

/** The same with one bit turned, the lowest of the byte at `position`. */
export async function* flippedAt(whole: AsyncIterable<Buffer>, position: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of whole) {
    const within = position - at;
    at += chunk.length;
    if (within < 0 || within >= chunk.length) yield chunk;
    else {
      const copy = Buffer.from(chunk);
      copy[within] = (copy[within] ?? 0) ^ 1;
      yield copy;
    }
  }
}
