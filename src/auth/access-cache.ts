/**
 * What forward-auth answered from PostgreSQL lately, so that it need not ask for every request. An entry is used only
 * while this node is known to hear of changes: with the last news older than a second, nothing in here counts.
 * Pure: the time is an argument, in milliseconds of a clock that never steps.
 */

export interface Cached {
  sessionId: string;
  accountId: string;
}

export interface AccessCache<Entry extends Cached> {
  /** The entry of a token's hash, if it may be used at this time. */
  get(key: string, tick: number): Entry | undefined;
  /**
   * Takes an entry that was read from PostgreSQL after `asked`, a value of `generation()`: if news came in between,
   * what was read may be older than they are, and is not kept.
   */
  put(key: string, entry: Entry, asked: number): void;
  generation(): number;
  /** This node has heard of every change up to now. */
  heard(tick: number): void;
  forgetSession(id: string): void;
  forgetAccount(id: string): void;
  forgetAll(): void;
  readonly size: number;
}

/** "Ended everywhere within one second", the way of the news included. */
const TRUSTED_MS = 900;

export function openAccessCache<Entry extends Cached>(
  most = 50_000,
  trusted = TRUSTED_MS,
): AccessCache<Entry> {
  // In the order of first use: what is oldest goes first when it is full.
  const entries = new Map<string, Entry>();
  const sessions = new Map<string, Set<string>>();
  const accounts = new Map<string, Set<string>>();
  let heardAt = Number.NEGATIVE_INFINITY;
  let generation = 0;

  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    unlink(sessions, entry.sessionId, key);
    unlink(accounts, entry.accountId, key);
  };
  const forget = (index: Map<string, Set<string>>, id: string): void => {
    generation++;
    for (const key of [...(index.get(id) ?? [])]) drop(key);
  };

  return {
    get: (key, tick) => (tick - heardAt > trusted ? undefined : entries.get(key)),
    put(key, entry, asked) {
      if (asked !== generation) return;
      drop(key);
      if (entries.size >= most) drop(entries.keys().next().value ?? "");
      entries.set(key, entry);
      link(sessions, entry.sessionId, key);
      link(accounts, entry.accountId, key);
    },
    generation: () => generation,
    heard(tick) {
      heardAt = tick;
    },
    forgetSession: (id) => forget(sessions, id),
    forgetAccount: (id) => forget(accounts, id),
    forgetAll() {
      generation++;
      entries.clear();
      sessions.clear();
      accounts.clear();
    },
    get size() {
      return entries.size;
    },
  };
}

function link(index: Map<string, Set<string>>, id: string, key: string): void {
  const keys = index.get(id);
  if (keys === undefined) index.set(id, new Set([key]));
  else keys.add(key);
}

function unlink(index: Map<string, Set<string>>, id: string, key: string): void {
  const keys = index.get(id);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(id);
}
