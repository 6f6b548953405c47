/**
 * Adapter: keeps a node's memory true. It hears of changes by NOTIFY and looks for them twice a second besides, since a
 * notice may be lost; while it cannot look, the memory is not trusted (access-cache.ts).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AccessCache, Cached } from "../access-cache.ts";
import { CHANGE_CHANNEL, CHANGES_KEPT_MS, changesOn, type Changes } from "./changes.ts";
import { poolBeside, type Pool } from "./database.ts";
import { hearNotices } from "./notices.ts";

const POLL_MS = 400;

export interface ChangeWatch {
  /** Looks now, whatever was looked at before. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** @param tick milliseconds of a clock that never steps */
export function watchChanges(
  pool: Pool,
  cache: AccessCache<Cached>,
  tick: () => number,
  { pollMs = POLL_MS, listens = true }: { pollMs?: number; listens?: boolean } = {},
): ChangeWatch {
  // A connection of its own: in the pool it would wait behind strangers who ask with made-up cookies, and while it
  // waits nothing in memory counts.
  const own = poolBeside(pool, 1);
  const looker = new Looker(changesOn(own), cache, tick);
  const stop = new AbortController();
  const loop = (async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await looker.look();
      await sleep(pollMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  const notices = listens ? hearNotices(pool, CHANGE_CHANNEL, () => void looker.look()) : undefined;
  return {
    look: () => looker.look(),
    async stop() {
      stop.abort();
      await notices?.stop();
      await loop;
      await own.end();
    },
  };
}

class Looker {
  readonly #changes: Changes;
  readonly #cache: AccessCache<Cached>;
  readonly #tick: () => number;
  #seq: number | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #again = false;

  constructor(changes: Changes, cache: AccessCache<Cached>, tick: () => number) {
    this.#changes = changes;
    this.#cache = cache;
    this.#tick = tick;
  }

  /** Resolves when a look that began after the call is over. Never rejects: without news the memory ages by itself. */
  look(): Promise<void> {
    this.#again = true;
    this.#looking ??= (async () => {
      while (this.#again) {
        this.#again = false;
        await this.#once().catch(() => undefined);
      }
      this.#looking = undefined;
    })();
    return this.#looking;
  }

  async #once(): Promise<void> {
    // What is committed after the question was asked may be missing from the answer.
    const asked = this.#tick();
    if (this.#seq === undefined || asked - this.#heardAt > CHANGES_KEPT_MS / 2) {
      // Rows of before may be pruned.
      this.#seq = await this.#changes.latest();
      this.#cache.forgetAll();
    } else {
      for (const { seq, accountId, sessionId } of await this.#changes.since(this.#seq)) {
        if (accountId !== undefined) this.#cache.forgetAccount(accountId);
        if (sessionId !== undefined) this.#cache.forgetSession(sessionId);
        this.#seq = seq;
      }
    }
    this.#heardAt = asked;
    this.#cache.heard(asked);
  }
}
