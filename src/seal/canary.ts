/**
 * The canary: one row that the backup host writes into the database right before it is frozen, and that the
 * restore test demands of what it restored. It names the backup it belongs to, so that a dump of another server,
 * or of yesterday's state of the right one, cannot pass.
 */
import { z } from "zod";
import { Fault, firstLine } from "../fault.ts";
import { isClusterName, parseBackupId } from "./backup-name.ts";
import { openEnvelope, signEnvelope } from "./envelope.ts";
import type { SigningKey, VerifyKey } from "./signing-key.ts";

/** DSSE payload type. */
export const CANARY_TYPE = "application/vnd.lakat.canary+json";

/** Bytes of the largest text that is read as a canary. */
export const MAX_CANARY = 64 * 1024;

const canary = z.strictObject({
  version: z.literal(1),
  cluster: z.string().refine(isClusterName, "not a cluster name"),
  /** The backup that begins now. */
  backupId: z.string().refine((id) => parseBackupId(id) !== undefined, "not a backup id"),
  /** Of the server that it was written on. */
  systemIdentifier: z.string().min(1).max(100),
  database: z.string().min(1).max(255),
  /** By the backup host's clock. */
  writtenAt: z.iso.datetime(),
});

export type Canary = Omit<z.output<typeof canary>, "version">;

/** Out: the canary as an envelope, ASCII, to be stored as text in a database of any encoding. */
export function signCanary(value: Canary, key: SigningKey): Buffer {
  const content: z.output<typeof canary> = { version: 1, ...value };
  return signEnvelope(CANARY_TYPE, Buffer.from(JSON.stringify(canary.parse(content))), key);
}

/**
 * The reverse of `signCanary`, signed by one of `trusted`. Whether it is the one that was expected is for the
 * caller to see. Throws SIGNATURE_INVALID or MANIFEST_INVALID.
 */
export function openCanary(bytes: Buffer, trusted: readonly VerifyKey[]): Canary {
  const payload = openEnvelope(bytes, CANARY_TYPE, trusted);
  try {
    const { cluster, backupId, systemIdentifier, database, writtenAt } = canary.parse(
      JSON.parse(payload.toString("utf8")),
    );
    return { cluster, backupId, systemIdentifier, database, writtenAt };
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    throw new Fault(
      "MANIFEST_INVALID",
      firstLine(
        `the canary is not in the known form${issue === undefined ? "" : `: ${issue.path.join(".")}: ${issue.message}`}`,
      ),
      "Use the lakat version that made this backup, or a newer one.",
      { cause },
    );
  }
}
