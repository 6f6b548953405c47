/** `lakat audit list`: the newest events of the gateway. */
import { listAudit, type AuditRow } from "../auth/store/audit-list.ts";
import { Fault } from "../fault.ts";
import { printable } from "../markup/printable.ts";
import { table } from "../report/table.ts";
import { auditFilter, FILTER_OPTIONS, FILTER_USAGE } from "./audit-filter.ts";
import { text, type Call, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { withGatewayPool } from "./gateway-database.ts";

const MOST = 1000;

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}
${FILTER_USAGE}
  --limit N            at most so many, 50 by default, up to ${MOST}

Newest first; times are UTC.`,
  options: { ...CONFIG_OPTION, ...FILTER_OPTIONS, limit: { type: "string" } },
  async run(call) {
    const limit = limitOf(call);
    const config = await loadConfigFor(call, "gateway");
    const rows = await withGatewayPool(config, call.env, async (pool) =>
      listAudit(pool, await auditFilter(call, pool), limit),
    );
    const damaged = rows.filter(({ event }) => event === undefined).map(({ seq }) => seq);
    return {
      text: rows.length === 0 ? "no events" : table(HEAD, rows.map(cells)),
      json: {
        events: rows.map(({ seq, hash, event, body }) => ({
          seq,
          hash: hash.toString("hex"),
          ...(event ?? { damaged: printable(body) }),
        })),
      },
      findings: [],
      fault:
        damaged.length === 0
          ? undefined
          : new Fault(
              "AUDIT_CHAIN_BROKEN",
              `row ${damaged.slice(0, 5).join(", ")} of the audit trail cannot be read: it was changed`,
              "Run `lakat audit verify`, and find out who can write to the database.",
            ),
    };
  },
};

const HEAD = ["SEQ", "TIME", "EVENT", "OUTCOME", "ACCOUNT", "BY", "ADDRESS", "FACTOR", "REASON", "DETAILS"];

function cells({ seq, at, event }: AuditRow): string[] {
  const time = `${at.toISOString().slice(0, 19).replace("T", " ")}Z`;
  if (event === undefined) return [String(seq), time, "damaged", "", "", "", "", "", "", ""];
  const { actor, account, application } = event;
  const by =
    actor.kind === "account" ? actor.name : actor.kind === "operator" ? `operator ${actor.user}` : actor.kind;
  const details = Object.entries(event.details ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  if (application !== undefined) details.unshift(`application=${application}`);
  return [
    String(seq),
    time,
    event.event,
    event.outcome,
    account?.name ?? "-",
    actor.kind === "account" && actor.id === account?.id ? "-" : by,
    event.address ?? "-",
    event.factor ?? "-",
    event.reason ?? "-",
    details.join(" "),
  ];
}

function limitOf(call: Call): number {
  const wanted = text(call, "limit") ?? "50";
  const limit = /^\d{1,4}$/.test(wanted) ? Number(wanted) : 0;
  if (limit < 1 || limit > MOST)
    throw new Fault(
      "USAGE",
      `--limit ${wanted} is not a number from 1 to ${MOST}`,
      "For more use `lakat audit export`.",
    );
  return limit;
}
