/** What broken copies are made with: the backup in clear to its maker, and a signature that this one run trusts. */
import { parseBackupId } from "../../seal/backup-name.ts";
import type { DayKey } from "../../seal/day-key.ts";
import { signEnvelope } from "../../seal/envelope.ts";
import type { Inventory } from "../../seal/inventory.ts";
import { encodeManifest, MANIFEST_NAME, MANIFEST_TYPE, type Manifest } from "../../seal/manifest.ts";
import type { RecoveryKey } from "../../seal/recovery-key.ts";
import { sha256Of } from "../../seal/report.ts";
import type { SigningKey } from "../../seal/signing-key.ts";
import { bodyOf, type Source } from "../../store/object-store.ts";
import type { Backup } from "../catalogue.ts";
import type { Change } from "./overlaid.ts";

export interface Kit {
  source: Source;
  backup: Backup;
  /** `AGE-SECRET-KEY-1…` of the backup. */
  backupKey: string;
  dayKey: DayKey;
  inventory: Inventory;
  pinned: readonly RecoveryKey[];
  /** Made for this run and trusted beside the hosts' own in it alone; never leaves the memory. */
  key: SigningKey;
  now: () => Date;
  signal: AbortSignal;
}

/** Key → what lies there instead. */
export type Changes = Map<string, Change>;

/** Of one of the backup's objects, or of its manifest. */
export function keyOf({ backup }: Pick<Kit, "backup">, name: string): string {
  return `${backup.folder}/${name}`;
}

/** A change to bytes that are held in memory. */
export function becomes(bytes: Buffer): NonNullable<Change> {
  return () => bodyOf(bytes);
}

/** Every object but these is missing: where nothing is to be restored nothing needs to be read. */
export function hollow(kit: Pick<Kit, "backup">, kept: readonly string[] = []): Changes {
  const gone = kit.backup.manifest.objects.filter(({ name }) => !kept.includes(name));
  return new Map(gone.map(({ name }) => [keyOf(kit, name), undefined]));
}

/** The manifest with changes, signed well by the run's own key, or by another. */
export function signedManifest(
  { backup, key }: Pick<Kit, "backup" | "key">,
  change: (manifest: Manifest) => Partial<Manifest>,
  signer: SigningKey = key,
): Buffer {
  const { manifest } = backup;
  const changed = { ...manifest, host: signer.keyid, ...change(manifest) };
  return signEnvelope(MANIFEST_TYPE, encodeManifest(changed), signer);
}

/** The changes that put `bytes` where these objects were, under a manifest that vouches for them. */
export function replaced(kit: Pick<Kit, "backup" | "key">, objects: ReadonlyMap<string, Buffer>): Changes {
  const manifest = signedManifest(kit, (signed) => ({
    objects: signed.objects.map((object) => {
      const bytes = objects.get(object.name);
      return bytes === undefined ? object : { ...object, size: bytes.length, sha256: sha256Of(bytes) };
    }),
  }));
  const changes: Changes = new Map([[keyOf(kit, MANIFEST_NAME), becomes(manifest)]]);
  for (const [name, bytes] of objects) changes.set(keyOf(kit, name), becomes(bytes));
  return changes;
}

/** When the backup of this id was begun. */
export function begun({ manifest }: Pick<Backup, "manifest">): Date {
  return parseBackupId(manifest.backupId) ?? new Date(manifest.startedAt);
}
