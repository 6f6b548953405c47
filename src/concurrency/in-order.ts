/** Maps with up to `width` calls under way and yields in the order of the input. Pure. */
export async function* inOrder<T, R>(
  items: T[],
  width: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for (const item of items) {
    const result = map(item);
    // Looked at when its turn comes; until then a rejection must not count as unhandled.
    result.catch(() => undefined);
    underWay.push(result);
    const first = underWay.length >= width ? underWay.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const result of underWay) yield await result;
}
