/** What lies in a store, folder by folder: every version of it, and nothing outside of what is asked about. */
import { backupFolder, parseBackupId } from "../seal/backup-name.ts";
import { MANIFEST_NAME } from "../seal/manifest.ts";
import { VERDICT_NAME } from "../seal/report-name.ts";
import type { Remover, StoredPiece } from "../store/object-store.ts";

interface Folder {
  /** Key prefix of its objects, without a slash at the end. */
  folder: string;
  /** The id it is named by. */
  id: string;
  /** Of all versions together. */
  bytes: number;
  /** The store's time of what came last. */
  newest: Date;
}

export interface BackupFolder extends Folder {
  /**
   * The store's time of the oldest version of a manifest; undefined: there is none, hidden ones included. Whoever writes
   * it again, or hides it, can make a backup neither newer nor unfinished.
   */
  committed: Date | undefined;
}

export interface ReportFolder extends Folder {
  /** Undefined for the reports of a day. */
  cluster: string | undefined;
  /** Versions of its verdict, oldest first. */
  verdicts: StoredPiece[];
}

/** The folders that have a backup's place below the cluster, by their key prefix. What lies elsewhere is left out. */
export async function surveyBackups(
  remover: Remover,
  cluster: string,
  signal: AbortSignal,
): Promise<Map<string, BackupFolder>> {
  const folders = new Map<string, BackupFolder>();
  for await (const piece of remover.pieces(`${cluster}/`, signal)) {
    const [id = "", ...rest] = piece.key.split("/").slice(4);
    if (rest.length === 0 || parseBackupId(id) === undefined) continue;
    const folder = backupFolder(undefined, cluster, id);
    if (!piece.key.startsWith(`${folder}/`)) continue;
    const found = folders.get(folder) ?? { ...newFolder(folder, id), committed: undefined };
    count(found, piece);
    if (isManifestOf(folder, piece) && !(found.committed !== undefined && found.committed <= piece.modified))
      found.committed = piece.modified;
    folders.set(folder, found);
  }
  return folders;
}

/** Whether this is a version of the manifest of the backup in `folder`. */
export function isManifestOf(folder: string, { key, marker }: StoredPiece): boolean {
  return key === `${folder}/${MANIFEST_NAME}` && !marker;
}

/** The reports below a folder such as `reports/drill/crm`, which are those of `cluster`. */
export async function surveyReports(
  remover: Remover,
  below: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<ReportFolder[]> {
  const folders = new Map<string, ReportFolder>();
  for await (const piece of remover.pieces(`${below}/`, signal)) {
    const folder = piece.key.slice(0, piece.key.lastIndexOf("/"));
    const id = folder.slice(folder.lastIndexOf("/") + 1);
    if (parseBackupId(id) === undefined) continue;
    const found = folders.get(folder) ?? { ...newFolder(folder, id), cluster, verdicts: [] };
    count(found, piece);
    if (piece.key === `${folder}/${VERDICT_NAME}` && !piece.marker) found.verdicts.unshift(piece);
    folders.set(folder, found);
  }
  return [...folders.values()];
}

function newFolder(folder: string, id: string): Folder {
  return { folder, id, bytes: 0, newest: new Date(0) };
}

function count(folder: Folder, { size, modified }: StoredPiece): void {
  folder.bytes += size;
  if (modified > folder.newest) folder.newest = modified;
}
