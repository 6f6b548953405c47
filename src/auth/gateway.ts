/** What the flows of the gateway are handed: its store, its counters, its hasher, and what it was told. */
import type { PasswordHasher } from "./password.ts";
import type { Provider } from "./provider.ts";
import type { Sealer } from "./sealed.ts";
import type { Settings } from "./settings.ts";
import type { Lanes } from "./store/lanes.ts";
import type { Store } from "./store/postgres.ts";

export interface Gateway {
  settings: Settings;
  store: Store;
  lanes: Lanes;
  hasher: PasswordHasher;
  sealer: Sealer;
  /** Keys the hashes of short codes: those sent by SMS, and those that pair a display. */
  smsKey: Buffer;
  /** Where else people may sign in. */
  providers?: readonly Provider[];
}

/** Where a request comes from, as far as the gateway believes it. */
export interface Origin {
  /** The client's address, by the trusted proxies. */
  address: string;
  /** As it was sent; cut by the audit. */
  userAgent: string;
}
