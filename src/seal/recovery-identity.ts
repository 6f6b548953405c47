/**
 * Recovery keys, the private side. Runs where the safe is opened: on an offline machine when a key is made, and
 * where a backup is restored.
 */
import { createPrivateKey, createPublicKey, privateDecrypt, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { armor, Decrypter } from "age-encryption";
import type { Identity as AgeIdentity, Stanza } from "age-encryption";
import { Fault } from "../fault.ts";
import { openBytes, sealBytes } from "./age.ts";
import type { Identity } from "./age.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { recoveryRecipient, type RecoveryKey } from "./recovery-key.ts";
import { rsaPublicKey, SSH_RSA_LABEL, sshRsaTag } from "./ssh-rsa.ts";
import type { RsaPublicKey } from "./ssh-rsa.ts";
import { ageSecret, x25519PublicKey, x25519Spki } from "./x25519.ts";

export interface ParsedIdentity {
  identity: Identity;
  kind: RecoveryKey["kind"];
  /** The same as its public half has, see `fingerprintOf`. */
  fingerprint: string;
}

const AGE_MAGIC = "age-encryption.org/v1\n";
const AGE_ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";

/**
 * Reads a private key in any form the safe may hold: an age identity file (`AGE-SECRET-KEY-1…`, comments
 * allowed), that file encrypted with a passphrase by age (armored or not), an RSA key in PEM as PKCS#1, PKCS#8
 * or encrypted PKCS#8. Throws KEY_FILE_INVALID; PASSPHRASE_WRONG, also when one is needed and none was given.
 */
export async function parseIdentity(file: string | Buffer, passphrase?: string): Promise<ParsedIdentity> {
  const bytes = Buffer.from(file);
  const text = bytes.toString("utf8");
  if (text.startsWith(AGE_MAGIC) || text.trimStart().startsWith(AGE_ARMOR)) {
    return parseAgeFile(await openWithPassphrase(bytes, text, passphrase));
  }
  return text.includes("-----BEGIN ") ? parsePem(text, passphrase) : parseAgeFile(text);
}

/** Whether `parseIdentity` will need a passphrase for this file. */
export function needsPassphrase(file: string | Buffer): boolean {
  const text = Buffer.from(file).toString("utf8");
  return (
    text.startsWith(AGE_MAGIC) ||
    text.trimStart().startsWith(AGE_ARMOR) ||
    text.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----") ||
    text.includes("Proc-Type: 4,ENCRYPTED")
  );
}

/**
 * Proves that a private key and a recovery key belong together, by sealing to the one and opening with the
 * other. Throws KEY_MISMATCH.
 */
export async function proveRecoveryPair(
  key: RecoveryKey,
  { identity, fingerprint }: ParsedIdentity,
): Promise<void> {
  const secret = randomBytes(32);
  const sealed = await sealBytes(secret, [recoveryRecipient(key)]);
  const opened = await openBytes(sealed, [identity]).catch(() => undefined);
  if (opened?.equals(secret) && fingerprint === key.fingerprint) return;
  throw new Fault(
    "KEY_MISMATCH",
    `the private key (${fingerprint}) does not belong to recovery key ${key.label} (${key.fingerprint})`,
    "Look for the private key with that fingerprint; until it is found, do not seal backups to this recovery key.",
  );
}

function parseAgeFile(text: string): ParsedIdentity {
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const [identity] = keys;
  if (identity === undefined || keys.length !== 1) {
    throw invalid(`the file holds ${keys.length} age identities, one is expected`);
  }
  const secret = ageSecret(identity);
  if (secret === undefined) throw invalid("the file holds no AGE-SECRET-KEY-1… line that is whole");
  const fingerprint = fingerprintOf(x25519Spki(x25519PublicKey(secret)));
  return { identity: identity.toUpperCase(), kind: "X25519", fingerprint };
}

async function openWithPassphrase(
  bytes: Buffer,
  text: string,
  passphrase: string | undefined,
): Promise<string> {
  if (passphrase === undefined) throw wrongPassphrase("the key file is locked with a passphrase");
  let sealed: Uint8Array;
  try {
    sealed = text.startsWith(AGE_MAGIC) ? bytes : armor.decode(text);
  } catch (error) {
    throw invalid("the armored age file is damaged", error);
  }
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(sealed, "text");
  } catch (error) {
    const missed = error instanceof Error && error.message.startsWith("no identity matched");
    if (missed) throw wrongPassphrase("the passphrase does not open the key file");
    throw invalid("the encrypted age file is damaged", error);
  }
}

function parsePem(text: string, passphrase: string | undefined): ParsedIdentity {
  const locked = needsPassphrase(text);
  if (locked && passphrase === undefined) throw wrongPassphrase("the key file is locked with a passphrase");
  let key: KeyObject;
  try {
    key = createPrivateKey(locked ? { key: text, passphrase: Buffer.from(passphrase ?? "", "utf8") } : text);
  } catch (error) {
    // OpenSSL cannot tell the two apart: a wrong passphrase shows as padding that makes no sense.
    if (locked) throw wrongPassphrase("the passphrase does not open the key file, or the file is damaged");
    throw invalid("the PEM block holds no private key that can be read", error);
  }
  const publicKey = rsaPublicKey(createPublicKey(key));
  if (publicKey === undefined) throw invalid("the PEM block holds no RSA key");
  return {
    identity: rsaIdentity(key, publicKey),
    kind: "ssh-rsa",
    fingerprint: fingerprintOf(publicKey.spkiDer),
  };
}

/** Opens `ssh-rsa` stanzas (C2SP age.md) meant for this key; leaves all others alone. */
function rsaIdentity(key: KeyObject, publicKey: RsaPublicKey): AgeIdentity {
  const tag = sshRsaTag(publicKey);
  return {
    unwrapFileKey(stanzas: Stanza[]) {
      const own = stanzas.find((s) => s.args.length === 2 && s.args[0] === "ssh-rsa" && s.args[1] === tag);
      if (own === undefined) return null;
      try {
        return privateDecrypt({ key, oaepHash: "sha256", oaepLabel: Buffer.from(SSH_RSA_LABEL) }, own.body);
      } catch {
        throw new Error("the ssh-rsa stanza for this key is damaged");
      }
    },
  };
}

function wrongPassphrase(what: string): Fault {
  return new Fault("PASSPHRASE_WRONG", what, "Give the passphrase that is kept with the key in the safe.");
}

function invalid(why: string, cause?: unknown): Fault {
  return new Fault(
    "KEY_FILE_INVALID",
    why,
    "Use the recovery key's file from the safe: an age identity, or an RSA private key in PEM.",
    { cause },
  );
}
