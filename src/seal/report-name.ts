/** Where a report lies in a store: `reports/<kind>/<cluster>/<YYYY>/<MM>/<DD>/<id>/`; a daily one has no cluster. */
import { Fault } from "../fault.ts";
import { isClusterName, parseBackupId } from "./backup-name.ts";
import type { Report } from "./report.ts";

/** The first segment of every report's key, below the destination's prefix. */
export const REPORTS_FOLDER = "reports";

/** The last one to be written: a report without it is not there. */
export const VERDICT_NAME = "verdict.json";
/** Bytes of the largest object that is read as a verdict. */
export const MAX_VERDICT = 256 * 1024;
export const SEALED_REPORT_NAME = "report.json.age";
export const SEALED_PAGE_NAME = "page.html.age";

export interface ReportName {
  kind: Report["kind"];
  /** Undefined for a daily report. */
  cluster: string | undefined;
  id: string;
}

/** The name of a report as it lies in a store. */
export function nameOfReport(report: Report): ReportName {
  return {
    kind: report.kind,
    cluster: report.kind === "daily" ? undefined : report.cluster,
    id: report.id,
  };
}

/** The folder of all reports of a kind, on one cluster; `cluster` is undefined for daily ones. */
export function reportsFolder(kind: Report["kind"], cluster: string | undefined): string {
  return [REPORTS_FOLDER, kind, ...(cluster === undefined ? [] : [cluster])].join("/");
}

/**
 * The folder of a report below the destination's prefix, without a slash at the end. The date is the id's. Throws
 * MANIFEST_INVALID on a bad id or cluster name, so that neither can point anywhere else.
 */
export function reportPlace({ kind, cluster, id }: ReportName): string {
  const date = parseBackupId(id)?.toISOString().slice(0, 10);
  const named = kind === "daily" ? cluster === undefined : cluster !== undefined && isClusterName(cluster);
  if (date === undefined || !named)
    throw new Fault(
      "MANIFEST_INVALID",
      `${JSON.stringify([kind, cluster, id])} does not name a report`,
      "Report this as a defect of lakat.",
    );
  return [reportsFolder(kind, cluster), ...date.split("-"), id].join("/");
}

/** The reverse of reportPlace, with the name of the object in that folder; undefined for any other key. */
export function parseReportKey(key: string): (ReportName & { object: string }) | undefined {
  const parts = key.split("/");
  const [folder, kind = ""] = parts;
  const object = parts.at(-1);
  const id = parts.at(-2);
  if (folder !== REPORTS_FOLDER || object === undefined || id === undefined) return undefined;
  if (kind !== "drill" && kind !== "daily" && kind !== "sabotage") return undefined;
  const name: ReportName = { kind, cluster: kind === "daily" ? undefined : parts[2], id };
  try {
    return key === `${reportPlace(name)}/${object}` ? { ...name, object } : undefined;
  } catch {
    return undefined;
  }
}
