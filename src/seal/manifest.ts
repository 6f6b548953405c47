/**
 * The manifest of a backup: what it consists of, whom it is sealed to, where it went. Signed (envelope.ts) and
 * written last; a backup without one does not exist. Strict both ways: what is not understood is refused.
 */
import { z } from "zod";
import { Fault, firstLine } from "../fault.ts";
import { isClusterName, parseBackupId, segmentOf } from "./backup-name.ts";

export { backupFolder, newBackupId, segmentOf } from "./backup-name.ts";

/** Its name in the backup's folder; its presence is the commit. */
export const MANIFEST_NAME = "manifest.json";
/** DSSE payload type. */
export const MANIFEST_TYPE = "application/vnd.lakat.manifest+json";

// Control characters would let a name forge a second line in a table or a log.
const text = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\u0000-\u001f\u007f]*$/, "no control characters");
const instant = z.iso.datetime();
const fingerprint = z.string().regex(/^SHA256:[0-9a-f]{64}$/, "SHA256: and 64 hex digits");
const bytes = z.int().min(0);
const country = z.string().regex(/^[A-Z]{2}$/, "ISO 3166-1 alpha-2");
const databaseName = z.string().min(1).max(255);
const objectName = z
  .string()
  .max(400)
  .regex(/^[A-Za-z0-9_%-][A-Za-z0-9_%.-]*(\/[A-Za-z0-9_%-][A-Za-z0-9_%.-]*)?$/, "a name below the backup");

const manifestObject = z.strictObject({
  /** Relative to the backup's folder. */
  name: objectName,
  role: z.enum(["key", "proof", "globals", "pre-data", "data", "post-data", "inventory"]),
  /** For the roles pre-data, data and post-data. */
  database: databaseName.optional(),
  /** Bytes and SHA-256 (hex) of the object as stored, that is sealed. */
  size: bytes,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits"),
});

const manifest = z.strictObject({
  version: z.literal(1),
  backupId: z.string().refine((id) => parseBackupId(id) !== undefined, "not a backup id"),
  cluster: z.string().refine(isClusterName, "not a cluster name"),
  /** `keyid` of the host's signing key. */
  host: fingerprint,
  /** Version of the program. */
  lakat: text,
  startedAt: instant,
  finishedAt: instant,
  source: z.strictObject({
    serverVersion: text,
    systemIdentifier: text,
    databases: z.array(
      z.strictObject({
        name: databaseName,
        snapshotAt: instant,
        lsn: z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/, "a WAL position"),
        /** Names of its objects. */
        parts: z.array(objectName),
      }),
    ),
  }),
  tools: z.strictObject({ pgDump: text, zstd: text }),
  compression: z.strictObject({ format: z.literal("zstd"), level: z.int() }),
  recipients: z.strictObject({
    recovery: z
      .array(z.strictObject({ kind: z.enum(["ssh-rsa", "X25519"]), label: text, fingerprint }))
      .min(1),
    dayKey: z.strictObject({ day: z.iso.date(), fingerprint }).optional(),
  }),
  objects: z.array(manifestObject),
  copies: z.array(
    z.strictObject({
      destination: text,
      country,
      /** Object name → version id, where the store keeps versions. */
      versions: z.record(objectName, text),
      retainUntil: instant.optional(),
      mode: z.enum(["COMPLIANCE", "GOVERNANCE"]).optional(),
    }),
  ),
  /** The record of transfers (GDPR art. 30 and chapter V), one for each destination. */
  transfers: z.array(
    z.strictObject({ recipient: text, country, legalBasis: text, dataCategories: z.array(text), bytes }),
  ),
  findings: z.array(z.strictObject({ code: z.string().regex(/^[A-Z][A-Z0-9_]*$/), what: text })),
});

export type Manifest = z.output<typeof manifest>;
export type ManifestObject = z.output<typeof manifestObject>;

/** Bytes of these objects together, as they lie in the store. */
export function totalSize(objects: readonly ManifestObject[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Out: UTF-8 JSON, the same bytes for the same content: fields in the order of the schema, records by key.
 * Throws MANIFEST_INVALID on what `parseManifest` would refuse, so nothing unreadable is ever signed.
 */
export function encodeManifest(value: Manifest): Buffer {
  return canonical(check(value));
}

/** The reverse of `encodeManifest`, for nothing but its output. Throws MANIFEST_INVALID, which names the place. */
export function parseManifest(payload: Buffer): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch (error) {
    throw invalid("it is not JSON", error);
  }
  const value = check(json);
  // Two parsers may read a doubled key differently; only one form is ever written.
  if (!canonical(value).equals(payload)) throw invalid("it is not in the one form lakat writes");
  return value;
}

function check(value: unknown): Manifest {
  const parsed = manifest.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  const contradiction = contradictionIn(parsed.data);
  if (contradiction !== undefined) throw invalid(contradiction);
  return parsed.data;
}

/** What a schema cannot say: that the parts of a manifest agree with each other. */
function contradictionIn({ objects, source, copies, recipients, ...rest }: Manifest): string | undefined {
  const byName = new Map(objects.map((o) => [o.name, o]));
  if (byName.size !== objects.length) return "objects: a name appears twice";
  for (const role of ["key", "globals", "inventory"] as const) {
    if (objects.filter((o) => o.role === role).length !== 1) return `objects: exactly one ${role} is needed`;
  }
  const proofs = objects.filter((o) => o.role === "proof").length;
  if (proofs !== (recipients.dayKey === undefined ? 0 : 1)) {
    return "objects: a proof is there exactly when there is a day key";
  }
  if (new Set(source.databases.map((d) => d.name)).size !== source.databases.length) {
    return "source.databases: a name appears twice";
  }
  const claimed = new Set<string>();
  for (const { name, parts } of source.databases) {
    for (const part of parts) {
      if (claimed.has(part)) return `source.databases: part ${part} is claimed twice`;
      claimed.add(part);
      if (byName.get(part)?.database !== name)
        return `source.databases: part ${part} is not among its objects`;
    }
  }
  for (const { name, role, database } of objects) {
    const isPart = role === "pre-data" || role === "data" || role === "post-data";
    if (isPart !== (database !== undefined)) return `objects: ${name} has the wrong role for its database`;
    if (isPart && !claimed.has(name)) return `objects: ${name} belongs to no database of the source`;
    const folder = database === undefined ? "" : `${segmentOf(database)}/`;
    if (!name.startsWith(folder) || name.slice(folder.length).includes("/")) {
      return `objects: ${name} lies in the wrong folder`;
    }
  }
  for (const { versions } of copies) {
    const stray = Object.keys(versions).find((name) => !byName.has(name));
    if (stray !== undefined) return `copies: ${stray} is not among the objects`;
  }
  const fingerprints = recipients.recovery.map((r) => r.fingerprint);
  if (new Set(fingerprints).size !== fingerprints.length) return "recipients: a recovery key appears twice";
  if (Date.parse(rest.finishedAt) < Date.parse(rest.startedAt)) return "finishedAt is before startedAt";
  return undefined;
}

function canonical(value: Manifest): Buffer {
  const copies = value.copies.map((copy) => ({
    ...copy,
    versions: Object.fromEntries(Object.entries(copy.versions).sort(([a], [b]) => (a < b ? -1 : 1))),
  }));
  return Buffer.from(JSON.stringify({ ...value, copies }));
}

function invalid(why: string, cause?: unknown): Fault {
  return new Fault(
    "MANIFEST_INVALID",
    firstLine(`the manifest is refused: ${why}`),
    "Take the manifest from another destination; if it was written by a newer lakat, use that version.",
    { cause },
  );
}
