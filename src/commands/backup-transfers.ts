/** `lakat backup transfers`: the register of data transfers, out of nothing but signed manifests. */
import { Fault, type Finding } from "../fault.ts";
import { listBackups } from "../restore-test/catalogue.ts";
import type { Manifest } from "../seal/manifest.ts";
import { text, type Command } from "./command.ts";
import { openStore, STORE_OPTIONS, STORE_USAGE } from "./open-store.ts";
import { refusedFinding } from "./refused.ts";
import { table } from "../report/table.ts";

const HEAD = ["when", "cluster", "backup", "recipient", "country", "legal basis", "data categories", "bytes"];

export const command: Command = {
  usage: `[options]\n\n  --cluster NAME       only this cluster's\n  --format FORMAT      table (default), csv or json\n${STORE_USAGE}`,
  options: { ...STORE_OPTIONS, cluster: { type: "string" }, format: { type: "string" } },
  async run(call) {
    const format = text(call, "format") ?? "table";
    if (!["table", "csv", "json"].includes(format))
      throw new Fault("USAGE", `--format ${format} is not known`, "Use table, csv or json.");
    const store = await openStore(call);
    const transfers: (Manifest["transfers"][number] & Record<"when" | "cluster" | "backupId", string>)[] = [];
    const findings: Finding[] = [];
    const cluster = text(call, "cluster") ?? store.cluster;
    for await (const backup of listBackups(store.source, { cluster }, store.trust, call.signal)) {
      if ("fault" in backup) {
        findings.push(refusedFinding(backup));
        continue;
      }
      findings.push(...backup.findings);
      const { manifest } = backup;
      const of = { when: manifest.finishedAt, cluster: manifest.cluster, backupId: manifest.backupId };
      transfers.push(...manifest.transfers.map((transfer) => ({ ...of, ...transfer })));
    }
    const rows = transfers.map((t) => [
      t.when,
      t.cluster,
      t.backupId,
      t.recipient,
      t.country,
      t.legalBasis,
      t.dataCategories.join(", "),
      String(t.bytes),
    ]);
    const rendered = {
      table: () =>
        table(
          HEAD.map((title) => title.toUpperCase()),
          rows,
        ),
      csv: () => [HEAD, ...rows].map((row) => `${row.map(csvField).join(",")}\r`).join("\n"),
      json: () => JSON.stringify(transfers, null, 2),
    };
    return { text: rendered[format as keyof typeof rendered](), json: { transfers }, findings };
  },
};

/** RFC 4180; a leading =, +, - or @ is defused, since registers are opened in spreadsheets. */
function csvField(value: string): string {
  const safe = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
