/** Adapter: one process at a time publishes on a host, so that the chain does not fork and nothing goes out twice. */
import { realpath } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { claimOnHost } from "./host-claim.ts";

const PAUSE_MS = 100;

/**
 * Runs `work` while no other process does so for the same folder, which has to exist. Waits for another one up to
 * `patienceMs`, then goes on beside it: a forked chain is the lesser harm than a report that nobody gets.
 */
export async function oneAtATime<T>(
  folder: string,
  patienceMs: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const place = await realpath(folder);
  // A kernel that allows no claim at all is no reason to publish nothing either.
  const claim = () => claimOnHost("publish", place).catch(() => undefined);
  let release = await claim();
  for (let waited = 0; release === undefined && waited < patienceMs; waited += PAUSE_MS) {
    await sleep(PAUSE_MS, undefined, { signal });
    release = await claim();
  }
  try {
    return await work();
  } finally {
    await release?.();
  }
}
