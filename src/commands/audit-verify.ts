/** `lakat audit verify`: whether the audit trail is what was written. */
import { verifyChain, type ChainHead } from "../auth/audit-chain.ts";
import { headText, parseHead } from "../auth/audit-link.ts";
import { withAuditLock } from "../auth/store/audit-lock.ts";
import { readTrail } from "../auth/store/audit-trail.ts";
import { Fault } from "../fault.ts";
import { text, type Call, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { withGatewayPool } from "./gateway-database.ts";
import { readSigningKey } from "./key-files.ts";

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}
  --expect-head HEAD   SEQ:HASH, as this command, an export and the gateway's
                       log at its start print it: must be in the chain

Computes the hash of every row again, and checks that each follows the one
before it, that columns say what the rows say, and that a signed tombstone
stands for every row that is missing. By itself this cannot see that the whole
database was put back to an older state, or computed anew: write the head down
elsewhere, and expect it.`,
  options: { ...CONFIG_OPTION, "expect-head": { type: "string" } },
  async run(call) {
    const expect = expectedHead(call);
    const config = await loadConfigFor(call, "gateway");
    const key = await readSigningKey(config.audit_key);
    const verdict = await withGatewayPool(config, call.env, (pool) =>
      withAuditLock(pool, "shared", (client) => {
        const trail = readTrail(client);
        return verifyChain({ ...trail, rows: untilStopped(trail.rows, call.signal) }, key, expect);
      }),
    );
    const { rows, purged, head, breaks, broken } = verdict;
    const at = head && headText(head);
    const state =
      broken === 0 ? "each row follows the one before it" : `the chain is broken in ${times(broken)}`;
    const told = breaks.map(({ what }) => `  ${what}`);
    if (broken > breaks.length) told.push(`  and ${broken - breaks.length} more`);
    return {
      text: [`${rows} rows, ${purged} purged: ${state}`, ...told, `head ${at ?? "missing"}`].join("\n"),
      json: { rows, purged, head: at, broken, breaks },
      findings: [],
      fault:
        broken === 0
          ? undefined
          : new Fault(
              "AUDIT_CHAIN_BROKEN",
              `the audit trail is not what was written: ${breaks[0]?.what ?? "it is broken"}`,
              "Keep the database as it is for evidence, and find out who can write to it.",
            ),
    };
  },
};

const times = (n: number): string => (n === 1 ? "one place" : `${n} places`);

function expectedHead(call: Call): ChainHead | undefined {
  const wanted = text(call, "expect-head");
  if (wanted === undefined) return undefined;
  const head = parseHead(wanted);
  if (head === undefined)
    throw new Fault(
      "USAGE",
      "--expect-head is not of the form SEQ:HASH",
      "Give the head as it was printed: a number, a colon and 64 hexadecimal digits.",
    );
  return head;
}

async function* untilStopped<T>(
  rows: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  for await (const row of rows) {
    signal.throwIfAborted();
    yield row;
  }
}
