/** `lakat drill list`: the restore tests that this host remembers. */
import { Fault } from "../fault.ts";
import { table } from "../report/table.ts";
import { text, type Call, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { isDrill, openHistory } from "./history.ts";
import { durationText } from "./progress.ts";

const LAST = 20;

export const command: Command = {
  usage: `[options]

  --cluster NAME       only this cluster's
  --last N             the newest N; default: ${LAST}
${CONFIG_USAGE}`,
  options: { ...CONFIG_OPTION, cluster: { type: "string" }, last: { type: "string" } },
  async run(call) {
    const last = lastOf(call);
    const cluster = text(call, "cluster");
    const { folder } = await openHistory(call);
    const { reports, findings } = await folder.list();
    const drills = reports
      .filter(isDrill)
      .filter(({ report }) => cluster === undefined || report.cluster === cluster)
      .slice(-last)
      .map(({ report, page }) => ({
        report: report.id,
        cluster: report.cluster,
        backup: report.backup?.id,
        verdict: report.verdict,
        finishedAt: report.finishedAt,
        restoreSeconds: report.measures?.restoreSeconds,
        findings: [...new Set(report.findings.map(({ code }) => code))],
        page,
      }));
    const rows = drills.map((one) => [
      one.report,
      one.cluster,
      one.backup ?? "-",
      one.verdict,
      one.restoreSeconds === undefined ? "-" : durationText(one.restoreSeconds),
      one.findings.join(", ") || "-",
    ]);
    return {
      text:
        rows.length === 0
          ? "no restore tests"
          : table(["REPORT", "CLUSTER", "BACKUP", "VERDICT", "RESTORE", "FINDINGS"], rows),
      json: { drills },
      findings,
    };
  },
};

function lastOf(call: Call): number {
  const given = text(call, "last") ?? String(LAST);
  if (!/^[1-9]\d{0,5}$/.test(given))
    throw new Fault(
      "USAGE",
      `--last ${given} is not a number of restore tests`,
      "Give a whole number from 1.",
    );
  return Number(given);
}
