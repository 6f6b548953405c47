/** How old a backup is taken to be. Pure. */

/**
 * When a backup was made, in milliseconds: the earlier of the store's time of its commit and the signed end of its run.
 * Whoever writes a manifest again makes the store call it new, and the clock of a backup host may run ahead: neither may
 * make an old backup look new.
 */
export function madeAt({
  committed,
  finishedAt,
}: {
  committed: Date | string;
  finishedAt: Date | string;
}): number {
  return Math.min(new Date(committed).getTime(), new Date(finishedAt).getTime());
}
