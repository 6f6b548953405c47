/**
 * age's `X25519` stanza (C2SP age.md, "The X25519 recipient type") with the ephemeral secret as an argument.
 */
import { createCipheriv, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from "node:crypto";
import { Stanza } from "age-encryption";

// RFC 8410: everything before the 32 bytes of a key is fixed.
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");

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
  const peer = createPublicKey({ key: x25519Spki(publicKey), format: "der", type: "spki" });
  const secret = diffieHellman({ privateKey: privateKey(ephemeral), publicKey: peer });
  const salt = Buffer.concat([share, publicKey]);
  const wrapKey = Buffer.from(hkdfSync("sha256", secret, salt, "age-encryption.org/v1/X25519", 32));
  // The nonce is all zero because the key is used once: the ephemeral secret is fresh for every stanza.
  const cipher = createCipheriv("chacha20-poly1305", wrapKey, Buffer.alloc(12), { authTagLength: 16 });
  const sealed = cipher.update(fileKey);
  cipher.final();
  const body = Buffer.concat([sealed, cipher.getAuthTag()]);
  return new Stanza(["X25519", share.toString("base64").replace(/=+$/, "")], body);
}

function privateKey(secret: Buffer) {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: "der", type: "pkcs8" });
}
