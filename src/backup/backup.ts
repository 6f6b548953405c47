/**
 * FLOW snapshot → dump → compress → seal → ship → manifest.
 *
 * Promises: every object is sealed to the backup key, which is forgotten when this function returns; the
 * manifest is written last and is the commit; whatever goes wrong before it leaves nothing that is a backup.
 */
import type { Finding } from "../fault.ts";
import { newBackupKey, sealBytes } from "../seal/age.ts";
import { signEnvelope } from "../seal/envelope.ts";
import { encodeInventory } from "../seal/inventory.ts";
import {
  backupFolder,
  encodeManifest,
  MANIFEST_NAME,
  MANIFEST_TYPE,
  totalSize,
  type Manifest,
  type ManifestObject,
} from "../seal/manifest.ts";
import { bodyOf } from "../store/object-store.ts";
import type { BackupRequest } from "./backup-request.ts";
import { Courier } from "./courier.ts";
import { draftManifest } from "./draft-manifest.ts";
import { dumpCluster } from "./dump-cluster.ts";
import { sealKey } from "./seal-key.ts";
import { Shipment } from "./shipment.ts";

export interface BackupResult {
  backupId: string;
  /** Key of the folder of its objects, below each destination's prefix. */
  folder: string;
  manifest: Manifest;
  /** The manifest's envelope. */
  signed: Buffer;
  /** Bytes shipped, manifest not counted. */
  bytes: number;
  /** Destinations that hold the whole backup. */
  destinations: string[];
  findings: Finding[];
}

/**
 * Makes one backup of a whole cluster. Throws the first fault that another try could not mend; then no
 * manifest exists, and uploads that had begun are aborted.
 */
export async function backup(request: BackupRequest): Promise<BackupResult> {
  const { backupId, source, watch, signal } = request;
  const startedAt = request.now();
  const folder = backupFolder(undefined, request.cluster, backupId);
  const shipment = new Shipment(folder, request.destinations);
  const courier = new Courier(shipment, request);
  const backupKey = await newBackupKey();

  watch.phase("snapshot");
  const facts = await source.facts();

  watch.phase("dump");
  const { databases, inventories, ...dumped } = await dumpCluster(
    request,
    facts.databases,
    backupKey.recipient,
    courier,
  );

  watch.phase("seal");
  const keys: ManifestObject[] = [];
  for (const { label, bytes } of await sealKey(backupKey.identity, request))
    keys.push(await courier.sendBytes(label, bytes, signal));
  const listed = encodeInventory({ version: 1, databases: inventories, settings: facts.settings });
  const inventory = await courier.sendBytes(
    { name: "inventory.json.age", role: "inventory" },
    await sealBytes(listed, [backupKey.recipient]),
    signal,
  );

  watch.phase("manifest");
  const objects = [...keys, ...dumped.objects, inventory];
  const finishedAt = request.now();
  const manifest = draftManifest(request, { startedAt, finishedAt, facts, databases, objects, shipment });
  const signed = signEnvelope(MANIFEST_TYPE, encodeManifest(manifest), request.signingKey);
  await shipment.send({ name: MANIFEST_NAME }, bodyOf(signed), signal, () => undefined);

  return {
    backupId,
    folder,
    manifest,
    signed,
    bytes: totalSize(objects),
    destinations: shipment.live.map(({ sink }) => sink.name),
    findings: [...request.findings, ...request.warnings, ...shipment.findings],
  };
}
