/**
 * Waits until both have come to rest, so that nothing goes on in the background; then throws the first's
 * failure, or else the second's. Pure.
 */
export async function together<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
