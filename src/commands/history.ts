/** Wires the reports that this host has kept, for the commands that look at them and send nothing. */
import { join } from "node:path";
import type { RestoreTestConfig } from "../config.ts";
import { openReportFolder, type KeptReport, type ReportFolder } from "../delivery/report-folder.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { DrillReport } from "../seal/report.ts";
import type { Call } from "./command.ts";
import { loadConfigFor } from "./config-file.ts";
import { readSigningKey } from "./key-files.ts";

export interface History {
  config: RestoreTestConfig;
  /** Where the reports lie. */
  root: string;
  /** This host's own. */
  key: VerifyKey;
  folder: ReportFolder;
}

/** A restore test with where its report lies. */
export type KeptDrill = KeptReport & { report: DrillReport };

/** Throws CONFIG_…, KEY_FILE_…. */
export async function openHistory(call: Call): Promise<History> {
  return historyOf(await loadConfigFor(call, "restore-test"));
}

/** The same for a configuration that is loaded already. Throws KEY_FILE_…. */
export async function historyOf(config: RestoreTestConfig): Promise<History> {
  const key = await readSigningKey(config.signing_key);
  const root = join(config.state_directory, "reports");
  return { config, root, key, folder: openReportFolder(root, key) };
}

/** The restore tests among kept reports, in their order. */
export function drillsIn(kept: readonly KeptReport[]): DrillReport[] {
  return kept.filter(isDrill).map(({ report }) => report);
}

/** Whether it is of a restore test, and not of a day or of sabotage. */
export function isDrill(kept: KeptReport): kept is KeptDrill {
  return kept.report.kind === "drill";
}
