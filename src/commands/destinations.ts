/** Wires the destinations of a configuration to their adapters. */
import type { Destination as DestinationEntry, S3Destination } from "../config.ts";
import { isConfidential } from "../confidential-url.ts";
import { Fault, type Finding } from "../fault.ts";
import type { Destination } from "../backup/shipment.ts";
import { openDirectoryRemover } from "../store/directory-remover.ts";
import { openDirectorySink } from "../store/directory-sink.ts";
import { openDirectorySource } from "../store/directory-source.ts";
import type { MemoryBudget } from "../store/memory-budget.ts";
import type { Remover, Sink, Source, UploadJournal } from "../store/object-store.ts";
import { removerBelow, sinkBelow, sourceBelow } from "../store/prefix.ts";
import { judgeResidency } from "../store/residency.ts";
import { retainUntil } from "../store/retention.ts";
import type { S3Config } from "../store/s3-client.ts";
import { readSecret } from "./secrets.ts";

/** The country of a local directory whose entry names none: where this product's users keep their servers. */
const HOME_COUNTRY = "HU";

/** Opens a destination for writing. The S3 client is loaded only when one is configured. */
export async function openSink(
  entry: DestinationEntry,
  means: { budget: MemoryBudget; journal: UploadJournal },
  env: NodeJS.ProcessEnv,
): Promise<Sink> {
  if (entry.type === "directory") {
    const { name, path } = entry;
    return sinkBelow(
      openDirectorySink({ name, path, country: entry.country ?? HOME_COUNTRY }, means.journal),
      entry.prefix,
    );
  }
  const { openS3Sink } = await import("../store/s3-sink.ts");
  return sinkBelow(openS3Sink(await s3Config(entry, env), means), entry.prefix);
}

/** Opens a destination for reading. */
export async function openSource(entry: DestinationEntry, env: NodeJS.ProcessEnv): Promise<Source> {
  if (entry.type === "directory") return sourceBelow(openDirectorySource(entry), entry.prefix);
  const { openS3Source } = await import("../store/s3-source.ts");
  return sourceBelow(openS3Source(await s3Config(entry, env)), entry.prefix);
}

/** Opens a store for removing what is old. */
export async function openRemover(entry: DestinationEntry, env: NodeJS.ProcessEnv): Promise<Remover> {
  if (entry.type === "directory") return removerBelow(openDirectoryRemover(entry), entry.prefix);
  const { openS3Remover } = await import("../store/s3-remover.ts");
  return removerBelow(openS3Remover(await s3Config(entry, env)), entry.prefix);
}

/**
 * Asks a destination, before a byte leaves, where it lies and what it keeps. Throws RESIDENCY_REFUSED and the
 * store's own faults.
 */
export async function examine(
  entry: DestinationEntry,
  sink: Sink,
  cluster: string,
  now: Date,
  signal: AbortSignal,
): Promise<{ destination: Destination; findings: Finding[] }> {
  const country = await sink.country(signal);
  const legalBasis = judgeResidency({ destination: entry.name, country, offsite: entry.off_site });
  const findings = await sink.probe(`${cluster}/probe`, signal);
  const lock = entry.type === "s3" ? entry.lock : undefined;
  const retention = lock === undefined ? undefined : { mode: lock.mode, until: retainUntil(now, lock.days) };
  return { destination: { sink, country, recipient: entry.recipient, legalBasis, retention }, findings };
}

/** Judges a destination by what the configuration alone says of its country. Throws RESIDENCY_REFUSED. */
export async function judgeDeclared(entry: DestinationEntry): Promise<void> {
  const country =
    entry.type === "directory"
      ? (entry.country ?? HOME_COUNTRY)
      : (await import("../store/s3-region.ts")).declaredCountry(entry);
  judgeResidency({ destination: entry.name, country, offsite: entry.off_site });
}

async function s3Config(entry: S3Destination, env: NodeJS.ProcessEnv): Promise<S3Config> {
  const at = `destination ${entry.name}`;
  const key = async (
    place: S3Destination["access_key_id"],
    field: string,
    variable: string,
  ): Promise<string> => readSecret(place ?? { env: variable }, `${at}: ${field}`, env);
  // Requests would cross a network as clear text, keys' signatures included.
  if (entry.endpoint !== undefined && !isConfidential(new URL(entry.endpoint)))
    throw new Fault(
      "CONFIG_INVALID",
      `${at}: endpoint is not encrypted`,
      "Use https:// for everything but this machine itself.",
    );
  return {
    name: entry.name,
    endpoint: entry.endpoint,
    region: entry.region,
    bucket: entry.bucket,
    pathStyle: entry.path_style,
    checksum: entry.checksum,
    country: entry.country,
    accessKeyId: await key(entry.access_key_id, "access_key_id", "AWS_ACCESS_KEY_ID"),
    secretAccessKey: await key(entry.secret_access_key, "secret_access_key", "AWS_SECRET_ACCESS_KEY"),
    sessionToken:
      entry.session_token === undefined
        ? undefined
        : await readSecret(entry.session_token, `${at}: session_token`, env),
    partSize: entry.part_size,
    maxParts: entry.max_parts,
  };
}
