/**
 * Recovery keys: the public halves of the keys in the safe, as recipients whose randomness can be recorded. The
 * same file key, randomness and public key give the same stanza, byte for byte; proof.ts relies on that.
 */
import { randomBytes, X509Certificate } from "node:crypto";
import type { Recipient as AgeRecipient, Stanza } from "age-encryption";
import { Fault } from "../fault.ts";
import { decodeBech32 } from "./bech32.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { rsaPublicKey, wrapRsa } from "./ssh-rsa.ts";
import { x25519Spki, wrapX25519 } from "./x25519.ts";

export interface RecoveryKey {
  /** The type of its stanza in an age file. */
  kind: "ssh-rsa" | "X25519";
  /** What the configuration calls it. */
  label: string;
  /** `SHA256:` and 64 hex digits, see `fingerprintOf`. */
  fingerprint: string;
  /** RSA modulus length; an X25519 key has none. */
  bits?: number;
  /** End of the certificate; an X25519 key has none. */
  notAfter?: Date;
  /** In: a 16-byte file key and 32 bytes from `newRandomness`. Out: the stanza; nothing else goes into it. */
  wrap(fileKey: Buffer, randomness: Buffer): Stanza;
}

const MIN_RSA_BITS = 3072;

/** RSA: the seed of OAEP with SHA-256. X25519: the ephemeral secret. */
const RANDOMNESS_BYTES = { "ssh-rsa": 32, X25519: 32 } as const;

/** Fresh bytes for one `wrap`; with them and the file key anyone can compute the stanza again. */
export function newRandomness(key: RecoveryKey): Buffer {
  return randomBytes(RANDOMNESS_BYTES[key.kind]);
}

/** A recipient for `sealBytes` whose randomness nobody needs again; for any number of files. */
export function recoveryRecipient(key: RecoveryKey): AgeRecipient {
  return { wrapFileKey: (fileKey) => [key.wrap(Buffer.from(fileKey), newRandomness(key))] };
}

/**
 * A recipient for `sealBytes` that remembers the randomness of the one stanza it wrote. It can be used once:
 * a second use would leave a record that fits only the second file.
 */
export function recordingRecipient(key: RecoveryKey): AgeRecipient & { randomness(): Buffer } {
  let recorded: Buffer | undefined;
  return {
    wrapFileKey(fileKey) {
      if (recorded !== undefined) throw new Error("a recording recipient was used for a second file");
      recorded = newRandomness(key);
      return [key.wrap(Buffer.from(fileKey), recorded)];
    },
    randomness() {
      if (recorded === undefined) throw new Error("a recording recipient was asked before it was used");
      return recorded;
    },
  };
}

/**
 * In: one X.509 certificate in PEM with an RSA key, and what the configuration calls it. Throws
 * RECOVERY_KEY_INVALID; length, expiry and pin are judged by `checkRecoveryKey`.
 */
export function recoveryKeyFromCertificate(pem: string, label: string): RecoveryKey {
  if (pem.split("-----BEGIN CERTIFICATE-----").length !== 2) {
    throw invalid(label, "the file has to hold exactly one CERTIFICATE block");
  }
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    throw invalid(label, "the certificate cannot be read", error);
  }
  const publicKey = rsaPublicKey(certificate.publicKey);
  if (publicKey === undefined) throw invalid(label, "the certificate holds no usable RSA key");
  const selfSigned = certificate.subject === certificate.issuer;
  if (selfSigned && !certificate.verify(certificate.publicKey)) {
    throw invalid(label, "the certificate's own signature is wrong");
  }
  return {
    kind: "ssh-rsa",
    label,
    fingerprint: fingerprintOf(publicKey.spkiDer),
    bits: publicKey.bits,
    notAfter: certificate.validToDate,
    wrap: (fileKey, randomness) => wrapRsa(publicKey, fileKey, randomness),
  };
}

/** In: an age recipient (`age1…`, X25519), and what the configuration calls it. Throws RECOVERY_KEY_INVALID. */
export function recoveryKeyFromRecipient(recipient: string, label: string): RecoveryKey {
  const decoded = decodeBech32(recipient);
  if (recipient.startsWith("age1pq1")) throw invalid(label, "post-quantum keys are not supported yet");
  if (decoded?.prefix !== "age" || decoded.bytes.length !== 32 || !recipient.startsWith("age1")) {
    throw invalid(label, "this is not an age X25519 recipient (age1… with 62 characters)");
  }
  const publicKey = decoded.bytes;
  const wrap: RecoveryKey["wrap"] = (fileKey, randomness) => wrapX25519(publicKey, fileKey, randomness);
  try {
    // A point of low order has no shared secret with anyone: better refused here than at night.
    wrap(Buffer.alloc(16), randomBytes(32));
  } catch (error) {
    throw invalid(label, "the age recipient is not a usable X25519 key", error);
  }
  return { kind: "X25519", label, fingerprint: fingerprintOf(x25519Spki(publicKey)), wrap };
}

/**
 * Judges whether backups may be sealed to a key. In: the fingerprint from the configuration (case and blanks do
 * not matter, `SHA256:` may be left out). Throws RECOVERY_KEY_NOT_PINNED, RECOVERY_KEY_TOO_SHORT,
 * RECOVERY_KEY_EXPIRED, RECOVERY_KEY_INVALID when the pin itself is no fingerprint.
 */
export function checkRecoveryKey(key: RecoveryKey, { pinned, now }: { pinned: string; now: Date }): void {
  const digits = pinned.replace(/\s/g, "").replace(/^sha256:/i, "");
  if (!/^[0-9a-f]{64}$/i.test(digits)) {
    throw invalid(key.label, "its pinned fingerprint has to be SHA256: and 64 hex digits");
  }
  if (`SHA256:${digits.toLowerCase()}` !== key.fingerprint) {
    throw new Fault(
      "RECOVERY_KEY_NOT_PINNED",
      `recovery key ${key.label} has fingerprint ${key.fingerprint}, not the pinned one`,
      "Compare the fingerprint by voice with the page in the safe; put it into the configuration only if it is the same.",
    );
  }
  if (key.bits !== undefined && key.bits < MIN_RSA_BITS) {
    throw new Fault(
      "RECOVERY_KEY_TOO_SHORT",
      `recovery key ${key.label} has ${key.bits} bits, ${MIN_RSA_BITS} are the least`,
      "Make a new one with lakat keys recovery new.",
    );
  }
  if (key.notAfter !== undefined && key.notAfter.getTime() <= now.getTime()) {
    throw new Fault(
      "RECOVERY_KEY_EXPIRED",
      `recovery key ${key.label} expired on ${key.notAfter.toISOString().slice(0, 10)}`,
      "Make a new one with lakat keys recovery new and keep the old private key: it still opens the older backups.",
    );
  }
}

function invalid(label: string, why: string, cause?: unknown): Fault {
  return new Fault(
    "RECOVERY_KEY_INVALID",
    `recovery key ${label}: ${why}`,
    "Use the .crt file or the age1… line that lakat keys recovery new has written.",
    { cause },
  );
}
