/**
 * FLOW snapshot → dump → compress → seal → ship → manifest.
 *
 * Promises: every object is sealed to the backup key, which is forgotten when this function returns; the
 * manifest is written last and is the commit; whatever goes wrong before it leaves nothing that is a backup.
 */
import { inParallel } from "../concurrency/in-parallel.ts";
import { asFault, type Fault, type Code, type Finding } from "../fault.ts";
import { newBackupKey, sealBytes, sealStream } from "../seal/age.ts";
import type { OpenedDayKey } from "../seal/day-key.ts";
import { signEnvelope } from "../seal/envelope.ts";
import { encodeInventory, type DatabaseInventory } from "../seal/inventory.ts";
import {
  backupFolder,
  encodeManifest,
  MANIFEST_TYPE,
  segmentOf,
  type Manifest,
  type ManifestObject,
} from "../seal/manifest.ts";
import { recordProof } from "../seal/proof.ts";
import { recordingRecipient, type RecoveryKey } from "../seal/recovery-key.ts";
import type { SigningKey } from "../seal/signing-key.ts";
import type { ClusterFacts, ClusterSource, Section } from "./cluster-source.ts";
import { Shipment, type Destination, type Label } from "./shipment.ts";

/** What a run tells whoever watches. */
export interface Watcher {
  phase(name: "snapshot" | "dump" | "seal" | "manifest"): void;
  /** A stream begins: its name, and its estimated size before compression in bytes. */
  stream(name: string, bytes: number): void;
  /** Sealed bytes that left in a stream. */
  shipped(name: string, bytes: number): void;
  streamEnded(name: string): void;
  /** A stream failed and is started again. */
  again(name: string, fault: Fault): void;
}

export interface BackupRequest {
  /** From newBackupId. */
  backupId: string;
  cluster: string;
  source: ClusterSource;
  destinations: Destination[];
  recoveryKeys: RecoveryKey[];
  dayKey: OpenedDayKey | undefined;
  signingKey: SigningKey;
  /** Streams at once. */
  jobs: number;
  compressionLevel: number;
  /** How often one stream is started before the run fails. */
  attempts: number;
  dataCategories: string[];
  /** Known before the run; written into the manifest with the run's own. */
  findings: Finding[];
  /** Filled by the source while it dumps. */
  warnings: Finding[];
  lakatVersion: string;
  watch: Watcher;
  now: () => Date;
  /** Waits between attempts. */
  pause: (attempt: number, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}

export interface BackupResult {
  backupId: string;
  /** Key of the folder of its objects, below each destination's prefix. */
  folder: string;
  manifest: Manifest;
  /** Bytes shipped, manifest not counted. */
  bytes: number;
  /** Destinations that hold the whole backup. */
  destinations: string[];
  findings: Finding[];
}

/** Faults of the world rather than of the call: another try may meet a better one. */
const WORTH_ANOTHER_TRY: ReadonlySet<Code> = new Set<Code>([
  "DUMP_FAILED",
  "COMPRESS_FAILED",
  "PG_UNREACHABLE",
  // Of pg_dump's own session; when the snapshot's is lost, the signal says so and nothing is tried again.
  "PG_CONNECTION_LOST",
  "STORE_UNREACHABLE",
  "STORE_FAILED",
  "STORE_CHECKSUM",
]);

/**
 * Makes one backup of a whole cluster. Throws the first fault that another try could not mend; then no
 * manifest exists, and uploads that had begun are aborted.
 */
export async function backup(request: BackupRequest): Promise<BackupResult> {
  const { cluster, destinations, now, watch } = request;
  const startedAt = now();
  const { backupId } = request;
  const folder = backupFolder(undefined, cluster, backupId);
  const shipment = new Shipment(folder, destinations);
  const backupKey = await newBackupKey();

  watch.phase("snapshot");
  const facts = await request.source.facts();

  watch.phase("dump");
  const dumped = await dumpEverything(request, facts, shipment, backupKey.recipient);

  watch.phase("seal");
  const inventory = encodeInventory({ version: 1, databases: dumped.inventories, settings: facts.settings });
  const sealedInventory = await sealBytes(inventory, [backupKey.recipient]);
  const objects = [
    ...(await sealKey(request, shipment, backupKey.identity)),
    ...dumped.objects,
    await sendBytes(request, shipment, { name: "inventory.json.age", role: "inventory" }, sealedInventory),
  ];

  watch.phase("manifest");
  const bytes = objects.reduce((sum, object) => sum + object.size, 0);
  const manifest: Manifest = {
    version: 1,
    backupId,
    cluster,
    host: request.signingKey.keyid,
    lakat: request.lakatVersion,
    startedAt: startedAt.toISOString(),
    finishedAt: now().toISOString(),
    source: {
      serverVersion: facts.serverVersion,
      systemIdentifier: facts.systemIdentifier,
      databases: dumped.databases,
    },
    tools: facts.tools,
    compression: { format: "zstd", level: request.compressionLevel },
    recipients: recipientsOf(request),
    objects,
    copies: shipment.live.map(({ sink, country, retention }) => ({
      destination: sink.name,
      country,
      versions: shipment.versionsAt(sink.name),
      ...(retention === undefined
        ? {}
        : { mode: retention.mode, retainUntil: retention.until.toISOString() }),
    })),
    transfers: shipment.live.map(({ country, recipient, legalBasis }) => {
      return { recipient, country, legalBasis, dataCategories: request.dataCategories, bytes };
    }),
    findings: [...request.findings, ...withoutNames(request.warnings), ...shipment.findings].map(
      ({ code, what }) => ({ code, what }),
    ),
  };
  const envelope = signEnvelope(MANIFEST_TYPE, encodeManifest(manifest), request.signingKey);
  await shipment.send(
    { name: "manifest.json", role: "key" },
    once(envelope),
    request.signal,
    () => undefined,
  );

  return {
    backupId,
    folder,
    manifest,
    bytes,
    destinations: shipment.live.map(({ sink }) => sink.name),
    findings: [...request.findings, ...request.warnings, ...shipment.findings],
  };
}

interface Dumped {
  objects: ManifestObject[];
  databases: Manifest["source"]["databases"];
  inventories: DatabaseInventory[];
}

/** Globals and one database after the other, each database's streams in parallel under its own snapshot. */
async function dumpEverything(
  request: BackupRequest,
  facts: ClusterFacts,
  shipment: Shipment,
  recipient: string,
): Promise<Dumped> {
  const dumped: Dumped = { objects: [], databases: [], inventories: [] };
  const send = async (
    label: Label,
    bytes: number,
    read: Section["read"],
    signal: AbortSignal,
  ): Promise<void> => {
    const object = await sendAgain(request, label, bytes, signal, (progress) =>
      shipment.send(label, sealStream(read(signal), [recipient]), signal, progress),
    );
    dumped.objects.push(object);
  };
  const globals = (signal: AbortSignal): Promise<void> =>
    send({ name: "globals.sql.zst.age", role: "globals" }, 0, request.source.globals, signal);

  // A cluster without a database to dump still has its roles.
  if (facts.databases.length === 0) await globals(request.signal);
  for (const [i, database] of facts.databases.entries()) {
    request.watch.phase("dump");
    const snapshot = await request.source.snapshot(database, request.signal);
    try {
      const sections = snapshot.sections.map(({ name, role, bytes, read }) => async (signal: AbortSignal) => {
        const label = { name: `${segmentOf(database)}/${name}.dump.zst.age`, role, database };
        await send(label, bytes, read, signal);
      });
      const inventory = async (ended: AbortSignal): Promise<void> => {
        dumped.inventories.push(await snapshot.inventory(ended));
      };
      const first = i === 0 ? [globals] : [];
      const signal = AbortSignal.any([request.signal, snapshot.lost]);
      await inParallel([...sections, inventory, ...first], request.jobs, signal);
      const parts = dumped.objects.filter((object) => object.database === database).map(({ name }) => name);
      dumped.databases.push({
        name: database,
        snapshotAt: snapshot.at,
        lsn: snapshot.lsn,
        parts: parts.sort(),
      });
    } finally {
      await snapshot.close();
    }
  }
  dumped.objects.sort((a, b) => (a.name < b.name ? -1 : 1));
  return dumped;
}

/** Starts a stream anew, from the dump on, while its snapshot is still held. */
async function sendAgain(
  request: BackupRequest,
  { name }: Label,
  bytes: number,
  signal: AbortSignal,
  send: (progress: (bytes: number) => void) => Promise<ManifestObject>,
): Promise<ManifestObject> {
  for (let attempt = 1; ; attempt++) {
    request.watch.stream(name, bytes);
    try {
      return await send((sealed) => request.watch.shipped(name, sealed));
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      if (!WORTH_ANOTHER_TRY.has(fault.code) || attempt >= request.attempts) throw fault;
      request.watch.again(name, fault);
      await request.pause(attempt, signal);
    } finally {
      request.watch.streamEnded(name);
    }
  }
}

/** key.age for the recovery keys and the day key, and for the day key what proves that the others work. */
async function sealKey(
  request: BackupRequest,
  shipment: Shipment,
  identity: string,
): Promise<ManifestObject[]> {
  const recovery = request.recoveryKeys.map((key) => ({ key, recipient: recordingRecipient(key) }));
  const day = request.dayKey === undefined ? [] : [request.dayKey.recipient];
  const keyAge = await sealBytes(Buffer.from(`${identity}\n`), [...recovery.map((r) => r.recipient), ...day]);
  const sent = [await sendBytes(request, shipment, { name: "key.age", role: "key" }, keyAge)];
  if (day.length > 0) {
    const randomness = recovery.map(({ key, recipient }) => ({
      fingerprint: key.fingerprint,
      kind: key.kind,
      randomness: recipient.randomness(),
    }));
    const proof = await sealBytes(recordProof({ keyAge, randomness }), day);
    sent.push(await sendBytes(request, shipment, { name: "proof.age", role: "proof" }, proof));
  }
  return sent;
}

function sendBytes(
  request: BackupRequest,
  shipment: Shipment,
  label: Label,
  bytes: Buffer,
): Promise<ManifestObject> {
  return sendAgain(request, label, bytes.length, request.signal, (progress) =>
    shipment.send(label, once(bytes), request.signal, progress),
  );
}

function recipientsOf(request: BackupRequest): Manifest["recipients"] {
  const { dayKey } = request;
  return {
    recovery: request.recoveryKeys.map(({ kind, label, fingerprint }) => ({ kind, label, fingerprint })),
    ...(dayKey === undefined ? {} : { dayKey: { day: dayKey.day, fingerprint: dayKey.fingerprint } }),
  };
}

/** What a dumper warns of it calls by name, and the manifest can be read by whoever reaches the store. */
function withoutNames(warnings: Finding[]): Pick<Finding, "code" | "what">[] {
  if (warnings.length === 0) return [];
  return [
    { code: "DUMP_WARNING", what: `${warnings.length} warnings of the dump, which the run has printed` },
  ];
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
