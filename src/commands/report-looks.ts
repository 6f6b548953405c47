/** How reports look on a page, in a mail and in a terminal, as this host is configured. */
import type { RestoreTestConfig } from "../config.ts";
import { findingsText, reportMail } from "../report/mail.ts";
import { reportPage } from "../report/page.ts";
import { reportText } from "../report/plain.ts";
import { pointOf, type DrillPoint } from "../report/point.ts";
import { findingTitle } from "../report/page-parts.ts";
import { wordsIn } from "../report/words.ts";
import type { Report, ReportFinding } from "../seal/report.ts";
import type { Call } from "./command.ts";
import type { Render } from "./reporting.ts";

/** A terminal that told no width. */
const COLUMNS = 100;

export interface Looks {
  /** Page and mail, with the history before the report. */
  render: Render;
  /** Lines for the terminal that `call` writes to. */
  text(report: Report, call: Pick<Call, "stdout">): string;
  /** Likewise the findings and what to do, which `text` leaves out. */
  findings(report: Report, call: Pick<Call, "stdout">): string;
}

/** By the language and the time zone of the configuration. */
export function looksOf({ reports }: Pick<RestoreTestConfig, "reports">): Looks {
  const { language, time_zone: timeZone } = reports;
  const alone = { history: [], language, timeZone, sha256: "" };
  return {
    text: (report, call) => reportText(report, alone, widthOf(call)),
    findings: (report, call) => findingsText(report, alone, widthOf(call)),
    render({ report, sha256 }, history) {
      const context = { history: pointsOf(history), language, timeZone, sha256 };
      return { page: reportPage(report, context), mail: reportMail(report, context) };
    },
  };
}

/** A finding as a fault's English sentence names it: what the report calls it, and its code. */
export function codeInWords(finding: ReportFinding): string {
  return `${findingTitle(finding, wordsIn("en", "UTC"))} (${finding.code})`;
}

function widthOf({ stdout: { columns = 0 } }: Pick<Call, "stdout">): number {
  return columns > 0 ? columns : COLUMNS;
}

/** The restore tests among kept reports, as the charts and the drift need them. */
export function pointsOf(kept: readonly { report: Report }[]): DrillPoint[] {
  return kept.flatMap(({ report }) => (report.kind === "drill" ? (pointOf(report) ?? []) : []));
}
