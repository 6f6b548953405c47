/**
 * Runs tasks, at most `width` at once, in the order given. The first failure aborts the others' signal; when
 * all have come to rest it is thrown, so that nothing goes on in the background. Pure.
 */
export async function inParallel(
  tasks: ((signal: AbortSignal) => Promise<void>)[],
  width: number,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let failure: { error: unknown } | undefined;
  const waiting = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined && !either.aborted; task = waiting.shift()) {
      try {
        await task(either);
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, tasks.length) }, worker));
  // Whoever asked from outside for an end comes first: the tasks only failed because of it.
  signal.throwIfAborted();
  if (failure !== undefined) throw failure.error;
}
