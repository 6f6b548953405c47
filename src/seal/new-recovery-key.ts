/**
 * Makes recovery keys; for an offline machine. Every private form given out here is one that parseIdentity
 * reads and that the `age` program, by itself or after `openssl pkcs8`, takes with -i.
 */
import { createPublicKey, generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { armor, Encrypter } from "age-encryption";
import forge from "node-forge";
import { newBackupKey } from "./age.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { recoveryKeyFromRecipient } from "./recovery-key.ts";

/** OWASP's figure for PBKDF2-HMAC-SHA256. */
const PBKDF2_COUNT = 600_000;

export interface NewRecoveryKey {
  kind: "ssh-rsa" | "X25519";
  fingerprint: string;
  /** What the backup host gets: a certificate in PEM, or one line `age1…`. */
  publicText: string;
  /** A secret: the form `age -d -i` takes. RSA: PKCS#8 in PEM. X25519: an age identity file. */
  identityText: string;
  /** The same under the passphrase, if one was given. RSA: encrypted PKCS#8. X25519: an armored age file. */
  lockedText: string | undefined;
}

/**
 * In: the name for the certificate's subject, today, years until it expires, and a passphrase if
 * `lockedText` is wanted. Takes some seconds.
 */
export async function newRsaRecoveryKey(request: {
  name: string;
  now: Date;
  years: number;
  passphrase?: string;
  bits?: number;
}): Promise<NewRecoveryKey> {
  const { name, now, years, passphrase, bits = 4096 } = request;
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: bits });
  const identityText = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const forgeKey = forge.pki.privateKeyFromPem(identityText);

  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(forgeKey.n, forgeKey.e);
  // Positive and at most 20 octets, RFC 5280, 4.1.2.2.
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = now;
  certificate.validity.notAfter = new Date(now);
  certificate.validity.notAfter.setUTCFullYear(now.getUTCFullYear() + years);
  const utf8 = forge.asn1.Type.UTF8 as unknown as forge.asn1.Class;
  const subject = [{ name: "commonName", value: name, valueTagClass: utf8 }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, keyEncipherment: true },
    { name: "subjectKeyIdentifier" },
  ]);
  certificate.sign(forgeKey, forge.md.sha256.create());

  return {
    kind: "ssh-rsa",
    fingerprint: fingerprintOf(createPublicKey(privateKey).export({ format: "der", type: "spki" })),
    publicText: unix(forge.pki.certificateToPem(certificate)),
    identityText,
    lockedText: passphrase === undefined ? undefined : lockRsa(forgeKey, passphrase),
  };
}

/** In: today, for the file's comment, and a passphrase if `lockedText` is wanted. */
export async function newX25519RecoveryKey({
  now,
  passphrase,
}: {
  now: Date;
  passphrase?: string;
}): Promise<NewRecoveryKey> {
  const { identity, recipient } = await newBackupKey();
  const identityText = `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity}\n`;
  return {
    kind: "X25519",
    fingerprint: recoveryKeyFromRecipient(recipient, "new").fingerprint,
    publicText: `${recipient}\n`,
    identityText,
    lockedText: passphrase === undefined ? undefined : await lockAge(identityText, passphrase),
  };
}

async function lockAge(identityText: string, passphrase: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  return armor.encode(await encrypter.encrypt(identityText));
}

/** Encrypted PKCS#8 (RFC 5958) with PBES2: PBKDF2-HMAC-SHA256 and AES-256-CBC; node:crypto's own count is 2048. */
function lockRsa(key: forge.pki.rsa.PrivateKey, passphrase: string): string {
  const info = forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key));
  // Bytes, as openssl reads them from a terminal: forge would take only the low byte of each character.
  const locked = forge.pki.encryptPrivateKeyInfo(info, forge.util.encodeUtf8(passphrase), {
    algorithm: "aes256",
    count: PBKDF2_COUNT,
    saltSize: 16,
    prfAlgorithm: "sha256",
  });
  return unix(forge.pki.encryptedPrivateKeyToPem(locked));
}

function unix(pem: string): string {
  return pem.replaceAll("\r\n", "\n");
}
