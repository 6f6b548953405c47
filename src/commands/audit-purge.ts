/** `lakat audit purge`: takes out of the audit trail what has been kept long enough. Run it every day. */
import { purgeAudit } from "../auth/store/audit-purge.ts";
import { Fault } from "../fault.ts";
import { flag, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { withGatewayPool } from "./gateway-database.ts";
import { readSigningKey } from "./key-files.ts";
import { operatorOf } from "./operator.ts";

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}
  --stood-still        purge although the newest event is more than a day old

Single steps of signing in are kept for 90 days, changes of accounts and rights
for 365 (audit_days). What goes leaves signed tombstones, so that the chain can
still be checked. Sign-ins go on meanwhile.`,
  options: { ...CONFIG_OPTION, "stood-still": { type: "boolean" } },
  async run(call) {
    const config = await loadConfigFor(call, "gateway");
    const key = await readSigningKey(config.audit_key);
    const purged = await withGatewayPool(config, call.env, (pool) =>
      purgeAudit(pool, {
        now: call.now(),
        days: config.audit_days,
        key,
        actor: operatorOf(call.env),
        signal: call.signal,
        stoodStill: flag(call, "stood-still"),
      }),
    );
    const { detail, record, kept, tombstones } = purged;
    return {
      text: `purged ${detail} of detail and ${record} of record; tombstones: ${tombstones}`,
      json: { ...purged },
      findings: [],
      fault:
        kept === 0
          ? undefined
          : new Fault(
              "AUDIT_CHAIN_BROKEN",
              `rows that were due and do not follow the row before them: ${kept}; they were kept as evidence`,
              "Run `lakat audit verify`, and find out who can write to the database.",
            ),
    };
  },
};
