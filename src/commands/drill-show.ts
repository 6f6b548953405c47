/** `lakat drill show`: one report, its signature checked, and whether it follows the one before it. */
import { Fault } from "../fault.ts";
import type { KeptReport } from "../delivery/report-folder.ts";
import { flag, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { isDrill, openHistory } from "./history.ts";
import { looksOf } from "./report-looks.ts";

export const command: Command = {
  usage: `[ID] [options]

  ID                   a report's id or the beginning of it, of a day or a
                       sabotage run too; default: the newest restore test
  --page               print only where the report's page lies
${CONFIG_USAGE}

A report counts only when this host has signed it. --json gives it whole.`,
  options: { ...CONFIG_OPTION, page: { type: "boolean" } },
  positionals: 1,
  async run(call) {
    const { config, folder } = await openHistory(call);
    const { reports, findings } = await folder.list();
    const kept = chosen(reports, call.positionals[0], findings.length > 0);
    const { report, sha256, page, file } = kept;
    const chain = chainOf(kept, reports);
    const looks = looksOf(config);
    const text = [
      looks.text(report, call),
      "",
      looks.findings(report, call),
      "",
      `signed by   ${report.host} (checked)`,
      `sha256      ${sha256}`,
      `follows     ${chain.told}`,
      `page        ${page}`,
    ].join("\n");
    const broken = chain.state === "broken";
    return {
      text: flag(call, "page") ? page : text,
      json: { report, sha256, file, page, chain: chain.state },
      findings: [
        ...findings,
        ...(broken
          ? [
              {
                code: "HISTORY_DAMAGED" as const,
                what: `the report before ${report.id} is not the one that it names: ${chain.told}`,
                todo: "See `lakat report verify`, and find out who changed the reports.",
              },
            ]
          : []),
      ],
    };
  },
};

function chosen(reports: readonly KeptReport[], id: string | undefined, damaged: boolean): KeptReport {
  const found =
    id === undefined
      ? reports.filter(isDrill).slice(-1)
      : reports.filter(({ report }) => report.id.startsWith(id));
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  if (found.length > 1)
    throw new Fault(
      "USAGE",
      `${found.length} reports begin with ${id ?? ""}`,
      `Name one of them: ${found
        .slice(0, 5)
        .map(({ report }) => report.id)
        .join(", ")}${found.length > 5 ? ", …" : ""}.`,
    );
  const what =
    id === undefined ? "no restore test is kept on this host" : `no report ${id} is kept on this host`;
  throw new Fault(
    "USAGE",
    damaged ? `${what} undamaged` : what,
    damaged ? "See `lakat report verify`." : "See `lakat drill list`.",
  );
}

type Chain = { state: "first" | "kept" | "gone" | "broken"; told: string };

/** Whether the report that this one follows is here, and is the one that it names. */
function chainOf({ report }: KeptReport, reports: readonly KeptReport[]): Chain {
  const { previous } = report;
  if (previous === undefined) return { state: "first", told: "none: it is the first" };
  if (reports.some(({ sha256 }) => sha256 === previous.sha256))
    return { state: "kept", told: `${previous.id} (checked)` };
  const oldest = reports[0]?.report.id ?? "";
  if (reports.some(({ report: other }) => other.id === previous.id) || previous.id > oldest)
    return { state: "broken", told: `${previous.id}, which is not here as it was` };
  return { state: "gone", told: `${previous.id}, which is not kept any more` };
}
