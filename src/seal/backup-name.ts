/**
 * How backups and their objects are named in a store: names that sort by time, and one safe path segment for
 * any database name PostgreSQL allows.
 */
import { randomBytes } from "node:crypto";
import { Fault } from "../fault.ts";

const BACKUP_ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;
const CLUSTER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** `20261123T031415Z-` and eight random hex digits, for a backup begun at `now`. */
export function newBackupId(now: Date): string {
  const time = now.toISOString().replace(/\.\d+Z$/, "Z");
  return `${time.replace(/[-:]/g, "")}-${randomBytes(4).toString("hex")}`;
}

/** Out: when the backup began, to the second; undefined when this is no backup id. */
export function parseBackupId(id: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = BACKUP_ID.exec(id) ?? [];
  if (year === undefined) return undefined;
  const iso = `${year}-${month ?? ""}-${day ?? ""}T${hour ?? ""}:${minute ?? ""}:${second ?? ""}.000Z`;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) || date.toISOString() !== iso ? undefined : date;
}

/** Cluster names: letters, digits, dot, underscore, hyphen; no dot, underscore or hyphen first; at most 63. */
export function isClusterName(name: string): boolean {
  return CLUSTER.test(name);
}

/**
 * `<prefix>/<cluster>/<YYYY>/<MM>/<DD>/<backup-id>`, without a slash at the end. The date is the backup id's.
 * Throws MANIFEST_INVALID on a bad id or cluster name, so that neither can point anywhere else.
 */
export function backupFolder(prefix: string | undefined, cluster: string, backupId: string): string {
  const date = parseBackupId(backupId)?.toISOString();
  if (date === undefined || !isClusterName(cluster)) {
    throw new Fault(
      "MANIFEST_INVALID",
      `${JSON.stringify(cluster)} ${JSON.stringify(backupId)} does not name a backup`,
      "Give the cluster's name and a backup id as lakat backup list shows them.",
    );
  }
  const [year = "", month = "", day = ""] = date.slice(0, 10).split("-");
  const parts = [cluster, year, month, day, backupId];
  return (prefix === undefined || prefix === "" ? parts : [prefix, ...parts]).join("/");
}

/**
 * A database name as one path segment: letters, digits, `_` and `-` as they are, every other byte of its UTF-8
 * as `%XX`. 63 bytes become at most 189, dots never stand by themselves, no two names meet.
 */
export function segmentOf(name: string): string {
  let segment = "";
  for (const byte of Buffer.from(name, "utf8")) {
    const char = String.fromCharCode(byte);
    segment += /[A-Za-z0-9_-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return segment;
}

/** The reverse of `segmentOf`; undefined for anything it does not produce. */
export function nameOf(segment: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(segment);
  } catch {
    return undefined;
  }
  return segment !== "" && segmentOf(name) === segment ? name : undefined;
}
