/** `lakat audit export`: the audit trail for other programs. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EXPORT_FORMATS, type ExportFormat } from "../auth/audit-export.ts";
import { headText } from "../auth/audit-link.ts";
import { auditOn } from "../auth/store/audit.ts";
import { everyAudit, type AuditFilter } from "../auth/store/audit-list.ts";
import type { Pool } from "../auth/store/database.ts";
import type { GatewayConfig } from "../config.ts";
import { errno, Fault } from "../fault.ts";
import { writeWhole } from "../files/whole-file.ts";
import { auditFilter, filterDetails, FILTER_OPTIONS, FILTER_USAGE } from "./audit-filter.ts";
import { flag, text, type Call, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { asGatewayFault, withGatewayPool } from "./gateway-database.ts";
import { operatorOf } from "./operator.ts";

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}
${FILTER_USAGE}
  --format FORMAT      jsonl (default) or csv
  --out FILE           written whole, or not at all; standard output otherwise

Oldest first; times are UTC. The export is itself an event of the audit, with
the name of the operating-system user.`,
  options: { ...CONFIG_OPTION, ...FILTER_OPTIONS, format: { type: "string" }, out: { type: "string" } },
  async run(call) {
    const out = text(call, "out");
    const format = text(call, "format") ?? "jsonl";
    if (format !== "jsonl" && format !== "csv")
      throw new Fault("USAGE", `--format ${format} is not known`, "Use jsonl or csv.");
    if (out === undefined && flag(call, "json"))
      throw new Fault(
        "USAGE",
        "--json would stand between the lines of the export",
        "Give --out FILE as well, or leave out --json.",
      );
    const config = await loadConfigFor(call, "gateway");
    return withGatewayPool(config, call.env, async (pool) => {
      const filter = await auditFilter(call, pool);
      // Before the first row is read: an export that breaks off was one too.
      await auditOn(pool).append({
        at: call.now(),
        event: "audit.exported",
        outcome: "success",
        actor: operatorOf(call.env),
        details: { format, ...(out === undefined ? {} : { out }), ...filterDetails(call) },
      });
      const head = await auditOn(pool).head();
      const source = { pool, filter, upto: head.seq, config, signal: call.signal };
      const counted = { rows: 0 };
      const lines = exportLines(source, EXPORT_FORMATS[format], counted);
      if (out === undefined) await print(lines, call);
      else await writeWhole(out, lines);
      const told = `${counted.rows} events; head ${headText(head)}`;
      if (out === undefined) call.stderr.write(`${told}\n`);
      return {
        text: out === undefined ? "" : `${out}: ${told}`,
        json: { out, rows: counted.rows, head: headText(head) },
        findings: [],
      };
    });
  },
};

interface Source {
  pool: Pool;
  filter: AuditFilter;
  upto: number;
  config: GatewayConfig;
  signal: AbortSignal;
}

/** The export in pieces of many lines. */
async function* exportLines(
  { pool, filter, upto, config, signal }: Source,
  format: ExportFormat,
  counted: { rows: number },
): AsyncGenerator<string> {
  let piece = format.head;
  try {
    for await (const row of everyAudit(pool, filter, upto)) {
      signal.throwIfAborted();
      piece += format.line(row);
      counted.rows++;
      if (piece.length < 65_536) continue;
      yield piece;
      piece = "";
    }
  } catch (error) {
    // Here, where it is known that it is not the file that failed.
    throw asGatewayFault(error, config);
  }
  if (piece !== "") yield piece;
}

async function print(lines: AsyncIterable<string>, call: Call): Promise<void> {
  try {
    await pipeline(Readable.from(lines), call.stdout, { end: false });
  } catch (error) {
    // A reader that has seen enough.
    if (errno(error) !== "EPIPE" && errno(error) !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}
