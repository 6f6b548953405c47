/**
 * age's `ssh-rsa` stanza (C2SP age.md, "The ssh-rsa recipient type") with the OAEP seed as an argument, which is
 * what node-forge is for: node:crypto draws the seed itself and does not tell.
 */
import { constants, createHash, KeyObject, publicEncrypt } from "node:crypto";
import { Stanza } from "age-encryption";
import forge from "node-forge";

export const SSH_RSA_LABEL = "age-encryption.org/v1/ssh-rsa";
const SHA256_BYTES = 32;

/** Documented in node-forge's source, missing from its published types. Text is one character a byte. */
interface Pkcs1 {
  encode_rsa_oaep(
    key: forge.pki.rsa.PublicKey,
    message: string,
    options: {
      label: string;
      seed: string;
      md: forge.md.MessageDigest;
      mgf1: { md: forge.md.MessageDigest };
    },
  ): string;
}
const { pkcs1 } = forge as unknown as { pkcs1: Pkcs1 };

export interface RsaPublicKey {
  key: KeyObject;
  spkiDer: Buffer;
  bits: number;
  /** Big-endian, without leading zeros. */
  modulus: Buffer;
  exponent: Buffer;
}

/** Out: undefined when this is no RSA key, or one with an exponent below 65537 or a modulus below 1024 bits. */
export function rsaPublicKey(key: KeyObject): RsaPublicKey | undefined {
  if (key.asymmetricKeyType !== "rsa") return undefined;
  const { modulusLength: bits, publicExponent } = key.asymmetricKeyDetails ?? {};
  const { n, e } = key.export({ format: "jwk" });
  if (n === undefined || e === undefined || bits === undefined || bits < 1024) return undefined;
  if (publicExponent === undefined || publicExponent < 65537n) return undefined;
  return {
    key,
    spkiDer: key.export({ format: "der", type: "spki" }),
    bits,
    modulus: Buffer.from(n, "base64url"),
    exponent: Buffer.from(e, "base64url"),
  };
}

/** The first argument of a stanza for this key: base64 of four bytes of the hash of its SSH wire form. */
export function sshRsaTag(key: RsaPublicKey): string {
  const wire = Buffer.concat([
    sshString(Buffer.from("ssh-rsa")),
    sshString(mpint(key.exponent)),
    sshString(mpint(key.modulus)),
  ]);
  return unpaddedBase64(createHash("sha256").update(wire).digest().subarray(0, 4));
}

/** In: a file key, and the 32-byte seed of OAEP with SHA-256 (RFC 8017, 7.1.1). */
export function wrapRsa(key: RsaPublicKey, fileKey: Buffer, seed: Buffer): Stanza {
  if (seed.length !== SHA256_BYTES) throw new RangeError("an OAEP-SHA256 seed has 32 bytes");
  const forgeKey = forge.pki.setRsaPublicKey(bigInteger(key.modulus), bigInteger(key.exponent));
  const encoded = pkcs1.encode_rsa_oaep(forgeKey, fileKey.toString("latin1"), {
    label: SSH_RSA_LABEL,
    seed: seed.toString("latin1"),
    md: forge.md.sha256.create(),
    mgf1: { md: forge.md.sha256.create() },
  });
  const padding = constants.RSA_NO_PADDING;
  const body = publicEncrypt({ key: key.key, padding }, Buffer.from(encoded, "latin1"));
  return new Stanza(["ssh-rsa", sshRsaTag(key)], body);
}

function bigInteger(bytes: Buffer): forge.jsbn.BigInteger {
  return new forge.jsbn.BigInteger(bytes.toString("hex"), 16);
}

/** RFC 4251, 5: a number whose first bit is set gets a zero byte in front, or it would be negative. */
function mpint(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
}

function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function unpaddedBase64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
