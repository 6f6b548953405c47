/**
 * A host's identity: an Ed25519 key (RFC 8032). Manifests, day keys and reports are signed with it, and others
 * pin its public half by fingerprint.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { Fault } from "../fault.ts";
import { fingerprintOf } from "./fingerprint.ts";

export interface VerifyKey {
  /** The key's fingerprint, `SHA256:` and 64 hex digits. */
  keyid: string;
  /** `PUBLIC KEY` in PEM. */
  publicPem: string;
  verify(data: Buffer, signature: Buffer): boolean;
}

export interface SigningKey extends VerifyKey {
  /** `PRIVATE KEY` (PKCS#8) in PEM: a secret. */
  privatePem: string;
  /** Out: the 64-byte signature. */
  sign(data: Buffer): Buffer;
}

/** A fresh signing key. */
export function newSigningKey(): SigningKey {
  return signingKey(generateKeyPairSync("ed25519").privateKey);
}

/** In: PKCS#8 in PEM, unencrypted. Throws KEY_FILE_INVALID when it is no Ed25519 private key. */
export function signingKeyFromPem(pem: string): SigningKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw invalid("private");
  }
  if (key.asymmetricKeyType !== "ed25519") throw invalid("private");
  return signingKey(key);
}

/** In: SubjectPublicKeyInfo in PEM. Throws KEY_FILE_INVALID when it is no Ed25519 public key. */
export function verifyKeyFromPem(pem: string): VerifyKey {
  // createPublicKey would take a private key too, and a secret has no business where public keys are expected.
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) throw invalid("public");
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw invalid("public");
  }
  if (key.asymmetricKeyType !== "ed25519") throw invalid("public");
  return verifyKey(key);
}

function signingKey(key: KeyObject): SigningKey {
  return {
    ...verifyKey(createPublicKey(key)),
    privatePem: key.export({ format: "pem", type: "pkcs8" }).toString(),
    sign: (data) => sign(null, data, key),
  };
}

function verifyKey(key: KeyObject): VerifyKey {
  return {
    keyid: fingerprintOf(key.export({ format: "der", type: "spki" })),
    publicPem: key.export({ format: "pem", type: "spki" }).toString(),
    verify: (data, signature) => verify(null, data, key, signature),
  };
}

function invalid(half: "private" | "public"): Fault {
  return new Fault(
    "KEY_FILE_INVALID",
    `this is not an Ed25519 ${half} key in PEM`,
    half === "private"
      ? "Use the key file that lakat keys host new has written."
      : "Use the .pub file that lakat keys host new has written.",
  );
}
