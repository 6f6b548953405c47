/**
 * age's `X25519` stanza (C2SP age.md, "The X25519 recipient type") with the ephemeral secret as an argument.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { Stanza } from "age-encryption";
import { decodeBech32 } from "./bech32.ts";

// RFC 8410: everything before the 32 bytes of a key is fixed.
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");

const CIPHER = "chacha20-poly1305";
const TAG = 16;
/** All zero because each key seals once: the ephemeral secret is fresh for every stanza. */
const NONCE = Buffer.alloc(12);

/** A 32-byte public key as DER SubjectPublicKeyInfo. */
export function x25519Spki(publicKey: Buffer): Buffer {
  return Buffer.concat([SPKI_PREFIX, publicKey]);
}

/** The 32-byte public key of a 32-byte secret. */
export function x25519PublicKey(secret: Buffer): Buffer {
  const spki = createPublicKey(privateKey(secret)).export({ format: "der", type: "spki" });
  return spki.subarray(SPKI_PREFIX.length);
}

/** In: a 32-byte public key, the file key, a 32-byte ephemeral secret. Throws on a public key of low order. */
export function wrapX25519(publicKey: Buffer, fileKey: Buffer, ephemeral: Buffer): Stanza {
  const share = x25519PublicKey(ephemeral);
  const key = wrapKey(ephemeral, publicKey, Buffer.concat([share, publicKey]));
  const cipher = createCipheriv(CIPHER, key, NONCE, { authTagLength: TAG });
  const sealed = cipher.update(fileKey);
  cipher.final();
  const body = Buffer.concat([sealed, cipher.getAuthTag()]);
  return new Stanza(["X25519", share.toString("base64").replace(/=+$/, "")], body);
}

/** In: a 32-byte secret. Out: the file key; undefined when the stanza is not for it. */
export function unwrapX25519(secret: Buffer, stanza: Stanza): Buffer | undefined {
  const [kind, encodedShare] = stanza.args;
  const share = Buffer.from(encodedShare ?? "", "base64");
  if (kind !== "X25519" || share.length !== 32 || stanza.body.length !== 32) return undefined;
  const sealed = Buffer.from(stanza.body);
  try {
    const key = wrapKey(secret, share, Buffer.concat([share, x25519PublicKey(secret)]));
    const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG });
    decipher.setAuthTag(sealed.subarray(16));
    const fileKey = decipher.update(sealed.subarray(0, 16));
    decipher.final();
    return fileKey;
  } catch {
    return undefined;
  }
}

/** The 32-byte secret in `AGE-SECRET-KEY-1…`; undefined when it is none. */
export function ageSecret(identity: string): Buffer | undefined {
  const decoded = decodeBech32(identity);
  return decoded?.prefix === "age-secret-key-" && decoded.bytes.length === 32 ? decoded.bytes : undefined;
}

function wrapKey(secret: Buffer, publicKey: Buffer, salt: Buffer): Buffer {
  const peer = createPublicKey({ key: x25519Spki(publicKey), format: "der", type: "spki" });
  const shared = diffieHellman({ privateKey: privateKey(secret), publicKey: peer });
  return Buffer.from(hkdfSync("sha256", shared, salt, "age-encryption.org/v1/X25519", 32));
}

function privateKey(secret: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: "der", type: "pkcs8" });
}
