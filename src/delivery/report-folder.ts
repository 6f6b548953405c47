/**
 * Adapter: the reports that this host keeps, `<YYYY>/<MM>/<id>.json` (the signed envelope) and `<id>.html` beside
 * it. The envelope is written last: a page alone is no report.
 */
import { readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { errno, Fault, type Finding } from "../fault.ts";
import { chainHead, HEAD_AMONG, type Link } from "../report/chain.ts";
import { parseBackupId } from "../seal/backup-name.ts";
import { openEnvelope } from "../seal/envelope.ts";
import { parseReport, REPORT_TYPE, sha256Of, type Report } from "../seal/report.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import { fileFault, UNFINISHED, writeWhole } from "../files/whole-file.ts";

const DAY_MS = 86_400_000;
/** Files read at the same time. */
const AT_ONCE = 16;
/** Damaged files named in the finding. */
const MOST_NAMED = 5;
/** As large as an envelope may be. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface KeptReport {
  report: Report;
  /** Of the signed envelope. */
  sha256: string;
  file: string;
  page: string;
}

export interface ReportFolder {
  /** Writes page and envelope. Throws STORE_FULL, STORE_DENIED, STORE_FAILED; then the report is not there. */
  keep(id: string, signed: Buffer, page: string): Promise<{ file: string; page: string }>;
  /**
   * Reports begun at `since` or later, oldest id first, each parsed and its signature checked. What is damaged or not
   * signed by this host is left out and told in one finding. Throws STORE_DENIED and STORE_FAILED for a folder
   * that cannot be listed.
   */
  list(since?: Date): Promise<{ reports: KeptReport[]; findings: Finding[] }>;
  /** The newest by id that `wanted` says yes to. */
  newest(wanted: (report: Report) => boolean): Promise<KeptReport | undefined>;
  /** The one that the next report follows; undefined when there is none. */
  last(): Promise<Link | undefined>;
  /** Removes what was begun more than `days` days before `now`, but never the newest. Out: how many reports went. */
  removeOlderThan(days: number, now: Date): Promise<number>;
}

/**
 * @param root `<state_directory>/reports`; made when the first report is kept
 * @param key this host's own: what others signed does not count
 * @param write how a file gets onto the disk; tests hand in a disk that is full
 */
export function openReportFolder(root: string, key: VerifyKey, write = writeWhole): ReportFolder {
  const read = (id: string): Promise<KeptReport | undefined> => readReport(root, id, key);

  /** In chunks, newest first, so that whoever has found what he wants reads no further. */
  async function* newestFirst(): AsyncGenerator<KeptReport> {
    const ids = (await reportIds(root)).reverse();
    for (let at = 0; at < ids.length; at += AT_ONCE)
      for (const report of await Promise.all(ids.slice(at, at + AT_ONCE).map(read)))
        if (report !== undefined) yield report;
  }

  return {
    async keep(id, signed, page) {
      const [file, pageFile] = [pathOf(root, id, "json"), pathOf(root, id, "html")];
      await write(pageFile, page);
      try {
        await write(file, signed);
      } catch (error) {
        await rm(pageFile, { force: true }).catch(() => undefined);
        throw error;
      }
      return { file, page: pageFile };
    },

    async list(since) {
      const from = since?.getTime() ?? -Infinity;
      // An id holds full seconds only.
      const ids = (await reportIds(root, since)).filter((id) => begunAt(id) + 999 >= from);
      const reports: KeptReport[] = [];
      const damaged: string[] = [];
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const some = ids.slice(at, at + AT_ONCE);
        for (const [i, report] of (await Promise.all(some.map(read))).entries())
          if (report === undefined) damaged.push(pathOf(root, some[i] ?? "", "json"));
          else reports.push(report);
      }
      return { reports, findings: damaged.length === 0 ? [] : [historyDamaged(damaged)] };
    },

    async newest(wanted) {
      for await (const kept of newestFirst()) if (wanted(kept.report)) return kept;
      return undefined;
    },

    async last() {
      const links: Link[] = [];
      for await (const { report, sha256 } of newestFirst()) {
        links.unshift({ id: report.id, sha256, previous: report.previous?.sha256 });
        if (links.length === HEAD_AMONG) break;
      }
      return chainHead(links);
    },

    async removeOlderThan(days, now) {
      // With pages that a crash left alone.
      const ids = [...new Set(await reportIds(root, undefined, /\.(json|html)$/))];
      const old = ids.slice(0, -1).filter((id) => begunAt(id) < now.getTime() - days * DAY_MS);
      for (const id of old) {
        // The envelope first: a page alone is no report, and an envelope alone would be one.
        for (const kind of ["json", "html"] as const)
          await rm(pathOf(root, id, kind), { force: true }).catch((error: unknown) => {
            throw fileFault(error, pathOf(root, id, kind), "removed");
          });
        await removeEmpty(root, id);
      }
      return old.length;
    },
  };
}

function begunAt(id: string): number {
  return parseBackupId(id)?.getTime() ?? NaN;
}

function pathOf(root: string, id: string, kind: "json" | "html"): string {
  if (parseBackupId(id) === undefined) throw new Error(`${JSON.stringify(id)} is no report id`);
  return join(root, id.slice(0, 4), id.slice(4, 6), `${id}.${kind}`);
}

/** Oldest first; with `since`, whole months before it are not looked at. */
async function reportIds(root: string, since?: Date, kinds = /\.json$/): Promise<string[]> {
  const first = since === undefined ? "" : since.toISOString().slice(0, 7);
  const ids: string[] = [];
  for (const year of (await names(root)).filter((name) => /^\d{4}$/.test(name)))
    for (const month of (await names(join(root, year))).filter((name) => /^\d\d$/.test(name))) {
      if (`${year}-${month}` < first) continue;
      for (const name of await names(join(root, year, month))) {
        const id = kinds.test(name) ? name.slice(0, -5) : "";
        // In the wrong month it would be looked for elsewhere.
        if (parseBackupId(id) !== undefined && id.startsWith(year + month)) ids.push(id);
      }
    }
  return ids.sort();
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith(UNFINISHED));
  } catch (error) {
    const code = errno(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw fileFault(error, folder, "listed");
  }
}

/** Undefined for anything that is not this report, signed by this host. */
async function readReport(root: string, id: string, key: VerifyKey): Promise<KeptReport | undefined> {
  const file = pathOf(root, id, "json");
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) return undefined;
    const signed = await readFile(file);
    const report = parseReport(openEnvelope(signed, REPORT_TYPE, [key]));
    if (report.id !== id || report.host !== key.keyid) return undefined;
    return { report, sha256: sha256Of(signed), file, page: pathOf(root, id, "html") };
  } catch (error) {
    if (error instanceof Fault || errno(error) !== undefined) return undefined;
    throw error;
  }
}

async function removeEmpty(root: string, id: string): Promise<void> {
  for (const folder of [join(root, id.slice(0, 4), id.slice(4, 6)), join(root, id.slice(0, 4))])
    await rmdir(folder).catch(() => undefined);
}

function historyDamaged(files: readonly string[]): Finding {
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : "";
  return {
    code: "HISTORY_DAMAGED",
    what: `${files.length} of the reports kept on this host cannot be read or are not signed by it, and are left out: ${files.slice(0, MOST_NAMED).join(", ")}${more}`,
    todo: "Find out who changed them; the store has a copy of each, sealed to the recovery keys; then move them away.",
  };
}
