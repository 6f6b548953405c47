/** How reports look on a page, in a mail and in a terminal, as this host is configured. */
import type { RestoreTestConfig } from "../config.ts";
import { reportPage } from "../report/page.ts";
import { pointOf } from "../report/point.ts";
import type { DailyCluster, Report, ReportFinding } from "../seal/report.ts";
import type { Render } from "./reporting.ts";

/** What a text needs of a report; one that was not signed yet has no host and nothing before it. */
type Shown = Pick<Report, "kind" | "id" | "verdict" | "findings"> & { clusters?: readonly DailyCluster[] };

export interface Looks {
  render: Render;
  /** Lines for a terminal. */
  text(report: Shown): string;
}

export function looksOf({ reports }: Pick<RestoreTestConfig, "reports">): Looks {
  return {
    text: plainText,
    render({ report, sha256 }, history) {
      const points = history.flatMap(({ report: earlier }) =>
        earlier.kind === "drill" ? (pointOf(earlier) ?? []) : [],
      );
      const { language, time_zone: timeZone } = reports;
      const said = plainText(report);
      const subject = said.split("\n")[0] ?? "lakat";
      const html = `<!doctype html><meta charset="utf-8"><title>lakat</title><pre>${escaped(said)}</pre>`;
      return {
        page: reportPage(report, { history: points, language, timeZone, sha256 }),
        mail: { subject, text: said, html },
      };
    },
  };
}

function plainText({ kind, id, verdict, findings, clusters = [] }: Shown): string {
  const lines = [`lakat ${kind} ${id}: ${verdict}`, ...findings.map(line)];
  for (const { cluster, verdict: own, newestBackup, proved, findings: found } of clusters)
    lines.push(
      `${cluster}: ${own}; newest backup ${newestBackup?.committed ?? "none"}, newest that passed a restore test ${proved?.committed ?? "none"}`,
      ...found.map(line),
    );
  return lines.join("\n");
}

const line = ({ code, what, todo }: ReportFinding): string => `  ${code}: ${what}. ${todo}`;

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
