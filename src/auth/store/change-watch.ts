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
  /** Milliseconds since the question whose answer came last; infinite before the first. */
  age(): number;
  stop(): Promise<void>;
}

/** Who hears that it could not look, each time, and that it can again, once. */
interface Told {
  failed?: ((error: unknown) => void) | undefined;
  back?: (() => void) | undefined;
}

export interface WatchOptions extends Told {
  pollMs?: number;
  listens?: boolean;
}

/** @param tick milliseconds of a clock that never steps */
export function watchChanges(
  pool: Pool,
  cache: AccessCache<Cached>,
  tick: () => number,
  { pollMs = POLL_MS, listens = true, failed, back }: WatchOptions = {},
): ChangeWatch {
  // A connection of its own: in the pool it would wait behind strangers who ask with made-up cookies, and while it
  // waits nothing in memory counts.
  const own = poolBeside(pool, 1);
  const looker = new Looker(changesOn(own), cache, tick, { failed, back });
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
    age: () => looker.age(),
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
  #isAway = false;
  readonly #told: Told;

  constructor(changes: Changes, cache: AccessCache<Cached>, tick: () => number, told: Told) {
    this.#changes = changes;
    this.#cache = cache;
    this.#tick = tick;
    this.#told = told;
  }

  age(): number {
    return this.#tick() - this.#heardAt;
  }

  /** Resolves when a look that began after the call is over. Never rejects: without news the memory ages by itself. */
  look(): Promise<void> {
    this.#again = true;
    this.#looking ??= (async () => {
      while (this.#again) {
        this.#again = false;
        await this.#once().then(
          () => this.#back(),
          (error: unknown) => this.#failed(error),
        );
      }
      this.#looking = undefined;
    })();
    return this.#looking;
  }

  #failed(error: unknown): void {
    this.#isAway = true;
    // Another database may be there when it answers again, such as yesterday's, whose numbers mean other changes.
    this.#seq = undefined;
    this.#told.failed?.(error);
  }

  #back(): void {
    if (this.#isAway) this.#told.back?.();
    this.#isAway = false;
  }

  async #once(): Promise<void> {
    // What is committed after the question was asked may be missing from the answer.
    const asked = this.#tick();
    // Rows of before may be pruned.
    const since = asked - this.#heardAt > CHANGES_KEPT_MS / 2 ? undefined : this.#seq;
    const news = since === undefined ? undefined : await this.#changes.since(since);
    if (since === undefined || news === undefined || news.latest < since) {
      // Numbers never go back but by a restore: then nothing that is remembered need be true.
      this.#seq = news?.latest ?? (await this.#changes.latest());
      this.#cache.forgetAll();
    } else {
      for (const { accountId, sessionId } of news.changes) {
        if (accountId !== undefined) this.#cache.forgetAccount(accountId);
        if (sessionId !== undefined) this.#cache.forgetSession(sessionId);
      }
      this.#seq = news.latest;
    }
    this.#heardAt = asked;
    this.#cache.heard(asked);
  }
}
