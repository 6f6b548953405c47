/** `lakat staff locks`: what too many attempts have locked. */
import { table } from "../report/table.ts";
import type { Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { atDesk } from "./staff-desk.ts";

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}

Locked lanes, the latest first. A lane is what attempts are counted against: an
account for unknown devices, one of its trusted devices, its codes, an address.
Of names that nobody has, only that there is one is known. See
\`lakat staff unlock\`.`,
  options: CONFIG_OPTION,
  run: (call) =>
    atDesk(call, async ({ lanes, store, now }) => {
      const locks = await lanes.locks(now);
      const ids = locks.flatMap(({ accountId }) => accountId ?? []);
      const names = await store.read.accounts.namesOf(ids);
      const rows = locks.map(({ id, kind, accountId, network, lockedUntil, times, attempts }) => [
        kind,
        accountId === null ? (network ?? "a name that nobody has") : (names.get(accountId) ?? accountId),
        lockedUntil.toISOString(),
        String(times),
        String(attempts),
        id,
      ]);
      return {
        text:
          rows.length === 0
            ? "nothing is locked"
            : table(["LANE", "OF", "LOCKED UNTIL", "TIMES", "ATTEMPTS", "ID"], rows),
        json: {
          locks: locks.map((lock) => ({
            ...lock,
            account: lock.accountId === null ? undefined : names.get(lock.accountId),
          })),
        },
        findings: [],
      };
    }),
};
