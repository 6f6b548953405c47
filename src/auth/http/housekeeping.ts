/** Adapter: what a node does between requests: writing down what was used, and sweeping what is over. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Gatekeeper } from "../gatekeeper.ts";
import type { Gateway } from "../gateway.ts";
import { CHANGES_KEPT_MS } from "../store/changes.ts";

const USED_EVERY_MS = 2000;
const SWEEP_EVERY_MS = 60_000;
/** Sessions are kept for the page of sign-ins of an account, links so that who follows an old one is told. */
const KEPT_MS = 30 * 86_400_000;
/** Of a ticket nothing is asked once it is over; an hour lets clocks differ. */
const TICKETS_KEPT_MS = 3_600_000;

/**
 * Removes what is over. Each kind by itself: one that fails keeps none of the others from being swept. Nothing
 * depends on any of it, since whatever is over is judged by its time.
 *
 * @param failed hears of each kind that could not be swept
 */
export async function sweepOnce(
  { store, lanes }: Pick<Gateway, "store" | "lanes">,
  now: Date,
  failed: (error: unknown) => void,
  more: readonly ((now: Date) => Promise<void>)[] = [],
): Promise<void> {
  const { signIns, sessions, factors, passkeys, identities, links, smsBudget, changes } = store.read;
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  for (const sweep of [
    () => signIns.sweep(now),
    () => sessions.sweepTickets(ago(TICKETS_KEPT_MS)),
    () => sessions.sweep(now, KEPT_MS),
    () => factors.sweep(now),
    () => passkeys.sweep(now),
    () => identities.sweep(now),
    () => links.sweep(ago(KEPT_MS)),
    () => smsBudget.sweep(now),
    () => changes.prune(ago(CHANGES_KEPT_MS)),
    () => lanes.sweep(now),
    ...more.map((sweep) => () => sweep(now)),
  ])
    await sweep().catch(failed);
}

/** Begins it all; what it resolves to ends it, and writes down what was used last. */
export function keepHouse(
  gateway: Gateway,
  gatekeeper: Gatekeeper,
  {
    now,
    failed,
    sweeps,
  }: {
    now: () => Date;
    failed: (error: unknown) => void;
    /** Of other parts, with the gateway's own. */
    sweeps: readonly ((now: Date) => Promise<void>)[];
  },
): () => Promise<void> {
  const writeUsed = async (): Promise<void> => {
    const { sessions, apps } = gatekeeper.takeUsed();
    // What cannot be written now is used again soon, and noted then.
    if (sessions.size + apps.size > 0) await gateway.store.read.sessions.touch(sessions, apps).catch(failed);
  };
  const ends = [
    every(USED_EVERY_MS, writeUsed),
    every(SWEEP_EVERY_MS, () => sweepOnce(gateway, now(), failed, sweeps)),
  ];
  return async () => {
    await Promise.all(ends.map((end) => end()));
    await writeUsed();
  };
}

/** Runs `work` again and again with a pause between; the result ends it and waits for the one under way. */
function every(ms: number, work: () => Promise<void>): () => Promise<void> {
  const end = new AbortController();
  const loop = (async (): Promise<void> => {
    for (;;) {
      await sleep(ms, undefined, { signal: end.signal, ref: false }).catch(() => undefined);
      if (end.signal.aborted) return;
      await work();
    }
  })();
  return async () => {
    end.abort();
    await loop;
  };
}
