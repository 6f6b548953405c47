/** Which backups a store holds. A backup is what has a manifest signed by a trusted host; nothing else is. */
import { inOrder } from "../concurrency/in-order.ts";
import { asFault, Fault, type Finding } from "../fault.ts";
import { parseBackupId } from "../seal/backup-name.ts";
import { madeAt } from "../seal/made-at.ts";
import { MANIFEST_NAME } from "../seal/manifest.ts";
import type { Listed, Source } from "../store/object-store.ts";
import { readManifest, type FoundManifest, type Trust } from "./read-manifest.ts";

export interface Backup extends FoundManifest {
  /** Key prefix of its objects, without a slash at the end. */
  folder: string;
}

/** Something with a manifest's name that is not a backup to be trusted, and why. */
export interface Refused {
  folder: string;
  committed: Date;
  fault: Fault;
}

export interface Wanted {
  /** Undefined: of all clusters. */
  cluster?: string | undefined;
  /** A backup's id, or the beginning of it; undefined: any. */
  id?: string | undefined;
}

/** The backups that are wanted, oldest day first, with those that are refused. Throws STORE_UNREACHABLE. */
export async function* listBackups(
  source: Source,
  wanted: Wanted,
  trust: Trust,
  signal: AbortSignal,
): AsyncGenerator<Backup | Refused> {
  yield* readAll(source, await manifestsOf(source, wanted, signal), trust, signal);
}

/** What has a manifest's name, in the order of keys. */
async function manifestsOf(source: Source, wanted: Wanted, signal: AbortSignal): Promise<Listed[]> {
  const manifests: Listed[] = [];
  const below = wanted.cluster === undefined ? "" : `${wanted.cluster}/`;
  for await (const object of source.list(below, signal)) {
    const [name, id] = object.key.split("/").reverse();
    if (name === MANIFEST_NAME && id?.startsWith(wanted.id ?? "") === true) manifests.push(object);
  }
  return manifests;
}

async function* readAll(
  source: Source,
  manifests: Listed[],
  trust: Trust,
  signal: AbortSignal,
): AsyncGenerator<Backup | Refused> {
  yield* inOrder(manifests, AT_ONCE, async ({ key, modified }) => {
    const folder = key.slice(0, -MANIFEST_NAME.length - 1);
    try {
      return { folder, ...(await readManifest(source, { folder, modified }, trust, signal)) };
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      // That says nothing about the backup, and without it an older one would pass for the newest.
      if (fault.code === "STORE_UNREACHABLE") throw fault;
      return { folder, committed: modified, fault };
    }
  });
}

/**
 * The newest backup that is wanted, by the earlier of the store's time and the signed one: whoever writes a
 * manifest again makes the store call it new, and a host's clock may run ahead. One that nobody vouches for only when there is no other. A
 * later one that is refused is a finding: what is taken may not be the newest. Throws
 * BACKUP_NOT_FOUND, USAGE when the beginning of an id fits several, and the fault of the one asked for when that
 * is refused.
 */
export async function findBackup(
  source: Source,
  wanted: Wanted,
  trust: Trust,
  signal: AbortSignal,
): Promise<Backup> {
  const found: Backup[] = [];
  const allRefused: Refused[] = [];
  const manifests = await manifestsOf(source, wanted, signal);
  // Newest first when any will do: no backup can be newer than its manifest, so most need not be read.
  if (wanted.id === undefined) manifests.sort((a, b) => b.modified.getTime() - a.modified.getTime());
  let passed = 0;
  const newest = (): number => Math.max(...found.filter(({ verified }) => verified).map(backupMadeAt));
  while (
    manifests.length > 0 &&
    !(wanted.id === undefined && newest() >= (manifests[0]?.modified.getTime() ?? 0))
  ) {
    if (wanted.id === undefined && passed === 0 && found.length === 0 && allRefused.length >= MOST_REFUSED) {
      passed = await floodEnd(manifests, async (some) => {
        for await (const one of readAll(source, some, trust, signal)) if ("manifest" in one) return true;
        return false;
      });
      manifests.splice(0, passed);
    }
    for await (const backup of readAll(source, manifests.splice(0, AT_ONCE), trust, signal)) {
      if ("manifest" in backup) found.push(backup);
      else allRefused.push(backup);
    }
  }
  allRefused.sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const refused = allRefused.at(-1);
  found.sort((a, b) => Number(b.verified) - Number(a.verified) || backupMadeAt(b) - backupMadeAt(a));
  const [best] = found;
  if (best === undefined) {
    if (refused !== undefined && wanted.id !== undefined) throw refused.fault;
    throw notFound(source, wanted, refused);
  }
  const ids = new Set(
    found.filter(({ verified }) => verified === best.verified).map((b) => b.manifest.backupId),
  );
  if (wanted.id !== undefined && ids.size > 1)
    throw new Fault(
      "USAGE",
      `${ids.size} backups begin with ${wanted.id}`,
      `Name one of them: ${[...ids].slice(0, 5).join(", ")}${ids.size > 5 ? ", …" : ""}.`,
    );
  const later = wanted.id === undefined ? allRefused.filter(({ folder }) => isLater(folder, best)) : [];
  const flooded = passed === 0 ? [] : [flood(best, passed)];
  return { ...best, findings: [...best.findings, ...flooded, ...passedOver(later)] };
}

/** Manifests read at the same time. */
const AT_ONCE = 8;
/** So many in a row, newest first, are no mistake any more: somebody floods the store to keep us reading. */
const MOST_REFUSED = 64;

/**
 * How many of the manifests, newest first, lie before the first that is read well: by leaps and halving, since whoever floods
 * a store now cannot date anything back behind what lay there before. A good one amid the flood may be missed.
 */
async function floodEnd(manifests: Listed[], anyGood: (some: Listed[]) => Promise<boolean>): Promise<number> {
  const isGood = (at: number): Promise<boolean> => anyGood(manifests.slice(at, at + AT_ONCE));
  const last = Math.max(0, manifests.length - AT_ONCE);
  let bad = 0;
  let good = AT_ONCE;
  while (good < last && !(await isGood(good))) [bad, good] = [good, good * 2];
  good = Math.min(good, last);
  while (good - bad > AT_ONCE) {
    const middle = Math.floor((bad + good) / 2);
    if (await isGood(middle)) good = middle;
    else bad = middle;
  }
  return bad;
}

function flood({ manifest }: Backup, passed: number): Finding {
  return {
    code: "BACKUP_REFUSED",
    what: `more than ${passed} manifests that the store received after backup ${manifest.backupId} are signed by nobody who is trusted, so most of them were not read; a good backup may be among them`,
    todo: "Take away the write key of the backup hosts and give out a new one; find out who used it.",
  };
}

function isLater(folder: string, { manifest }: Backup): boolean {
  const begun = parseBackupId(folder.split("/").at(-1) ?? "");
  return begun !== undefined && folder.startsWith(`${manifest.cluster}/`) && begun > idTime(manifest);
}

function idTime({ backupId, startedAt }: Backup["manifest"]): Date {
  return parseBackupId(backupId) ?? new Date(startedAt);
}

function passedOver(later: Refused[]): Finding[] {
  const last = later.at(-1);
  if (last === undefined) return [];
  const others = later.length === 1 ? "" : `, as are ${later.length - 1} more`;
  return [
    {
      code: "BACKUP_REFUSED",
      what: `${last.folder} would be later than the backup that is used, and is refused (${last.fault.code}: ${last.fault.message})${others}`,
      todo: "If a host of yours made it with a new key, add its .pub to the trusted keys (`backup_hosts`) and keep the old one; if it is damaged, take it from another destination; otherwise find out who wrote it.",
    },
  ];
}

/** When a backup was made, as the restore test takes it (seal/made-at.ts). */
export function backupMadeAt({ committed, manifest }: Backup): number {
  return madeAt({ committed, finishedAt: manifest.finishedAt });
}

function notFound(source: Source, wanted: Wanted, refused: Refused | undefined): Fault {
  const what = wanted.id === undefined ? "backup" : `backup ${wanted.id}`;
  const of = wanted.cluster === undefined ? "" : ` of ${wanted.cluster}`;
  return refused === undefined
    ? new Fault(
        "BACKUP_NOT_FOUND",
        `${source.name} holds no ${what}${of}`,
        "Check the store's name, prefix and the cluster; `lakat backup list` shows what is there.",
      )
    : new Fault(
        "BACKUP_NOT_FOUND",
        `${source.name} holds no ${what}${of} that a trusted host has signed (${refused.fault.message})`,
        "See `lakat backup list`, and give --host-key if another host of yours made them.",
      );
}
