/** Adapter: hears what other nodes say by NOTIFY, on a connection of its own that is made again when it breaks. */
import pg from "pg";
import type { Pool } from "./database.ts";

/** Between two attempts to connect. */
const PAUSE_MS = 1000;

export interface Notices {
  stop(): Promise<void>;
}

/**
 * Calls `heard` for each notice on `channel`, and once whenever the connection stands (again), since whatever was
 * said before went unheard. A notice is only a hint: whoever relies on it polls too. Never throws.
 *
 * @param channel a name of ours, plain lower case
 */
export function hearNotices(pool: Pool, channel: string, heard: () => void, pauseMs = PAUSE_MS): Notices {
  let stopped = false;
  let current: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let connecting = Promise.resolve();

  const again = (client: pg.Client): void => {
    if (current !== client) return;
    current = undefined;
    client.removeAllListeners();
    client.on("error", () => undefined);
    void client.end().catch(() => undefined);
    if (!stopped) timer = setTimeout(begin, pauseMs).unref();
  };
  const connect = async (): Promise<void> => {
    const client = new pg.Client(pool.options);
    current = client;
    client.on("error", () => again(client));
    client.on("end", () => again(client));
    client.on("notification", () => heard());
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      heard();
    } catch {
      again(client);
    }
  };
  const begin = (): void => {
    connecting = connect();
  };

  begin();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await connecting;
      const client = current;
      current = undefined;
      await client?.end().catch(() => undefined);
    },
  };
}
