/** The broken copies: for each, what is changed in what the restore test sees, and what it has to say then. */
import { randomInt } from "node:crypto";
import type { Code } from "../../fault.ts";
import { backupFolder, newBackupId } from "../../seal/backup-name.ts";
import { MANIFEST_NAME, type ManifestObject } from "../../seal/manifest.ts";
import { newSigningKey } from "../../seal/signing-key.ts";
import type { Source } from "../../store/object-store.ts";
import type { DrillRequest } from "../drill.ts";
import { sealedObject } from "../sealed-object.ts";
import { cutAfter, flippedAt } from "./damage.ts";
import { sealedToOneMore, sealedToStrangers } from "./forged-key.ts";
import { becomes, begun, hollow, keyOf, signedManifest, type Changes, type Kit } from "./kit.ts";
import { forgetful, moved, overlaid } from "./overlaid.ts";

/** What a drill is given other than what it would have, and words that have to be among what it finds. */
export interface Broken {
  change: Partial<Omit<DrillRequest, "tamper">>;
  mentions?: readonly string[];
}

export interface Copy {
  name: string;
  /** One of them has to be found. */
  expected: readonly Code[];
  /** A string says why there is no occasion for it. */
  make(kit: Kit, expectation: DrillRequest["expectation"]): Promise<Broken | string> | Broken | string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A manifest that is refused is, where it was the only one, no backup at all. */
const REFUSED: readonly Code[] = ["BACKUP_OVERDUE", "BACKUP_REFUSED", "SIGNATURE_INVALID"];

/** None of them is restored when the drill sees it. */
export const COPIES: readonly Copy[] = [
  {
    name: "the last byte of each object missing",
    expected: ["BACKUP_DAMAGED"],
    make: (kit) => eachObject(kit, ({ size }, bytes) => cutAfter(bytes, size - 1)),
  },
  {
    name: "one bit flipped in each object",
    expected: ["BACKUP_DAMAGED"],
    make: (kit) => eachObject(kit, ({ size }, bytes) => flippedAt(bytes, randomInt(size))),
  },
  {
    name: "each object missing",
    expected: ["BACKUP_DAMAGED"],
    make: (kit) => ({
      change: { source: seen(kit, hollow(kit)) },
      mentions: kit.backup.manifest.objects.map(({ name }) => name),
    }),
  },
  { name: "two parts swapped", expected: ["BACKUP_DAMAGED"], make: swapped },
  { name: "the manifest of another day", expected: REFUSED, make: otherDay },
  {
    name: "one bit flipped in the manifest",
    expected: REFUSED,
    make: (kit) => {
      const signed = signedManifest(kit, () => ({}));
      return withManifest(kit, flipped(signed, Math.floor(signed.length / 2)));
    },
  },
  { name: "the manifest changed under its signature", expected: REFUSED, make: changedAfterSigning },
  {
    name: "signed by a key that nobody trusts",
    expected: REFUSED,
    make: (kit) =>
      withManifest(
        kit,
        signedManifest(kit, () => ({}), newSigningKey()),
      ),
  },
  {
    name: "sealed to another's recovery keys, with a forged proof",
    expected: ["PROOF_FAILED"],
    make: async (kit) =>
      nobodyPinned(kit) ?? {
        change: { source: seen(kit, await sealedToStrangers(kit)) },
        mentions: kit.pinned.map(({ label }) => label),
      },
  },
  {
    name: "sealed to a stranger beside the recovery keys",
    expected: ["PROOF_FAILED"],
    make: async (kit) => nobodyPinned(kit) ?? { change: { source: seen(kit, await sealedToOneMore(kit)) } },
  },
  { name: "a store that forgot the lock", expected: ["LOCK_LOST"], make: forgotLock },
  {
    name: "a manifest from the future",
    expected: ["BACKUP_FROM_FUTURE"],
    make: (kit) => {
      const { committed } = kit.backup;
      const finishedAt = new Date(Math.max(committed.getTime(), kit.now().getTime()) + DAY_MS).toISOString();
      return withManifest(
        kit,
        signedManifest(kit, () => ({ finishedAt })),
      );
    },
  },
  {
    name: "no backup since the last one expected",
    expected: ["BACKUP_OVERDUE"],
    make: (kit, { every, grace }) => ({
      change: {
        expectation: { every, grace },
        due: () => false,
        now: () => new Date(kit.now().getTime() + every + grace + HOUR_MS),
      },
    }),
  },
];

/** The backup as if it were a later one: a host that ships an old dump again. Restored when a canary is configured. */
export const SHIPPED_AGAIN: Copy = {
  name: "an earlier backup shipped as a new one",
  expected: ["CANARY_MISSING"],
  make: (kit) => {
    const { manifest, folder } = kit.backup;
    const backupId = newBackupId(begun(kit.backup));
    const to = backupFolder(undefined, manifest.cluster, backupId);
    const signed = signedManifest(kit, () => ({ backupId }));
    const changes: Changes = new Map([[`${to}/${MANIFEST_NAME}`, becomes(signed)]]);
    return {
      change: { source: overlaid(moved(kit.source, folder, to), to, changes) },
      mentions: [manifest.backupId],
    };
  },
};

/** The copy under these changes. */
export function seen({ source, backup }: Pick<Kit, "source" | "backup">, changes: Changes): Source {
  return overlaid(source, backup.folder, changes);
}

function withManifest(kit: Kit, bytes: Buffer): Broken {
  const changes: Changes = new Map([...hollow(kit), [keyOf(kit, MANIFEST_NAME), becomes(bytes)]]);
  return { change: { source: seen(kit, changes) } };
}

/** All of them at once, and each has to be named: nothing else is to be done with what is damaged all over. */
function eachObject(
  kit: Kit,
  damage: (object: ManifestObject, bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
): Broken {
  const { objects } = kit.backup.manifest;
  const changes: Changes = new Map(
    objects.map((object) => [
      keyOf(kit, object.name),
      (signal) => damage(object, whole(kit, object, signal)),
    ]),
  );
  return { change: { source: seen(kit, changes) }, mentions: objects.map(({ name }) => name) };
}

/** Two that the same loader would take: the smallest ones that share a role, or a database. */
function swapped(kit: Kit): Broken | string {
  const parts = kit.backup.manifest.objects
    .filter(({ database }) => database !== undefined)
    .sort((a, b) => a.size - b.size);
  const alike = (one: ManifestObject, other: ManifestObject): boolean =>
    one !== other &&
    one.sha256 !== other.sha256 &&
    (one.role === other.role || one.database === other.database);
  const one = parts.find((part) => parts.some((other) => alike(part, other)));
  const other = one === undefined ? undefined : parts.find((part) => alike(one, part));
  if (one === undefined || other === undefined) return "the backup has no two parts";
  const changes = hollow(kit);
  changes.set(keyOf(kit, one.name), (signal) => whole(kit, other, signal));
  changes.set(keyOf(kit, other.name), (signal) => whole(kit, one, signal));
  return { change: { source: seen(kit, changes) }, mentions: [`${one.name} has`, `${other.name} has`] };
}

function otherDay(kit: Kit): Broken {
  const backupId = newBackupId(new Date(begun(kit.backup).getTime() - DAY_MS));
  return withManifest(
    kit,
    signedManifest(kit, () => ({ backupId })),
  );
}

/** A good signature, of the same host, under another content. */
function changedAfterSigning(kit: Kit): Broken {
  const signed = JSON.parse(signedManifest(kit, () => ({})).toString()) as Record<string, unknown>;
  const other = signedManifest(kit, ({ objects }) => ({
    objects: objects.map((object) => ({ ...object, sha256: "0".repeat(64) })),
  }));
  const { payload } = JSON.parse(other.toString()) as Record<string, unknown>;
  return withManifest(kit, Buffer.from(JSON.stringify({ ...signed, payload })));
}

/** The copy claims a lock, which a run that saw it kept would have, and the store knows of none. */
function forgotLock(kit: Kit): Broken {
  const changes = hollow(kit);
  const retainUntil = new Date(kit.now().getTime() + DAY_MS).toISOString();
  const signed = signedManifest(kit, ({ copies, findings }) => ({
    copies: copies
      .slice(0, 1)
      .map((copy) => ({ ...copy, destination: kit.source.name, mode: "COMPLIANCE", retainUntil })),
    findings: findings.filter(({ code }) => !["LOCK_NOT_KEPT", "LOCK_UNCONFIRMED"].includes(code)),
  }));
  changes.set(keyOf(kit, MANIFEST_NAME), becomes(signed));
  return { change: { source: forgetful(seen(kit, changes)) } };
}

function nobodyPinned({ pinned }: Kit): string | undefined {
  return pinned.length === 0 ? "no recovery key is pinned in this host's configuration" : undefined;
}

function whole({ source, backup }: Kit, object: ManifestObject, signal: AbortSignal): AsyncIterable<Buffer> {
  return sealedObject(source, backup, object, signal);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
