/**
 * The proof that the recovery keys open key.age, without having them. The backup host records the randomness
 * behind each recovery stanza; the restore test, which knows the file key by its day key, computes each stanza
 * again from the pinned public key and compares byte for byte.
 */
import { createHash } from "node:crypto";
import type { Stanza } from "age-encryption";
import { z } from "zod";
import { Fault } from "../fault.ts";
import { HeaderReader, openHeader, parseStanzas } from "./age-header.ts";
import { ageSecret, unwrapX25519 } from "./x25519.ts";
import type { RecoveryKey } from "./recovery-key.ts";

const proofRecord = z.strictObject({
  version: z.literal(1),
  /** SHA-256 (hex) of the key.age it belongs to. */
  keyAge: z.string().regex(/^[0-9a-f]{64}$/),
  recovery: z
    .array(
      z.strictObject({
        fingerprint: z.string().max(100),
        kind: z.enum(["ssh-rsa", "X25519"]),
        randomness: z.base64().max(100),
      }),
    )
    .max(100),
});

export interface RecordedRandomness {
  fingerprint: string;
  kind: RecoveryKey["kind"];
  randomness: Buffer;
}

/** One pinned recovery key: whether it opens key.age, and if not, why. */
export interface KeyProof {
  fingerprint: string;
  label: string;
  ok: boolean;
  reason?: string;
}

/** Out: JSON, to be sealed to the day key alone: with the randomness an X25519 stanza gives up the file key. */
export function recordProof(record: { keyAge: Buffer; randomness: readonly RecordedRandomness[] }): Buffer {
  const { keyAge, randomness } = record;
  const content: z.input<typeof proofRecord> = {
    version: 1,
    keyAge: sha256(keyAge),
    recovery: randomness.map((r) => ({ ...r, randomness: r.randomness.toString("base64") })),
  };
  return Buffer.from(JSON.stringify(content));
}

/**
 * Opens key.age's header with a day's identity (`AGE-SECRET-KEY-1…`). Out: the 16-byte file key, and which
 * stanzas (by position) that identity opens. Throws AGE_INVALID, NO_IDENTITY_MATCH, KEY_FILE_INVALID.
 */
export async function unwrapFileKey(
  keyAge: Buffer,
  dayIdentity: string,
): Promise<{ fileKey: Buffer; own: number[] }> {
  const header = headerOf(keyAge);
  const fileKey = await openHeader(header, [dayIdentity]);
  const secret = ageSecret(dayIdentity);
  const own = (await parseStanzas(header)).flatMap((stanza, i) =>
    secret !== undefined && unwrapX25519(secret, stanza)?.equals(fileKey) ? [i] : [],
  );
  return { fileKey, own };
}

/**
 * In: key.age; its file key and the day key's own stanzas from `unwrapFileKey`; the record from proof.age; the
 * pinned recovery keys. Out: a verdict on each of them, and every stanza that belongs to none of them and not to
 * the day key, in words: whoever that is can open the backup. All is well when every `ok` holds and there are no
 * `strangers`. Throws PROOF_FAILED when the record cannot be read or belongs to another key.age, AGE_INVALID.
 */
export async function checkProof(input: {
  keyAge: Buffer;
  fileKey: Buffer;
  own: readonly number[];
  record: Buffer;
  pinned: readonly RecoveryKey[];
}): Promise<{ ok: boolean; keys: KeyProof[]; strangers: string[] }> {
  const { keyAge, fileKey, own, pinned } = input;
  const record = parse(input.record);
  if (record.keyAge !== sha256(keyAge)) throw failed("proof.age was made for another key.age");
  const stanzas = await parseStanzas(headerOf(keyAge));
  // One stanza is the day key's; a second one that it opens has no business there.
  const accounted = new Set(own.slice(0, 1));

  const keys = pinned.map((key): KeyProof => {
    const { fingerprint, label } = key;
    const recorded = record.recovery.filter((r) => r.fingerprint === fingerprint && r.kind === key.kind);
    if (recorded.length === 0) return { fingerprint, label, ok: false, reason: "no randomness was recorded" };
    const position = stanzas.findIndex((stanza) =>
      recorded.some((r) => same(stanza, again(key, fileKey, r.randomness))),
    );
    if (position === -1) {
      return { fingerprint, label, ok: false, reason: "no stanza of key.age is the one computed for it" };
    }
    accounted.add(position);
    return { fingerprint, label, ok: true };
  });

  const strangers = stanzas.flatMap((stanza, i) =>
    accounted.has(i) ? [] : [`stanza ${i + 1} of key.age (${stanza.args[0] ?? ""}) belongs to no pinned key`],
  );
  return { ok: strangers.length === 0 && keys.every((key) => key.ok), keys, strangers };
}

function again(key: RecoveryKey, fileKey: Buffer, randomness: string): Stanza | undefined {
  try {
    return key.wrap(fileKey, Buffer.from(randomness, "base64"));
  } catch {
    // Randomness of the wrong length; the host that recorded it is the one under suspicion.
    return undefined;
  }
}

function same(stanza: Stanza, computed: Stanza | undefined): boolean {
  return (
    computed !== undefined &&
    stanza.args.join(" ") === computed.args.join(" ") &&
    Buffer.from(stanza.body).equals(computed.body)
  );
}

function headerOf(keyAge: Buffer): Buffer {
  const reader = new HeaderReader();
  const found = reader.push(keyAge, 0);
  if (found === undefined) throw reader.endedEarly();
  return found.header;
}

function parse(bytes: Buffer): z.output<typeof proofRecord> {
  try {
    return proofRecord.parse(JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    throw failed("the record in proof.age cannot be read", error);
  }
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function failed(what: string, cause?: unknown): Fault {
  return new Fault(
    "PROOF_FAILED",
    what,
    "Do not count on this backup until a recovery key has opened it, and find out what the backup host did.",
    { cause },
  );
}
